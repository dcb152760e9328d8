"""What takes the mark, on longer clips: read from the first 2 s, from all of it, and as `verify` reads it, in places of
96 frames one by one and then as one. The processor's time tells what a reading, or giving up, costs."""

from __future__ import annotations

import time

from bench.watermark.attacks import codec, combined, filmed
from bench.watermark.codecs import Frames
from bench.watermark.material import Clip
from bench.watermark.recovery import PAYLOAD
from bench.watermark.results import Kept, Row
from countenance.marks.watermark import Detection, MarkSearch, Watermark, detect
from countenance.verify.sampling import WINDOW_FRAMES

SECONDS = 8
CLIPS = ("driving_d10 0–8 s", "driving_d19 0–8 s", "source_s12 panned", "source_s18 0–8 s", "night", "leaves")
HARD = {"H.264 CRF 34": codec("libx264", 34), "crop, resize, CRF 33, brighter": combined,
        "H.264 CRF 40": codec("libx264", 40), "filmed off a screen": filmed}  # fmt: skip


def places(every: list[Clip], kept: Kept, until: float) -> None:
    """Run trials that are missing until the time is up."""
    done = {(row["clip"], row["attack"]) for row in kept.rows}
    for clip in (clip for clip in every if clip.name in CLIPS):
        missing = [name for name in HARD if (clip.name, name) not in done]
        if missing and time.monotonic() < until:
            mark = Watermark(PAYLOAD)
            marked = [mark.embed(pixels) for pixels in clip.read()]
            for name in missing:
                if time.monotonic() < until:
                    kept.add({"clip": clip.name, "attack": name} | reading(HARD[name](marked)))


def reading(frames: Frames) -> Row:
    """For each way to read: whether the payload was read, and seconds of the processor."""
    search = MarkSearch(max_frames=WINDOW_FRAMES // 2)
    parts = [frames[first : first + WINDOW_FRAMES] for first in range(0, len(frames), WINDOW_FRAMES)]
    ways = {
        "2 s": lambda: [detect(frames[:50])],
        "8 s": lambda: [detect(frames)],
        "a place": lambda: [search.look(part) for part in parts],
        "together": lambda: [search.together()],
    }
    row: Row = {}
    for way, read in ways.items():
        begun = time.process_time()
        found: list[Detection | None] = read()
        row[way] = any(one is not None and one.payload == PAYLOAD for one in found)
        row[f"{way} CPU"] = round(time.process_time() - begun, 2)
    return row


def print_places(kept: Kept) -> None:
    ways = ("2 s", "8 s", "a place", "together")
    print(f"\nClips of {SECONDS} s: read of tried, and seconds of the processor a clip")
    print(f"{'attack':<32}" + "".join(f"{way:>14}" for way in ways))
    for name in HARD:
        rows = [row for row in kept.rows if row["attack"] == name]
        if rows:
            read = [sum(bool(row[way]) for row in rows) for way in ways]
            used = [sum(float(row[f"{way} CPU"]) for row in rows) / len(rows) for way in ways]
            cells = [f"{hits}/{len(rows)} {mean:.1f} s" for hits, mean in zip(read, used, strict=True)]
            print(f"{name:<32}" + "".join(f"{cell:>14}" for cell in cells))
