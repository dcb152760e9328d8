"""Frames of a camera, the newest first and none twice: what came while others were looked at is left out."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np

from countenance.errors import InputError
from countenance.media.frames import Pixels

PATIENCE = 5.0  # seconds without a frame


def camera_frames(number: int) -> Iterator[tuple[Pixels, Fraction]]:
    """(h, w, 3) uint8 RGB and the time since the first one, until the camera ends.

    Args:
        number: of the camera, from 0.

    Raises:
        InputError: input.camera, there is none, or it sends nothing.
    """
    capture = cv2.VideoCapture(number)
    if not capture.isOpened():
        capture.release()
        raise InputError(
            f"There is no camera {number}, or another program holds it.",
            "Close what uses it, or name another: --camera 1",
            code="input.camera",
        )
    newest: list[tuple[np.ndarray, float]] = []
    changed = threading.Condition()
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            good, frame = capture.read()
            with changed:
                if not good:
                    ended.set()
                else:
                    newest[:] = [(frame, time.monotonic())]
                changed.notify()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    begun: float | None = None
    try:
        while True:
            with changed:
                there = changed.wait_for(lambda: bool(newest) or ended.is_set(), PATIENCE)
                if not newest:
                    if there and begun is not None:
                        return
                    raise InputError(
                        f"The camera {number} sends no pictures.", "Plug it in anew, or name another.",
                        code="input.camera",
                    )  # fmt: skip
                frame, at = newest.pop()
            begun = at if begun is None else begun
            yield np.ascontiguousarray(frame[..., ::-1]), Fraction(round((at - begun) * 1_000_000), 1_000_000)
    finally:
        ended.set()
        reader.join(timeout=2)
        capture.release()
