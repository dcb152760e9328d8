"""`python -m bench.live marks|mouth|cost`: prints a table. Needs no material of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from fractions import Fraction

import cv2
import numpy as np
from skimage import data

from countenance.face.topology import BLENDSHAPES
from countenance.marking.live.encoding import PictureEncoder, decoded_pictures
from countenance.marking.live.floors import CODECS, least_bitrate
from countenance.marks.watermark import VIDEO_STRENGTH, Watermark, read_back
from countenance.media.frames import Pixels
from countenance.speech.idle import RATE
from countenance.speech.live import SpeechMotion
from countenance.speech.mouthing import mouth_blendshapes
from countenance.speech.voice import choose_voice

PAYLOAD = 0x123456789ABCDEF0
TEXTS = (
    "The museum opens at nine, and people from many places come to see the painting before breakfast.",
    "My mother bought a big blue balloon for Bobby, but he popped it by mistake near the pond.",
    "Please remember to keep the paper bag away from the warm bath water.",
    "The weather was cold and grey, yet the children ran along the river until the sun went down.",
    "Could you tell me where the nearest station is, and when the next train leaves for London?",
)


def moving(width: int, height: int, count: int) -> list[Pixels]:
    """The astronaut, swaying."""
    whole = np.asarray(cv2.resize(data.astronaut()[: 512 * height // width or 512], (width, height)), np.uint8)
    frames = []
    for k in range(count):
        shift = np.array([[1, 0, 3 * np.sin(k / 6)], [0, 1, 2 * np.sin(k / 9)]], np.float32)
        frames.append(np.asarray(cv2.warpAffine(whole, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)))
    return frames


def marks() -> None:
    """From 1, 8 and 25 frames, at the beginning, in the first second and later; sent, and encoded once more."""
    print("| size | codec | kbit/s | frames 0– | 5– | 60– | encoded again |\n|---|---|---|---|---|---|---|")
    for width, height in ((512, 512), (1280, 720)):
        mark = Watermark(PAYLOAD, strength=VIDEO_STRENGTH)
        marked = [mark.embed(frame) for frame in moving(width, height, 100)]
        for codec in CODECS:
            for times in (1, 2):
                rate = times * least_bitrate(width, height)
                sent = through(marked, codec, width, height, rate)
                again = through(sent, codec, width, height, rate)
                cells = [found(sent, start) for start in (0, 5, 60)] + [found(again, 60)]
                print(f"| {width}×{height} | {codec} | {rate / 1000:.0f} | {' | '.join(cells)} |")


def through(frames: list[Pixels], codec: str, width: int, height: int, rate: int) -> list[Pixels]:
    """What a viewer sees."""
    encoder = PictureEncoder(codec, width, height, Fraction(25), rate)  # type: ignore[arg-type]
    packets = [encoder.encode(frame, Fraction(k, 25), key=not k) for k, frame in enumerate(frames)]
    return decoded_pictures(codec, [one for one in packets if one is not None])  # type: ignore[arg-type]


def found(frames: list[Pixels], start: int) -> str:
    """Read from 1/8/25 frames: + or −."""
    return "/".join("+" if read_back(frames[start : start + n], first_look=n) == PAYLOAD else "−" for n in (1, 8, 25))


def mouth() -> None:
    """Against the voice's own phones: jaw, all shapes, closures of p, b and m, and lips shut where they are not."""
    jaw, press = BLENDSHAPES.index("jawOpen"), BLENDSHAPES.index("mouthPressLeft")
    voice, language = choose_voice(None, "en", None)
    heard, truth, spent = [], [], []
    shut = [0, 0]
    wrong = [0, 0]
    for text in TEXTS:
        said = voice.say(text, language=language)
        count, step = int(float(said.duration) * RATE), said.sample_rate // RATE
        motion, rows = SpeechMotion(24_000, liveliness=0), []
        for k in range(count + 3):
            piece = said.samples[k * step : (k + 1) * step]
            motion.push(piece, said.sample_rate) if len(piece) else motion.end()
            began = time.process_time()
            rows.append(motion.next(Fraction(k, RATE))[0].blendshapes)
            spent.append(time.process_time() - began)
        mine = np.array(rows)[2 : count + 2]
        heard.append(mine)
        truth.append(mouth_blendshapes(said, (np.arange(count) + 0.5) / RATE))
        near = np.zeros(count, bool)
        for phone in said.phones:
            first, last = int(float(phone.start) * RATE), int(float(phone.end) * RATE) + 1
            if phone.symbol in ("p", "b", "m"):
                shut[1] += 1
                shut[0] += bool(mine[first : last + 1, press].max() > 0.2)
                near[max(0, first - 1) : last + 2] = True
        wrong[0] += int(((mine[:, press] > 0.2) & ~near).sum())
        wrong[1] += int((~near).sum())
    one, other = np.concatenate(heard), np.concatenate(truth)
    print("| jaw r | rms | p b m shut | shut wrongly | CPU a moment, median ms |\n|---|---|---|---|---|")
    print(
        f"| {np.corrcoef(one[:, jaw], other[:, jaw])[0, 1]:.3f} | {np.sqrt(np.mean((one - other) ** 2)):.3f} | "
        f"{shut[0] / shut[1]:.0%} of {shut[1]} | {wrong[0] / wrong[1]:.1%} | {np.median(spent) * 1000:.1f} |"
    )


def cost() -> None:
    """CPU of what the exit does to a frame, by stage."""
    print("| size | mark | VP8 | H.264 |  ms CPU a frame\n|---|---|---|---|")
    for width, height in ((512, 512), (1280, 720)):
        frames, mark = moving(width, height, 50), Watermark(PAYLOAD, strength=VIDEO_STRENGTH)
        marked, marking = timed(lambda frames=frames, mark=mark: [mark.embed(frame) for frame in frames])
        spent = [marking]
        for codec in CODECS:
            encoder = PictureEncoder(codec, width, height, Fraction(25), 2 * least_bitrate(width, height))
            spent.append(
                timed(lambda e=encoder, m=marked: [e.encode(f, Fraction(k, 25)) for k, f in enumerate(m)])[1]  # type: ignore[misc]
            )
        print(f"| {width}×{height} | " + " | ".join(f"{one / 50 * 1000:.1f}" for one in spent) + " |")


def timed(work: Callable[[], list[Pixels]]) -> tuple[list[Pixels], float]:
    """What it gives, and seconds of CPU."""
    began = time.process_time()
    made = work()
    return made, time.process_time() - began


if __name__ == "__main__":
    {"marks": marks, "mouth": mouth, "cost": cost}[sys.argv[1] if len(sys.argv) > 1 else "marks"]()
