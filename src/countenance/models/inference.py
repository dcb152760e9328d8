"""Sessions of onnxruntime, made in this one place: one thread, no chatter. Knows nothing of what a network is for.

onnxruntime collects events for its maker: a database in the user's cache folder, a session file in the folder for
temporary files, uploads over the network. Whether it does is settled when it is imported, by us or by a library that
uses it; so the package itself switches it off, in its `__init__`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def session_of(graph: bytes | Path) -> Any:
    """An `onnxruntime.InferenceSession` on the processor.

    Args:
        graph: an ONNX model, or its file.

    Raises:
        Exception: onnxruntime's own, which share no other base.
    """
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # for a process that had imported it before this package
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    given = graph if isinstance(graph, bytes) else str(graph)
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])
