"""A face without a photograph: the canonical shape, turned and placed; and networks that say one thing."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from countenance.engines.mesh.refiner_config import CHANNELS, FORMAT, FULL, KEYS, MOTION, RefinerConfig
from countenance.engines.mesh.training.examples import Examples
from countenance.face.head import canonical_shape
from countenance.face.pose import rotation_from_vector
from countenance.likeness.atlas import with_rings

TINY = RefinerConfig("small", 64, (6, 8, 10), 2)


def landmarks(scale: float = 12.0, at: tuple[float, float] = (150.0, 160.0), roll: float = 0.0) -> NDArray[np.float64]:
    """(478, 3), pixels: the canonical face, irises where the eyes' corners meet."""
    shape = canonical_shape()
    eyes = [shape[[33, 133]].mean(0)] * 5 + [shape[[263, 362]].mean(0)] * 5
    whole = np.concatenate([shape, eyes])
    turn = rotation_from_vector(np.array([0.0, 0.0, np.radians(roll)]))
    return np.asarray(scale * whole @ turn.T + (*at, 0.0))


def vertices(scale: float = 12.0, at: tuple[float, float] = (150.0, 160.0), roll: float = 0.0) -> NDArray[np.float64]:
    """(550, 3), see `landmarks`."""
    return with_rings(landmarks(scale, at, roll))


def rest() -> NDArray[np.float32]:
    """(KEYS, 3) cm."""
    return np.asarray(canonical_shape()[KEYS], np.float32)


def saying(colour: tuple[float, float, float] = (0.1, 0.0, -0.1), side: int = 64, form: str = FORMAT) -> bytes:
    """A network that adds one colour wherever it may speak, and as much of the motion's last number."""
    nodes = [
        helper.make_node("Slice", ["picture", "from", "upto", "along"], ["mask"]),
        helper.make_node("Slice", ["motion", "last", "end", "along"], ["turned"]),
        helper.make_node("Add", ["colour", "turned"], ["said"]),
        helper.make_node("Reshape", ["said", "shape"], ["tall"]),
        helper.make_node("Mul", ["mask", "tall"], ["residual"]),
    ]
    constants = {
        "from": np.array([CHANNELS - 1]), "upto": np.array([CHANNELS]), "along": np.array([1]),
        "last": np.array([MOTION - 1]), "end": np.array([MOTION]), "shape": np.array([1, 3, 1, 1]),
        "colour": np.array([colour], np.float32),
    }  # fmt: skip
    graph = helper.make_graph(
        nodes, "stand-in",
        [
            helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, CHANNELS, side, side]),
            helper.make_tensor_value_info("motion", TensorProto.FLOAT, [1, MOTION]),
        ],
        [helper.make_tensor_value_info("residual", TensorProto.FLOAT, [1, 3, side, side])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    known = np.outer([-1, 1], np.full(MOTION, 0.35)).astype(np.float32)
    said = {name: base64.b64encode(values.tobytes()).decode() for name, values in (("rest", rest()), ("known", known))}
    helper.set_model_props(model, {"format": form} | said)
    return bytes(model.SerializeToString())


def examples(count: int = 24, seed: int = 3) -> Examples:
    """A person whose left cheek the drawing leaves too dark, by as much as the face is turned."""
    random = np.random.default_rng(seed)
    drawn = np.full((count, FULL, FULL, 3), 120, np.uint8)
    drawn += random.integers(0, 6, drawn.shape, np.uint8)
    mask = np.zeros((count, FULL, FULL), np.uint8)
    mask[:, 40:216, 50:206] = 255
    motion = random.normal(0, 0.1, (count, MOTION)).astype(np.float32)
    truth = drawn.copy()
    truth[:, 90:170, 60:120] += 40
    maps = np.zeros((count, FULL // 2, FULL // 2, 3), np.uint8)
    maps[..., 0] = np.linspace(0, 255, FULL // 2).astype(np.uint8)
    maps[..., 1] = np.linspace(0, 255, FULL // 2).astype(np.uint8)[:, None]
    held = np.arange(count) >= count * 4 // 5
    return Examples(drawn, truth, maps, mask, mask.copy(), motion, held, rest())
