"""From a manifest store as c2pa reads it to values: what it states, and what its validation found. Pure; takes any JSON
without complaint, however deep, cyclic or wrong, and keeps no more of it than a person would read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from countenance.errors import BadDocument
from countenance.marking.certificates import SELF_ISSUED
from countenance.marking.manifest import PERMISSION_LABEL, RENDER_LABEL, TRYON_LABEL
from countenance.permission.assurance import KINDS, MOST, Assurance
from countenance.permission.scripts import TOPICS
from countenance.verify import states
from countenance.verify.findings import (
    Action,
    IngredientFinding,
    LooksAssertion,
    ManifestFinding,
    ManifestState,
    PermissionAssertion,
    TriedOn,
    TryOnFinding,
)

MAX_ITEMS = 64
MAX_TEXT = 300
_OWN_NAME = "Countenance self-issued"
Root = Literal["imported", "own"]


def text(value: Any, limit: int = MAX_TEXT) -> str:
    """A value as one line of plain text: no control or direction characters, cut to length."""
    if value is None or isinstance(value, dict | list):
        return ""
    plain = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in str(value)[: limit * 2])
    return " ".join(plain.split())[:limit]


def stated(
    document: Any, validation: str, *, embedded: bool, apart: bool = False, root: Root = "imported"
) -> ManifestFinding:
    """The finding for a manifest store.

    Args:
        document: the store as `c2pa.Reader.json()` gives it, parsed.
        validation: c2pa's word: Trusted, Valid or Invalid.
        embedded: whether it lay in the file.
        apart: read from a record, without the file it was made for: that it fits no file is then no fault.
        root: whose root it is that c2pa trusted, where it did: one imported here, or this installation's own.
    """
    store = _mapping(document)
    manifests = _mapping(store.get("manifests"))
    label = text(store.get("active_manifest"))
    named = store.get("active_manifest")
    active = _mapping(manifests.get(named)) if isinstance(named, str) else {}
    failures = tuple(dict.fromkeys(_failures(store)))
    if apart:
        failures = tuple(code for code in failures if code not in states.FILE_DIFFERS)
        if not failures:
            validation = "Trusted" if "signingCredential.trusted" in successes(store) else "Valid"
    signature = _mapping(active.get("signature_info"))
    signer = text(signature.get("common_name"))
    organisation = text(signature.get("issuer"))
    calls_itself = signer.startswith(_OWN_NAME) or organisation == SELF_ISSUED
    reason = ""
    state: ManifestState
    if validation == "Trusted":
        state = "self-issued" if root == "own" else "trusted"
    elif validation == "Valid":
        state = "self-issued" if calls_itself else "unknown-signer"
    else:
        state, _, reason = states.of_codes(failures)
    actions = tuple(_actions(active))
    return ManifestFinding(
        state=state,
        where="embedded" if embedded else "beside",
        manifest_id=label,
        signer=signer,
        organisation="" if organisation == SELF_ISSUED else organisation,
        identity=_identity(active, store),
        serial=text(signature.get("cert_serial_number"), 64),
        own=validation == "Trusted" and root == "own",
        algorithm=text(signature.get("alg")),
        signed_at=_instant(signature.get("time")) if _stamped(store) else None,
        time_trusted="timeStamp.trusted" in successes(store),
        title=text(active.get("title")),
        generator=_generator(active),
        source_types=tuple(dict.fromkeys(kind for kind in _source_types(active, actions) if kind)),
        actions=actions,
        ingredients=tuple(_ingredients(active, manifests)),
        permission=_permission(active),
        bindings=tuple(_bindings(active)),
        tried_on=_tried_on(active),
        looks=_looks(active),
        failures=failures,
        reason=reason,
        chain=max(0, len(manifests) - 1),
    )


def _identity(active: dict[str, Any], store: dict[str, Any]) -> str:
    """The organisation of a CAWG identity assertion whose signature holds; empty without one."""
    if "cawg.x509.signature.validated" not in successes(store):
        return ""
    signed = (_mapping(data.get("signature_info")) for data in _assertions(active, "cawg.identity"))
    return next((name for one in signed if (name := text(one.get("issuer")))), "")


def _failures(store: dict[str, Any]) -> Iterator[str]:
    results = _mapping(store.get("validation_results"))
    for found in _list(_mapping(results.get("activeManifest")).get("failure")):
        code = text(_mapping(found).get("code"))
        if code and code not in states.HARMLESS:
            yield code
    for delta in _list(results.get("ingredientDeltas")):
        for found in _list(_mapping(_mapping(delta).get("validationDeltas")).get("failure")):
            code = text(_mapping(found).get("code"))
            if code and code not in states.HARMLESS:
                yield code


def _stamped(store: dict[str, Any]) -> bool:
    """Whether a time-stamp authority vouched for the time; without one it is only the signer's clock."""
    return not successes(store).isdisjoint({"timeStamp.validated", "timeStamp.trusted"})


def successes(store: dict[str, Any]) -> set[str]:
    """Codes of what held."""
    results = _mapping(_mapping(store.get("validation_results")).get("activeManifest"))
    return {text(_mapping(found).get("code")) for found in _list(results.get("success"))}


