"""Reading an inner tensor of an ONNX model: speech models know how long each phone lasts but do not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from countenance.errors import ModelCorrupt


def session_with(model: str | Path, tensor: str) -> Any:
    """An onnxruntime session whose outputs include `tensor`.

    Raises:
        ModelCorrupt: the file is no such model.
    """
    import onnx
    import onnxruntime

    try:
        graph = onnx.load(str(model))
    except Exception as error:  # protobuf raises its own, undocumented kinds
        raise ModelCorrupt(f"{Path(model).name} is not a model that can be read: {error}.") from error
    if not any(tensor in node.output for node in graph.graph.node):
        raise ModelCorrupt(f"{Path(model).name} has no tensor {tensor}: it is another model, or another version.")
    graph.graph.output.append(onnx.helper.make_empty_tensor_value_info(tensor))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
