"""The VRM 1.0 extension of a head: who may use it and for what, its bones, and its expressions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from countenance.head.export.visemes import EMOTIONS, PRESETS

LICENCE = "https://vrm.dev/licenses/1.0/"


@dataclass(frozen=True)
class HeadTerms:
    """What a head's file says of its use.

    Attributes:
        title: of the head.
        author: who made it.
        copyright: a sentence.
        commercial: whether a company may use it.
        extras: what else engines and people should read: grant, number, end, label.
        terms_url: where the grant's terms stand; empty for none.
    """

    title: str
    author: str
    copyright: str
    commercial: bool = False
    extras: dict[str, Any] = field(default_factory=dict)
    terms_url: str = ""


def vrm_extension(
    terms: HeadTerms, bones: dict[str, int], face_node: int, morphs: dict[str, int], arkit: tuple[str, ...]
) -> dict[str, Any]:
    """`VRMC_vrm`.

    Args:
        terms: for `meta`.
        bones: VRM's name of a bone → its node.
        face_node: whose mesh has the morphs.
        morphs: name → number of a morph target.
        arkit: the names of the 52 ARKit shapes, which become custom expressions ("perfect sync").
    """

    def expression(mix: dict[str, float], **more: Any) -> dict[str, Any]:
        binds = [{"node": face_node, "index": morphs[name], "weight": weight} for name, weight in mix.items()]
        return {"isBinary": False, **({"morphTargetBinds": binds} if binds else {}), **more}

    blocked = {"overrideBlink": "blend", "overrideMouth": "blend", "overrideLookAt": "none"}
    preset = {name: expression(mix, **(blocked if name in EMOTIONS else {})) for name, mix in PRESETS.items()}
    meta: dict[str, Any] = {
        "name": terms.title,
        "version": "1",
        "authors": [terms.author],
        "copyrightInformation": terms.copyright,
        "licenseUrl": LICENCE,
        "avatarPermission": "onlySeparatelyLicensedPerson",
        "allowExcessivelyViolentUsage": False,
        "allowExcessivelySexualUsage": False,
        "commercialUsage": "corporation" if terms.commercial else "personalNonProfit",
        "allowPoliticalOrReligiousUsage": False,
        "allowAntisocialOrHateUsage": False,
        "creditNotation": "required",
        "allowRedistribution": False,
        "modification": "prohibited",
    }
    if terms.terms_url:
        meta["otherLicenseUrl"] = terms.terms_url
    full = {"inputMaxValue": 90.0, "outputScale": 1.0}
    return {
        "specVersion": "1.0",
        "meta": meta,
        "humanoid": {"humanBones": {name: {"node": node} for name, node in bones.items()}},
        "lookAt": {
            "type": "expression",
            "offsetFromHeadBone": [0.0, 0.06, 0.09],
            "rangeMapHorizontalInner": full,
            "rangeMapHorizontalOuter": full,
            "rangeMapVerticalDown": full,
            "rangeMapVerticalUp": full,
        },
        "firstPerson": {"meshAnnotations": [{"node": face_node, "type": "auto"}]},
        "expressions": {"preset": preset, "custom": {name: expression({name: 1.0}) for name in arkit}},
    }
