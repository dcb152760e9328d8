"""`countenance serve permission`: signs each use of the grants that name this service, and refuses beyond their count.

    GET  /v1/service              its key and version
    POST /v1/uses                 {grant, request, handover?} → {receipt}
    POST /v1/releases             {release} → {released}
    GET  /v1/receipts/{sha256}    {state: counted | released}
    GET  /v1/health

Every body is small, and read whole before anything is done. Keeps no names: grants are read and not kept.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

import countenance
from countenance.errors import BadDocument, ClockWrong, CountenanceError, PermissionRefused, TooLarge
from countenance.home import Home
from countenance.permission import rules
from countenance.permission.handover import read_handover, users_of
from countenance.permission.issuers import KnownIssuers
from countenance.permission.keyring import Keyring, Signer
from countenance.permission.receipts.statements import read_release, read_use, sign_receipt, sign_released
from countenance.permission.receipts.store import Asked, Uses
from countenance.permission.revocation import RevocationLists
from countenance.permission.signed_grant import SKEW, SignedGrant, read_grant
from countenance.settings import Settings

RELEASE_WITHIN = 10 * 60  # seconds
LONGEST_BODY = 96 * 1024
_PATIENCE = 10.0  # seconds for a body
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class ReceiptDesk:
    """Counts and signs.

    Args:
        settings: whose identities, trusted signers and revocation lists.
        signer: the service's key; grants name it as `receipts_key`.
        address: of the database; SQLite in the home folder by default.
        issuers: further did:keys whose grants are counted, beside one's own and those that are trusted here.
    """

    def __init__(
        self, settings: Settings, signer: Signer, address: str | None = None, issuers: frozenset[str] = frozenset()
    ) -> None:
        Home.open(settings)
        self._settings, self._signer, self._issuers = settings, signer, issuers
        self.uses = Uses(address or f"sqlite:///{settings.home / 'receipts.sqlite'}")

    @property
    def did(self) -> str:
        """The service's key."""
        return self._signer.identity.did

    def now(self) -> datetime:
        """The clock's time. Raises ClockWrong, where it stands before the last use."""
        now, newest = datetime.now(UTC), self.uses.newest()
        if newest is not None and now < newest - SKEW:
            raise ClockWrong("The service's clock stands before the last use that it counted.")
        return now if newest is None else max(now, newest)

    def use(self, grant: str, request: str, handover: str | None) -> str:
        """The receipt for a use, the same one for the same permit.

        Raises:
            PermissionRefused: grant or request do not hold, are not for here, or the grant is used up, over or revoked.
        """
        now = self.now()
        signed, asked = read_grant(grant, now), read_use(request)
        if asked.grant_sha256 != signed.sha256:
            raise _refused("input", "The request is for another grant than the one it came with.")
        self._check(signed, asked.use, now)
        handed = None if handover is None else read_handover(handover)
        if asked.issuer not in users_of(signed, handed, now):
            raise _refused("grantee", "The request is not signed by somebody who may use the grant.")
        scope = signed.grant.scope
        wanted = Asked(
            signed.sha256, f"{signed.grant.issuer} {signed.grant.id}", asked.permit, asked.use, asked.issuer,
            scope.times, scope.counted_since(now),
        )  # fmt: skip
        found = self.uses.count(
            wanted,
            lambda n, left: sign_receipt(
                self._signer, grant_sha256=signed.sha256, permit=asked.permit, use=asked.use, n=n, times=scope.times,
                times_left=left, now=now,
            ),
        )  # fmt: skip
        return found if isinstance(found, str) else found.document.text

    def release(self, release: str) -> str:
        """The word that a use does not count. Raises PermissionRefused: as `read_release` and `Uses.release`."""
        said, now = read_release(release), self.now()
        return self.uses.release(
            said, lambda: sign_released(self._signer, said, now).text, within=RELEASE_WITHIN, now=now
        )

    def _check(self, signed: SignedGrant, use: str, now: datetime) -> None:
        grant = signed.grant
        if grant.receipts_key != self.did:
            raise _refused("receipt", "The grant names another service for its receipts.")
        own = {identity.did for identity in Keyring.at_home(self._settings).identities()}
        if grant.issuer not in own | self._issuers and KnownIssuers.at_home(self._settings).find(grant.issuer) is None:
            raise _refused("issuer_unknown", "The grant's signer is not known to this service.")
        rules.check_time(grant, now)
        rules.check_use(grant, use)
        status = RevocationLists.at_home(self._settings).status(grant.id, "", now, issuer=grant.issuer)
        if status.state == "revoked":
            raise _refused("revoked", "The grant was revoked.")


def create_app(desk: ReceiptDesk) -> FastAPI:
    """The service."""

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        yield
        desk.uses.close()

    app = FastAPI(title="Use receipts", version="1", lifespan=running, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/v1/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/service")
    async def service() -> dict[str, str]:
        return {"did": desk.did, "version": countenance.__version__}

    @app.post("/v1/uses")
    async def uses(request: Request) -> dict[str, str]:
        said = await _body(request, {"grant", "request"}, {"handover"})
        return {"receipt": await run_in_threadpool(desk.use, said["grant"], said["request"], said.get("handover"))}

    @app.post("/v1/releases")
    async def releases(request: Request) -> dict[str, str]:
        said = await _body(request, {"release"})
        return {"released": await run_in_threadpool(desk.release, said["release"])}

    @app.get("/v1/receipts/{sha256}")
    async def receipt(sha256: str) -> Response:
        state = await run_in_threadpool(desk.uses.state, sha256[:64])
        return JSONResponse({"state": state or "unknown"}, status_code=200 if state else 404)

    @app.middleware("http")
    async def careful(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.exception_handler(CountenanceError)
    async def told(_request: Request, error: CountenanceError) -> JSONResponse:
        said = {"code": error.code, "message": error.message, "remedy": error.remedy}
        return JSONResponse({"error": said}, status_code=error.http_status)

    return app


async def _body(request: Request, needed: set[str], more: set[str] = frozenset()) -> dict[str, Any]:  # type: ignore[assignment]
    """A small JSON object of texts. Raises TooLarge, BadDocument."""
    data = b""
    try:
        async with asyncio.timeout(_PATIENCE):
            async for block in request.stream():
                data += block
                if len(data) > LONGEST_BODY:
                    raise TooLarge(f"A request has at most {LONGEST_BODY >> 10} KiB.")
        said = json.loads(data)
    except (TimeoutError, ValueError, RecursionError) as error:
        raise BadDocument("The request is no JSON, or came too slowly.") from error
    if not isinstance(said, dict) or not needed <= set(said) <= needed | more:
        raise BadDocument(f"The request must hold {', '.join(sorted(needed))}, and nothing else.")
    said = {name: value for name, value in said.items() if value is not None}
    if not needed <= set(said) or not all(isinstance(value, str) for value in said.values()):
        raise BadDocument("Everything in the request must be a text.")
    return said


def _refused(code: str, why: str) -> PermissionRefused:
    return PermissionRefused(why, "Ask the signer of the grant.", code=f"permission.{code}")
