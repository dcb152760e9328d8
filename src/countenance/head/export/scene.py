"""A finished head as a glTF scene: bones, a face with morph targets, hair, materials. Metres, y up, facing +z.

Bones are named as Mixamo names them, so that engines retarget them by name; VRM's names are given beside.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import countenance
from countenance.head.export.visemes import VISEMES
from countenance.head.export.vrm import HeadTerms, vrm_extension
from countenance.head.layout import head_layout
from countenance.head.model import HeadModel, trimmed
from countenance.head.template import FloatArray, load_template, vertex_normals
from countenance.media.glb import ARRAY, ELEMENTS, GlbWriter

GROUND = 82.0  # cm below the template's zero: MakeHuman's bodies stand there
TO_METRES = np.array([0.01, -0.01, -0.01])
LEAST_MOTION = 2e-5  # metres
# Mixamo's name, VRM's, the parent, and the place in metres beside the body's middle: x to the person's left, y up.
BONES: tuple[tuple[str, str, str | None, tuple[float, float, float]], ...] = (
    ("Hips", "hips", None, (0.0, 0.95, 0.0)),
    ("Spine", "spine", "Hips", (0.0, 1.06, 0.0)),
    ("Spine1", "chest", "Spine", (0.0, 1.18, 0.0)),
    ("Spine2", "upperChest", "Spine1", (0.0, 1.3, 0.0)),
    ("Neck", "neck", "Spine2", (0.0, 0.0, 0.0)),
    ("Head", "head", "Neck", (0.0, 0.0, 0.0)),
    ("LeftEye", "leftEye", "Head", (0.0, 0.0, 0.0)),
    ("RightEye", "rightEye", "Head", (0.0, 0.0, 0.0)),
    ("LeftArm", "leftUpperArm", "Spine2", (0.17, 1.32, 0.0)),
    ("LeftForeArm", "leftLowerArm", "LeftArm", (0.43, 1.32, 0.0)),
    ("LeftHand", "leftHand", "LeftForeArm", (0.68, 1.32, 0.0)),
    ("RightArm", "rightUpperArm", "Spine2", (-0.17, 1.32, 0.0)),
    ("RightForeArm", "rightLowerArm", "RightArm", (-0.43, 1.32, 0.0)),
    ("RightHand", "rightHand", "RightForeArm", (-0.68, 1.32, 0.0)),
    ("LeftUpLeg", "leftUpperLeg", "Hips", (0.1, 0.88, 0.0)),
    ("LeftLeg", "leftLowerLeg", "LeftUpLeg", (0.1, 0.48, 0.0)),
    ("LeftFoot", "leftFoot", "LeftLeg", (0.1, 0.08, 0.0)),
    ("RightUpLeg", "rightUpperLeg", "Hips", (-0.1, 0.88, 0.0)),
    ("RightLeg", "rightLowerLeg", "RightUpLeg", (-0.1, 0.48, 0.0)),
    ("RightFoot", "rightFoot", "RightLeg", (-0.1, 0.08, 0.0)),
)
NAMES = tuple(bone[0] for bone in BONES)


def head_glb(model: HeadModel, skin: bytes, terms: HeadTerms, *, hair: bytes | None = None, vrm: bool = False) -> bytes:
    """The file.

    Args:
        model: the head.
        skin: its texture as JPEG or PNG: what leaves is what the exit marked, not the model's own pixels.
        terms: what the file says of its use.
        hair: the hair's texture as PNG, where the model has hair.
        vrm: with the VRM 1.0 extension.
    """
    out = GlbWriter()
    names, shapes = morph_targets()
    nodes, places = _bones(model)
    face_mesh = _face(out, model, names, shapes)
    meshes = [face_mesh]
    images = [_image(out, "skin", skin)]
    materials = [_material("Skin", 0, unlit_back=False)]
    nodes.append({"name": "Face", "mesh": 0, "skin": 0})
    if model.hair is not None and hair is not None:
        meshes.append(_hair(out, model))
        images.append(_image(out, "hair", hair))
        materials.append(_material("Hair", 1, unlit_back=True))
        nodes.append({"name": "Hair", "mesh": 1, "skin": 0})
    roots = [0, *range(len(BONES), len(nodes))]
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(BONES), 1, 1))
    inverse[:, 3, :3] = -places  # column-major
    asset: dict[str, Any] = {
        "version": "2.0",
        "generator": f"Countenance {countenance.__version__}",
        "copyright": terms.copyright,
        "extras": terms.extras,
    }
    out.document = {
        "asset": asset,
        "scene": 0,
        "scenes": [{"nodes": roots}],
        "nodes": nodes,
        "meshes": meshes,
        "skins": [
            {
                "inverseBindMatrices": out.accessor(inverse.reshape(-1, 16)),
                "joints": list(range(len(BONES))),
                "skeleton": 0,
            }
        ],
        "materials": materials,
        "textures": [{"source": k, "sampler": 0} for k in range(len(images))],
        "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 33071}],
        "images": images,
    }
    if vrm:
        bones = {bone[1]: k for k, bone in enumerate(BONES)}
        morphs = {name: k for k, name in enumerate(names)}
        arkit = load_template().shape_names
        out.document["extensionsUsed"] = ["VRMC_vrm"]
        out.document["extensions"] = {"VRMC_vrm": vrm_extension(terms, bones, len(BONES), morphs, arkit)}
    return out.written()


def morph_targets() -> tuple[list[str], FloatArray]:
    """Names, and (52 + 15, V, 3) template cm: the ARKit shapes, then the visemes as `viseme_…`."""
    template = load_template()
    arkit = template.shapes
    mixed = []
    for mix in VISEMES.values():
        motion = np.zeros_like(template.vertices)
        for name, weight in mix.items():
            motion += weight * template.shape(name)
        mixed.append(motion)
    names = [*template.shape_names, *(f"viseme_{name}" for name in VISEMES)]
    return names, trimmed(np.concatenate([arkit, np.stack(mixed)]))


def triangles_of(model: HeadModel) -> int:
    """How many triangles the file has."""
    hair = 0 if model.hair is None else len(model.hair.triangles)
    return len(head_layout().triangles) + hair


def to_scene(places: FloatArray) -> FloatArray:
    """Template cm → metres of the scene."""
    return np.asarray((places - np.array([0, GROUND, 0])) * TO_METRES)


def _bones(model: HeadModel) -> tuple[list[dict[str, Any]], FloatArray]:
    """Nodes, and (B, 3) places in metres."""
    template = load_template()
    eyes = {
        "LeftEye": model.fit.vertices[template.vertices_of("eye_left")].mean(0),
        "RightEye": model.fit.vertices[template.vertices_of("eye_right")].mean(0),
    }
    known = {"Neck": template.joints["neck"], "Head": template.joints["head"], **eyes}
    places = np.array([to_scene(known[name]) if name in known else place for name, _, _, place in BONES])
    nodes: list[dict[str, Any]] = []
    for k, (name, _, parent, _) in enumerate(BONES):
        base = places[NAMES.index(parent)] if parent else np.zeros(3)
        node: dict[str, Any] = {"name": name, "translation": [float(v) for v in places[k] - base]}
        children = [j for j, bone in enumerate(BONES) if bone[2] == name]
        if children:
            node["children"] = children
        nodes.append(node)
    return nodes, places


def _face(out: GlbWriter, model: HeadModel, names: list[str], shapes: FloatArray) -> dict[str, Any]:
    template, layout = load_template(), head_layout()
    vertices = model.placed()
    normals = vertex_normals(vertices, template.triangles) * np.array([1, -1, -1])
    normals[np.linalg.norm(normals, axis=1) < 0.5] = (0, 0, 1)
    joints = np.zeros((len(layout.vertex), 4), np.uint8)
    joints[:, :3] = [NAMES.index(name) for name in ("Head", "Neck", "Spine2")]
    weights = _weighed(np.pad(template.weights[layout.vertex], ((0, 0), (0, 1))))
    joints[weights == 0] = 0
    attributes = {
        "POSITION": out.accessor(to_scene(vertices)[layout.vertex].astype(np.float32), target=ARRAY, bounds=True),
        "NORMAL": out.accessor(_unit(normals[layout.vertex]), target=ARRAY),
        "TEXCOORD_0": out.accessor(layout.uv.astype(np.float32), target=ARRAY),
        "JOINTS_0": out.accessor(joints, target=ARRAY),
        "WEIGHTS_0": out.accessor(weights, target=ARRAY),
    }
    targets = [
        {"POSITION": out.sparse((shape * TO_METRES)[layout.vertex].astype(np.float32), LEAST_MOTION)}
        for shape in shapes
    ]
    primitive = {
        "attributes": attributes,
        "indices": out.accessor(layout.triangles.astype(np.uint16).ravel(), target=ELEMENTS),
        "material": 0,
        "targets": targets,
    }
    return {"name": "Face", "primitives": [primitive], "weights": [0.0] * len(names), "extras": {"targetNames": names}}


def _hair(out: GlbWriter, model: HeadModel) -> dict[str, Any]:
    hair = model.hair
    assert hair is not None
    used = np.unique(hair.triangles)
    new = np.zeros(len(hair.vertices), np.int64)
    new[used] = np.arange(len(used))
    weights = np.zeros((len(used), 4))
    weights[:, 0] = 1 - 0.6 * hair.hanging[used]
    weights[:, 1] = 0.6 * hair.hanging[used]
    weights = _weighed(weights)
    joints = np.zeros((len(used), 4), np.uint8)
    joints[:, 0], joints[:, 1] = NAMES.index("Head"), NAMES.index("Neck")
    joints[weights == 0] = 0
    attributes = {
        "POSITION": out.accessor(to_scene(hair.vertices[used]).astype(np.float32), target=ARRAY, bounds=True),
        "NORMAL": out.accessor(_unit(hair.normals[used] * np.array([1, -1, -1])), target=ARRAY),
        "TEXCOORD_0": out.accessor(hair.uv[used].astype(np.float32), target=ARRAY),
        "JOINTS_0": out.accessor(joints, target=ARRAY),
        "WEIGHTS_0": out.accessor(weights, target=ARRAY),
    }
    primitive = {
        "attributes": attributes,
        "indices": out.accessor(new[hair.triangles].astype(np.uint16).ravel(), target=ELEMENTS),
        "material": 1,
    }
    return {"name": "Hair", "primitives": [primitive]}


def _unit(normals: FloatArray):  # type: ignore[no-untyped-def]
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    out = np.where(length > 1e-6, normals / np.maximum(length, 1e-12), (0.0, 0.0, 1.0))
    return out.astype(np.float32)


def _weighed(weights: FloatArray):  # type: ignore[no-untyped-def]
    """(N, 4) float32 that sum to one as a validator counts it."""
    kept = np.where(weights < 0.004, 0, weights).astype(np.float32)
    kept /= kept.sum(1, keepdims=True)
    kept[:, 0] += 1 - kept.sum(1)
    return kept.astype(np.float32)


def _image(out: GlbWriter, name: str, data: bytes) -> dict[str, Any]:
    kind = "image/png" if data[:4] == b"\x89PNG" else "image/jpeg"
    return {"name": name, "mimeType": kind, "bufferView": out.view(data)}


def _material(name: str, texture: int, *, unlit_back: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": name,
        "pbrMetallicRoughness": {
            "baseColorTexture": {"index": texture},
            "metallicFactor": 0.0,
            "roughnessFactor": 0.62 if texture == 0 else 0.75,
        },
    }
    if unlit_back:
        made |= {"alphaMode": "MASK", "alphaCutoff": 0.5, "doubleSided": True}
    return made
