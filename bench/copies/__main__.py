"""Copy attack: marks of recorded renders laid onto innocent pictures and sounds, as strongly as the exit lays them,
then left as they are, mirrored, turned, cropped or re-encoded; and honest copies of the renders after the same harms.

    python -m bench.copies --count 500 --sounds 200 --honest 300

A sentence is positive where it tells of a file what the record says of the render: that must never happen to an
innocent one. An honest copy must still say what it said. Where the harm took the mark away, nothing is claimed either
way; those are counted apart.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
import wave
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image
from tests.exit_material import face_boxes, making, permit

from bench.copies.material import SAID_BY_INNOCENTS, SAID_BY_RENDERS, Pixels, Samples, pictures, sounds
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_spec import TRAINED_ALGORITHMIC
from countenance.marking.video_exit import write_picture, write_sound
from countenance.marks.audiomark import AudioMark
from countenance.marks.watermark import STILL_STRENGTH, Watermark
from countenance.settings import Settings
from countenance.verify import Inquiry, Verdict, verify_file

RATE = 16000
ASK = Inquiry(seconds=2)
DONORS = 8


def _jpeg(pixels: Pixels, quality: int = 60) -> Pixels:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(out), np.uint8)


def _turned(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 5, 1)
    return np.asarray(cv2.warpAffine(pixels, matrix, (width, height)), np.uint8)


def _cropped(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    return np.ascontiguousarray(pixels[height // 8 : -height // 10, width // 6 : -width // 9])


PICTURE_HARMS: dict[str, Callable[[Pixels], Pixels]] = {
    "as is": lambda pixels: pixels,
    "mirrored": lambda pixels: np.ascontiguousarray(pixels[:, ::-1]),
    "turned": _turned,
    "cropped": _cropped,
    "re-encoded": _jpeg,
}


def _coded(samples: Samples) -> Samples:
    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = 48_000
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout="mono")
        frame.sample_rate = RATE
        for part in (frame, None):
            container.mux(stream.encode(part))
    out.seek(0)
    with av.open(out) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        parts = [p.to_ndarray().reshape(-1) for f in container.decode(audio=0) for p in resampler.resample(f)]
    return np.concatenate(parts)[:, None].astype(np.float32)


def _faster(samples: Samples) -> Samples:
    count = int(len(samples) / 1.03)
    there = np.arange(count) * 1.03
    return np.interp(there, np.arange(len(samples)), samples[:, 0]).astype(np.float32)[:, None]


SOUND_HARMS: dict[str, Callable[[Samples], Samples]] = {
    "as is": lambda samples: samples,
    "turned": lambda samples: -samples,  # upside down: the polarity
    "faster": _faster,
    "cropped": lambda samples: samples[RATE * 5 // 4 :],
    "re-encoded": _coded,
}


@dataclass(frozen=True)
class Blocks:
    """Samples as the exit takes them."""

    samples: Samples
    sample_rate: int = RATE
    channels: int = 1

    def blocks(self) -> Iterator[Samples]:
        yield self.samples


class Tally:
    """What was said, by harm."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.rows: dict[str, Counter[str]] = {}

    def add(self, harm: str, found: Verdict, payload: str) -> None:
        read = int(payload, 16) in (*found.picture.payloads, *found.sound.payloads)
        positive = found.outcome in ("made", "alike") or "made with AI by" in found.summary
        said = "positive" if positive else found.outcome if read else "mark lost"
        self.rows.setdefault(harm, Counter())[said] += 1

    def print(self) -> None:
        columns = sorted({said for row in self.rows.values() for said in row})
        print(f"\n{self.title}\n  {'':<12}" + "".join(f"{column:>12}" for column in columns))
        for harm, row in self.rows.items():
            print(f"  {harm:<12}" + "".join(f"{row[column]:>12}" for column in columns))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--count", type=int, default=500, help="innocent pictures")
    parser.add_argument("--sounds", type=int, default=200, help="innocent sounds")
    parser.add_argument("--honest", type=int, default=300, help="honest copies")
    wanted = parser.parse_args()
    begun, used = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="countenance-bench-") as name:
        folder = Path(name)
        settings = Settings(home=folder / "home")
        stills, voices, works = _donors(folder, settings)
        _innocent_pictures(wanted.count, stills, works, folder, settings)
        _innocent_sounds(wanted.sounds, voices, stills, folder, settings)
        _honest(wanted.honest, stills, voices, folder, settings)
    print(f"\n{time.monotonic() - begun:.0f} s, {time.process_time() - used:.0f} s of processor time")


