"""Glasses of our own, as shops send them: GLB in metres with variants of material. Shapes: `demo_shapes`."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from countenance.media.glb import ARRAY, ELEMENTS, GlbWriter
from countenance.tryon.demo_shapes import Design, frame_parts
from countenance.tryon.glb_nodes import smooth_normals

DESIGNS = (
    Design("Alder", "2000000000015", 50, 19, 145, 38, "acetate", (3.2, 2.6), rim=4.4),
    Design("Birch", "2000000000022", 46, 21, 145, 42, "acetate", (2.1, 2.0), rim=4.0),
    Design("Cedar", "2000000000039", 52, 17, 140, 38, "acetate", (3.0, 2.1), lift=4.5, rim=4.6),
    Design("Dorn", "2000000000046", 48, 21, 145, 44, "metal", (2.0, 2.0), rim=1.5, deep=1.7),
    Design("Elm", "2000000000053", 56, 15, 140, 48, "metal", (2.6, 2.0), drop=3.5, rim=1.5, deep=1.7),
    Design("Fir", "2000000000060", 52, 18, 145, 32, "metal", (3.6, 3.4), rim=1.7, deep=1.8),
)
_ACETATE = {
    "black": {"base": (0.012, 0.012, 0.013, 1), "metallic": 0.0, "rough": 0.12, "coat": 0.6},
    "tortoise": {"base": (1, 1, 1, 1), "metallic": 0.0, "rough": 0.15, "coat": 0.6, "map": True},
    "red": {"base": (0.25, 0.012, 0.02, 1), "metallic": 0.0, "rough": 0.14, "coat": 0.6},
}
_METAL = {
    "gold": {"base": (0.80, 0.58, 0.28, 1), "metallic": 1.0, "rough": 0.22, "coat": 0.0},
    "steel": {"base": (0.56, 0.57, 0.58, 1), "metallic": 1.0, "rough": 0.28, "coat": 0.0},
    "gunmetal": {"base": (0.10, 0.10, 0.11, 1), "metallic": 1.0, "rough": 0.34, "coat": 0.0},
}
_LENSES = {"clear": ((1.0, 1.0, 1.0, 1), 0.97), "sun": ((0.10, 0.105, 0.11, 1), 0.97)}


def finishes_of(design: Design) -> tuple[str, ...]:
    """The names of a design's variants."""
    return (*(_ACETATE if design.build == "acetate" else _METAL), "sun")


def frame_glb(design: Design) -> bytes:
    """A design as a GLB: its finishes as variants, and a sun variant of the first."""
    parts = frame_parts(design)
    finishes: dict[str, dict[str, Any]] = _ACETATE if design.build == "acetate" else _METAL
    writer = GlbWriter()
    document = writer.document
    names = finishes_of(design)
    images: list[dict[str, Any]] = []
    materials = []
    for name, finish in finishes.items():
        made: dict[str, Any] = {
            "name": name,
            "pbrMetallicRoughness": {
                "baseColorFactor": list(finish["base"]),
                "metallicFactor": finish["metallic"],
                "roughnessFactor": finish["rough"],
            },
        }
        if finish["coat"]:
            coat = {"clearcoatFactor": finish["coat"], "clearcoatRoughnessFactor": 0.05}
            made["extensions"] = {"KHR_materials_clearcoat": coat}
        if finish.get("map"):
            images.append({"bufferView": writer.view(_tortoise()), "mimeType": "image/png"})
            made["pbrMetallicRoughness"]["baseColorTexture"] = {"index": 0}
        materials.append(made)
    for name, (tint, through) in _LENSES.items():
        materials.append({
            "name": f"lens {name}",
            "pbrMetallicRoughness": {"baseColorFactor": list(tint), "metallicFactor": 0.0, "roughnessFactor": 0.0},
            "extensions": {
                "KHR_materials_transmission": {"transmissionFactor": through}, "KHR_materials_ior": {"ior": 1.5},
            },
        })  # fmt: skip
    clear, sun = len(finishes), len(finishes) + 1
    nodes, meshes = [], []
    for name, (points, triangles, uv) in parts.items():
        metres = (points / 100).astype(np.float32)
        is_lens = name.startswith("lens")
        mapping = (
            [
                {"material": clear, "variants": list(range(len(finishes)))},
                {"material": sun, "variants": [len(finishes)]},
            ]
            if is_lens
            else [{"material": k, "variants": [k]} for k in range(len(finishes))]
            + [{"material": 0, "variants": [len(finishes)]}]
        )
        primitive = {
            "attributes": {
                "POSITION": writer.accessor(metres, target=ARRAY, bounds=True),
                "NORMAL": writer.accessor(smooth_normals(points, triangles).astype(np.float32), target=ARRAY),
                "TEXCOORD_0": writer.accessor(uv.astype(np.float32), target=ARRAY),
            },
            "indices": writer.accessor(triangles.astype(np.uint16).reshape(-1), target=ELEMENTS),
            "material": clear if is_lens else 0,
            "extensions": {"KHR_materials_variants": {"mappings": mapping}},
        }
        nodes.append({"name": name, "mesh": len(meshes)})
        meshes.append({"name": name, "primitives": [primitive]})
    document |= {
        "asset": {"version": "2.0", "generator": "Countenance", "copyright": "CC0 1.0: Countenance's demo catalogue"},
        "scene": 0,
        "scenes": [{"name": design.name, "nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": materials,
        "extensionsUsed": ["KHR_materials_variants", "KHR_materials_transmission", "KHR_materials_ior"]
        + (["KHR_materials_clearcoat"] if design.build == "acetate" else []),
        "extensions": {"KHR_materials_variants": {"variants": [{"name": name} for name in names]}},
    }
    if images:
        document |= {"images": images, "textures": [{"source": 0, "sampler": 0}], "samplers": [{}]}
    return writer.written()


def _tortoise() -> bytes:
    """A PNG of brown and amber spots that tiles."""
    side = 128
    chance = np.random.default_rng(5)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    spectrum = np.fft.fft2(chance.normal(size=(side, side))) * np.exp(-((frequency - 0.02) ** 2) / (2 * 0.02**2))
    noise = np.real(np.fft.ifft2(spectrum))
    t = np.clip((noise / noise.std() + 0.6) / 1.8, 0, 1)[..., None]
    colours = (1 - t) * np.array([38, 18, 10]) + t * np.array([168, 96, 38])
    out = io.BytesIO()
    Image.fromarray(colours.astype(np.uint8)).quantize(32).save(out, "PNG", optimize=True)
    return out.getvalue()
