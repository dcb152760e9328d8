"""The Permit: what rendering and writing need in hand. Only `permission.policy` can mint one that holds.

Knows nothing of grants' contents, of pictures or of storage.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Generic, TypeVar

from countenance.errors import PermissionRefused
from countenance.face.subject import Subject
from countenance.permission.assurance import Assurance
from countenance.permission.scripts import ScriptReview

S = TypeVar("S", bound=Subject)


@dataclass(frozen=True)
class GrantUse:
    """One use of one signed grant that a permit stands for.

    Attributes:
        grant: its number (`jti`).
        grant_sha256: SHA-256 hex of its compact JWS.
        kind: of the grant.
        use: what it is used for: the permit's own use, or `double`.
        times, since: how many uses it allows since then (None: ever); None for any number.
        users: did:keys that may use it.
        receipts, receipts_key: its use-receipt service, and that one's key; empty for none.
        document, handover: the compact JWS, kept where a service has to be shown them; else empty.
    """

    grant: str
    grant_sha256: str
    kind: str
    use: str
    times: int | None = None
    since: datetime | None = None
    users: tuple[str, ...] = ()
    receipts: str = ""
    receipts_key: str = ""
    document: str = field(default="", repr=False)
    handover: str = field(default="", repr=False)


_PROCESS_SECRET = secrets.token_bytes(32)


@dataclass(frozen=True)
class Permit:
    """Leave to make one thing out of these inputs.

    Attributes:
        id: 32 hex digits.
        use: what may be done: animate, dub, swap, …
        kind: self, subject, guardian, estate, public-domain or synthetic.
        basis: a sentence that says why, without personal data.
        grant_hash: SHA-256 hex of the grant's compact JWS.
        inputs: role (source, driver, plate, voice) → SHA-256 hex of the file.
        subjects: role → key of the person in it who may be drawn or heard; see `face.subject`.
        issued_at, expires_at: aware, UTC.
        purposes: what the grant allows it for.
        grant_id: the first grant's own number; empty where it rests on none that is signed.
        rests_on: of each signed grant it rests on (a double's too): its number, its issuer's did:key, and where
            revocations are published; asked again when something is about to be written.
        times, counted_since: how many renders the grant allows since then (None: ever); None for any number.
        uses: of each signed grant it rests on, the use that is counted.
        assurances: how strong the evidence is, for each likeness that is used.
        script: what was found in the words that are spoken; None where nothing is.
        seal: made by the policy of this process; a Permit put together by hand has none that holds.
    """

    id: str
    use: str
    kind: str
    basis: str
    grant_hash: str
    inputs: Mapping[str, str]
    issued_at: datetime
    expires_at: datetime
    subjects: Mapping[str, str] = field(default_factory=dict)
    purposes: tuple[str, ...] = ()
    grant_id: str = ""
    rests_on: tuple[tuple[str, str, str], ...] = ()
    times: int | None = None
    counted_since: datetime | None = None
    uses: tuple[GrantUse, ...] = ()
    assurances: tuple[Assurance, ...] = ()
    script: ScriptReview | None = None
    seal: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))
        object.__setattr__(self, "subjects", MappingProxyType(dict(self.subjects)))

    @property
    def grants(self) -> tuple[str, ...]:
        """SHA-256 hex of every grant or claim that it rests on, the first person's first."""
        return tuple(dict.fromkeys((self.grant_hash, *(one.grant_sha256 for one in self.assurances))))

    def _sealed_text(self) -> bytes:
        text = [
            self.id, self.use, self.kind, self.basis, self.grant_hash, sorted(self.inputs.items()),
            sorted(self.subjects.items()),
            self.issued_at.isoformat(), self.expires_at.isoformat(), list(self.purposes), self.grant_id,
            [list(one) for one in self.rests_on], self.times,
            self.counted_since.isoformat() if self.counted_since else None,
            [one.as_dict() for one in self.assurances], [repr(astuple(one)) for one in self.uses],
            None if self.script is None else repr(astuple(self.script)),
        ]  # fmt: skip
        return json.dumps(text, ensure_ascii=False).encode()

    def require(self, use: str, inputs: Mapping[str, str]) -> None:
        """Refuse unless this permit is genuine, still valid, and for exactly this.

        Args:
            use: what is about to be done.
            inputs: role → SHA-256 hex of what it is done with.

        Raises:
            PermissionRefused: codes permission.forged, permission.expired, permission.use, permission.input.
        """
        self._require_genuine()
        if use != self.use:
            raise PermissionRefused(f"The permit is for {self.use!r}, not {use!r}.", code="permission.use")
        for role, digest in inputs.items():
            if self.inputs.get(role) != digest:
                raise PermissionRefused(
                    f"The {role} is not the file the permit was given for.",
                    "Do not change inputs while a render runs.",
                    code="permission.input",
                )

    def admit(self, role: str, subject: Subject) -> None:
        """Refuse unless this very person, in these very bytes, may be drawn or heard in this role.

        Raises:
            PermissionRefused: codes permission.forged, permission.expired, permission.subject.
        """
        self._require_genuine()
        same = self.subjects.get(role) == subject.key and self.inputs.get(role) == subject.source.sha256
        if not (same and subject.is_genuine):
            raise PermissionRefused(
                f"The person in {subject.source.name} is not whom the permit names as {role}.",
                "Ask for a permit for this person in this file.",
                code="permission.subject",
            )

    def _require_genuine(self) -> None:
        if not hmac.compare_digest(self.seal, seal_of(self)):
            raise PermissionRefused("The permit was not minted here.", code="permission.forged")
        if datetime.now(UTC) > self.expires_at:
            raise PermissionRefused("The permit has expired.", "Ask for it again.", code="permission.expired")


@dataclass(frozen=True)
class Permitted(Generic[S]):
    """A subject together with the permit that names it: what rigs are made from. There is no other way to make one.

    Attributes:
        subject: the person.
        role: in the permit.
        permit: which names them.

    Raises:
        PermissionRefused: as `Permit.admit`.
    """

    subject: S
    role: str
    permit: Permit

    def __post_init__(self) -> None:
        self.permit.admit(self.role, self.subject)


def seal_of(permit: Permit) -> str:
    """This process's seal over a permit. For `permission.policy` alone; a test walks the imports."""
    return hmac.new(_PROCESS_SECRET, permit._sealed_text(), hashlib.sha256).hexdigest()
