"""MiniLM's graph: built of tensors, it runs; where the published ones are here, it knows what means the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from countenance.figure.sentence_vectors import LAYERS, WIDTH, minilm_graph, read_tensors
from countenance.models.inference import session_of
from countenance.models.model_store import find_model, model_state


def tensors() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)

    def made(*shape: int) -> np.ndarray:
        return random.normal(0, 0.05, shape).astype(np.float32)

    out = {
        "embeddings.word_embeddings.weight": made(50, WIDTH),
        "embeddings.position_embeddings.weight": made(32, WIDTH),
        "embeddings.token_type_embeddings.weight": made(2, WIDTH),
    }
    sizes = {"attention.self.query": (WIDTH, WIDTH), "attention.self.key": (WIDTH, WIDTH),
             "attention.self.value": (WIDTH, WIDTH), "attention.output.dense": (WIDTH, WIDTH),
             "intermediate.dense": (4 * WIDTH, WIDTH), "output.dense": (WIDTH, 4 * WIDTH)}  # fmt: skip
    for k in range(LAYERS):
        for name, size in sizes.items():
            out[f"encoder.layer.{k}.{name}.weight"] = made(*size)
            out[f"encoder.layer.{k}.{name}.bias"] = made(size[0])
    for name in [
        "embeddings",
        *(f"encoder.layer.{k}.{n}" for k in range(LAYERS) for n in ("attention.output", "output")),
    ]:
        out[f"{name}.LayerNorm.weight"] = np.ones(WIDTH, np.float32)
        out[f"{name}.LayerNorm.bias"] = np.zeros(WIDTH, np.float32)
    return out


def test_the_graph_runs_and_padding_changes_little() -> None:
    session = session_of(minilm_graph(tensors()))
    ids = np.array([[1, 5, 9, 2]], np.int64)
    (alone,) = session.run(None, {"ids": ids, "mask": np.ones((1, 4), np.float32)})
    padded = np.pad(ids, ((0, 0), (0, 3)))
    mask = np.array([[1, 1, 1, 1, 0, 0, 0]], np.float32)
    (beside,) = session.run(None, {"ids": padded, "mask": mask})
    assert alone.shape == (1, WIDTH) and np.linalg.norm(alone) == pytest.approx(1, abs=1e-4)
    assert float((alone * beside).sum()) > 0.98


def test_tensors_are_read_and_nonsense_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    head = json.dumps({"__metadata__": {}, "x": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + np.arange(4, dtype=np.float32).tobytes())
    assert read_tensors(path)["x"].tolist() == [[0, 1], [2, 3]]
    path.write_bytes(b"\xff" * 20)
    with pytest.raises(ValueError, match="no file of tensors"):
        read_tensors(path)


@pytest.mark.skipif(model_state(find_model("minilm"))[0] != "ok", reason="countenance models fetch figure was not run")
def test_what_means_the_same_is_near() -> None:
    pytest.importorskip("tokenizers", reason="the extra [figure] is not installed")
    from countenance.figure.sentence_vectors import SentenceVectors

    near = SentenceVectors().vectors(["How old are you?", "What is your age?", "Where are the toilets?"])
    assert near[0] @ near[1] > 0.7 > 0.4 > near[0] @ near[2]
