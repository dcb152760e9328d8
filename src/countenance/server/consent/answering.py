"""What a person does with a link: the live check, the grant they sign, and taking it back. The rules are those of the
permission room; what is added here is that the key is on a device that the studio never sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from countenance.errors import PermissionRefused
from countenance.face.identity import FaceTemplate
from countenance.files import write_atomically
from countenance.permission.did import short_form
from countenance.permission.grant import GrantEvidence
from countenance.permission.granting import Terms, proposed
from countenance.permission.judged_takes import JudgedTakes
from countenance.permission.jws import SignedDocument, payload_of
from countenance.permission.keyring import Identity, Keyring
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.records import revocation_body
from countenance.permission.ledger_entries import note_grant
from countenance.permission.liveness_check import Challenge, Challenges
from countenance.permission.passkeys import check_signer
from countenance.permission.revocation import VALID, RevocationLists
from countenance.permission.revocation_list import RevokedGrant, next_said, read_list
from countenance.permission.signed_grant import SignedGrant, grant_said, load_grant, read_grant
from countenance.permission.templates import seal_for, unseal
from countenance.permission.vault import make_private_folder
from countenance.server.consent.requests import ConsentRequest, Requests, refuse_unless_proposed
from countenance.server.jobs.queue import Queue
from countenance.server.refusals import NotNow
from countenance.settings import Settings

Look = Callable[[Path, str], dict[str, Any]]
"""Judges a clip against a phrase's token; see `tasks.liveness`."""


@dataclass(frozen=True)
class Allowed:
    """What a person allows: what they left of what was asked for.

    Attributes:
        did: the identity of the key on their device.
        name: as the grant will name them.
        uses, purposes, territories, languages, days, voice, limits: see `permission.granting.Terms`.
        times: how many renders at most; None as asked.
    """

    did: str
    name: str
    uses: tuple[str, ...]
    purposes: tuple[str, ...]
    territories: tuple[str, ...]
    languages: tuple[str, ...]
    days: int
    voice: bool
    times: int | None = None
    limits: tuple[str, ...] = ()


