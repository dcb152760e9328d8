"""Reads a template and looks whether what it names is there: the clip, the slot in it, the double's grant."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from countenance.documents import line_of, read_document
from countenance.errors import BadDocument, CountenanceError, FileMissing, PermissionRefused
from countenance.kiosk.template import Template
from countenance.media import VideoInfo, open_video, read_picture
from countenance.permission import Circumstances, GrantFile
from countenance.render import SwapOptions

GUIDE = "docs/kiosk.md"


@dataclass(frozen=True)
class OpenTemplate:
    """A template whose files are there.

    Attributes:
        path: of the template.
        says: what it says.
        clip, poster: resolved.
        info: of the clip.
        double: the right to put a face on whoever the clip shows.
    """

    path: Path
    says: Template
    clip: Path
    poster: Path | None
    info: VideoInfo
    double: GrantFile

    @property
    def ends(self) -> Fraction | None:
        """Where the slot ends; None for the clip's end."""
        return self.says.slot.ends

    def circumstances(self, purpose: str | None = None, territories: tuple[str, ...] = ()) -> Circumstances:
        """What for, where; what the template says unless told otherwise. Raises BadOption, PermissionRefused."""
        said = self.says
        return Circumstances(
            purpose or said.purpose, territories or tuple(said.territories), (said.look.language,)
        )  # fmt: skip

    def options(self, *, overwrite: bool = False) -> SwapOptions:
        """For `render.swap`."""
        slot, look = self.says.slot, self.says.look
        return SwapOptions(
            face=slot.face,
            area=slot.area,
            shape=slot.shape,
            glasses=look.glasses,
            start=slot.begins,
            end=slot.ends,
            seed=look.seed,
            label=look.label.choice,
            language=look.language.split("-")[0],
            title=self.says.title,
            overwrite=overwrite,
        )


def open_template(path: Path) -> OpenTemplate:
    """Read a template; paths in it are relative to it.

    Raises:
        FileMissing, EmptyFile; BadDocument: kiosk.template, kiosk.slot; InputError: the clip cannot be read;
        PermissionRefused: permission.double, permission.no_grant.
    """
    path = Path(path)
    says = read_document(path, Template, kind="template", guide=GUIDE, code="kiosk.template")
    base = path.parent
    clip = _there(path, base / says.clip, "clip")
    poster = None if says.poster is None else _there(path, base / says.poster, "poster")
    try:
        with open_video(clip) as video:
            info = video.info
        if poster is not None:
            read_picture(poster)
    except CountenanceError as error:
        key = "clip" if error.message.find(clip.name) >= 0 else "poster"
        error.message = f"{place(path, key)}: {error.message}"
        error.args = (error.message,)
        raise
    _within(path, says, info)
    return OpenTemplate(path, says, clip, poster, info, _double(path, says))


def place(path: Path, *keys: str) -> str:
    """`template.yaml, line 4, slot.to` for people."""
    line = line_of(path, *keys)
    return f"{path.name}, {f'line {line}, ' if line else ''}{'.'.join(keys)}"


def _there(path: Path, file: Path, *keys: str) -> Path:
    if not file.is_file():
        raise FileMissing(f"{place(path, *keys)}: there is no file {file}.", "Paths are relative to the template.")
    return file


def _within(path: Path, says: Template, info: VideoInfo) -> None:
    """The slot must lie inside the clip; a frame's length is forgiven at its end."""
    if info.duration is None:
        return
    length, slot = float(info.duration), says.slot
    if slot.begins >= info.duration:
        key, at = "from", slot.begins
    elif slot.ends is not None and slot.ends > info.duration + 1 / (info.average_rate or 25):
        key, at = "to", slot.ends
    else:
        return
    raise BadDocument(
        f"{place(path, 'slot', key)}: {float(at):g} s lies beyond the end of {says.clip.name} ({length:.2f} s).",
        f"Give times from 0 to {length:.2f}.",
        code="kiosk.slot",
    )


def _double(path: Path, says: Template) -> GrantFile:
    if says.double is None:
        raise PermissionRefused(
            f"{path.name}: nothing says that another face may be put on the person in {says.clip.name}.",
            "Add double: {permission: double.jwt}, a grant of that person for the use `double`.",
            code="permission.double",
        )
    base, said = path.parent, says.double
    grant = base / said.permission
    if not grant.is_file():
        raise PermissionRefused(
            f"{place(path, 'double', 'permission')}: there is no grant {grant}.",
            "Ask the person in the clip for one: countenance permission request --use double",
            code="permission.no_grant",
        )
    sealed = None if said.face_template is None else _there(path, base / said.face_template, "double", "face_template")
    documents = tuple(_there(path, base / one, "double", "documents") for one in said.documents)
    circumstances = Circumstances(says.purpose, tuple(says.territories), (says.look.language,))
    return GrantFile(grant, circumstances, sealed, documents)
