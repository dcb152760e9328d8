"""What an output's ending means: container, codecs, media type, and whether a manifest fits inside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from countenance.errors import OutputFormat
from countenance.settings import VideoCodec


@dataclass(frozen=True, slots=True)
class Container:
    """One kind of video file.

    Attributes:
        muxer: FFmpeg's name.
        media_type: as C2PA and HTTP name it.
        picture_codecs: which may be asked for, and FFmpeg's encoder of each; the first is taken where none is.
        sound_codec: FFmpeg's encoder name.
        embeds_manifest: False where C2PA has no way into the container: the manifest then lies beside.
        options: for the muxer.
        text_codec: FFmpeg's encoder of captions.
    """

    muxer: str
    media_type: str
    picture_codecs: tuple[tuple[VideoCodec, str], ...]
    sound_codec: str
    embeds_manifest: bool
    options: tuple[tuple[str, str], ...] = ()
    text_codec: str = "mov_text"

    def encoder(self, wanted: VideoCodec) -> str:
        """FFmpeg's encoder for a codec. Raises OutputFormat: it does not go into this container."""
        codecs = dict(self.picture_codecs)
        if wanted == "auto":
            return self.picture_codecs[0][1]
        if wanted not in codecs:
            names = ", ".join(codecs)
            raise OutputFormat(f"{wanted} is not written into {self.muxer}.", f"Use one of {names}, or another ending.")
        return codecs[wanted]


_MPEG: tuple[tuple[VideoCodec, str], ...] = (("h264", "libx264"), ("h265", "libx265"))
_VP9: tuple[VideoCodec, str] = ("vp9", "libvpx-vp9")
_AV1: tuple[VideoCodec, str] = ("av1", "libsvtav1")
_FAST_START = (("movflags", "+faststart"),)
VIDEO: dict[str, Container] = {
    ".mp4": Container("mp4", "video/mp4", (*_MPEG, _VP9, _AV1), "aac", True, _FAST_START),
    ".m4v": Container("mp4", "video/mp4", _MPEG, "aac", True, _FAST_START),
    ".mov": Container("mov", "video/quicktime", _MPEG, "aac", True, _FAST_START),
    ".webm": Container("webm", "video/webm", (_VP9, _AV1), "libopus", False, text_codec="webvtt"),
}
PICTURE: dict[str, str] = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
SOUND: dict[str, str] = {".wav": "audio/wav"}
HEAD: dict[str, str] = {".vrm": "model/gltf-binary", ".glb": "model/gltf-binary"}


def video_container(path: Path) -> Container:
    """The container that a path's ending asks for.

    Raises:
        OutputFormat: none of those that are written.
    """
    found = VIDEO.get(path.suffix.lower())
    if found is None:
        raise OutputFormat(f"Videos are not written as '{path.suffix}' ({path.name}).", f"Use {_listed(VIDEO)}.")
    return found


def picture_type(path: Path) -> str:
    """The media type of a picture output. Raises OutputFormat."""
    found = PICTURE.get(path.suffix.lower())
    if found is None:
        raise OutputFormat(f"Pictures are not written as '{path.suffix}' ({path.name}).", f"Use {_listed(PICTURE)}.")
    return found


def sound_type(path: Path) -> str:
    """The media type of a sound output. Raises OutputFormat."""
    found = SOUND.get(path.suffix.lower())
    if found is None:
        raise OutputFormat(f"Sound is not written as '{path.suffix}' ({path.name}).", f"Use {_listed(SOUND)}.")
    return found


def head_type(path: Path) -> str:
    """The media type of a head for games. Raises OutputFormat."""
    found = HEAD.get(path.suffix.lower())
    if found is None:
        raise OutputFormat(f"Heads are not written as '{path.suffix}' ({path.name}).", f"Use {_listed(HEAD)}.")
    return found


def _listed(kinds: dict[str, object] | dict[str, str] | dict[str, Container]) -> str:
    names = list(kinds)
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]
