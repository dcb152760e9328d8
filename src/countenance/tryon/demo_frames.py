"""Glasses of our own, from a few parameters each, as shops send them: GLB in metres with variants of material.

Boxing measures as on a temple: lens width, bridge, temple length (ISO 8624). Knows no faces.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from countenance.media.glb import ARRAY, ELEMENTS, GlbWriter
from countenance.tryon.glb_goods import smooth_normals

Float64 = NDArray[np.float64]

STEPS = 96  # places along a rim
WRAP = 16.0  # cm: the radius of the front's curve
INSIDE = 0.06  # cm that a lens reaches into its rim


@dataclass(frozen=True)
class Design:
    """A pair of glasses.

    Attributes:
        name: of the model.
        gtin: a number of the range for use within a company, with its check digit.
        lens, bridge, temple, height: mm.
        build: acetate or metal.
        round: superellipse exponents of the lens's upper and lower half: 2 is round, 4 nearly square.
        lift: mm that the outer upper corner rises: a cat's eye.
        drop: mm that the outer lower corner hangs: an aviator's.
        rim, deep: mm: the rim's width and thickness.
    """

    name: str
    gtin: str
    lens: float
    bridge: float
    temple: float
    height: float
    build: Literal["acetate", "metal"]
    round: tuple[float, float]
    lift: float = 0.0
    drop: float = 0.0
    rim: float = 4.0
    deep: float = 3.6

    @property
    def width(self) -> float:
        """Of the whole front, mm."""
        return 2 * self.lens + self.bridge + 2 * (self.rim + (4.5 if self.build == "acetate" else 3.5))


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


def frame_glb(design: Design) -> bytes:
    """A design as a GLB: its finishes as variants, and a sun variant of the first."""
    parts = _parts(design)
    finishes: dict[str, dict[str, Any]] = _ACETATE if design.build == "acetate" else _METAL
    writer = GlbWriter()
    document = writer.document
    names = [*finishes, "sun"]
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


Part = tuple[Float64, NDArray[np.int32], Float64]


def _parts(design: Design) -> dict[str, Part]:
    """All parts in cm, y up, z to the viewer, the origin in the middle of the bridge."""
    parts: dict[str, Part] = {}
    rim, deep = design.rim / 10, design.deep / 10
    middle = (design.lens + design.bridge) / 20
    for side, sign in (("right", -1.0), ("left", 1.0)):
        outline = _outline(design)
        outline = np.column_stack([sign * (outline[:, 0] + middle), outline[:, 1]])
        if sign < 0:
            outline = outline[::-1]
        path = np.column_stack([outline, np.zeros(len(outline))])
        parts[f"front rim {side}"] = _bent(_tube(path, rim, deep, closed=True))
        parts[f"lens {side}"] = _bent(_disc(outline, INSIDE))
        parts[f"temple {side}"] = _temple(design, sign)
    parts["front bridge"] = _bent(_bridge(design))
    if design.build == "metal":
        for side, sign in (("right", -1.0), ("left", 1.0)):
            parts[f"front pad {side}"] = _pad(design, sign)
    return parts


def _outline(design: Design) -> Float64:
    """(STEPS, 2) cm: a lens's edge round its middle, the outer side at +x, from the outer end over the top."""
    t = np.linspace(0, 2 * np.pi, STEPS, endpoint=False)
    a, b = design.lens / 20, design.height / 20
    upper, lower = design.round
    p = np.where(np.sin(t) >= 0, upper, lower)
    x = np.sign(np.cos(t)) * a * np.abs(np.cos(t)) ** (2 / p)
    y = np.sign(np.sin(t)) * b * np.abs(np.sin(t)) ** (2 / p)
    outer = np.clip((x / a + 0.2) / 1.2, 0, 1) ** 2
    y = y + outer * np.clip(y / b, 0, 1) * design.lift / 10
    x = x + np.clip(-y / b, 0, 1) ** 2 * (design.drop / 10 + 0.12) * np.where(x < 0, 1, 0.25)  # room for the nose
    return np.column_stack([x, y])


def _tube(path: Float64, wide: float, deep: float, *, closed: bool, taper: Float64 | None = None) -> Part:
    """A rounded bar along a path: `wide` across it in the front's plane, `deep` along z."""
    around = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    shape = (
        np.column_stack(
            [
                np.sign(np.cos(around)) * np.abs(np.cos(around)) ** 0.6,
                np.sign(np.sin(around)) * np.abs(np.sin(around)) ** 0.6,
            ]
        )
        / 2
    )
    along = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    along = along / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-12)
    across = np.cross(along, [0.0, 0.0, 1.0])
    across = across / (np.linalg.norm(across, axis=1, keepdims=True) + 1e-12)
    up = np.cross(across, along)
    size = np.ones(len(path)) if taper is None else taper
    rings = path[:, None] + size[:, None, None] * (
        wide * shape[None, :, :1] * across[:, None] + deep * shape[None, :, 1:] * up[:, None]
    )
    return _skinned(rings, closed=closed)


