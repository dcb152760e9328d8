"""C2PA's Asset Conformance Rubric (program 0.2, specification 2.4; version 0.2.0 of 31 March 2026) in Python: what it
asks of a manifest, under its own names. It reads crJSON, which c2pa writes.

The rubric is published as formulas for an evaluator whose language has no package here; these are its checks as this
project reads them, not its code. Left out are those on assertions that are never written here: review ratings,
alternative content, external references, TIFF.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

INCEPTION = frozenset({"c2pa.created", "c2pa.opened"})
NOT_EDITORIAL = frozenset(
    f"c2pa.{name}"
    for name in (
        "converted published repackaged transcoded resized.proportional enhanced edited.metadata watermarked "
        "watermarked.bound watermarked.unbound redacted placed"
    ).split()
)
ACTIONS = (
    INCEPTION
    | NOT_EDITORIAL
    | frozenset(
        f"c2pa.{name}"
        for name in (
            "addedText adjustedColor changedSpeed color_adjustments cropped deleted drawing dubbed edited filtered "
            "mastered mixed orientation remixed removed resized translated trimmed unknown"
        ).split()
    )
) - {"c2pa.color_adjustments", "c2pa.watermarked"}  # these are deprecated
ASSERTIONS = frozenset(
    f"c2pa.{name}"
    for name in (
        "hash.data hash.data.part actions.v2 ingredient.v3 hash.boxes hash.bmff.v3 hash.collection.data soft-binding "
        "cloud-data embedded-data metadata certificate-status asset-ref asset-type.v2 hash.multi-asset thumbnail.claim "
        "thumbnail.ingredient depthmap.GDepth icon session-keys repository-receipt ai-disclosure assertion.metadata "
        "time-stamp"
    ).split()
)
PARAMETERS = frozenset(
    "redacted ingredients ingredient description relatedAssertions sourceLanguage targetLanguage multipleInstances "
    "ranges weight width italic slant".split()
)
RELATIONSHIPS = frozenset({"parentOf", "inputTo", "componentOf"})


def failed(document: dict[str, Any], spec_version: str = "2.4") -> Iterator[tuple[str, Any]]:
    """Names of the checks that the active manifest does not pass, with what was found.

    Args:
        document: crJSON, parsed; the active manifest first.
        spec_version: that the generator is to declare.
    """
    manifest = document["manifests"][0]
    assertions: dict[str, Any] = manifest.get("assertions", {})
    claim = manifest.get("claim.v2", {})
    actions = [action for one in assertions.values() if "actions" in one for action in one["actions"]]
    ingredients = [one for one in assertions.values() if "relationship" in one]
    labels = [label.split("__")[0] for label in assertions]
    created = [one["url"] for one in claim.get("created_assertions", []) if "c2pa.actions" in one["url"]]
    generator = claim.get("claim_generator_info", {})
    generator = generator[0] if isinstance(generator, list) else generator
    failures = manifest["validationResults"].get("failure", [])

    checks: dict[str, Any] = {
        "mandatory_dst_for_perceptible_transformations": [
            one["action"]
            for one in actions
            if one["action"].startswith("c2pa.")
            and one["action"] not in INCEPTION | NOT_EDITORIAL
            and not one.get("digitalSourceType")
        ],
        "mandatory_spec_version": [v for v in [generator.get("specVersion")] if not str(v).startswith(spec_version)],
        "mandatory_all_actions_included": [
            label for label, one in assertions.items() if "actions" in one and one.get("allActionsIncluded") is None
        ],
        "no_dst_for_opened_action": [
            one for one in actions if one["action"] == "c2pa.opened" and one.get("digitalSourceType")
        ],
        "well_formed_and_valid": [one["code"] for one in failures if not one["code"].startswith("signingCredential.")],
        "inception_action_position": []
        if created and created[0].endswith("c2pa.actions.v2") and actions[0]["action"] in INCEPTION
        else [created, actions[:1]],
        "no_deprecated_or_unsupported_assertions": [
            label
            for label in labels
            if label.startswith("stds.") or (label.startswith("c2pa.") and label not in ASSERTIONS)
        ],
        "no_deprecated_or_unsupported_actions": [
            one["action"] for one in actions if one["action"].startswith("c2pa.") and one["action"] not in ACTIONS
        ],
        "no_unrecognized_custom_names": [
            name for name in [*labels, *(one["action"] for one in actions)] if "." not in name
        ],
        "no_unrecognized_custom_action_parameters": [
            name for one in actions for name in one.get("parameters", {}) if name not in PARAMETERS and "." not in name
        ],
        "discouraged_legacy_action_parameters": [
            one["action"] for one in actions if {"description", "ingredient"} & set(one.get("parameters", {}))
        ],
        "active_manifest_urn": [] if manifest["label"].startswith("urn:c2pa:") else [manifest["label"]],
        "ingredient_v3_validation_results": [
            one for one in ingredients if ("activeManifest" in one) != ("validationResults" in one)
        ],
        "ingredient_relationship_values": [
            one["relationship"] for one in ingredients if one["relationship"] not in RELATIONSHIPS
        ],
        "mandatory_dst_for_created_action": [
            one for one in actions if one["action"] == "c2pa.created" and not one.get("digitalSourceType")
        ],
        "no_deprecated_claim_fields": [name for name in claim if name == "specVersion"],
        "ingredient_v3_choice": [one for one in ingredients if {"activeManifest", "digitalSourceType"} <= set(one)],
        "no_url_in_hashes": [
            label for label, one in assertions.items() if label.startswith("c2pa.hash.") and one.get("url")
        ],
        "opened_action_ingredient_reference": [
            one
            for one in actions
            if one["action"] == "c2pa.opened" and len(one.get("parameters", {}).get("ingredients", [])) != 1
        ],
    }
    for name, found in checks.items():
        if found:
            yield name, found