def _generator(active: dict[str, Any]) -> str:
    for info in _list(active.get("claim_generator_info")):
        name, version = text(_mapping(info).get("name")), text(_mapping(info).get("version"))
        if name:
            return f"{name} {version}".strip()
    return text(active.get("claim_generator"))


def _assertions(active: dict[str, Any], *labels: str) -> Iterator[dict[str, Any]]:
    for one in _list(active.get("assertions")):
        assertion = _mapping(one)
        label = text(assertion.get("label"))
        if any(label == wanted or label.startswith(f"{wanted}__") for wanted in labels):
            yield _mapping(assertion.get("data"))


def _actions(active: dict[str, Any]) -> Iterator[Action]:
    for data in _assertions(active, "c2pa.actions", "c2pa.actions.v2"):
        for one in _list(data.get("actions")):
            action = _mapping(one)
            agent = action.get("softwareAgent")
            yield Action(
                name=text(action.get("action")),
                description=text(action.get("description")),
                source_type=_last_part(action.get("digitalSourceType")),
                agent=text(_mapping(agent).get("name")) if isinstance(agent, dict) else text(agent),
                when=text(action.get("when")),
            )


def _source_types(active: dict[str, Any], actions: tuple[Action, ...]) -> Iterator[str]:
    for action in actions:
        yield action.source_type
    for data in _assertions(active, "cawg.metadata", "c2pa.metadata", "stds.iptc"):
        for name, value in data.items():
            if text(name).casefold().endswith("digitalsourcetype"):
                yield _last_part(value)


def _last_part(address: Any) -> str:
    return text(address).rstrip("/").rpartition("/")[2]


def _ingredients(active: dict[str, Any], manifests: dict[str, Any]) -> Iterator[IngredientFinding]:
    for one in _list(active.get("ingredients")):
        ingredient = _mapping(one)
        label = ingredient.get("active_manifest")
        own = _mapping(manifests.get(label)) if isinstance(label, str) else {}
        signature = _mapping(own.get("signature_info"))
        results = _mapping(_mapping(ingredient.get("validation_results")).get("activeManifest"))
        codes = (text(_mapping(found).get("code")) for found in _list(results.get("failure")))
        yield IngredientFinding(
            title=text(ingredient.get("title")),
            relationship=text(ingredient.get("relationship")),
            manifest_id=text(label),
            signer=text(signature.get("common_name")) or text(signature.get("issuer")),
            failures=tuple(code for code in codes if code and code not in states.HARMLESS),
        )


def _looks(active: dict[str, Any]) -> LooksAssertion | None:
    for data in _assertions(active, RENDER_LABEL):
        said = _mapping(data.get("looks"))
        frames, sound, digest = said.get("keyFrames"), said.get("soundBytes"), said.get("sha256")
        if isinstance(frames, int) and isinstance(sound, int) and isinstance(digest, str) and min(frames, sound) >= 0:
            return LooksAssertion(frames, sound, digest)
    return None


def _permission(active: dict[str, Any]) -> PermissionAssertion | None:
    for data in _assertions(active, PERMISSION_LABEL):
        return PermissionAssertion(
            permit=text(data.get("permit"), 64),
            use=text(data.get("use"), 64),
            kind=text(data.get("kind"), 32),
            basis=text(data.get("basis")),
            grant_sha256=text(data.get("grantSha256"), 64),
            assurances=tuple(_assurances(data)),
            grants=tuple(dict.fromkeys(text(one, 64) for one in _list(data.get("grants"))[:MOST] if text(one, 64))),
            script=tuple(t for t in TOPICS if t in _list(_mapping(data.get("script")).get("topics"))[:MOST]),
        )
    return None


def _assurances(data: dict[str, Any]) -> Iterator[Assurance]:
    """Those that can be read. One that cannot counts as the maker's bare word for whoever is shown."""
    stated = _list(data.get("assurances"))
    if len(stated) > MOST:  # what is not read counts as the maker's bare word
        yield Assurance("shown", "subject")
    for one in stated[:MOST]:
        try:
            found = Assurance.from_dict(one)
        except BadDocument:
            kind = text(data.get("kind"), 32)
            yield Assurance("shown", kind if kind in KINDS else "subject")
        else:
            yield replace(found, attested_by=text(found.attested_by), statement=text(found.statement))


def _tried_on(active: dict[str, Any]) -> TryOnFinding | None:
    for data in _assertions(active, TRYON_LABEL):
        items = tuple(
            TriedOn(
                text(item.get("kind"), 32),
                text(item.get("product"), 120),
                text(item.get("gtin"), 14),
                text(item.get("variant"), 120),
                _share(item.get("share")),
            )
            for item in map(_mapping, _list(data.get("items"))[:MAX_ITEMS])
        )
        left = _mapping(data.get("untouched"))
        return TryOnFinding(
            items, _count(left.get("untouched")), _count(left.get("blocks")), text(left.get("sha256"), 64)
        )
    return None


def _share(value: Any) -> float:
    return min(max(float(value), 0.0), 1.0) if isinstance(value, int | float) and value == value else 0.0


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 1 << 53 else 0


def _bindings(active: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for data in _assertions(active, "c2pa.soft-binding"):
        for block in _list(data.get("blocks")):
            yield text(data.get("alg")), text(_mapping(block).get("value"))


def _instant(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value[:MAX_ITEMS] if isinstance(value, list) else []
