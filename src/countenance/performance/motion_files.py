"""A take as animation for engines: glTF (.glb) and VRM animation (.vrma), and its head as BVH.

VRM animation: "VRMC_vrm_animation-1.0": an expression's weight is the x of a node. glTF: weights of a mesh whose
targets are named after ARKit's shapes, and the turn of a node called Head. BVH: Biovision's text, channels Y, X, Z.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from countenance.errors import BadDocument
from countenance.files import partial_beside
from countenance.media.glb import GlbWriter
from countenance.performance.edit import retime
from countenance.performance.live_link import write_live_link
from countenance.performance.rig_motion import NAMES, RigMotion, motion_of
from countenance.performance.take import Performance

Progress = Callable[[int, int | None], None]
# Name, parent, place in metres: enough of a humanoid for retargeting.
BONES: tuple[tuple[str, str, int | None, tuple[float, float, float]], ...] = (
    ("Hips", "hips", None, (0.0, 0.95, 0.0)),
    ("Spine", "spine", 0, (0.0, 0.11, 0.0)),
    ("Neck", "neck", 1, (0.0, 0.42, 0.0)),
    ("Head", "head", 2, (0.0, 0.09, 0.02)),
)
HEAD = 3
MOST_KEYS = 1_000_000


def write_take(take: Performance, path: Path, *, progress: Progress | None = None) -> int:
    """As `write_animation`, and .csv as Live Link Face has it."""
    if path.suffix.lower() == ".csv":
        return write_live_link(take, path, progress=progress)
    return write_animation(take, path, progress=progress)


def write_animation(take: Performance, path: Path, *, progress: Progress | None = None) -> int:
    """Write a take as .glb, .vrma or .bvh, whichever the path says; the take is read once.

    Returns:
        How many frames were written.

    Raises:
        BadDocument: the take is empty, or longer than such files hold. OutputFull, OutputFolder.
    """
    kind = path.suffix.lower()
    if kind == ".bvh":
        return _write_bvh(take, path, progress)
    motions = list(_counted(take, progress))
    if not motions:
        raise BadDocument("The take holds no frames.", "Record it again.")
    data = vrm_animation(motions) if kind == ".vrma" else gltf_animation(motions)
    with partial_beside(path) as partial:
        partial.write_bytes(data)
    return len(motions)


def _counted(take: Performance, progress: Progress | None) -> Iterator[RigMotion]:
    total = None if take.duration is None else max(1, round(take.duration * take.rate))
    for count, sample in enumerate(take, 1):
        if count > MOST_KEYS:
            raise BadDocument(f"The take has more than {MOST_KEYS:,} frames.", "Export parts of it: --trim FROM-TO")
        if progress is not None:
            progress(count, total)
        yield motion_of(sample)


def gltf_animation(motions: list[RigMotion]) -> bytes:
    """A binary glTF with a skeleton, a mesh that carries the 52 targets by name, and one animation."""
    out = GlbWriter()
    nodes = _skeleton()
    nodes.append({"name": "Face", "mesh": 0})
    triangle = out.accessor(np.array([[0, 0, 0], [1e-6, 0, 0], [0, 1e-6, 0]], np.float32), bounds=True, target=34962)
    still = out.sparse(np.zeros((3, 3), np.float32), 0.0)
    mesh = {
        "name": "Face",
        "primitives": [{"attributes": {"POSITION": triangle}, "targets": [{"POSITION": still}] * len(NAMES)}],
        "weights": [0.0] * len(NAMES),
        "extras": {"targetNames": list(NAMES)},
    }
    times, samplers, channels = _head_channels(out, motions)
    weights = np.stack([motion.weights for motion in motions]).astype(np.float32).ravel()
    samplers.append({"input": times, "output": out.accessor(weights), "interpolation": "LINEAR"})
    channels.append({"sampler": len(samplers) - 1, "target": {"node": len(BONES), "path": "weights"}})
    out.document = _document(nodes, samplers, channels, [0, len(BONES)]) | {"meshes": [mesh]}
    return out.written()


def vrm_animation(motions: list[RigMotion]) -> bytes:
    """A VRM animation: head, and every ARKit shape as a custom expression."""
    out = GlbWriter()
    nodes = _skeleton()
    times, samplers, channels = _head_channels(out, motions)
    custom: dict[str, Any] = {}
    for k, name in enumerate(NAMES):
        values = np.zeros((len(motions), 3), np.float32)
        values[:, 0] = [motion.weights[k] for motion in motions]
        samplers.append({"input": times, "output": out.accessor(values), "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": len(nodes), "path": "translation"}})
        custom[name] = {"node": len(nodes)}
        nodes.append({"name": name})
    humanoid = {bone[1]: {"node": k} for k, bone in enumerate(BONES)}
    roots = [0, *range(len(BONES), len(nodes))]
    out.document = _document(nodes, samplers, channels, roots) | {
        "extensionsUsed": ["VRMC_vrm_animation"],
        "extensions": {
            "VRMC_vrm_animation": {
                "specVersion": "1.0",
                "humanoid": {"humanBones": humanoid},
                "expressions": {"custom": custom},
            }
        },
    }
    return out.written()


def _skeleton() -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    for k, (name, _, _, place) in enumerate(BONES):
        node: dict[str, Any] = {"name": name, "translation": list(place)}
        children = [j for j, bone in enumerate(BONES) if bone[2] == k]
        if children:
            node["children"] = children
        nodes.append(node)
    return nodes


def _head_channels(out: GlbWriter, motions: list[RigMotion]) -> tuple[int, list[dict[str, Any]], list[dict[str, Any]]]:
    times = np.array([float(motion.time - motions[0].time) for motion in motions], np.float32)
    keys = out.accessor(times, bounds=True)
    turns = _continuous(np.array([motion.quaternion for motion in motions]))
    samplers = [{"input": keys, "output": out.accessor(turns.astype(np.float32)), "interpolation": "LINEAR"}]
    return keys, samplers, [{"sampler": 0, "target": {"node": HEAD, "path": "rotation"}}]


def _continuous(turns: np.ndarray) -> np.ndarray:
    """Quaternions of which each lies on the same half as the one before: a turn has two."""
    signs = np.where((turns[1:] * turns[:-1]).sum(1) < 0, -1.0, 1.0)
    turns[1:] *= np.cumprod(signs)[:, None]
    return turns


def _document(
    nodes: list[dict[str, Any]], samplers: list[dict[str, Any]], channels: list[dict[str, Any]], roots: list[int]
) -> dict[str, Any]:
    return {
        "asset": {"version": "2.0", "generator": "Countenance"},
        "scene": 0,
        "scenes": [{"nodes": roots}],
        "nodes": nodes,
        "animations": [{"name": "take", "samplers": samplers, "channels": channels}],
    }


def _write_bvh(take: Performance, path: Path, progress: Progress | None) -> int:
    """One even rate, as BVH has it; places in centimetres."""
    even = retime(take, rate=take.rate)
    rows: list[str] = []
    for motion in _counted(even, progress):
        x, y, z = motion.translation * 100
        yaw, pitch, roll = euler_angles(motion)
        rows.append(f"{x:.4f} {95 + y:.4f} {z:.4f} 0 0 0 0 0 0 0 0 0 {yaw:.4f} {pitch:.4f} {roll:.4f}")
    if not rows:
        raise BadDocument("The take holds no frames.", "Record it again.")
    with (
        partial_beside(path) as partial,
        partial.open("wb") as raw,
        io.TextIOWrapper(raw, "ascii", newline="\n") as out,
    ):
        out.write(_hierarchy())
        out.write(f"MOTION\nFrames: {len(rows)}\nFrame Time: {float(1 / Fraction(even.rate)):.8f}\n")
        out.writelines(row + "\n" for row in rows)
    return len(rows)


def euler_angles(motion: RigMotion) -> tuple[float, float, float]:
    """Yaw about y, pitch about x, roll about z in degrees: R = R_y · R_x · R_z, on glTF's axes."""
    x, y, z, w = motion.quaternion
    pitch = np.arcsin(np.clip(2 * (w * x - y * z), -1, 1))
    yaw = np.arctan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    roll = np.arctan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z))
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def _hierarchy() -> str:
    lines = ["HIERARCHY"]
    for k, (name, _, parent, place) in enumerate(BONES):
        pad = "\t" * k
        x, y, z = (100 * v for v in place)
        lines += [f"{pad}{'ROOT' if parent is None else 'JOINT'} {name}", pad + "{"]
        lines.append(f"{pad}\tOFFSET {x:.3f} {y:.3f} {z:.3f}")
        turns = "Yrotation Xrotation Zrotation"
        lines.append(
            f"{pad}\tCHANNELS " + (f"6 Xposition Yposition Zposition {turns}" if parent is None else f"3 {turns}")
        )
    pad = "\t" * len(BONES)
    lines += [f"{pad}End Site", pad + "{", f"{pad}\tOFFSET 0.000 18.000 0.000", pad + "}"]
    lines += ["\t" * k + "}" for k in reversed(range(len(BONES)))]
    return "\n".join(lines) + "\n"
