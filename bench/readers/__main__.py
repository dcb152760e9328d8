"""`python -m bench.readers [FOLDER]`: each mark and note made, harmed and read; and false alarms on what bears none.

Notes are written as the tools write them. DWT-DCT is laid by invisible-watermark's own code where that is here
(`pip install --no-deps invisible-watermark pywavelets`), Perth by its own encoder network where its weights are
(`countenance models fetch perth`). FOLDER: pictures and clips that bear no mark, for the false alarms; without one
these are counted on noise and drawn pictures alone.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table
from tests.exit_material import picture

from bench.readers import making
from countenance.media.audio import open_sound
from countenance.media.frames import Pixels
from countenance.verify.readers import Material, perth, read_others
from countenance.verify.readers.dwt_dct import MESSAGES, agreement
from countenance.verify.sampling import open_source

Harm = Callable[[Pixels], Pixels]


def jpeg(quality: int) -> Harm:
    def harmed(pixels: Pixels) -> Pixels:
        kept = io.BytesIO()
        Image.fromarray(pixels).save(kept, "JPEG", quality=quality)
        return np.asarray(Image.open(kept).convert("RGB"))

    return harmed


HARMS: dict[str, Harm] = {
    "as it left": lambda p: p,
    "JPEG 95": jpeg(95),
    "JPEG 85": jpeg(85),
    "JPEG 75": jpeg(75),
    "cropped": lambda p: np.ascontiguousarray(p[37:-40, 53:-60]),
    "to 0.75": lambda p: cv2.resize(p, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA),
    "darker": lambda p: (p * 0.8).astype(np.uint8),
}


def stills(folder: Path | None) -> list[Pixels]:
    """Pictures without marks: every half second of the clips, and the stills."""
    found: list[Pixels] = []
    for path in sorted(folder.iterdir()) if folder else []:
        if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"):
            found.append(np.asarray(Image.open(path).convert("RGB")))
        elif path.suffix.lower() in (".mp4", ".mov", ".webm"):
            with av.open(str(path)) as clip:
                for index, frame in enumerate(clip.decode(video=0)):
                    if index % 24 == 0:
                        found.append(frame.to_ndarray(format="rgb24"))
                    if index > 240:
                        break
    try:
        from skimage import data
    except ImportError:
        return found
    for name in (
        "astronaut",
        "coffee",
        "chelsea",
        "rocket",
        "camera",
        "coins",
        "text",
        "page",
        "clock",
        "brick",
        "grass",
    ):
        one = np.asarray(getattr(data, name)())
        found.append(np.dstack([one] * 3) if one.ndim == 2 else one[..., :3])
    return found


def clean(folder: Path | None) -> Iterator[Pixels]:
    """Variants of pictures without marks, drawn pictures, and noise."""
    rng = np.random.default_rng(0)
    for still in stills(folder):
        long = max(still.shape[:2])
        base = cv2.resize(still, None, fx=1024 / long, fy=1024 / long) if long > 1400 or long < 400 else still
        base = np.ascontiguousarray(base)
        yield base
        yield jpeg(80)(base)
        top, left = rng.integers(0, 40, 2)
        yield np.ascontiguousarray(base[top:, left:])
        yield cv2.resize(base, (768, 512), interpolation=cv2.INTER_AREA)
    for seed in range(40):
        yield picture(640, 512, seed=seed)
        yield rng.integers(0, 256, (512, 640, 3), np.uint8)
    for value in range(0, 256, 25):
        yield np.full((512, 512, 3), value, np.uint8)


def table_of_marks(console: Console, pictures: list[Pixels]) -> None:
    table = Table("mark", "made by", *HARMS, title=f"Invisible marks, read of {len(pictures)} pictures")
    module = making.own_dwt_dct()
    if module is not None:
        for message in MESSAGES:
            counts = dict.fromkeys(HARMS, 0)
            for one in pictures:
                marked = making.dwt_dct(one, message, module)
                for name, harm in HARMS.items():
                    found = agreement(harm(marked))
                    counts[name] += found is not None and found.maker == message.maker
            table.add_row(f"dwtDct, {message.maker}", "its own code", *(str(n) for n in counts.values()))
    else:
        table.add_row("dwtDct", "not here", *("–" for _ in HARMS))
    console.print(table)


def table_of_notes(console: Console, base: Pixels) -> None:
    table = Table("note", "as it left", "saved as JPEG", "bytes", "ms", title="Notes")
    with tempfile.TemporaryDirectory() as folder:
        for name, made in making.NOTES.items():
            data = made(base)
            path, copy = Path(folder) / "a.png", Path(folder) / "b.jpg"
            path.write_bytes(data)
            Image.open(io.BytesIO(data)).convert("RGB").save(copy, quality=90)
            begun = time.perf_counter()
            first = read(path)
            took = 1000 * (time.perf_counter() - begun)
            table.add_row(name, first, read(copy), str(len(data)), f"{took:.0f}")
    console.print(table)


def read(path: Path) -> str:
    """What the readers of notes say."""
    source = open_source(path)
    try:
        found = read_others(Material(path, source, until=time.monotonic() + 30)).best
    finally:
        source.close()
    return "–" if found is None else f"{found.claim}: {found.maker or found.text}"[:40]


def table_of_false_alarms(console: Console, folder: Path | None) -> None:
    counted, alarms, took = 0, 0, 0.0
    nearest = 0.0
    for one in clean(folder):
        begun = time.perf_counter()
        found = agreement(one)
        took += time.perf_counter() - begun
        counted += 1
        alarms += found is not None
        nearest = max(nearest, found.confidence if found else 0.0)
    table = Table("mark", "without marks", "false alarms", "s each", title="False alarms")
    table.add_row("dwtDct, all messages, cut ones too", str(counted), str(alarms), f"{took / max(1, counted):.2f}")
    console.print(table)


def sounds(folder: Path | None) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Pieces of 5 s at 32 kHz without marks."""
    rng = np.random.default_rng(1)
    size = 5 * perth.RATE
    for index in range(10):
        yield "noise", rng.normal(0, 0.02 + 0.02 * index, size).astype(np.float32)
        tone = sum(np.sin(2 * np.pi * f * np.arange(size) / perth.RATE) for f in (110 * (index + 1), 277, 523))
        yield "tones", (0.1 * np.asarray(tone)).astype(np.float32)
    for path in sorted(folder.iterdir()) if folder else []:
        if path.suffix.lower() not in (".mp4", ".wav", ".mp3", ".m4a", ".flac", ".ogg"):
            continue
        track = open_sound(path, duration=None)
        if track is None:
            continue
        samples = perth.mono(np.concatenate(list(track.blocks())), track.sample_rate)
        for start in range(0, len(samples) - size, size // 4):
            if np.abs(samples[start : start + size]).max() > 1e-3:
                yield path.name, samples[start : start + size]


def table_of_sounds(console: Console, folder: Path | None) -> None:
    try:
        weights = perth.read_weights(perth.weights_here())
    except perth.WeightsMissing as error:
        console.print(str(error))
        return
    harms: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
        "as it left": lambda s: s,
        "MP3 64k": lambda s: coded(s, "mp3", "libmp3lame", 64_000),
        "AAC 64k": lambda s: coded(s, "mp4", "aac", 64_000),
        "Opus 24k": lambda s: coded(s, "ogg", "libopus", 24_000),
        "2 s of it": lambda s: s[: 2 * perth.RATE],
        "half as loud": lambda s: s * np.float32(0.5),
        "1.1 faster": lambda s: perth.mono(s, 35200),
    }
    table = Table("sounds", "pieces", "without: alarms", "highest", *harms, title=f"Perth, from {perth.SURE}")
    pieces: dict[str, list[NDArray[np.float32]]] = {}
    for name, samples in sounds(folder):
        pieces.setdefault(name, []).append(samples)
    for name, group in pieces.items():
        unmarked = [perth.presence(one, perth.RATE, weights) for one in group]
        marked = [making.perth_marked(one, weights) for one in group[:6]]
        found = [
            sum(perth.presence(harm(one), perth.RATE, weights) >= perth.SURE for one in marked)
            for harm in harms.values()
        ]
        alarms = sum(one >= perth.SURE for one in unmarked)
        cells = [f"{n}/{len(marked)}" for n in found]
        table.add_row(name, str(len(group)), str(alarms), f"{max(unmarked):.2f}", *cells)
    console.print(table)


