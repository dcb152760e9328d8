"""C2PA's Soft Binding Resolution API 1.0: from a mark, or a file that bears one, to the manifest it belongs to.

    GET  /matches/byBinding?alg=…&value=…          POST /matches/byBinding {alg, value}
    POST /matches/byContent        (a file as the body)
    GET  /manifests/{manifestId}
    GET  /services/supportedAlgorithms

And beside the standard, where the service was given a key:

    GET  /statements/{manifestId}  what its issuer signs of a render, to compare with at home

Public: nothing that it answers with is anybody's secret, and everyone shall be able to ask.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from countenance.errors import CountenanceError, ProvenanceError
from countenance.marking.bindings import ALGORITHMS, PICTURE_ALGORITHM, SOUND_ALGORITHM, payload_of
from countenance.marking.issuer_part import issuer_of
from countenance.marking.render_registry import Render
from countenance.verify.issuers.record_statement import sign_statement
from countenance.verify.jumbf import active_only
from countenance.verify.permission_status import permission_status
from countenance.verify.service.request_context import Desk
from countenance.verify.service.sandbox import Look, matches_apart

MAX_RESULTS = 100
MAX_VALUE = 1024
MEDIA_TYPE = "application/c2pa"
STATEMENT_TYPE = "application/jose"
_MANIFEST_ID = re.compile(r"(?:urn:c2pa:|urn:uuid:|xmp[.:]iid:)?[A-Za-z0-9._:/+-]{1,200}\Z")
_MEDIA = ("image/", "audio/", "video/", "application/", "multipart/")
_FAILURE: dict[int | str, dict[str, Any]] = {500: {"description": "Service failure"}}

MaxResults = Annotated[int, Query(alias="maxResults", ge=1, description="At most so many matches.")]
Algorithm = Annotated[str, Query(min_length=1, max_length=200, description="Name of the soft binding's algorithm.")]


class SoftBindingMatch(BaseModel):
    """One manifest."""

    manifestId: str = Field(description="Identifier of a matching C2PA manifest.")  # noqa: N815 - the standard's name
    endpoint: str | None = Field(None, description="Where it may be had; absent: here.")
    similarityScore: int | None = Field(None, ge=0, le=100, description="100 is the strongest match.")  # noqa: N815


class SoftBindingQueryResult(BaseModel):
    """Manifests, best first."""

    matches: list[SoftBindingMatch]


class SoftBindingQuery(BaseModel):
    """A soft binding."""

    alg: str = Field(min_length=1, max_length=200)
    value: str = Field(min_length=1, max_length=1 << 16)


class SoftBindingAlgorithm(BaseModel):
    """The name of an algorithm."""

    alg: str


class SoftBindingAlgList(BaseModel):
    """What may be asked about."""

    watermarks: list[SoftBindingAlgorithm]
    fingerprints: list[SoftBindingAlgorithm] = []


def resolution_routes(desk: Desk) -> APIRouter:
    """The API over a registry."""
    routes = APIRouter()

    @routes.get(
        "/matches/byBinding",
        tags=["query"],
        operation_id="queryByBinding",
        response_model_exclude_none=True,
        responses={
            400: {"description": "Invalid query value"},
            414: {"description": "Query too long, consider using POST instead"},
            **_FAILURE,
        },
    )
    def query_by_binding(
        alg: Algorithm,
        value: Annotated[str, Query(min_length=1, description="Base64 of the binding's value.")],
        max_results: MaxResults = 10,
    ) -> SoftBindingQueryResult:
        """Manifests that a soft binding belongs to."""
        if len(value) > MAX_VALUE:
            raise HTTPException(414, "Query too long, consider using POST instead")
        return _by_binding(desk, alg, value, max_results)

    @routes.post(
        "/matches/byBinding",
        tags=["query"],
        operation_id="queryByLargeBinding",
        response_model_exclude_none=True,
        responses={400: {"description": "Invalid query value"}, **_FAILURE},
    )
    def query_by_large_binding(query: SoftBindingQuery, max_results: MaxResults = 10) -> SoftBindingQueryResult:
        """The same, for values too long for an address."""
        return _by_binding(desk, query.alg, query.value, max_results)

    @routes.post(
        "/matches/byContent",
        tags=["query"],
        operation_id="uploadFile",
        response_model_exclude_none=True,
        responses={
            400: {"description": "Invalid query value"},
            413: {"description": "Asset too large"},
            415: {"description": "Invalid asset type"},
            503: {"description": "Too many assets at once"},
            **_FAILURE,
        },
        openapi_extra={
            "requestBody": {
                "description": "Asset to match to manifests. It is not kept.",
                "required": True,
                "content": {
                    kind: {"schema": {"type": "string", "format": "binary"}}
                    for kind in ("image/*", "audio/*", "video/*", "application/*")
                },
            }
        },
    )
    async def upload_file(
        request: Request,
        alg: Annotated[str | None, Query(max_length=200)] = None,
        max_results: MaxResults = 10,
        hint_alg: Annotated[str | None, Query(alias="hintAlg", max_length=200)] = None,
        hint_value: Annotated[str | None, Query(alias="hintValue", max_length=MAX_VALUE)] = None,
    ) -> SoftBindingQueryResult:
        """Manifests that the marks in a file lead to, and without `alg` also its looks."""
        if alg is not None and alg not in ALGORITHMS:
            raise HTTPException(400, f"The algorithm {alg} is not supported")
        if not request.headers.get("content-type", "application/octet-stream").startswith(_MEDIA):
            raise HTTPException(415, "Invalid asset type")
        limit = min(max_results, MAX_RESULTS)
        matches = []
        if hint_alg in ALGORITHMS and hint_value:
            matches += _by_binding(desk, str(hint_alg), hint_value, limit).matches
        try:
            async with desk.received(request) as path:

                def ask(look: Look) -> list[dict[str, Any]]:
                    return matches_apart(
                        path, desk.settings, desk.allowance, algorithm=alg or "", limit=limit, look=look
                    )

                found = await desk.looked(request, ask)
        except CountenanceError as error:
            if error.code in ("input.media_type", "input.empty"):
                raise HTTPException(415, "Invalid asset type") from error
            raise
        known = {match.manifestId for match in matches}
        matches += [SoftBindingMatch(**one) for one in found if one["manifestId"] not in known]
        return SoftBindingQueryResult(matches=matches[:limit])

    @routes.get(
        "/manifests/{manifestId:path}",
        tags=["fetch"],
        operation_id="getManifestById",
        response_class=Response,
        responses={
            200: {"description": "Successful operation", "content": {MEDIA_TYPE: {}}},
            400: {"description": "Invalid C2PA Manifest Id supplied"},
            404: {"description": "C2PA Manifest Id not found"},
            **_FAILURE,
        },
    )
    def get_manifest_by_id(
        manifestId: str,
        return_active_manifest: Annotated[bool, Query(alias="returnActiveManifest")] = False,
    ) -> Response:
        """A manifest store, or of it the active manifest alone."""
        render = _render(desk, manifestId)
        if render is None:
            raise HTTPException(404, "C2PA Manifest Id not found")
        store = active_only(render.manifest) if return_active_manifest else render.manifest
        return Response(store, media_type=MEDIA_TYPE, headers={"Cache-Control": "public, max-age=3600"})

    @routes.get(
        "/statements/{manifestId:path}",
        tags=["fetch"],
        operation_id="getStatementByManifestId",
        response_class=Response,
        responses={
            200: {"description": "Compact JWS", "content": {STATEMENT_TYPE: {}}},
            400: {"description": "Invalid C2PA Manifest Id supplied"},
            404: {"description": "C2PA Manifest Id not found, or this service signs nothing"},
            **_FAILURE,
        },
    )
    def get_statement_by_manifest_id(manifestId: str) -> Response:
        """What the issuer whose number a render bears signs of it: hashes, looks, sound, how its permission stands."""
        signer, render = desk.service.signer, _render(desk, manifestId)
        issuer = None if render is None else issuer_of(render.payload)
        if signer is None or render is None or issuer is None or issuer != desk.settings.issuer:
            raise HTTPException(404, "C2PA Manifest Id not found, or this service signs nothing")
        now = datetime.now(UTC)
        standing = permission_status(desk.settings).status(render, now)
        text = sign_statement(render, issuer, signer, now, standing)
        return Response(text, media_type=STATEMENT_TYPE, headers={"Cache-Control": "public, max-age=600"})

    @routes.get(
        "/services/supportedAlgorithms",
        tags=["service"],
        operation_id="getSupportedBindings",
        responses=_FAILURE,
    )
    def get_supported_bindings() -> SoftBindingAlgList:
        """The algorithms that may be asked about."""
        names = (PICTURE_ALGORITHM, SOUND_ALGORITHM)
        return SoftBindingAlgList(watermarks=[SoftBindingAlgorithm(alg=name) for name in names])

    return routes


def _render(desk: Desk, manifest_id: str) -> Render | None:
    """The recorded render of a manifest. Raises HTTPException 400, where that is no manifest's name."""
    if not _MANIFEST_ID.fullmatch(manifest_id):
        raise HTTPException(400, "Invalid C2PA Manifest Id supplied")
    return desk.registry.by_manifest(manifest_id)


def _by_binding(desk: Desk, alg: str, value: str, limit: int) -> SoftBindingQueryResult:
    if alg not in ALGORITHMS:
        raise HTTPException(400, f"The algorithm {alg} is not supported")
    try:
        payload = payload_of(value)
    except ProvenanceError as error:
        raise HTTPException(400, error.message) from error
    render = desk.registry.by_payload(payload)
    wanted = "picture" if alg == PICTURE_ALGORITHM else "sound"
    if render is None or wanted not in render.marks or limit < 1:
        return SoftBindingQueryResult(matches=[])
    return SoftBindingQueryResult(matches=[SoftBindingMatch(manifestId=render.manifest_id)])
