"""What an issuer signs of one render that it has on record, for a stranger who read the number in a mark.

    compact JWS (Ed25519) of number, payload, the manifest's name and SHA-256, the file's SHA-256, what it looks and
    sounds like (`marking.fingerprint`, `marking.layout`, `marking.acoustic`), how its permission stands, and when it
    was signed

With it whoever asks compares at home: the file that they ask about goes nowhere, nor does a fingerprint of it. Of
consent it says how the permission stands today, by the issuer's word; on what it rests the signed manifest says. Pure.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from countenance.errors import CountenanceError, ProvenanceError
from countenance.marking.fingerprint import Fingerprint
from countenance.marking.render_registry import Render
from countenance.permission.jws import open_document, sign_document
from countenance.permission.keyring import Signer
from countenance.verify.findings import PermissionFinding, PermissionState
from countenance.verify.issuers.directory import SKEW, Issuer

TYPE = "countenance-record+jwt"
LONGEST = 6 << 20
FRESH = timedelta(days=1)
"""How old a statement may be; older ones are signed anew by whoever has the key now."""
_MOST_FRAMES, _LAYOUT, _SOUND, _LOOKS = 1024, 1 << 16, 1 << 20, 2 << 20
_SHAPES = 8  # grids of its layouts: a film has one, a head's pictures some; each is laid over what is asked about
_SHA256 = "^[0-9a-f]{64}$"
_Payload = Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")]
_Seconds = Annotated[str, StringConstraints(pattern="^[0-9]{1,18}(/[1-9][0-9]{0,17})?$")]


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    bits: str = Field(max_length=44)
    quality: int = Field(ge=0, le=100)
    time: _Seconds
    layout: str = Field("", max_length=_LAYOUT * 4 // 3 + 4)


class _Statement(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(1, ge=1, le=1)
    at: AwareDatetime
    issuer: str = Field(pattern="^[0-9a-f]{6}$")
    payload: _Payload
    manifest_id: str = Field(min_length=1, max_length=200)
    manifest_sha256: str = Field(pattern=_SHA256)
    file_sha256: str = Field(pattern=_SHA256)
    made_at: AwareDatetime
    media_type: str = Field(max_length=64)
    width: int = Field(ge=0, lt=1 << 20)
    height: int = Field(ge=0, lt=1 << 20)
    frames: int = Field(ge=0, lt=1 << 40)
    duration: _Seconds
    marks: tuple[str, ...] = Field(max_length=4)
    parents: tuple[_Payload, ...] = Field((), max_length=64)
    fingerprints: tuple[_Frame, ...] = Field((), max_length=_MOST_FRAMES)
    sound_fingerprint: str = Field("", max_length=_SOUND * 4 // 3 + 4)
    permission: PermissionState = "unknown"
    permission_since: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class RecordStatement:
    """What an issuer says of one render; attributes as of `marking.render_registry.Render`.

    Attributes:
        manifest_sha256: of the manifest store that goes with it.
        at: when it was signed, aware.
        permission, permission_since: how its permission stood then, and since when.
    """

    at: datetime
    payload: int
    manifest_id: str
    manifest_sha256: str
    file_sha256: str
    made_at: datetime
    media_type: str
    width: int
    height: int
    frames: int
    duration: Fraction
    marks: tuple[str, ...]
    parents: tuple[str, ...]
    fingerprints: tuple[Fingerprint, ...]
    sound_fingerprint: bytes
    permission: PermissionState = "unknown"
    permission_since: datetime | None = None


def sign_statement(
    render: Render, issuer: int, signer: Signer, now: datetime, standing: PermissionFinding | None = None
) -> str:
    """A render's statement, compact JWS. What there is too much of (hours of sound, a thousand key frames) is left out
    whole, picture and sound: half of it would make the other half look like something else.

    Args:
        render, issuer, signer, now: of what, whose, with which key, when (aware).
        standing: how its permission stands now; unknown when left out.

    Raises:
        PermissionRefused: permission.size.
    """
    small = len(render.fingerprints) <= _MOST_FRAMES and len(render.sound_fingerprint) <= _SOUND
    small = small and sum(len(one.layout) + 32 for one in render.fingerprints) <= _LOOKS
    prints, sound = (render.fingerprints, render.sound_fingerprint) if small else ((), b"")
    said = _Statement(
        at=now.astimezone(UTC).replace(microsecond=0),
        issuer=f"{issuer:06x}",
        payload=f"{render.payload:016x}",
        manifest_id=render.manifest_id,
        manifest_sha256=hashlib.sha256(render.manifest).hexdigest(),
        file_sha256=render.file_sha256,
        made_at=render.made_at,
        media_type=render.media_type,
        width=render.width,
        height=render.height,
        frames=render.frames,
        duration=str(render.duration),
        marks=render.marks,
        parents=render.parents[:64],
        fingerprints=tuple(
            _Frame(bits=_text(one.bits), quality=one.quality, time=str(one.time), layout=_text(one.layout))
            for one in prints
        ),
        sound_fingerprint=_text(sound),
        permission=standing.state if standing is not None else "unknown",
        permission_since=standing.since if standing is not None else None,
    )
    return sign_document(said.model_dump(mode="json"), signer, TYPE, longest=LONGEST).text


def read_statement(text: bytes, issuer: Issuer, payload: int, now: datetime) -> RecordStatement:
    """A statement under a key that the directory lists for this issuer.

    Args:
        text: compact JWS.
        issuer: whom the directory lists.
        payload: that was asked about.
        now: aware; the key has to be valid now and when it signed.

    Raises:
        ProvenanceError: issuers.answer, with why it does not count.
    """
    try:
        document = open_document(text, TYPE, longest=LONGEST)
    except CountenanceError as error:
        raise refused(issuer, "its signature does not hold") from error
    key = issuer.key(document.issuer)
    if key is None:
        raise refused(issuer, "it is signed by a key that the directory does not list for it")
    try:
        said = _Statement.model_validate(document.said)
        found = _plain(said)
    except (ValidationError, ValueError, binascii.Error) as error:
        raise refused(issuer, "it cannot be read") from error
    if not -FRESH <= said.at - now <= SKEW:
        raise refused(issuer, "it is too old, or from the future")
    if not key.valid_at(now) or not key.valid_at(min(said.at, now)):
        why = "was revoked" if key.revoked is not None and now >= key.revoked else "is not valid now"
        raise refused(issuer, f"the key that signed it {why}")
    if said.issuer != issuer.number or found.payload != payload:
        raise refused(issuer, "it is about another number")
    return found


def refused(issuer: Issuer, why: str) -> ProvenanceError:
    """The answer of an issuer that does not count: issuers.answer."""
    return ProvenanceError(
        f"The answer of {issuer.name} is not accepted: {why}.",
        "Ask them another way: the directory says whom. countenance issuers show",
        code="issuers.answer",
    )


def _plain(said: _Statement) -> RecordStatement:
    values: dict[str, Any] = {name: getattr(said, name) for name in _Statement.model_fields}
    del values["version"], values["issuer"]
    values["payload"], values["duration"] = int(said.payload, 16), Fraction(said.duration)
    prints = [Fingerprint(_bytes(f.bits), f.quality, Fraction(f.time), _bytes(f.layout)) for f in said.fingerprints]
    if any(len(one.bits) != 32 for one in prints):
        raise ValueError("no fingerprint")
    if len({one.layout[:2] for one in prints}) > _SHAPES:
        raise ValueError("layouts of many shapes")
    values["fingerprints"], values["sound_fingerprint"] = tuple(prints), _bytes(said.sound_fingerprint)
    return RecordStatement(**values)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
