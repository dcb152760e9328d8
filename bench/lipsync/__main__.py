"""`python -m bench.lipsync`: recorded speech → mouth, against speech whose phones are known.

Columns: share of 10 ms frames with the right viseme of fifteen; correlation of the jaw; p, b, m at which lips meet;
closures shown where lips are apart, of all that are shown; median distance and bias of the onsets found.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from bench.lipsync.measures import Figures, summed
from bench.lipsync.methods import METHODS
from bench.lipsync.natural import of_clip
from bench.lipsync.rendered import read_back
from bench.lipsync.speech import all_speech, with_noise


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=12, help="sentences a voice, at most 12")
    parser.add_argument("--flite", default="flite", help="the program")
    parser.add_argument("--noise", type=float, default=20.0, help="decibels below the speech, for the noisy rows")
    parser.add_argument("--methods", nargs="*", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rendered", type=Path, help="a portrait; lips are read back from a video of it, nothing else")
    parser.add_argument("--clips", type=Path, help="a folder of videos of people who speak; nothing else is measured")
    parser.add_argument("--public-domain", default="", help="why it may be used: work, author, year")
    parser.add_argument("--basis", help="as `countenance animate` takes it")
    asked = parser.parse_args()
    if asked.clips is not None:
        for clip in sorted(p for p in asked.clips.iterdir() if p.suffix.lower() in (".mp4", ".mov", ".webm")):
            print(of_clip(clip), flush=True)
        return
    if asked.rendered is not None:
        print(read_back(asked.rendered, asked.public_domain, asked.basis))
        return
    said = all_speech(asked.count, asked.flite)
    noisy = [("hibari, noise", s.language, with_noise(s.truth, asked.noise)) for s in said if s.voice == "hibari"]
    table: dict[tuple[str, str], list[Figures]] = {}
    for voice, _, truth in [*((s.voice, s.language, s.truth) for s in said), *noisy]:
        for name in asked.methods:
            table.setdefault((voice, name), []).append(METHODS[name](truth))
    rows = [{"voice": voice, "method": name, **summed(figures)} for (voice, name), figures in table.items()]
    columns = [c for c in rows[0] if c not in ("voice", "method")]
    print(f"{'voice':24} {'method':22}" + "".join(f"{c:>11}" for c in columns))
    for row in rows:
        print(f"{row['voice']:24} {row['method']:22}" + "".join(
            f"{row[c]:11.0f}" if c.endswith("ms") else f"{row[c]:11.3f}" for c in columns))  # fmt: skip
    if asked.json is not None:
        asked.json.write_text(json.dumps(rows, indent=1))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
