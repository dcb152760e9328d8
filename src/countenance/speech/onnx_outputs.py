"""Reading an inner tensor of an ONNX model: speech models know how long each phone lasts but do not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from countenance.errors import FileMissing, ModelCorrupt
from countenance.models import inference


def session_with(model: str | Path, tensor: str) -> Any:
    """An onnxruntime session whose outputs include `tensor`.

    Raises:
        FileMissing, ModelCorrupt: the file is no such model.
    """
    model = Path(model)
    if not model.is_file():
        raise FileMissing(f"There is no file {model}.")
    return session_of(model.read_bytes(), tensor, name=model.name)


def session_of(model: bytes, tensor: str, *, name: str = "The model") -> Any:
    """As `session_with`, of a model's bytes; `name` is what errors call it."""
    import onnx

    try:
        graph = onnx.load_model_from_string(model)
    except Exception as error:  # protobuf raises its own, undocumented kinds
        raise ModelCorrupt(f"{name} is not a model that can be read: {error}.", ANOTHER) from error
    if not any(tensor in node.output for node in graph.graph.node):
        raise ModelCorrupt(f"{name} has no tensor {tensor}: it is another model, or another version.", ANOTHER)
    if not any(one.name == tensor for one in graph.graph.output):
        graph.graph.output.append(onnx.helper.make_empty_tensor_value_info(tensor))
    try:
        return inference.session_of(graph.SerializeToString())
    except Exception as error:  # onnxruntime raises its own kinds
        raise ModelCorrupt(f"{name} is not a model that can be run: {error}.", ANOTHER) from error


ANOTHER = "Use a voice of Piper, Kokoro or hibari as it was published."
