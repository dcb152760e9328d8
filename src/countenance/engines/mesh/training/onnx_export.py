"""ONNX of trained weights, written node by node: the same on every version of torch, and without it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from countenance.engines.mesh.refiner_config import CHANNELS, CLIPPED, FORMAT, HEAD, MOTION, REACH, SLOPE, RefinerConfig

OPSET = 18


class _Graph:
    """Nodes and weights as they are added; every method returns the name of what it makes."""

    def __init__(self, weights: Mapping[str, NDArray[Any]]) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self._weights = weights

    def node(self, kind: str, *inputs: str, **settings: Any) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **settings))
        return name

    def constant(self, name: str, value: Any, dtype: Any = np.float32) -> str:
        self.constants[name] = np.asarray(value, dtype)
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self._weights[name])

    def conv(self, name: str, x: str, stride: int = 1, *, bent: bool = True) -> str:
        y = self.node(
            "Conv", x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"),
            kernel_shape=[3, 3], strides=[stride, stride], pads=[1, 1, 1, 1],
        )  # fmt: skip
        return self.node("LeakyRelu", y, alpha=SLOPE) if bent else y

    def linear(self, name: str, x: str) -> str:
        return self.node("Gemm", x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), transB=1)


def to_onnx(
    plan: RefinerConfig,
    weights: Mapping[str, NDArray[Any]],
    rest: NDArray[np.floating],
    known: NDArray[np.floating],
    about: Mapping[str, str],
) -> bytes:
    """The graph that `Refiner` runs.

    Args:
        plan: how the network is wired.
        weights: name → values, as the torch module names them.
        rest: (KEYS, 3), the likeness's keys at rest, cm; kept in the graph.
        known: (2, MOTION), the least and the most of each motion that was trained on; kept in the graph.
        about: what else is worth keeping: size, seed, held-out figures.
    """
    g = _Graph(weights)
    half, one = g.constant("half", 0.5), g.constant("one", 1.0)
    mean, spread = g.weight("mean"), g.weight("spread")
    clipped = g.node(
        "Clip", g.node("Div", g.node("Sub", "motion", mean), spread), g.constant("low", -CLIPPED),
        g.constant("high", CLIPPED),
    )  # fmt: skip
    said = g.node("LeakyRelu", g.linear("embed", clipped), alpha=SLOPE)
    wide = g.constant("as_map", [1, -1, 1, 1], np.int64)
    twice = g.constant("twice", [1, 1, 2, 2])
    widths = plan.widths

    def scaled(x: str, depth: int) -> str:
        if depth >= plan.modulated:
            return x
        both = g.node("Reshape", g.linear(f"scale.{depth}", said), wide)
        halves = g.constant(f"halves.{depth}", [widths[-1 - depth]] * 2, np.int64)
        by, to = f"by.{depth}", f"to.{depth}"
        g.nodes.append(helper.make_node("Split", [both, halves], [by, to], axis=1))
        return g.node("Add", g.node("Mul", x, g.node("Add", by, one)), to)

    centred = g.node("Sub", "picture", half)
    levels, x = [], centred
    for k in range(len(widths)):
        x = g.conv(f"deep.{k}", g.conv(f"down.{k}", x, 2))
        levels.append(x)
    x = scaled(levels[-1], 0)
    for k in range(len(widths) - 2, -1, -1):
        larger = g.node(
            "Resize", x, "", twice, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
        )
        x = g.conv(f"up.{k}", g.node("Concat", levels[k], larger, axis=1))
        x = scaled(x, len(widths) - 1 - k)
    x = g.node("DepthToSpace", g.conv("wide", x), blocksize=2, mode="CRD")
    x = g.conv("fine", g.node("Concat", x, centred, axis=1))
    x = g.node("Tanh", g.conv("last", x, bent=False))
    mask = g.node(
        "Slice", "picture", g.constant("from", [CHANNELS - 1], np.int64), g.constant("upto", [CHANNELS], np.int64),
        g.constant("along", [1], np.int64),
    )  # fmt: skip
    x = g.node("Mul", g.node("Mul", x, g.constant("reach", REACH)), mask)
    g.nodes[-1].output[0] = "residual"
    side = plan.side
    graph = helper.make_graph(
        g.nodes, "refiner",
        [
            helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, CHANNELS, side, side]),
            helper.make_tensor_value_info("motion", TensorProto.FLOAT, [1, MOTION]),
        ],
        [helper.make_tensor_value_info("residual", TensorProto.FLOAT, [1, 3, side, side])],
        [numpy_helper.from_array(value, name) for name, value in g.constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="countenance")
    model.ir_version = 10
    said_of = {"format": FORMAT, "size": plan.size, "head": str(HEAD)} | dict(about)
    for name, values in (("rest", rest), ("known", known)):
        said_of[name] = base64.b64encode(np.asarray(values, "<f4").tobytes()).decode()
    helper.set_model_props(model, said_of)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
