"""No nudity, whatever a grant says: pictures are looked at before they go in and before they leave.

Yahoo's open_nsfw (Mahadeokar and Pesavento, 2016; BSD-2) tells how likely a picture is to be taken for pornographic.
It was trained on photographs; its answer is a probability and no judgement, and it misses and mistakes things. Works of
art in the public domain pass: museums show what they show.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from countenance.errors import PermissionRefused
from countenance.media.frames import Pixels
from countenance.models.inference import session_of
from countenance.models.model_store import model_path

MOST = 0.8
"""Above this a picture is refused, as the network's authors advise. Measured (`python -m bench.nudity`): no picture of
300 reached 0.6, and 99 of 100 stayed below 0.1."""
SET_BACK = 0.6
"""Above this one is refused that was set back: its edges drawn out by a quarter, so that a part of a body is seen as
far off as a whole one. Measured: of 360 pictures none reached 0.08, of 60 close crops of faces none 0.56."""
_WHOLE, _PART = 256, 224  # pixels: what is looked at is the middle of the picture, brought to this size
_MEAN = np.array([104, 117, 123], np.float32)  # blue, green, red of the network's training pictures


def nudity_in(pixels: Pixels) -> float:
    """How likely a picture is to be taken for pornographic, 0 to 1.

    Args:
        pixels: (h, w, 3) uint8 RGB.

    Raises:
        ModelMissing, ModelCorrupt: the network is not there; `countenance models fetch` gets it.

    Example:
        >>> nudity_in(np.zeros((64, 64, 3), np.uint8)) < 0.8
        True
    """
    small = Image.fromarray(pixels).resize((_WHOLE, _WHOLE), Image.Resampling.BILINEAR)
    edge = (_WHOLE - _PART) // 2
    encoded = io.BytesIO()
    small.crop((edge, edge, edge + _PART, edge + _PART)).save(encoded, "JPEG")  # as its training pictures were
    fed = np.asarray(Image.open(encoded), np.float32)[:, :, ::-1] - _MEAN
    session = _session()
    (answer,) = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(fed[None])})
    return float(answer[0, 1])


def looks_nude(pixels: Pixels) -> bool:
    """Whether a picture is refused: as it is, or set back. Arguments and errors as `nudity_in`."""
    if nudity_in(pixels) > MOST:
        return True
    small = Image.fromarray(pixels).resize((_WHOLE, _WHOLE), Image.Resampling.BILINEAR)
    edge = _WHOLE // 4
    return nudity_in(np.pad(np.asarray(small), ((edge, edge), (edge, edge), (0, 0)), "edge")) > SET_BACK


def refuse_nudity(pixels: Pixels) -> None:
    """Refuse a picture that shows what no likeness is used for here.

    Args:
        pixels: (h, w, 3) uint8 RGB.

    Raises:
        PermissionRefused: permission.nudity. ModelMissing, ModelCorrupt.
    """
    if looks_nude(pixels):
        raise PermissionRefused(
            "A picture looks as if it showed nudity. No likeness is used for that, whoever allows it.",
            "If it shows none, use another frame or picture: how it looks was judged by a program.",
            code="permission.nudity",
        )


@lru_cache(maxsize=1)
def _session() -> Any:
    return session_of(model_path("nudity"))
