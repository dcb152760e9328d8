"""What others do to files: re-encode, crop, mirror, strip, tamper, sign anew. With the libraries, not with ours."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import av
import c2pa
import numpy as np

from countenance.media.frames import Pixels
from tests.marking.chains import Authority


def frames_of(path: Path) -> Iterator[Pixels]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def encoded(path: Path, frames: Iterable[Pixels], *, rate: int = 25, crf: int = 20) -> Path:
    """H.264, no manifest."""
    with av.open(str(path), "w") as out:
        stream = None
        for pixels in frames:
            if stream is None:
                stream = out.add_stream("libx264", rate=rate)
                stream.height, stream.width = pixels.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.options = {"crf": str(crf), "preset": "ultrafast"}
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            out.mux(stream.encode(frame))
        if stream is not None:
            out.mux(stream.encode())
    return path


def changed(source: Path, target: Path, change: Callable[[Pixels], Pixels], *, crf: int = 20) -> Path:
    """Every frame changed, and encoded again."""
    return encoded(target, (change(pixels) for pixels in frames_of(source)), crf=crf)


def remuxed(source: Path, target: Path) -> Path:
    """The same packets in a new container: what platforms do, and what drops a manifest."""
    with av.open(str(source)) as container, av.open(str(target), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in container.streams if s.type in ("video", "audio")}
        for packet in container.demux():
            if packet.dts is not None and packet.stream.index in streams:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    return target


def tampered(source: Path, target: Path, *, at: int = -1500) -> Path:
    """One bit of the media changed."""
    data = bytearray(source.read_bytes())
    data[at] ^= 1
    target.write_bytes(data)
    return target


def signed_by(
    authority: Authority, source: Path, target: Path, media_type: str, *, source_type: str = "", name: str = "Editor"
) -> Path:
    """A manifest of somebody else's on a file."""
    key, leaf = authority.signer()
    action = {"action": "c2pa.created"}
    if source_type:
        action["digitalSourceType"] = f"http://cv.iptc.org/newscodes/digitalsourcetype/{source_type}"
    manifest = {
        "claim_generator_info": [{"name": name, "version": "9"}],
        "title": "Somebody's work",
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }

    def sign(data: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key.sign(data, ec.ECDSA(hashes.SHA256()))

    signer = c2pa.Signer.from_callback(sign, c2pa.C2paSigningAlg.ES256, authority.chain(leaf), None)
    builder = c2pa.Builder(manifest, c2pa.Context.from_dict({"verify": {"verify_after_sign": False}}))
    with source.open("rb") as file:
        out = io.BytesIO()
        builder.sign(signer, media_type, file, out)
    target.write_bytes(out.getvalue())
    return target


def sound_copy(source: Path, target: Path, *, begin: float = 0.0) -> Path:
    """The sound from a moment on, as MP3 of 64 kbit/s."""
    with av.open(str(source)) as container, av.open(str(target), "w") as out:
        track = container.streams.audio[0]
        stream = out.add_stream("libmp3lame", rate=track.rate, layout="mono")
        stream.bit_rate = 64_000
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=track.rate, frame_size=1152)
        for frame in container.decode(track):
            if frame.time is None or frame.time < begin:
                continue
            frame.pts = None
            for piece in resampler.resample(frame):
                out.mux(stream.encode(piece))
        out.mux(stream.encode())
    return target


def with_sound(pictures: Path, sound: Path, target: Path) -> Path:
    """Pictures of one file under the sound of another."""
    with av.open(str(pictures)) as video, av.open(str(sound)) as audio, av.open(str(target), "w") as out:
        shown = out.add_stream_from_template(video.streams.video[0])
        heard = out.add_stream("aac", rate=audio.streams.audio[0].rate, layout="mono")
        for packet in video.demux(video=0):
            if packet.dts is not None:
                packet.stream = shown
                out.mux(packet)
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=heard.rate, frame_size=1024)
        for frame in audio.decode(audio=0):
            frame.pts = None
            for piece in resampler.resample(frame):
                out.mux(heard.encode(piece))
        out.mux(heard.encode())
    return target
