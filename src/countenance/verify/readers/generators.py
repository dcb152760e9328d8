"""Notes that generators of pictures leave: what they were asked for, in PNG text, EXIF and containers. One table.

Each row cites where the tool itself writes it. Anybody can write the same, and most tools can leave it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from countenance.verify.findings import Kind
from countenance.verify.readers.findings import Claim, OthersMark
from countenance.verify.readers.note_readers import EVERYTHING, json_keys
from countenance.verify.readers.packets import Field, fields
from countenance.verify.readers.protocol import Material
from countenance.verify.statements import text as plain

_STEPS = re.compile(r"\bSteps: \d+, .{0,200}?\b(Sampler|CFG scale|Seed): ", re.DOTALL)
_JOB = re.compile(r"\bJob ID: [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_SAMPLER = re.compile(r'"class_type": ?"[^"]{0,80}[Ss]ampler')
_FREE = frozenset({"parameters", "usercomment", "comment", "description", "imagedescription", ""})
_LOOKED = 1 << 18  # characters of one note in which patterns are looked for


@dataclass(frozen=True)
class Rule:
    """A generator, and how its note is known.

    Attributes:
        maker: the tool.
        fits: of one statement, what it claims; None where it is no note of this tool.
    """

    maker: str
    fits: Callable[[Field], Claim | None]


def _keyed(*keys: str) -> Callable[[Field], Claim | None]:
    return lambda field: "ai" if field.key.casefold() in keys and len(field.text) > 1 else None


def _web_ui(field: Field) -> Claim | None:
    if field.place.startswith("container"):  # a film's description is written by people
        return None
    return "ai" if field.key.casefold() in _FREE and _STEPS.search(field.text[:_LOOKED]) else None


def _comfy(field: Field) -> Claim | None:
    text = field.text[:_LOOKED]
    for begin in ("prompt:", "workflow:"):  # WebP: in EXIF Model and Make
        if field.key in ("Make", "Model") and text.lower().startswith(begin + "{"):
            return _nodes(text)
    key = field.key.casefold()
    if key == "prompt" and text.lstrip().startswith("{") and '"class_type"' in text:
        return _nodes(text)
    if key == "workflow" and text.lstrip().startswith("{") and '"nodes"' in text:
        return "ai" if "Sampler" in text else "ai-maybe"
    if key == "comment" and text.lstrip().startswith("{") and '"class_type' in text.replace("\\", ""):
        return _nodes(text.replace("\\", ""))  # videos of the VideoHelperSuite
    return None


def _nodes(text: str) -> Claim:
    """A graph without a sampler may only have cut or scaled a photograph."""
    return "ai" if _SAMPLER.search(text) or "Sampler" in text else "ai-maybe"


def _swarm(field: Field) -> Claim | None:
    return "ai" if field.key.casefold() in _FREE and '"sui_image_params"' in field.text[:_LOOKED] else None


def _novel(field: Field) -> Claim | None:
    container = field.place.startswith("container")
    if not container and field.key.casefold() in ("software", "source") and field.text[:200].startswith("NovelAI"):
        return "ai"
    if field.key.casefold() in ("comment", "usercomment") and '"signed_hash"' in field.text[:_LOOKED]:
        return "ai"
    return None


def _midjourney(field: Field) -> Claim | None:
    described = field.key.casefold() in ("description", "imagedescription", "comment", "")
    return "ai" if described and _JOB.search(field.text[:_LOOKED]) else None


def _easy(field: Field) -> Claim | None:
    key = field.key.casefold()
    if key == "use_stable_diffusion_model":
        return "ai"
    json_like = key in _FREE and field.text[:1] == "{" and "use_stable_diffusion_model" in field.text[:_LOOKED]
    return "ai" if json_like and "use_stable_diffusion_model" in set(json_keys(field.text[:_LOOKED])) else None


def _draw_things(field: Field) -> Claim | None:
    if field.key.casefold() != "usercomment" or field.text[:1] != "{":
        return None
    return "ai" if {"c", "sampler", "scale", "seed"} <= set(json_keys(field.text[:_LOOKED])) else None


def _dream(field: Field) -> Claim | None:
    dreamt = field.key.casefold() == "dream" and re.search(r" -s ?[0-9]+ .{0,80}-W ?[0-9]+", field.text[:_LOOKED])
    return "ai" if dreamt else None


_CREATORS = frozenset({"software", "creatortool", "make", "model", "credit", "encoder"})
_NAMES: tuple[tuple[str, str, Claim], ...] = (
    # what a creator's field holds, whose it is, what that comes to
    ("made with google ai", "Google AI", "ai"),  # IPTC Credit line of Imagen and Gemini
    ("edited with google ai", "Google AI", "ai-part"),  # Google Photos' Magic Editor
    ("dall·e", "DALL·E", "ai"),
    ("dall-e", "DALL·E", "ai"),
    ("midjourney", "Midjourney", "ai"),
    ("adobe firefly", "Adobe Firefly", "ai"),
    ("stable diffusion", "Stable Diffusion", "ai"),
    ("invokeai", "InvokeAI", "ai"),
    ("comfyui", "ComfyUI", "ai-maybe"),
    ("fooocus", "Fooocus", "ai"),
    ("draw things", "Draw Things", "ai"),
    ("leonardo.ai", "Leonardo.Ai", "ai"),
    ("ideogram", "Ideogram", "ai"),
    ("bing image creator", "Bing Image Creator", "ai"),
    ("flux.1", "FLUX", "ai"),
    ("black forest labs", "Black Forest Labs", "ai"),
    ("runwayml", "Runway", "ai"),
)


def _named(field: Field) -> tuple[str, Claim] | None:
    if field.key.casefold() not in _CREATORS:
        return None
    value = field.text[:300].casefold().strip()
    return next(((maker, claim) for part, maker, claim in _NAMES if _begins(value, part)), None)


def _begins(value: str, name: str) -> bool:
    """Whether a field begins with a name as a whole word: what merely mentions it was written by people."""
    return value.startswith(name) and not value[len(name) : len(name) + 1].isalpha()


RULES: tuple[Rule, ...] = (
    # lllyasviel/Fooocus, modules/meta_parser.py
    Rule("Fooocus", _keyed("fooocus_scheme", "fooocus_v2_expansion")),
    # mcmonkeyprojects/SwarmUI, docs/Image Metadata Format.md
    Rule("SwarmUI", _swarm),
    # AUTOMATIC1111/stable-diffusion-webui, modules/images.py: PNG text, and EXIF UserComment of JPEG, WebP and AVIF;
    # Forge, SD.Next and many others write the same
    Rule("Stable Diffusion web UI", _web_ui),
    # comfyanonymous/ComfyUI, nodes.py (SaveImage), comfy_extras/nodes_images.py and nodes_video.py
    Rule("ComfyUI", _comfy),
    # invoke-ai/InvokeAI, invokeai/app/services/image_files; sd-metadata and Dream in versions before 3
    Rule("InvokeAI", _keyed("invokeai_metadata", "invokeai_graph", "invokeai_workflow", "sd-metadata")),
    Rule("InvokeAI", _dream),
    # NovelAI/novelai-image-metadata
    Rule("NovelAI", _novel),
    # its site's PNG: Description ends with the job's number
    Rule("Midjourney", _midjourney),
    # easydiffusion/easydiffusion, ui/easydiffusion/utils/save_utils.py
    Rule("Easy Diffusion", _easy),
    # drawthingsai/draw-things-community: JSON in XMP's and EXIF's UserComment
    Rule("Draw Things", _draw_things),
)


class GeneratorReader:
    """Generators' own notes, by the table above."""

    name: ClassVar[str] = "generators"
    title: ClassVar[str] = (
        "Stable Diffusion web UI, ComfyUI, InvokeAI, NovelAI, Midjourney, Fooocus, SwarmUI, Easy Diffusion, "
        "Draw Things, DALL·E, Firefly, Google AI"
    )
    kinds: ClassVar[frozenset[Kind]] = EVERYTHING

    def read(self, material: Material) -> Sequence[OthersMark]:
        found: dict[str, OthersMark] = {}
        for field in fields(material.notes):
            for maker, claim in _told(field):
                one = OthersMark(self.name, "note", claim, maker, plain(field.place, 60), plain(field.text[:2000]))
                kept = found.get(maker)
                if kept is None or (kept.claim == "ai-maybe" and claim == "ai"):
                    found[maker] = one
        return list(found.values())


def _told(field: Field) -> list[tuple[str, Claim]]:
    told = [(rule.maker, claim) for rule in RULES if (claim := rule.fits(field)) is not None][:1]
    named = _named(field) if not told else None
    return told if named is None else [named]