class Answering:
    """Answers to the requests of one studio.

    Args:
        settings: of the installation that asks.
        requests, queue: of the studio.
        look: judges a clip.
        origins: of the studio's own pages, where a passkey may be used.
    """

    def __init__(
        self, settings: Settings, requests: Requests, queue: Queue, look: Look, origins: frozenset[str] = frozenset()
    ) -> None:
        self._settings, self._requests, self._queue, self._look = settings, requests, queue, look
        self._origins = origins

    def challenge(self, request: ConsentRequest) -> Challenge:
        """A fresh phrase to read. Raises NotNow."""
        if request.assisted:
            raise NotNow("This request is answered without a camera.", "Go on to what you allow.")
        challenge = Challenges.at_home(self._settings).issue()
        self._requests.attempt(request, challenge.token)
        return challenge

    def check(self, request: ConsentRequest, clip: Path) -> None:
        """Judge the clip of a live check. It is not kept, and of what was seen only a sealed template is.

        Raises:
            PermissionRefused: permission.take, with what is lacking; permission.phrase. NotNow; InputError, FaceError.
        """
        if request.state != "open" or request.challenge is None or request.signed is None:
            raise NotNow("No phrase was asked for.", "Begin the live check again.", code="consent.phrase")
        Challenges.at_home(self._settings).redeem(request.challenge)
        found = self._look(clip, request.challenge)
        report = found["report"]
        if not report["alive"] or not found["template"]:
            first = report["lacks"][0] if report["lacks"] else {"sentence": "Nobody was seen.", "remedy": "Try again."}
            raise PermissionRefused(first["sentence"], first["remedy"], code="permission.take", details=report)
        template = FaceTemplate.from_bytes(bytes.fromhex(found["template"]))
        self._requests.passed(request, seal_for(template, request.signed.request.grantee.did), report["sha256"])

    def propose(self, request: ConsentRequest, allowed: Allowed) -> str:
        """What to sign, to the letter: the payload of the grant.

        Raises:
            PermissionRefused: permission.own_key, permission.identity. BadOption: more than was asked for. NotNow.
        """
        if request.state != "open" or request.signed is None:
            raise NotNow("This request was answered already.", "Ask for a new one.", code="consent.answered")
        self._refuse_own(allowed.did)
        templates: list[FaceTemplate] = []
        evidence: tuple[GrantEvidence, ...] = ()
        if request.face is not None and request.evidence is not None:
            templates = [self._template(request)]
            note = "A live take before the camera of their own device; only its hash is kept."
            evidence = (GrantEvidence(kind="live-take", sha256=request.evidence, note=note),)
        elif not (request.assisted and request.pictures):
            raise NotNow("The live check comes first.", "Do it before the camera.", code="consent.live_check")
        terms = Terms(
            days=allowed.days, limits=(*allowed.limits, *(_ASSISTED if request.assisted else ())),
            times=allowed.times, pictures=request.pictures, evidence=evidence, uses=allowed.uses,
            purposes=allowed.purposes, territories=allowed.territories, languages=allowed.languages,
            voice=allowed.voice,
        )  # fmt: skip
        signer = Identity("phone", allowed.did, allowed.name, datetime.now(UTC))
        payload = payload_of(grant_said(proposed(request.signed, signer, templates, terms))).decode()
        self._requests.propose(request, "grant", payload)
        return payload

    def accept(self, request: ConsentRequest, document: str, credential: str = "") -> SignedGrant:
        """Take the signed grant in. It is used once somebody here has compared the key with the person.

        Raises:
            PermissionRefused: as `read_grant`; consent.other, consent.other_page; permission.own_key. NotNow.
        """
        signed = read_grant(document)
        self._refuse_other_pages(signed.document)
        refuse_unless_proposed(request, "grant", signed.document.payload)
        self._refuse_own(signed.grant.issuer)
        folder = self._settings.home / "grants"
        make_private_folder(folder)
        path = folder / f"{signed.grant.id}.jwt"
        if request.face is not None and request.evidence is not None:
            write_atomically(path.with_suffix(".face"), request.face.encode(), mode=0o600)
            ring = Keyring.at_home(self._settings)
            JudgedTakes.at_home(self._settings).enter(request.evidence, ring.signer(signed.grant.audience))
        write_atomically(path, signed.document.text.encode() + b"\n", mode=0o600)
        try:
            self._requests.sign(request, signed.grant.id, credential if signed.document.origin else "")
        except NotNow:  # answered by another device meanwhile
            for beside in (path, path.with_suffix(".face")):
                beside.unlink(missing_ok=True)
            raise
        with Ledger.open(self._settings) as ledger:
            note_grant(signed, ledger)
        return signed

    def grant(self, request: ConsentRequest) -> SignedGrant | None:
        """The grant that answered a request; None where it is not kept any more."""
        if request.grant is None:
            return None
        path = self._settings.home / "grants" / f"{request.grant}.jwt"
        return load_grant(path) if path.is_file() else None

    def propose_revocation(self, request: ConsentRequest) -> str:
        """What to sign so that the grant is taken back: the payload of the signer's next list. Raises NotNow."""
        signed = self.grant(request)
        if signed is None or request.state != "signed":
            raise NotNow("There is nothing to take back.", "It was taken back already, or is not kept any more.")
        grant, now = signed.grant, datetime.now(UTC)
        lists = RevocationLists.at_home(self._settings)
        taken = RevokedGrant(grant=grant.id, since=int(now.timestamp()), ends=grant.ends)
        said = next_said(grant.issuer, lists.newest(grant.issuer), [taken], now=now, valid=VALID)
        payload = payload_of(said).decode()
        self._requests.propose(request, "list", payload)
        return payload

    def revoke(self, request: ConsentRequest, document: str) -> list[str]:
        """Take the grant back: from now on it is refused, and what rests on it ends. Returns the jobs that end.

        Raises:
            PermissionRefused: as `read_list`; consent.other. NotNow.
        """
        signed = self.grant(request)
        if signed is None:
            raise NotNow("There is nothing to take back.", "It is not kept any more.")
        now = datetime.now(UTC)
        taken = read_list(document, signed.grant.issuer, now)
        self._refuse_other_pages(taken.document)
        refuse_unless_proposed(request, "list", taken.document.payload)
        if (why := RevocationLists.at_home(self._settings).keep(taken, now)) is not None:
            raise PermissionRefused(f"The list is not accepted: {why}.", "Begin again.", code="permission.list")
        ended = self._queue.stop_resting_on(signed.grant.id)
        with Ledger.open(self._settings) as ledger:
            ledger.append("revocation", revocation_body(taken, signed.grant.id))
        self._requests.revoke(request)
        return ended

    def give_up(self, request: ConsentRequest) -> list[str]:
        """Without the key: the studio deletes grant and face, so that it can use neither. Returns the jobs that end."""
        from countenance.server.grants import give_up

        signed = self.grant(request)
        if signed is None or request.state != "signed":
            raise NotNow("There is nothing to take back.", "It was taken back already, or is not kept any more.")
        ended, _ = give_up(signed, self._settings, self._queue, why="revoked")
        self._requests.revoke(request)
        return ended

    def _template(self, request: ConsentRequest) -> FaceTemplate:
        assert request.face is not None and request.signed is not None
        return unseal(request.face, Keyring.at_home(self._settings).signer(request.signed.request.grantee.did))

    def _refuse_other_pages(self, document: SignedDocument) -> None:
        """A passkey signs here on the studio's own page alone, where the person was shown what they sign."""
        if document.origin and document.origin not in self._origins:
            raise PermissionRefused(
                f"The passkey was used on the page of {document.origin}, not of this studio.",
                "Open the link that was sent, and sign there.",
                code="consent.other_page",
            )

    def _refuse_own(self, did: str) -> None:
        """A key that was made in this home stands for nobody else in it."""
        check_signer(did)
        if did in Keyring.at_home(self._settings).ever():
            raise PermissionRefused(
                f"The key {short_form(did)} was made in this installation; it cannot stand for somebody else here.",
                "Let the person open the link on their own device.",
                code="permission.own_key",
            )


_ASSISTED = ("Given with the help of somebody else, without a live check.",)
