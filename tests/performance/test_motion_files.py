"""Takes as animation: what was in them is in the files."""

from __future__ import annotations

import re
import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadDocument
from countenance.face.pose import rotation_from_vector
from countenance.media.glb import read_glb
from countenance.performance.authored import authored_performance
from countenance.performance.motion_files import euler_angles, write_animation
from countenance.performance.rig_motion import NAMES, motion_of
from countenance.performance.take import Performance

TAKE = authored_performance("demo")
MOTIONS = [motion_of(sample) for sample in TAKE]


def floats(document: dict, body: bytes, number: int) -> np.ndarray:  # type: ignore[type-arg]
    accessor = document["accessors"][number]
    view = document["bufferViews"][accessor["bufferView"]]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[accessor["type"]]
    return np.frombuffer(body, "<f4", accessor["count"] * width, view["byteOffset"]).reshape(-1, width)


def test_gltf_holds_weights_and_turns(tmp_path: Path) -> None:
    path = tmp_path / "take.glb"
    assert write_animation(TAKE, path) == len(MOTIONS)
    document, body = read_glb(path.read_bytes())
    assert document["meshes"][0]["extras"]["targetNames"] == list(NAMES)
    animation = document["animations"][0]
    by_path = {c["target"]["path"]: animation["samplers"][c["sampler"]] for c in animation["channels"]}
    weights = floats(document, body, by_path["weights"]["output"]).reshape(len(MOTIONS), 52)
    assert np.allclose(weights, [m.weights for m in MOTIONS], atol=1e-6) and weights.max() > 0.3
    times = floats(document, body, by_path["weights"]["input"])[:, 0]
    assert np.allclose(times, [float(m.time) for m in MOTIONS], atol=1e-6)
    turns = floats(document, body, by_path["rotation"]["output"])
    assert np.allclose(np.linalg.norm(turns, axis=1), 1, atol=1e-5)
    assert ((turns[1:] * turns[:-1]).sum(1) > 0).all()


def test_vrm_animation_holds_every_shape(tmp_path: Path) -> None:
    path = tmp_path / "take.vrma"
    write_animation(TAKE, path)
    document, body = read_glb(path.read_bytes())
    said = document["extensions"]["VRMC_vrm_animation"]
    assert set(said["expressions"]["custom"]) == set(NAMES) and "head" in said["humanoid"]["humanBones"]
    node = said["expressions"]["custom"]["jawOpen"]["node"]
    animation = document["animations"][0]
    channel = next(c for c in animation["channels"] if c["target"]["node"] == node)
    values = floats(document, body, animation["samplers"][channel["sampler"]]["output"])
    jaw = NAMES.index("jawOpen")
    assert np.allclose(values[:, 0], [m.weights[jaw] for m in MOTIONS], atol=1e-6)


def test_bvh_holds_the_head(tmp_path: Path) -> None:
    path = tmp_path / "take.bvh"
    count = write_animation(TAKE, path)
    text = path.read_text()
    assert text.count("{") == text.count("}") and f"Frames: {count}" in text
    rows = np.array([[float(v) for v in line.split()] for line in text.split("Frame Time:")[1].splitlines()[1:]])
    channels = sum(int(n) for n in re.findall(r"CHANNELS (\d+)", text))
    assert rows.shape == (count, channels)
    wanted = np.array([euler_angles(m) for m in MOTIONS])
    assert np.allclose(rows[:, -3:], wanted[:count], atol=0.02) and np.abs(rows[:, -3:]).max() > 1


def test_euler_angles_turn_the_same_way() -> None:
    motion = max(MOTIONS, key=lambda m: float(np.linalg.norm(m.rotation)))
    y, x, z = np.radians(euler_angles(motion))
    turned = rotation_from_vector([0, y, 0]) @ rotation_from_vector([x, 0, 0]) @ rotation_from_vector([0, 0, z])
    assert np.allclose(turned, rotation_from_vector(motion.rotation), atol=1e-6)


def test_an_empty_take_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    empty = Performance.of([], Fraction(25))
    for kind in ("glb", "vrma", "bvh"):
        with pytest.raises(BadDocument):
            write_animation(empty, tmp_path / f"take.{kind}")
    assert not list(tmp_path.iterdir())


def test_files_are_little_endian_glb(tmp_path: Path) -> None:
    path = tmp_path / "take.glb"
    write_animation(TAKE, path)
    data = path.read_bytes()
    assert struct.unpack_from("<III", data) == (0x46546C67, 2, len(data))
