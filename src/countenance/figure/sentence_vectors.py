"""Sentences as vectors: all-MiniLM-L6-v2 (Apache-2.0) on the processor, its weights in eight bits.

The published weights are checked by their hash; the graph is built of them each time, in half a second. So there is no
second file whose hash would have to be trusted. Knows English only. Knows nothing of figures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from countenance.errors import LibraryMissing
from countenance.models.inference import session_of
from countenance.models.model_store import model_path

LAYERS, HEADS, WIDTH = 6, 12, 384
LONGEST = 96  # tokens; the rest of a question is not looked at
LANGUAGES = ("en",)
_EPSILON = 1e-12
Vectors = NDArray[np.float32]


class SentenceVectors:
    """The model, loaded.

    Raises:
        ModelMissing, ModelCorrupt; LibraryMissing: tokenizers is not installed.
    """

    def __init__(self) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise LibraryMissing(
                "Understanding questions by their meaning needs the Python package 'tokenizers'.",
                "Install it: pip install 'countenance[figure]'",
            ) from error
        weights, spelling = model_path("minilm"), model_path("minilm_tokenizer")
        self._tokenizer = Tokenizer.from_file(str(spelling))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)
        self._session = session_of(minilm_graph(read_tensors(weights)))

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32 of length 1. Text by text: the eight bits of one depend on what is beside it."""
        out = np.zeros((len(texts), WIDTH), np.float32)
        for k, text in enumerate(texts):
            ids = self._tokenizer.encode(text).ids
            feed = {"ids": np.array([ids], np.int64), "mask": np.ones((1, len(ids)), np.float32)}
            out[k] = self._session.run(None, feed)[0][0]
        return out


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a .safetensors file, in float32.

    Raises:
        ValueError: the file is none.
    """
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    if size > 1 << 24 or size + 8 > len(data):
        raise ValueError(f"{path.name} is no file of tensors.")
    out = {}
    for name, said in json.loads(data[8 : 8 + size]).items():
        if name == "__metadata__" or said["dtype"] != "F32":
            continue
        begin, end = said["data_offsets"]
        values = np.frombuffer(data, np.float32, (end - begin) // 4, 8 + size + begin)
        out[name] = values.reshape(said["shape"])
    return out


def minilm_graph(tensors: dict[str, NDArray[Any]]) -> bytes:
    """The ONNX graph of MiniLM: `ids` (n, t) int64 and `mask` (n, t) float32 → (n, 384), means of length 1.

    Matrices and words are int8, each column by its own scale; what goes through them is brought to eight bits as it
    comes (dynamic quantisation).
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    kept: list[Any] = []
    names = iter(range(1 << 20))

    def constant(value: Any) -> str:
        name = f"c{next(names)}"
        kept.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        outs = [f"n{next(names)}" for _ in range(outputs)]
        nodes.append(helper.make_node(kind, list(inputs), outs, **attributes))
        return outs[0] if outputs == 1 else outs

    def weight(name: str) -> NDArray[Any]:
        return tensors[name]

    def linear(x: str, name: str) -> str:
        matrix = weight(f"{name}.weight").T
        scale = np.maximum(np.abs(matrix).max(0), 1e-8) / 127
        eight = np.clip(np.round(matrix / scale), -127, 127).astype(np.int8)
        coded, step, zero = op("DynamicQuantizeLinear", x, outputs=3)
        whole = op("MatMulInteger", coded, constant(eight), zero, constant(np.int8(0)))
        both = op("Mul", step, constant(scale.astype(np.float32)))
        scaled = op("Mul", op("Cast", whole, to=TensorProto.FLOAT), both)
        return str(op("Add", scaled, constant(weight(f"{name}.bias"))))

    def normed(x: str, name: str) -> str:
        gain, bias = constant(weight(f"{name}.weight")), constant(weight(f"{name}.bias"))
        return str(op("LayerNormalization", x, gain, bias, axis=-1, epsilon=_EPSILON))

    def heads(x: str, order: list[int]) -> str:
        parted = op("Reshape", x, constant(np.array([0, 0, HEADS, WIDTH // HEADS], np.int64)))
        return str(op("Transpose", parted, perm=order))

    table = weight("embeddings.word_embeddings.weight")
    step = np.maximum(np.abs(table).max(1, keepdims=True), 1e-8) / 127
    rows = op("Gather", constant(np.clip(np.round(table / step), -127, 127).astype(np.int8)), "ids")
    spelt = op("Mul", op("Cast", rows, to=TensorProto.FLOAT), op("Gather", constant(step.astype(np.float32)), "ids"))
    # Range over a shape fails in onnxruntime's optimiser; counting the mask does not.
    counted = op("Sub", op("CumSum", "mask", constant(np.array(1, np.int64))), constant(np.float32(1)))
    places = op("Cast", op("Max", counted, constant(np.float32(0))), to=TensorProto.INT64)
    placed = op("Gather", constant(weight("embeddings.position_embeddings.weight")), places)
    kind = constant(weight("embeddings.token_type_embeddings.weight")[0])
    x = normed(op("Add", op("Add", spelt, placed), kind), "embeddings.LayerNorm")
    hidden = op("Mul", op("Sub", constant(np.float32(1)), "mask"), constant(np.float32(-1e4)))
    hidden = op("Unsqueeze", hidden, constant(np.array([1, 2], np.int64)))
    for k in range(LAYERS):
        base = f"encoder.layer.{k}"
        query = heads(linear(x, f"{base}.attention.self.query"), [0, 2, 1, 3])
        key = heads(linear(x, f"{base}.attention.self.key"), [0, 2, 3, 1])
        value = heads(linear(x, f"{base}.attention.self.value"), [0, 2, 1, 3])
        raw = op("Mul", op("MatMul", query, key), constant(np.float32((WIDTH // HEADS) ** -0.5)))
        seen = op("MatMul", op("Softmax", op("Add", raw, hidden), axis=-1), value)
        flat = op("Reshape", op("Transpose", seen, perm=[0, 2, 1, 3]), constant(np.array([0, 0, WIDTH], np.int64)))
        x = normed(op("Add", linear(flat, f"{base}.attention.output.dense"), x), f"{base}.attention.output.LayerNorm")
        inner = linear(x, f"{base}.intermediate.dense")
        curved = op("Add", op("Erf", op("Mul", inner, constant(np.float32(2**-0.5)))), constant(np.float32(1)))
        active = op("Mul", op("Mul", inner, curved), constant(np.float32(0.5)))
        x = normed(op("Add", linear(active, f"{base}.output.dense"), x), f"{base}.output.LayerNorm")
    there = op("Unsqueeze", "mask", constant(np.array([2], np.int64)))
    mean = op("Div", op("ReduceSum", op("Mul", x, there), constant(np.array([1], np.int64)), keepdims=0),
              op("ReduceSum", "mask", constant(np.array([1], np.int64)), keepdims=1))  # fmt: skip
    length = op("Sqrt", op("ReduceSum", op("Mul", mean, mean), constant(np.array([1], np.int64)), keepdims=1))
    nodes.append(helper.make_node("Div", [mean, length], ["vectors"]))
    graph = helper.make_graph(
        nodes,
        "minilm",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["n", "t"]),
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["n", "t"]),
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", WIDTH])],
        kept,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