def _donors(folder: Path, settings: Settings) -> tuple[list[Receipt], list[Receipt], frozenset[str]]:
    """Recorded renders, and the works that the pictures are of: nothing innocent below is of one of them."""
    drawn = list(islice(pictures(), 0, DONORS * 9, 9))
    stills = [
        write_picture(folder / f"still{n}.png", pixels, permit(), making(inspect=face_boxes), settings=settings)
        for n, (_, pixels) in enumerate(drawn)
    ]
    spoken = making(use="speak", digital_source_type=TRAINED_ALGORITHMIC, sound_is_synthetic=True)
    voices = [
        write_sound(folder / f"voice{n}.wav", Blocks(samples), permit(use="speak"), spoken, settings=settings)
        for n, samples in enumerate(list(sounds(DONORS, SAID_BY_RENDERS))[::2])
    ]
    return stills, voices, frozenset(work for work, _ in drawn)


def _innocent_pictures(
    count: int, stills: list[Receipt], works: frozenset[str], folder: Path, settings: Settings
) -> None:
    tally = Tally(f"Marks copied onto {count} innocent pictures")
    innocent = (pixels for work, pixels in pictures() if work not in works)
    for index, pixels in enumerate(islice(innocent, count)):
        donor = stills[index % len(stills)]
        marked = Watermark(int(donor.payload, 16), strength=STILL_STRENGTH).embed(pixels)
        for harm, change in PICTURE_HARMS.items():
            path = folder / "asked.png"
            Image.fromarray(change(marked)).save(path)
            tally.add(harm, verify_file(path, settings, ASK), donor.payload)
    tally.print()


def _innocent_sounds(
    count: int, voices: list[Receipt], stills: list[Receipt], folder: Path, settings: Settings
) -> None:
    tally = Tally(f"Marks copied onto {count} innocent sounds (every fourth: of a render without sound)")
    for index, samples in enumerate(sounds(count, SAID_BY_INNOCENTS)):
        donor = stills[index % len(stills)] if index % 4 == 3 else voices[index % len(voices)]
        mark = AudioMark(int(donor.payload, 16), RATE, 1)
        marked = np.concatenate([mark.embed(samples), mark.flush()])
        for harm, change in SOUND_HARMS.items():
            found = verify_file(_wave(folder / "asked.wav", change(marked)), settings, ASK)
            tally.add(harm, found, donor.payload)
    tally.print()


def _honest(count: int, stills: list[Receipt], voices: list[Receipt], folder: Path, settings: Settings) -> None:
    tally = Tally(f"{count} honest copies: positive is right")
    jobs = [(one, harm) for one in stills for harm in PICTURE_HARMS]
    spoken = [(one, harm) for one in voices for harm in SOUND_HARMS]
    for index in range(count):
        if index % 4 == 3:
            one, harm = spoken[(index // 4) % len(spoken)]
            with wave.open(str(one.path)) as file:
                raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32767
            path = _wave(folder / "asked.wav", SOUND_HARMS[harm](raw[:, None]))
            tally.add(f"{harm}, sound", verify_file(path, settings, ASK), one.payload)
        else:
            one, harm = jobs[index % len(jobs)]
            path = folder / "asked.jpg"
            quality = 60 + index * 7 % 36
            pixels = PICTURE_HARMS[harm](np.asarray(Image.open(one.path).convert("RGB"), np.uint8))
            Image.fromarray(pixels).save(path, quality=quality)
            tally.add(harm, verify_file(path, settings, ASK), one.payload)
    tally.print()
    right = sum(row["positive"] for row in tally.rows.values())
    print(f"  {right} of {count} honest copies still say what they said: {right / max(count, 1):.1%}")


def _wave(path: Path, samples: Samples) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


if __name__ == "__main__":
    main()
