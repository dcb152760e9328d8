"""What may be done to a signed file, and the code of C2PA 2.2 (section 15.2) that a validator must then give."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av

from bench.provenance.files import Left

NOTHING = "no manifest"
HOLDS = "holds"
_BMFF = ("video/mp4", "video/quicktime")
_EVERY = (*_BMFF, "image/png", "image/jpeg", "image/webp", "audio/wav")


@dataclass(frozen=True)
class Tamper:
    """One thing done to a file.

    Attributes:
        name: for the table.
        done: bytes and media type in, bytes out; None where it cannot be done to this file.
        wanted: the code, `NOTHING` or `HOLDS`, by media type.
    """

    name: str
    done: Callable[[bytes, str], bytes | None]
    wanted: Callable[[str], tuple[str, ...]]


def _hash(media_type: str) -> tuple[str, ...]:
    return ("assertion.bmffHash.mismatch",) if media_type in _BMFF else ("assertion.dataHash.mismatch",)


def _always(*codes: str) -> Callable[[str], tuple[str, ...]]:
    return lambda _: codes


def flipped(data: bytes, at: int) -> bytes:
    """One bit of one byte changed."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _media_byte(data: bytes, media_type: str) -> bytes:
    begin = {
        "image/png": data.rfind(b"IDAT"),
        "image/jpeg": data.rfind(b"\xff\xda"),
        "image/webp": data.rfind(b"VP8"),
        "audio/wav": data.find(b"data"),
    }.get(media_type, data.rfind(b"mdat"))
    return flipped(data, begin + 200)


def _in_manifest(label: bytes, text: bytes, beyond: int = 0) -> Callable[[bytes, str], bytes | None]:
    def done(data: bytes, _: str) -> bytes | None:
        box = data.rfind(label)
        at = data.find(text, box) if box >= 0 else -1
        return flipped(data, at + beyond) if at >= 0 else None

    return done


def _first_byte_after_metadata(data: bytes, media_type: str) -> bytes | None:
    """The header that says how wide the picture is, or how fast the sound runs."""
    if media_type in _BMFF:
        at = data.find(b"tkhd")
        return flipped(data, at + 81)  # the width's lower byte, version 0
    place = {"image/png": 19, "audio/wav": 24}.get(media_type)
    return flipped(data, place) if place else None


def longer(data: bytes, media_type: str) -> bytes:
    """With bytes added at the end; in ISO media they make a box of their own."""
    return data + (b"\x00\x00\x00\x10junk" + b"\x55" * 8 if media_type in _BMFF else b"\x55" * 16)


def _padded(data: bytes, media_type: str) -> bytes | None:
    return data + b"\x00\x00\x00\x10free" + bytes(8) if media_type in _BMFF else None


def shorter(data: bytes, _: str) -> bytes | None:
    """Cut to nine tenths."""
    return data[: len(data) * 9 // 10]


def chunk_of(data: bytes) -> tuple[int, int]:
    """Where a PNG's manifest begins and ends."""
    name = data.index(b"caBX")
    return name - 4, name + 8 + int.from_bytes(data[name - 4 : name])


def transplanted(left: Left, other: Left) -> bytes | None:
    """A file with the manifest of another one of its kind; for PNG alone."""
    if left.media_type != "image/png":
        return None
    mine, theirs = left.path.read_bytes(), other.path.read_bytes()
    (a, b), (c, d) = chunk_of(mine), chunk_of(theirs)
    return mine[:a] + theirs[c:d] + mine[b:]


IN_MANIFEST = 5
"""Those from here on change the manifest alone."""
TAMPERS: tuple[Tamper, ...] = (
    Tamper("nothing done", lambda data, _: data, _always(HOLDS)),
    Tamper("a bit of the picture or sound", _media_byte, _hash),
    Tamper("a bit of the header (size, rate)", _first_byte_after_metadata, _hash),
    Tamper("bytes added at the end", longer, _hash),
    Tamper("an empty `free` box added (the standard leaves it out)", _padded, _always(HOLDS)),
    Tamper(
        "the permission's basis",
        _in_manifest(b"org.countenance.permission\x00", b"A person who does not exist", 2),
        _always("assertion.hashedURI.mismatch"),
    ),
    Tamper(
        "the mark's value in the soft binding",
        _in_manifest(b"c2pa.soft-binding\x00", b"evalue", 8),
        _always("assertion.hashedURI.mismatch"),
    ),
    Tamper(
        "the source type (synthetic or not)",
        _in_manifest(b"c2pa.actions.v2\x00", b"compositeSynthetic", 9),
        _always("assertion.hashedURI.mismatch"),
    ),
    Tamper(
        "a byte of the claim",
        _in_manifest(b"c2pa.claim.v2\x00", b"Countenance", 1),
        _always("claimSignature.mismatch"),
    ),
    Tamper(
        "a byte of the certificate",
        _in_manifest(b"c2pa.signature\x00", b"Countenance self-issued signer", 1),
        _always("claimSignature.mismatch", "signingCredential.invalid", "signingCredential.untrusted"),
    ),
)


def remuxed(left: Left, target: Path) -> Path | None:
    """The same packets in a new container of the same kind, as cutting programs write it."""
    if left.media_type not in (*_BMFF, "audio/wav"):
        return None
    with av.open(str(left.path)) as source, av.open(str(target), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                out.mux(packet)
    return target


def node_version() -> str:
    """Node's version, empty where there is none."""
    try:
        return subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
