"""How well faces are redrawn: `python -m bench.quality [--media FOLDER] [--quick]` (default ../shared/media).

Self-reenactment: a clip's own frame at rest is moved by the clip and held against the clip, in the
face box, beside the picture left as it is. Cross-reenactment: every portrait is moved by every clip, and what is read
back is held against the driver. Beside them portraits with parted lips, and what of the folds goes with the turn of a
rendered head. Under each table the aims and whether the mean meets them.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path

import numpy as np
from tests.portraits import eileen_collins

from bench.quality.cross import RUNS, cross_score, drive_of
from bench.quality.folds import fold_rows
from bench.quality.material import Clip, Still, clips_in, stills_in
from bench.quality.parted import parted_row
from bench.quality.reenact import EVERY, self_score
from bench.quality.sheets import OUT, rights_in, write_sheet
from bench.quality.tables import Column, table

FACE = [
    Column("SSIM", 3, 0.88, least=True),
    Column("NME", 4, 0.008),
    Column("lip NME", 4, 0.009),
    Column("blend MAE", 4, 0.019),
    Column("pose °", 2, 0.9),
]
SELF = [
    Column("PSNR", 2, 27.5, least=True),
    Column("static", 2),
    *FACE,
    Column("blinks", 2, 0.9, least=True),
    Column("gaze °", 2, 5.0),
]
OWN_MOUTH = [Column("PSNR", 2), *[Column(c.name, c.digits) for c in FACE], Column("dB behind", 2, 0.3)]
CROSS = [
    Column("head °", 2, 1.5),
    Column("mouth r", 3, 0.9, least=True),
    Column("blink r", 3, 0.9, least=True),
    Column("gaze °", 2),
    Column("identity", 3, 0.30),
    Column("folded", 0, 0),
    Column("jitter ×", 2, 1.2),
    Column("flicker", 0, 0),
    Column("lost", 0, 0),
]

PARTED = [Column("PSNR", 2), Column("SSIM", 3), Column("drawn PSNR", 2), Column("drawn SSIM", 3)]
FOLDS = [Column("RMS", 4), Column("yaw r", 3, 0.1)]


def self_tables(clips: list[Clip], every: int) -> None:
    """Measure and print self-reenactment."""
    scores = {clip.name: self_score(clip, every=every) for clip in clips}
    print(table("self-reenactment", SELF, {name: one.row() for name, one in scores.items()}))
    below = [name for name, one in scores.items() if one.drawn.psnr < one.static.psnr]
    print(f"clips below their static picture: {', '.join(below) or 'none'}")
    blinks = sum(one.blinks for one in scores.values())
    print(f"blinks recalled: {sum(one.recalled for one in scores.values())} of {blinks}\n")
    rows = {name: [*astuple(one.own_mouth), one.drawn.psnr - one.own_mouth.psnr] for name, one in scores.items()}
    print(table("with the drawn mouth", OWN_MOUTH, rows), "\n", flush=True)


def cross_tables(stills: list[Still], clips: list[Clip], runs: int, rights: Mapping[str, tuple[str, str]]) -> None:
    """Measure and print cross-reenactment: one row a portrait and clip, then means by portrait and by clip."""
    rows: dict[str, list[float]] = {}
    unseen: set[str] = set()
    for clip in clips:
        drive = drive_of(clip, runs)
        for still in stills:
            score, drawn = cross_score(still, drive)
            if write_sheet(still, clip, drawn, rights) is None:
                unseen.add(still.name)
            rows[f"{still.name} × {clip.name}"] = score.row()
    print(table("cross-reenactment", CROSS, rows), "\n")
    for title, names, part in (("by portrait", stills, 0), ("by clip", clips, 1)):
        means = {}
        for one in names:
            mine = np.array([row for name, row in rows.items() if name.split(" × ")[part] == one.name])
            means[one.name] = [float(c[~np.isnan(c)].mean()) if (~np.isnan(c)).any() else math.nan for c in mine.T]
        print(table(title, [Column(c.name, max(c.digits, 1)) for c in CROSS], means), "\n", flush=True)
    print(f"contact sheets: {OUT}")
    if unseen:
        print(f"none of {', '.join(sorted(unseen))}: no right to them is stated that holds (--rights FILE)")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, default=Path("../shared/media"), help="folder of clips and portraits")
    parser.add_argument("--quick", action="store_true", help="fewer frames")
    parser.add_argument("--only", choices=("self", "cross", "parted", "folds"), help="one set of tables")
    parser.add_argument("--rights", type=Path, help="JSON: rights to further portraits, see bench/quality/sheets.py")
    asked = parser.parse_args()
    start = time.monotonic()
    print(f"material: {asked.media if asked.media.is_dir() else 'public portraits moved by authored takes'}\n")
    clips = [] if asked.only == "folds" else list(clips_in(asked.media))
    if asked.only in (None, "self"):
        self_tables(clips, EVERY * 4 if asked.quick else EVERY)
    if asked.only in (None, "parted"):
        rows = {clip.name: row for clip in clips if (row := parted_row(clip)) is not None}
        print(table("parted lips, round the mouth", PARTED, rows), "\n", flush=True)
    if asked.only in (None, "folds"):
        rows = fold_rows(eileen_collins())
        print(table("fold shading, a rendered head", FOLDS, rows, [math.nan, rows["turning, grimacing"][1]]), "\n")
    if asked.only in (None, "cross"):
        cross_tables(list(stills_in(asked.media)), clips, 2 if asked.quick else RUNS, rights_in(asked.rights))
    print(f"took {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
