"""The maker's side of use receipts: has uses signed before anything is drawn, gives back those of which nothing came.

Only the address that the grant names is asked, without redirects; an answer counts where the key that the grant names
signed it, for this grant, permit and use.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from countenance.errors import CountenanceError, PermissionRefused
from countenance.permission.keyring import Keyring, Signer
from countenance.permission.permit import GrantUse
from countenance.permission.receipts.statements import SignedReceipt, read_receipt, sign_release, sign_use
from countenance.settings import Settings

_LOG = logging.getLogger(__name__)
TIMEOUT = 8.0  # seconds without an answer, and at most three times that for all of it
LONGEST_ANSWER = 64 * 1024
CLOCKS = timedelta(minutes=10)  # by which the service's clock may differ from the time here
_PASSED_ON = ("permission.count", "permission.revoked", "permission.used", "permission.expired", "permission.grantee")


@dataclass(frozen=True)
class _Held:
    use: GrantUse
    signer: Signer
    receipt: SignedReceipt


class Receipts:
    """The receipts of one permit.

    Args:
        permit: its number.
        settings: whose identities sign the requests.
    """

    def __init__(self, permit: str, settings: Settings) -> None:
        self._permit, self._settings = permit, settings
        self._held: list[_Held] = []

    def fetch(self, uses: Sequence[GrantUse], now: datetime) -> None:
        """Have these uses signed; all or none.

        Raises:
            PermissionRefused: permission.receipt, where a service cannot be reached or its answer does not hold;
                permission.count, permission.revoked, … where it refuses.
            ProvenanceError: mark.passphrase.
        """
        try:
            for use in uses:
                signer = self._signer(use)
                request = sign_use(signer, grant_sha256=use.grant_sha256, permit=self._permit, use=use.use, now=now)
                body = {"grant": use.document, "request": request.text}
                answer = _asked(use.receipts, "uses", body | ({"handover": use.handover} if use.handover else {}))
                self._held.append(_Held(use, signer, self._checked(use, answer.get("receipt"), now)))
        except BaseException:
            self.release(now)
            raise

    @property
    def texts(self) -> dict[str, str]:
        """SHA-256 of each grant that names a service → its receipt, a compact JWS."""
        return {one.use.grant_sha256: one.receipt.document.text for one in self._held}

    @property
    def hashes(self) -> list[str]:
        """SHA-256 hex of each receipt."""
        return [one.receipt.document.sha256 for one in self._held]

    def release(self, now: datetime) -> None:
        """Give the uses back; one whose service cannot be reached stays counted there. Raises nothing."""
        held, self._held = self._held, []
        for one in held:
            try:
                said = sign_release(one.signer, one.receipt, now)
                _asked(one.use.receipts, "releases", {"release": said.text})
            except CountenanceError as error:
                _LOG.warning("A use of a grant was not given back: %s", error.message)

    def _signer(self, use: GrantUse) -> Signer:
        ring = Keyring.at_home(self._settings)
        own = {identity.did for identity in ring.identities()}
        for did in use.users:
            if did in own:
                return ring.signer(did)
        raise _no_receipt("no key that may use the grant is here to ask for it")

    def _checked(self, use: GrantUse, text: Any, now: datetime) -> SignedReceipt:
        if not isinstance(text, str):
            raise _no_receipt("the service's answer holds none")
        try:
            signed = read_receipt(text)
        except PermissionRefused as error:
            raise _no_receipt(f"what the service answered does not hold ({error.code})") from error
        said = signed.receipt
        if said.issuer != use.receipts_key:
            raise _no_receipt("it is signed by another key than the one the grant names")
        if (said.grant_sha256, said.permit, said.use) != (use.grant_sha256, self._permit, use.use):
            raise _no_receipt("it is for something else")
        if abs(said.at - now) > CLOCKS:
            raise _no_receipt("its time is not now; check this machine's clock")
        return signed


def _asked(address: str, what: str, body: dict[str, str]) -> dict[str, Any]:
    """The service's answer. Raises PermissionRefused."""
    end = time.monotonic() + 3 * TIMEOUT
    data = b""
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", f"{address.rstrip('/')}/v1/{what}", json=body) as answer,
        ):
            for block in answer.iter_bytes():
                data += block
                if len(data) > LONGEST_ANSWER or time.monotonic() > end:
                    raise _no_receipt("the service's answer is too large or too slow")
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise _no_receipt(f"the service at {address} could not be reached ({type(error).__name__})") from error
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _no_receipt(f"the service at {address} answered {status} without a word")
    if status == 200:
        return said
    problem = said.get("error")
    problem = problem if isinstance(problem, dict) else {}
    words, code = str(problem.get("message", "no reason given"))[:300], str(problem.get("code", ""))
    raise PermissionRefused(
        f"The use-receipt service at {address} refuses: {words}",
        str(problem.get("remedy", "Ask the signer of the grant."))[:300],
        code=code if code in _PASSED_ON else "permission.receipt",
        details={"status": status, "code": code[:60]},
    )


def _no_receipt(why: str) -> PermissionRefused:
    return PermissionRefused(
        f"The grant is used only with a receipt, and there is none: {why}.",
        "Go online and try again; the grant cannot be used offline.",
        code="permission.receipt",
    )
