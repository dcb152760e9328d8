"""Print the audio mark's tables: `python -m bench.audiomark [--media FOLDER] [--quick]`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bench.audiomark import hearing, material, recovery, speed, unmarked
from bench.audiomark.attacks import ATTACKS

PARTS = ("hearing", "speed", "recovery", "unmarked")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.audiomark", description=__doc__)
    parser.add_argument("--media", type=Path, default=Path("../shared/media"), help="clips of your own, if any")
    parser.add_argument("--quick", action="store_true", help="four clips, one cut each, 100 unmarked pieces")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part of it; may be given again")
    parser.add_argument("--cuts", type=int, default=3, help="cuts of each length from each clip")
    parser.add_argument("--length", type=float, action="append", help="seconds of a cut; may be given again")
    parser.add_argument("--attack", action="append", help="only this one, by its name in the table; may be given again")
    parser.add_argument("--unmarked", type=int, default=1200, help="unmarked pieces")
    parser.add_argument("--own-speed", action="store_true", help="search unmarked pieces at their own speed only")
    options = parser.parse_args()
    parts = options.only or PARTS
    clips = list(material.synthetic())
    if options.media.is_dir():
        clips += material.from_folder(options.media)
    if options.quick:
        clips = [clip for clip in clips if clip.name in ("speech-0", "music-0", "pad", "mixed-0")]
    begun = time.monotonic()

    def said(line: str) -> None:
        print(f"[{time.monotonic() - begun:5.0f} s] {line}", file=sys.stderr, flush=True)

    kinds = ", ".join(f"{sum(c.kind == k for c in clips)} {k}" for k in ("speech", "music", "mixed", "real"))
    print(f"{len(clips)} clips: {kinds}.")
    if not material.spoken():
        print("hibari-tts is not installed: speech is synthetic babble.")
    if "hearing" in parts:
        print("\n## Whether it can be heard\n\n" + hearing.table(clips, recovery.mark, said), flush=True)
    if "speed" in parts:
        print("\n## Speed, in CPU seconds of one core\n\n" + speed.table(clips[:: max(1, len(clips) // 5)]), flush=True)
    if "recovery" in parts:
        cuts, lengths = (1, (5.0,)) if options.quick else (options.cuts, tuple(options.length or (5.0, 10.0)))
        chosen = tuple(a for a in ATTACKS if not options.attack or a.name in options.attack)
        print("\n## Recovery of the whole payload\n", flush=True)
        print(recovery.table(recovery.run(clips, lengths=lengths, cuts=cuts, attacks=chosen, said=said)), flush=True)
    if "unmarked" in parts:
        count = 100 if options.quick else options.unmarked
        result = unmarked.measure(clips, count, said, thorough=not options.own_speed)
        print("\n## False positives\n\n" + unmarked.text(result), flush=True)


if __name__ == "__main__":
    main()
