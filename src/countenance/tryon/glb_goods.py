"""A product's GLB → meshes, materials and variants, with everything refused that is not in the file or not understood.

Read: node trees, KHR_materials_variants, _transmission, _ior, _clearcoat, KHR_texture_transform, quantised, Draco and
meshopt meshes, PNG, JPEG and WebP textures of base colour and of metalness and roughness. Normal maps are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument
from countenance.media.glb import read_glb
from countenance.tryon.glb_accessors import DRACO, MESHOPT, Accessors
from countenance.tryon.glb_nodes import objects, placed_nodes, smooth_normals
from countenance.tryon.glb_textures import Texture, Textures

Float32 = NDArray[np.float32]

MOST_NODES, MOST_TRIANGLES = 4096, 500_000
MOST_PRIMITIVES, MOST_VERTICES = 4096, 1_000_000  # as placed: a mesh that five nodes place counts five times
MOST_MATERIALS = 512
MOST_REPEATS = 1e4  # of a texture over a surface
READ = {
    "KHR_materials_variants", "KHR_materials_transmission", "KHR_materials_ior", "KHR_materials_clearcoat",
    "KHR_materials_volume", "KHR_materials_specular", "KHR_texture_transform", "KHR_mesh_quantization",
    "KHR_materials_unlit", "EXT_texture_webp", DRACO, MESHOPT,
}  # fmt: skip


@dataclass(frozen=True)
class Material:
    """Factors of a physically based material; see glTF 2.0, 3.9.

    Attributes:
        base: (4,) linear colour and alpha.
        transmission: how much light goes through; a lens's.
        clear: whether it lets one see through it, by transmission or by blending.
    """

    name: str = ""
    base: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    metallic: float = 1.0
    roughness: float = 1.0
    transmission: float = 0.0
    ior: float = 1.5
    clearcoat: float = 0.0
    clearcoat_roughness: float = 0.0
    blended: bool = False
    colour_map: Texture | None = field(default=None, repr=False)
    surface_map: Texture | None = field(default=None, repr=False)
    transform: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 1.0, 1.0)

    @property
    def clear(self) -> bool:
        return self.transmission > 0.25 or (self.blended and self.base[3] < 0.9)


@dataclass(frozen=True)
class Mesh:
    """One primitive, in the file's own axes and units, world space.

    Attributes:
        name: of its node and mesh.
        positions, normals: (N, 3) float32.
        uv: (N, 2) float32.
        triangles: (M, 3) int32.
        material: index; −1 for the default.
        variants: variant's index → material's.
    """

    name: str
    positions: Float32
    normals: Float32
    uv: Float32
    triangles: NDArray[np.int32]
    material: int
    variants: dict[int, int]


@dataclass(frozen=True)
class Model:
    """A product's model.

    Attributes:
        meshes: at least one.
        materials: as the file lists them.
        variants: names.
        title, licence: from the asset's own words, empty where it has none.
    """

    meshes: tuple[Mesh, ...]
    materials: tuple[Material, ...]
    variants: tuple[str, ...]
    title: str = ""
    licence: str = ""

    def chosen(self, variant: str, name: str) -> list[tuple[Mesh, Material]]:
        """Each mesh with its material in a variant; the file's own where it is empty.

        Raises:
            BadDocument: tryon.variant.
        """
        if variant and variant not in self.variants:
            raise BadDocument(
                f"{name} has no variant {variant!r}.",
                f"It has {', '.join(self.variants)}." if self.variants else "It has none: leave the variant out.",
                code="tryon.variant",
            )
        number = self.variants.index(variant) if variant else -1
        plain = Material()
        chosen = []
        for mesh in self.meshes:
            at = mesh.variants.get(number, mesh.material)
            chosen.append((mesh, self.materials[at] if 0 <= at < len(self.materials) else plain))
        return chosen


def read_model(data: bytes, name: str) -> Model:
    """A model out of a GLB's bytes.

    Raises:
        BadDocument: tryon.glb (broken, or no mesh), tryon.glb_remote, tryon.glb_extension, tryon.glb_cycle,
            tryon.glb_large, tryon.glb_compressed.
    """
    try:
        document, body = read_glb(data)
        _check(document, name)
        accessors = Accessors(document, body)
        textures = Textures(document, body)
        materials = tuple(_material(one, textures) for one in objects(document, "materials"))
        variants = tuple(str(one.get("name", "")) for one in _variants(document))
        meshes = tuple(_meshes(document, accessors, name))
    except (cv2.error, MemoryError) as error:
        raise BadDocument(
            f"{name} cannot be read: it takes too much memory, or a texture is damaged.",
            "Simplify it for the web.", code="tryon.glb",
        ) from error  # fmt: skip
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        ArithmeticError,
        np.linalg.LinAlgError,
    ) as error:
        said = str(error) if isinstance(error, ValueError) and error.args else "its description contradicts itself"
        raise BadDocument(
            f"{name} cannot be read: {said}.", "Export it again as glTF 2.0 binary (.glb).", code="tryon.glb"
        ) from error
    if not meshes:
        raise BadDocument(f"{name} holds no triangles.", "Export the glasses' meshes with it.", code="tryon.glb")
    asset = document.get("asset", {})
    title = next((str(n.get("name")) for n in objects(document, "scenes") if n.get("name")), "")
    return Model(meshes, materials, variants, title[:120], str(asset.get("copyright", ""))[:200])


def _check(document: dict[str, Any], name: str) -> None:
    """Refuse what is needed and not read, and what lies elsewhere."""
    needed = document.get("extensionsRequired", [])
    unknown = sorted({str(one) for one in needed} - READ)
    if unknown:
        raise BadDocument(
            f"{name} needs {', '.join(unknown)}, which is not read.",
            "Export it without that extension.", code="tryon.glb_extension", details={"extensions": unknown},
        )  # fmt: skip
    for kind in ("buffers", "images"):
        for one in objects(document, kind):
            if "uri" in one:
                raise BadDocument(
                    f"{name} refers to something outside of itself ({str(one['uri'])[:60]!r}).",
                    "Embed all buffers and textures; nothing is fetched.", code="tryon.glb_remote",
                )  # fmt: skip
    if len(document.get("nodes", ())) > MOST_NODES:
        _large(name, f"it has more than {MOST_NODES} nodes")
    if len(document.get("materials", ())) > MOST_MATERIALS:
        _large(name, f"it has more than {MOST_MATERIALS} materials")


def _large(name: str, why: str) -> NoReturn:
    raise BadDocument(f"{name} is too large: {why}.", "Simplify it for the web.", code="tryon.glb_large")


def _variants(document: dict[str, Any]) -> list[dict[str, Any]]:
    said = document.get("extensions", {}).get("KHR_materials_variants", {}).get("variants", [])
    return [one for one in said if isinstance(one, dict)]


def _material(said: dict[str, Any], textures: Textures) -> Material:
    pbr = said.get("pbrMetallicRoughness", {})
    more = said.get("extensions", {})
    base = [float(v) for v in pbr.get("baseColorFactor", [1, 1, 1, 1])]
    if len(base) != 4:
        raise ValueError("a colour has not four numbers")
    moved = (pbr.get("baseColorTexture") or {}).get("extensions", {}).get("KHR_texture_transform", {})
    offset, scale = moved.get("offset", [0, 0]), moved.get("scale", [1, 1])
    numbers = {
        "metallic": pbr.get("metallicFactor", 1.0),
        "roughness": pbr.get("roughnessFactor", 1.0),
        "transmission": more.get("KHR_materials_transmission", {}).get("transmissionFactor", 0.0),
        "clearcoat": more.get("KHR_materials_clearcoat", {}).get("clearcoatFactor", 0.0),
        "clearcoat_roughness": more.get("KHR_materials_clearcoat", {}).get("clearcoatRoughnessFactor", 0.0),
    }
    ior = float(more.get("KHR_materials_ior", {}).get("ior", 1.5))
    transform = (float(offset[0]), float(offset[1]), float(moved.get("rotation", 0)), float(scale[0]), float(scale[1]))
    factors = {name: float(value) for name, value in numbers.items()}
    if not np.isfinite([*base, ior, *transform, *factors.values()]).all():
        raise ValueError("a material's factor is no finite number")
    if max(abs(v) for v in transform) > MOST_REPEATS:
        raise ValueError("a texture is moved too far")
    return Material(
        name=str(said.get("name", ""))[:120],
        base=tuple(min(max(v, 0.0), 1.0) for v in base),  # type: ignore[arg-type]
        ior=min(max(ior, 1.0), 3.0),
        blended=said.get("alphaMode") == "BLEND",
        colour_map=textures.get(pbr.get("baseColorTexture")),
        surface_map=textures.get(pbr.get("metallicRoughnessTexture")),
        transform=transform,
        **{name: min(max(value, 0.0), 1.0) for name, value in factors.items()},
    )


def _meshes(document: dict[str, Any], accessors: Accessors, name: str) -> Iterator[Mesh]:
    primitives = vertices = triangles = 0
    for node, matrix in placed_nodes(document, name):
        if "mesh" not in node:
            continue
        mesh = objects(document, "meshes")[node["mesh"]]
        label = f"{node.get('name', '')} {mesh.get('name', '')}".strip()[:120]
        for primitive in mesh["primitives"]:
            if primitive.get("mode", 4) != 4:
                continue  # lines and points are drawn by nobody
            primitives += 1
            rows, corners = _announced(primitive, accessors)
            if primitives > MOST_PRIMITIVES:
                _large(name, f"it has more than {MOST_PRIMITIVES:,} parts")
            if vertices + rows > MOST_VERTICES or triangles + corners // 3 > MOST_TRIANGLES:
                _large(name, f"it has more than {MOST_TRIANGLES:,} triangles or {MOST_VERTICES:,} vertices")
            made = _primitive(primitive, accessors, matrix, label)
            vertices, triangles = vertices + len(made.positions), triangles + len(made.triangles)
            if vertices > MOST_VERTICES or triangles > MOST_TRIANGLES:  # packed ones do not announce it
                _large(name, f"it has more than {MOST_TRIANGLES:,} triangles or {MOST_VERTICES:,} vertices")
            yield made


def _announced(primitive: dict[str, Any], accessors: Accessors) -> tuple[int, int]:
    """How many vertices and triangle corners a primitive says it has, before any is read; 0 where it is packed."""
    if primitive.get("extensions", {}).get(DRACO) is not None:
        return 0, 0
    rows = accessors.count(primitive["attributes"]["POSITION"])
    return rows, accessors.count(primitive["indices"]) if "indices" in primitive else rows


def _primitive(primitive: dict[str, Any], accessors: Accessors, matrix: NDArray[np.float64], label: str) -> Mesh:
    packed = primitive.get("extensions", {}).get(DRACO)
    if packed is not None:
        positions, normals, uv, triangles = accessors.draco(packed)
    else:
        attributes = primitive["attributes"]
        positions = accessors.read(attributes["POSITION"]).astype(np.float32)
        normals = accessors.read(attributes["NORMAL"]).astype(np.float32) if "NORMAL" in attributes else None
        uv = accessors.read(attributes["TEXCOORD_0"]).astype(np.float32) if "TEXCOORD_0" in attributes else None
        if "indices" in primitive:
            flat = accessors.read(primitive["indices"])[:, 0].astype(np.int64)
        else:
            flat = np.arange(len(positions))
        triangles = flat[: len(flat) // 3 * 3].reshape(-1, 3).astype(np.int32)
    if positions.ndim != 2 or positions.shape[1] != 3 or not np.isfinite(positions).all():
        raise ValueError("its vertices are no points")
    if len(triangles) and (triangles.min() < 0 or triangles.max() >= len(positions)):
        raise ValueError("a triangle names a vertex that is not there")
    turn = matrix[:3, :3]
    if normals is not None and not np.isfinite(normals).all():
        raise ValueError("its normals are no directions")
    if uv is not None and not (np.abs(uv) <= MOST_REPEATS).all():  # NaN is not, either
        raise ValueError("its texture coordinates are no places")
    world: NDArray[np.floating] = positions.astype(np.float64) @ turn.T + matrix[:3, 3]
    turned: NDArray[np.floating]
    if normals is None or normals.shape != positions.shape:
        turned = smooth_normals(world, triangles)
    else:
        turned = normals.astype(np.float64) @ np.linalg.pinv(turn)
        turned = turned / (np.linalg.norm(turned, axis=1, keepdims=True) + 1e-12)
    if uv is None or uv.shape != (len(positions), 2):
        uv = np.zeros((len(positions), 2), np.float32)
    world, turned = world.astype(np.float32), turned.astype(np.float32)
    if not np.isfinite(world).all() or not np.isfinite(turned).all():
        raise ValueError("it stands nowhere")
    mapping: dict[int, int] = {}
    for one in primitive.get("extensions", {}).get("KHR_materials_variants", {}).get("mappings", []):
        mapping |= {int(v): int(one["material"]) for v in one["variants"]}
    material = primitive.get("material", -1)
    return Mesh(
        label, world, turned, uv, triangles,
        material if type(material) is int else -1, mapping,
    )  # fmt: skip
