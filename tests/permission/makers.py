"""A maker with a home of their own, and a grant in hand: what is asked, entered and counted, without drawing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countenance.media.source import Source
from countenance.permission.authorisation import Authorisation
from countenance.permission.grant import Grant
from countenance.permission.grant_claim import GrantClaim
from countenance.permission.intended_use import Circumstances
from countenance.permission.issuers import KnownIssuers
from countenance.permission.keyring import Keyring, Signer
from countenance.permission.ledger_entries import Account
from countenance.permission.permit import Permit
from countenance.permission.signed_grant import SignedGrant, sign_grant
from countenance.settings import Settings
from tests.permission.people import ADA, FACE, grant_said
from tests.permission.subjects import StandIn, template_named


@dataclass(frozen=True)
class Claimed:
    """A right by a grant that is in hand."""

    grant: SignedGrant

    def claim(self, settings: Settings) -> GrantClaim:
        del settings
        return GrantClaim(self.grant, Circumstances("film", ("DE",), ("de",)), (template_named(FACE),))


class Maker:
    """Studio North, in a home below `folder`; with `key`, a second installation of the same studio."""

    def __init__(self, folder: Path, key: Maker | None = None, **more: Any) -> None:
        self.folder = folder
        self.settings = Settings(home=folder / "home", **more)
        ring = Keyring.at_home(self.settings)
        if key is None:
            ring.make("Studio North")
        else:
            ring.folder.mkdir(parents=True)
            for file in Keyring.at_home(key.settings).folder.iterdir():
                (ring.folder / file.name).write_bytes(file.read_bytes())
        self.signer: Signer = ring.signer()
        issuers = KnownIssuers.at_home(self.settings)
        issuers.trust(ADA.identity.did, "Ada Lovelace", seen="telephone", by=self.signer)
        (folder / "ada.png").write_bytes(b"a portrait")
        (folder / "clip.mp4").write_bytes(b"a clip")

    @property
    def home(self) -> Path:
        return self.settings.home

    def grant(self, by: Signer = ADA, **changed: Any) -> SignedGrant:
        said = grant_said(by, self.signer, **{"revocation": None, **changed})
        return sign_grant(Grant.model_validate_json(json.dumps(said)), by)

    def permit(self, grant: SignedGrant) -> Permit:
        """From the front door: preflight, decision, the grant noted."""
        with Authorisation("animate", {"source": Claimed(grant)}, self.settings) as asking:
            asking.preflight(("source", "driver"))
            driver = {"driver": Source.pin(self.folder / "clip.mp4")}
            return asking.permit({"source": StandIn(self.folder / "ada.png")}, driver)

    def make(self, grant: SignedGrant, *, fails: bool = False) -> Permit:
        """Everything that is entered of a render, as the exit does it."""
        permit = self.permit(grant)
        account = Account(permit, self.settings)
        try:
            if not fails:
                account.made(file_sha256="f1" * 32, media_type="video/mp4", payload=7, manifest="urn:c2pa:1")
        finally:
            account.close()
        return permit