def coded(samples: NDArray[np.float32], container: str, codec: str, rate: int) -> NDArray[np.float32]:
    """Through a lossy codec and back."""
    kept = io.BytesIO()
    at = 48000 if codec == "libopus" else perth.RATE
    with av.open(kept, "w", format=container) as out:
        stream = out.add_stream(codec, rate=at)
        stream.bit_rate = rate
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(resampled(samples, perth.RATE, at)[None], format="fltp", layout="mono")
        frame.sample_rate = at
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    kept.seek(0)
    with av.open(kept) as back:
        blocks = [one.to_ndarray() for one in back.decode(audio=0)]
        got = back.streams.audio[0].rate
    joined = np.concatenate(blocks, axis=1)[0].astype(np.float32)
    return perth.mono(joined / (1 if np.abs(joined).max() <= 4 else 32768), int(got))


def resampled(samples: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """Samples at another rate."""
    from scipy.signal import resample_poly

    divisor = int(np.gcd(rate, wanted))
    return np.asarray(resample_poly(samples, wanted // divisor, rate // divisor), np.float32)


def main() -> None:
    console = Console(width=170)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    pictures = [cv2.resize(one, (1024, 768)) for one in stills(folder)][::5][:12] or [picture(1024, 768, seed=1)]
    table_of_notes(console, pictures[0])
    table_of_marks(console, pictures[:8])
    table_of_false_alarms(console, folder)
    table_of_sounds(console, folder)


if __name__ == "__main__":
    main()
