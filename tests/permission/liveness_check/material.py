"""Takes that nobody recorded: a public-domain portrait, drawn, reads a phrase in a synthetic voice and turns its head.

Written with plain PyAV: the material under test, not an output of the product; so that it carries no marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines import DrawOptions, Portrait, load_engine
from countenance.media.frames import Pixels
from countenance.performance.angles import head_rotation
from countenance.performance.authored import BLINK, _eased
from countenance.performance.expression import canonical_neutral, landmark_motion
from countenance.performance.take import Sample, quantised, rest
from countenance.permission.liveness_check.phrases import Challenge
from countenance.speech.hibari import HibariVoice
from countenance.speech.mouthing import mouth_blendshapes
from countenance.speech.utterance import Utterance
from tests.portraits import grace_hopper

RATE = Fraction(20)
TURN = 15.0  # degrees
LOOK, TURNING = 0.8, 1.6  # seconds straight ahead, and of one turn
BLINKS = ("eyeBlinkLeft", "eyeBlinkRight")
LEFT_RIGHT = {"left": 1.0, "right": -1.0}


@dataclass(frozen=True)
class Script:
    """What a take does.

    Attributes:
        phrase: is read.
        turns: of the head, before and after.
        blinks: seconds at which the eyes close.
        speaks: whether the mouth moves with the sound; else it rests while the sound is heard.
    """

    phrase: str
    turns: tuple[str, ...]
    blinks: tuple[float, ...] = (0.4, 3.1, 5.0)
    speaks: bool = True

    @classmethod
    def of(cls, challenge: Challenge, **changed: object) -> Script:
        """Does what is asked."""
        return replace(cls(challenge.phrase, challenge.turns), **changed)  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _voice() -> HibariVoice:
    return HibariVoice()


@lru_cache(maxsize=8)
def spoken(phrase: str) -> Utterance:
    """The phrase in a voice that is nobody's."""
    return _voice().say(f"{phrase}.", rate=0.95)


def length(script: Script) -> float:
    """Seconds of a take."""
    return LOOK * 2 + TURNING * len(script.turns) + float(spoken(script.phrase).duration)


def sound(script: Script) -> tuple[NDArray[np.float32], int]:
    """The sound of a take and its rate."""
    utterance = spoken(script.phrase)
    rate = utterance.sample_rate
    out = np.random.default_rng(1).normal(0, 0.0005, round(length(script) * rate)).astype(np.float32)
    begin = round((LOOK + TURNING) * rate)
    out[begin : begin + len(utterance.samples)] += utterance.samples
    return out, rate


def samples(script: Script) -> Iterator[Sample]:
    """The take as motion."""
    utterance = spoken(script.phrase)
    times = np.arange(int(length(script) * RATE)) / float(RATE)
    begin = LOOK + TURNING
    shapes = mouth_blendshapes(utterance, times - begin, 1.0).astype(np.float32)
    if not script.speaks:
        shapes[:] = 0
    starts = (LOOK, begin + float(utterance.duration))
    from countenance.face.topology import BLENDSHAPES

    for k, t in enumerate(times):
        yaw = 0.0
        for start, turn in zip(starts, script.turns, strict=False):
            there = [(start, 0.0), (start + 0.55, 1.0), (start + 0.85, 1.0), (start + TURNING - 0.2, 0.0)]
            yaw += LEFT_RIGHT[turn] * TURN * _eased(there, float(t))
        shape = shapes[k].copy()
        closed = max((_eased(BLINK, float(t) - at) for at in script.blinks), default=0.0)
        for name in BLINKS:
            shape[BLENDSHAPES.index(name)] = closed
        yield replace(
            rest(Fraction(k) / RATE),
            rotation=head_rotation(yaw, 0.4 * np.sin(1.7 * t), 0.5 * np.sin(0.9 * t)).astype(np.float32),
            translation=np.array([-0.055 * yaw, 0.05 * np.sin(1.3 * t), 0], np.float32),
            blendshapes=shape,
            offsets=quantised(landmark_motion(shape)),
        )


def drawn(script: Script, portrait: Portrait | None = None) -> Iterator[Pixels]:
    """The take as pictures."""
    rig = load_engine("mesh").prepare(portrait or grace_hopper(), canonical_neutral(), DrawOptions())
    for sample in samples(script):
        yield rig.draw(sample)


def camera(pictures: Iterable[Pixels], *, grain: float = 2.5, sway: float = 1.2) -> Iterator[Pixels]:
    """What a hand-held camera adds: grain of its sensor, in 8-bit steps, and sway, in pixels."""
    random = np.random.default_rng(7)
    for k, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        across, down = sway * np.sin(0.31 * k), sway * np.cos(0.23 * k)
        moved = cv2.warpAffine(
            picture, np.array([[1, 0, across], [0, 1, down]]), (width, height), borderMode=cv2.BORDER_REFLECT
        )
        soft = cv2.GaussianBlur(random.normal(0, 1, (height, width, 1)), (0, 0), 0.6)[..., None] * 2.2
        fine = random.normal(0, 0.35, (height, width, 3))
        yield np.clip(moved + grain * (soft + fine), 0, 255).astype(np.uint8)


def write_take(
    path: Path,
    pictures: Iterable[Pixels],
    heard: tuple[NDArray[np.float32], int] | None,
    *,
    crf: int = 20,
    change: Callable[[Pixels], Pixels] | None = None,
) -> Path:
    """Encode pictures and sound as a camera's program does."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        audio = container.add_stream("aac", rate=heard[1], layout="mono") if heard else None
        stream.options = {"crf": str(crf), "preset": "veryfast"}
        for k, picture in enumerate(pictures):
            picture = change(picture) if change else picture
            picture = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
            if not k:
                stream.height, stream.width, stream.pix_fmt = picture.shape[0], picture.shape[1], "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        container.mux(stream.encode())
        if audio is not None and heard is not None:
            block = av.AudioFrame.from_ndarray(heard[0][None], "fltp", "mono")
            block.sample_rate = heard[1]
            for piece in av.AudioFifo.read_many(_filled(block), 1024, partial=True):
                container.mux(audio.encode(piece))
            container.mux(audio.encode())
    return path


def _filled(block: av.AudioFrame) -> av.AudioFifo:
    fifo = av.AudioFifo()
    fifo.write(block)
    return fifo
