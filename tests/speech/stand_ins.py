"""Small ONNX graphs with the inputs, outputs and inner tensors of Piper's and Kokoro's: a hum as long as they say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SYMBOLS = "_^$ abdefhijklmnopstuvwxzɛɾɣβðˈˌː,.?!"


def _hum(units: str, samples_a_unit: int, level: float) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Nodes from durations to `audio`."""
    nodes = [
        helper.make_node("ReduceSum", [units], ["total"], keepdims=0),
        helper.make_node("Mul", ["total", "step"], ["length"]),
        helper.make_node("Range", ["nought", "length", "one"], ["ramp"]),
        helper.make_node("Mul", ["ramp", "pitch"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["sine"]),
        helper.make_node("Mul", ["sine", "level"], ["audio"]),
    ]
    values = {"step": samples_a_unit, "nought": 0, "one": 1, "pitch": 0.05, "level": level}
    return nodes, [numpy_helper.from_array(np.array(v, np.float32), name) for name, v in values.items()]


def piper(folder: Path, *, tensor: str = "/Ceil_output_0", each: float = 5.5, speakers: int = 1) -> Path:
    """A voice `ana.onnx` with its `.json`: every id lasts ceil(each × length scale) units of 256 samples."""
    path = folder / "ana.onnx"
    hum, constants = _hum(tensor, 256, 0.3)
    nodes = [
        helper.make_node("Cast", ["input"], ["ids"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["ids", "nought"], ["zeros"]),
        helper.make_node("Gather", ["scales", "second"], ["pace"]),
        helper.make_node("Mul", ["pace", "each"], ["long"]),
        helper.make_node("Add", ["zeros", "long"], ["lengths"]),
        helper.make_node("Ceil", ["lengths"], [tensor]),
        *hum,
    ]
    constants += [numpy_helper.from_array(np.array(1, np.int64), "second")]
    constants += [numpy_helper.from_array(np.array(each, np.float32), "each")]
    inputs = [("input", TensorProto.INT64, [1, "n"]), ("input_lengths", TensorProto.INT64, [1]),
              ("scales", TensorProto.FLOAT, [3])]  # fmt: skip
    if speakers > 1:
        inputs.append(("sid", TensorProto.INT64, [1]))
    _save(path, nodes, inputs, constants)
    said = {
        "audio": {"sample_rate": 22_050},
        "espeak": {"voice": "es"},
        "language": {"code": "es_MX"},
        "inference": {"noise_scale": 0.6, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_id_map": {symbol: [k] for k, symbol in enumerate(SYMBOLS)},
        "num_speakers": speakers,
        "speaker_id_map": {f"s{k}": k for k in range(speakers)} if speakers > 1 else {},
    }
    (folder / "ana.onnx.json").write_text(json.dumps(said))
    return path


def kokoro(folder: Path) -> Path:
    """Speakers af_one and am_two: every token lasts round(4 / speed) units of 25 ms; too loud."""
    path, tensor = folder / "k.onnx", "/encoder/Round_output_0"
    hum, constants = _hum(tensor, 600, 2.0)
    nodes = [
        helper.make_node("Cast", ["tokens"], ["ids"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["ids", "nought"], ["zeros"]),
        helper.make_node("Div", ["four", "speed"], ["long"]),
        helper.make_node("Add", ["zeros", "long"], ["lengths"]),
        helper.make_node("Round", ["lengths"], [tensor]),
        *hum,
    ]
    constants += [numpy_helper.from_array(np.array(4, np.float32), "four")]
    inputs = [("tokens", TensorProto.INT64, [1, "n"]), ("style", TensorProto.FLOAT, [1, 256]),
              ("speed", TensorProto.FLOAT, [1])]  # fmt: skip
    _save(path, nodes, inputs, constants)
    styles = {name: np.zeros((510, 1, 256), np.float32) for name in ("af_one", "am_two")}
    with (folder / "voices-v1.0.bin").open("wb") as file:
        np.savez(file, **styles)
    return path


def _save(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[tuple[str, int, list[int | str]]],
    constants: list[onnx.TensorProto],
) -> None:
    takes = [helper.make_tensor_value_info(name, kind, list(shape)) for name, kind, shape in inputs]
    gives = [helper.make_tensor_value_info("audio", TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "hum", takes, gives, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))
