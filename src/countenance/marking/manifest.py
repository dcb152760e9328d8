"""The manifest: what a file says of itself in C2PA's words, before it is signed.

Claims follow C2PA 2.4; recipes: actions v2 with an IPTC digital source type, ingredients with their own manifests
kept, one soft binding per invisible mark, CAWG training-mining (not allowed) and metadata. No personal data: of the
permission only the grant's hash, its kind and basis, a public-domain work in words, and what vouches for each
likeness; ingredients go by role, not by file name, and without thumbnails. Pure: knows nothing of files or pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import countenance
from countenance.marking.bindings import payload_of
from countenance.marking.market_terms import statement
from countenance.marking.render_spec import Ingredient, Making, Region
from countenance.permission.assurance import Assurance
from countenance.permission.permit import Permit
from countenance.settings import Settings

PERMISSION_LABEL = "org.countenance.permission"
RENDER_LABEL = "org.countenance.render"
SPEC_VERSION = "2.4"
"""Of C2PA's specification, that the manifest keeps to; `tests/marking/test_asset_rubric.py` holds it to that."""
TRYON_LABEL = "org.countenance.tryon"
CREATED_LABELS = (
    *("c2pa.actions", "c2pa.actions.v2", "c2pa.ingredient", "c2pa.ingredient.v3", "c2pa.soft-binding"),
    *("cawg.training-mining", "cawg.metadata", "cawg.identity", PERMISSION_LABEL, RENDER_LABEL, TRYON_LABEL),
)
"""Assertions that the signer makes itself: C2PA's created ones. All others would be told as gathered from elsewhere."""
_MINING = ("cawg.ai_inference", "cawg.ai_training", "cawg.ai_generative_training", "cawg.data_mining")


@dataclass(frozen=True, slots=True)
class SoftBinding:
    """An invisible mark as the manifest names it: C2PA algorithm name and value."""

    algorithm: str
    value: str
    scope: str


def definition(
    making: Making,
    ingredients: Sequence[Ingredient],
    permit: Permit,
    bindings: Sequence[SoftBinding],
    label_text: str,
    media_type: str,
    settings: Settings,
    made_at: datetime,
    assurances: Sequence[Assurance] = (),
    looks: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The manifest before signing, as c2pa takes it; ingredients are added from their files.

    Args:
        making, ingredients, permit: of the render; the ingredients hashed.
        bindings: the invisible marks that are in the file.
        label_text: what the label for people says, seen or heard; empty where nothing was made.
        media_type: of the file.
        settings: for the organisation's name.
        made_at: aware; stated as the signer's own word, a time stamp vouches for it.
        assurances: on what each likeness rests, as `permission.vouching.presented` gives them for the certificate
            that will sign.
        looks: `keyFrames`, `soundBytes` and `sha256` of what it looks and sounds like, see `fingerprint.looks_digest`.
    """
    number = next((f"{payload_of(binding.value):016x}" for binding in bindings), "")
    stated = statement(making, settings, number, made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    market = {"market": stated} if stated else {}
    agent = {"name": making.engine, "version": making.engine_version}
    opened = [i.role for i in ingredients if i.relationship == "parentOf"]
    others = [i.role for i in ingredients if i.relationship != "parentOf"]
    mining = {"use": "allowed" if making.training_allowed else "notAllowed"}
    source_type = {"digitalSourceType": making.digital_source_type}
    actions: list[dict[str, Any]] = []
    if opened:
        actions.append(_first("c2pa.opened", agent, opened, made_at))
        placed = [i.role for i in ingredients if i.relationship == "componentOf"]
        if placed:
            actions.append({"action": "c2pa.placed", "parameters": {"ingredientIds": placed}})
        used = [role for role in others if role not in placed]
    else:
        actions.append(_first("c2pa.created", agent, others, made_at) | source_type)
        used = []
    for name, description in making.actions or ([("c2pa.edited", "Made with the inputs named.")] if opened else []):
        said: dict[str, Any] = {"action": name, "description": description, "softwareAgent": agent, **source_type}
        if used:  # what a change was made from belongs to the first change
            said["parameters"], used = {"ingredientIds": used}, []
        actions.append(said)
    if making.region is not None:
        only_here = {"changes": [_only_here(making.region)], "softwareAgent": agent, **source_type}
        actions.append({"action": "c2pa.edited"} | only_here)
    if label_text:
        actions.append({"action": "c2pa.edited", "description": f"Label for people: {label_text}", **source_type})
    actions += [
        {"action": "c2pa.watermarked.bound", "description": f"Invisible mark in the {b.scope}"} for b in bindings
    ]
    assertions: list[dict[str, Any]] = [
        {"label": "c2pa.actions.v2", "data": {"actions": actions, "allActionsIncluded": True}},
        *(
            {"label": "c2pa.soft-binding", "data": {"alg": b.algorithm, "blocks": [{"scope": {}, "value": b.value}]}}
            for b in bindings
        ),
        {"label": "cawg.training-mining", "data": {"entries": dict.fromkeys(_MINING, mining)}},
        {
            "label": PERMISSION_LABEL,
            "data": {
                "permit": permit.id,
                "use": permit.use,
                "kind": permit.kind,
                "basis": permit.basis,
                "grantSha256": permit.grant_hash,
                **({"grants": list(permit.grants)} if len(permit.grants) > 1 else {}),
                "assurances": [one.as_dict() for one in assurances],
                **({} if permit.script is None else {"script": permit.script.as_dict()}),
            },
        },
        {"label": RENDER_LABEL, "data": _render(making) | market | ({"looks": dict(looks)} if looks else {})},
        *({"label": label, "data": dict(data)} for label, data in making.assertions().items()),
        {"label": "cawg.metadata", "kind": "Json", "data": _metadata(making, settings)},  # JSON-LD, not CBOR
    ]
    return {
        "claim_generator_info": [
            {"name": "Countenance", "version": countenance.__version__, "specVersion": SPEC_VERSION}
        ],
        "title": making.title,
        "format": media_type,
        "assertions": assertions,
    }


def _first(action: str, agent: dict[str, str], roles: list[str], made_at: datetime) -> dict[str, Any]:
    first: dict[str, Any] = {
        "action": action,
        "when": made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "softwareAgent": agent,
    }
    if roles:
        first["parameters"] = {"ingredientIds": roles}
    return first


def _only_here(region: Region) -> dict[str, Any]:
    place = {"x": region.left, "y": region.top}
    shape = {"type": "rectangle", "unit": "pixel", "origin": place, "width": region.width, "height": region.height}
    return {"description": "Only this part is synthetic.", "region": [{"type": "spatial", "shape": shape}]}


def _render(making: Making) -> dict[str, Any]:
    said: dict[str, Any] = {
        "use": making.use,
        "engine": making.engine,
        "engineVersion": making.engine_version,
        "soundIsSynthetic": making.sound_is_synthetic,
    }
    if making.seed is not None:
        said["seed"] = making.seed
    return said


def _metadata(making: Making, settings: Settings) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "@context": {
            "dc": "http://purl.org/dc/elements/1.1/",
            "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
        },
        "dc:title": making.title,
        "Iptc4xmpExt:DigitalSourceType": making.digital_source_type,
    }
    if settings.organisation:
        metadata["dc:creator"] = [settings.organisation]
    return metadata