def _skinned(rings: Float64, *, closed: bool) -> Part:
    """Triangles over rings of points, (N, M, 3), with caps where it is open."""
    count, around, _ = rings.shape
    points = rings.reshape(-1, 3)
    triangles = []
    for i in range(count if closed else count - 1):
        j = (i + 1) % count
        for k in range(around):
            m = (k + 1) % around
            a, b, c, d = i * around + k, i * around + m, j * around + k, j * around + m
            triangles += [(a, c, b), (b, c, d)]
    uv = np.stack(np.meshgrid(np.arange(count) / 14.0, np.arange(around) / around, indexing="ij"), -1).reshape(-1, 2)
    if not closed:
        ends = np.stack([rings[0].mean(0), rings[-1].mean(0)])
        points = np.concatenate([points, ends])
        uv = np.concatenate([uv, np.zeros((2, 2))])
        base = (count - 1) * around
        for k in range(around):
            m = (k + 1) % around
            triangles += [(count * around, k, m), (count * around + 1, base + m, base + k)]
    faces = np.array(triangles, np.int32)
    a, b, c = (points[faces[:, k]] for k in range(3))
    volume = float((np.cross(a, b) * c).sum())
    return points, faces if volume > 0 else faces[:, ::-1].copy(), uv


def _disc(outline: Float64, into: float) -> Part:
    """A lens: its edge, and a fan of rings to its middle."""
    middle = outline.mean(0)
    edge = outline - middle
    edge = edge * (1 + into / np.linalg.norm(edge, axis=1, keepdims=True))
    rings = [middle + edge * share for share in (1.0, 0.75, 0.5, 0.25)]
    flat = np.concatenate([*rings, middle[None]])
    points = np.column_stack([flat, np.zeros(len(flat))])
    count = len(outline)
    triangles = []
    for ring in range(3):
        for k in range(count):
            m = (k + 1) % count
            a, b = ring * count + k, ring * count + m
            triangles += [(a, b, a + count), (b, b + count, a + count)]
    triangles += [(3 * count + k, 3 * count + (k + 1) % count, 4 * count) for k in range(count)]
    faces = np.array(triangles, np.int32)
    a, b, c = (points[faces[0, k]] for k in range(3))
    if float(np.cross(b - a, c - a)[2]) < 0:
        faces = faces[:, ::-1].copy()
    return points, faces, flat.copy()


def _bridge(design: Design) -> Part:
    """From rim to rim over the nose."""
    outline = _outline(design)
    middle = (design.lens + design.bridge) / 20
    inner = outline[(outline[:, 0] < 0) & (outline[:, 1] > 0.12 * design.height / 10)]
    high = inner[np.argmin(inner[:, 0])]
    reach = middle + high[0] - design.rim / 20
    t = np.linspace(-1, 1, 21)
    rise = 0.22 if design.build == "acetate" else 0.30
    path = np.column_stack([t * (reach + 0.12), high[1] + rise * (1 - t**2), 0.10 * (1 - t**2)])
    wide = 0.62 if design.build == "acetate" else 0.20
    deep = design.deep / 10 if design.build == "acetate" else 0.20
    return _tube(path, wide, deep, closed=False)


def _pad(design: Design, sign: float) -> Part:
    """A nose pad behind the rim."""
    x = sign * (design.bridge / 20 - 0.18)
    path = np.array([[x, 0.15, -0.35], [x + sign * 0.05, -0.2, -0.45], [x + sign * 0.14, -0.55, -0.42]])
    return _tube(path, 0.14, 0.5, closed=False)


def _temple(design: Design, sign: float) -> Part:
    """From the end piece back to the ear, and down behind it."""
    outline = _outline(design)
    middle = (design.lens + design.bridge) / 20
    high = 0.26 * design.height / 10 + 0.5 * design.lift / 10
    upper = outline[(outline[:, 1] > high - 0.25) & (outline[:, 0] > 0)]
    edge = middle + float(upper[:, 0].max()) + design.rim / 20
    hinge = design.width / 20
    back = _sag(np.array([edge]))[0]
    length, bend = design.temple / 10, 4.0
    path = [
        (edge - 0.15, high, back + 0.05),
        (edge + 0.4 * (hinge - edge), high, back + 0.02),
        (hinge, high, back - 0.35),
    ]
    for t in np.linspace(0, 1, 14)[1:]:
        path.append((hinge - 0.15 * t, high, back - 0.35 - t * (length - bend - 0.35)))
    foot = path[-1]
    for t in np.linspace(0, 1, 9)[1:]:
        angle = np.radians(38) * min(1.0, 2 * t)
        path.append((foot[0] - 0.5 * t, foot[1] - bend * t * np.sin(angle), foot[2] - bend * t * np.cos(angle)))
    points = np.array(path)
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    tall, thick = (0.62, 0.34) if design.build == "acetate" else (0.16, 0.14)
    up = np.array([0.0, 1.0, 0.0]) - along * along[:, 1:2]
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    side = np.cross(along, up)
    around = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    shape = (
        np.column_stack(
            [
                np.sign(np.cos(around)) * np.abs(np.cos(around)) ** 0.6,
                np.sign(np.sin(around)) * np.abs(np.sin(around)) ** 0.6,
            ]
        )
        / 2
    )
    grow = np.interp(np.arange(len(points)), [0, 2, len(points) - 6, len(points) - 1], [1.1, 1.0, 0.8, 1.05])
    rings = points[:, None] + grow[:, None, None] * (
        thick * shape[None, :, :1] * side[:, None] + tall * shape[None, :, 1:] * up[:, None]
    )
    return _skinned(rings * np.array([sign, 1.0, 1.0]), closed=False)


def _sag(x: Float64) -> Float64:
    """How far the front's curve lies behind its middle."""
    return -(x**2) / (2 * WRAP)


def _bent(part: Part) -> Part:
    points, triangles, uv = part
    return points + np.column_stack([np.zeros((len(points), 2)), _sag(points[:, 0])]), triangles, uv


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
