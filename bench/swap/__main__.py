"""How a swap looks and what it costs: `python -m bench.swap [FOLDER] [--sheets FOLDER] [--only pairs|self|speed]`.

Every likeness in the folder on every other person's clip. Identity: distance of dlib descriptions (0.6 is the usual
threshold; `face.identity`), of the result to the likeness and to the double. Expression: mean absolute difference of 52
blendshapes, result against plate, as read, and as changes from each one's own rest (two people at rest read
differently); mouth width, opening (where it is open), chroma and local contrast of the skin over the plate's own.
`--only smiles`: the same on those frames alone in which somebody smiles, with nothing else known of them.
Then a person onto themself from other takes of the same clip, against
the clip's own frames; and speed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from tests.likeness.material import Studio

from bench.swap.material import LEARNT, Plate, Run, drawn_clips, learnt_from_start, likenesses, plates, smiling_plates
from bench.swap.measures import box_quality, edge_colour, flicker, mouth, pose_error, seam, skin_look
from bench.swap.whole import whole_job
from countenance.engines.mesh.swap_rig import SwapRig
from countenance.face.identity import describe
from countenance.face.tracker import FaceTracker
from countenance.face.types import Face
from countenance.likeness.value import Likeness
from countenance.media.frames import Pixels
from countenance.media.video import open_video
from countenance.render.prefetch import ahead

AIMS: dict[str, tuple[str, Callable[[float], bool] | None]] = {
    "to likeness": ("≤ 0.45", lambda v: v <= 0.45),
    "nearer by": ("≥ 0.15", lambda v: v >= 0.15),
    "shapes": ("≤ 0.03", lambda v: v <= 0.03),
    "changes": ("≤ 0.03", lambda v: v <= 0.03),
    "pose °": ("≤ 2", lambda v: v <= 2),
    "seam": ("≤ 1.1", lambda v: v <= 1.1),
    "ΔE edge": ("", None),
    "plate's": ("", None),
    "flicker ×": ("≤ 1.2", lambda v: v <= 1.2),
    "width ×": ("0.9 to 1.1", lambda v: 0.9 <= v <= 1.1),
    "opening ×": ("0.9 to 1.1", lambda v: 0.9 <= v <= 1.1),
    "chroma ×": ("0.9 to 1.1", lambda v: 0.9 <= v <= 1.1),
    "contrast ×": ("0.9 to 1.1", lambda v: 0.9 <= v <= 1.1),
}
RUNS, LENGTH = 4, 3
OPEN = 0.06  # of the eye corners' distance, from which a mouth counts as open
WARM = 12


def measured(likeness: Likeness, plate: Plate, runs: Sequence[Run], sheet: list[Pixels]) -> dict[str, float]:
    """One row: a likeness on a plate."""
    rows: dict[str, list[float]] = {name: [] for name in AIMS}
    rig = SwapRig(likeness, plate.double)
    pairs: list[tuple[Face, Face]] = []
    with FaceTracker() as reader:
        for run in runs:
            drawn = [rig.draw(pixels, face, cut=k == 0) for k, (pixels, face) in enumerate(run)]
            for k in range(1, len(run) - 1):
                plain = flicker(run[k - 1], run[k], run[k + 1])
                frames = [(drawn[j], run[j][1]) for j in (k - 1, k, k + 1)]
                rows["flicker ×"].append(flicker(*frames) / max(plain, 1e-6))
            middle = len(run) // 2
            pixels, face = run[middle]
            read = reader.track(drawn[middle])
            sheet.append(_cut(drawn[middle], face))
            if read is None:
                continue
            pairs.append((face, read))
            seen = describe(drawn[middle], read)
            near, far = likeness.template.distance(seen), float(np.linalg.norm(describe(pixels, face) - seen))
            rows["to likeness"].append(near)
            rows["nearer by"].append(far - near)
            rows["shapes"].append(float(np.abs(read.blendshapes - face.blendshapes).mean()))
            rows["pose °"].append(pose_error(read, face))
            rows["seam"].append(seam(pixels, drawn[middle], face))
            rows["ΔE edge"].append(edge_colour(drawn[middle], face))
            rows["plate's"].append(edge_colour(pixels, face))
            (width, opening), (own_width, own_opening) = mouth(read), mouth(face)
            rows["width ×"].append(width / own_width)
            if own_opening > OPEN:
                rows["opening ×"].append(opening / own_opening)
            (chroma, contrast), (own_chroma, own_contrast) = skin_look(drawn[middle], face), skin_look(pixels, face)
            rows["chroma ×"].append(chroma / max(own_chroma, 1e-6))
            rows["contrast ×"].append(contrast / max(own_contrast, 1e-6))
    if len(pairs) > 1:
        before, after = (np.stack([pair[k].blendshapes for pair in pairs]) for k in (0, 1))
        changed = (after - np.median(after, axis=0)) - (before - np.median(before, axis=0))
        rows["changes"].append(float(np.abs(changed).mean()))
    return {name: float(np.mean(values)) if values else float("nan") for name, values in rows.items()}


def _cut(pixels: Pixels, face: Face, side: int = 200) -> Pixels:
    x0, y0 = (max(0, int(c - 0.8 * face.size)) for c in face.centre)
    part = pixels[y0 : y0 + int(1.6 * face.size), x0 : x0 + int(1.6 * face.size)]
    return np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def pairs(folder: Path, sheets: Path | None, *, smiling: bool = False) -> None:
    """The table of likeness × plate, and a contact sheet a plate; of plates that smile all through if asked."""
    people = list(likenesses(folder))
    if smiling:
        print("plates that smile all through: nobody is seen at rest")
    print(f"{'plate':<14}{'likeness':<14}" + "".join(f"{name:>12}" for name in AIMS))
    every: list[dict[str, float]] = []
    for plate in smiling_plates(folder) if smiling else plates(folder):
        runs = list(plate.runs(RUNS, LENGTH))
        sheet: list[list[Pixels]] = [[_cut(*run[len(run) // 2]) for run in runs]]
        for path, likeness in people:
            if likeness.template.distance(plate.person) < 0.4:
                continue
            row: list[Pixels] = []
            found = measured(likeness, plate, runs, row)
            sheet.append(row)
            every.append(found)
            print(f"{plate.name:<14}{path.stem:<14}" + "".join(f"{v:>12.3f}" for v in found.values()), flush=True)
        if sheets is not None:
            sheets.mkdir(parents=True, exist_ok=True)
            rows = [np.hstack(row) for row in sheet if len(row) == len(sheet[0])]
            cv2.imwrite(str(sheets / f"swap-{plate.name}.png"), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
    means = {name: float(np.nanmean([row[name] for row in every])) for name in AIMS}
    print(f"{'mean of ' + str(len(every)):<28}" + "".join(f"{v:>12.3f}" for v in means.values()))
    print(f"{'aim':<28}" + "".join(f"{aim:>12}" for aim, _ in AIMS.values()))
    verdict = ("" if good is None else "ok" if good(means[name]) else "short" for name, (_, good) in AIMS.items())
    print(f"{'':<28}" + "".join(f"{word:>12}" for word in verdict))


def onto_themself(folder: Path) -> None:
    """A person from the first part of a clip onto the rest of it: the rest itself is the truth."""
    print(f"\nonto themself: learnt from the first {LEARNT:.0%} of a clip, drawn on the rest; inside the face's box")
    print(f"{'clip':<14}{'frames':>8}{'PSNR dB':>10}{'SSIM':>8}")
    every = []
    for plate in plates(folder):
        likeness = learnt_from_start(plate.path)
        if likeness is None:
            print(f"{plate.name:<14} nothing usable in its first part")
            continue
        rig = SwapRig(likeness, plate.double)
        found = [
            box_quality(pixels, rig.draw(pixels, face, cut=k == 0), face)
            for run in plate.runs(6, 3, LEARNT)
            for k, (pixels, face) in enumerate(run)
        ]
        every.append(np.mean(found, axis=0))
        print(f"{plate.name:<14}{len(found):>8}{every[-1][0]:>10.2f}{every[-1][1]:>8.3f}", flush=True)
    psnr, ssim = np.mean(every, axis=0)
    print(f"{'mean':<14}{'':>8}{psnr:>10.2f}{ssim:>8.3f}")


def speed(folder: Path) -> None:
    """Frames a second at 720p: following, drawing; and the whole job with marks and encoding."""
    print(f"\n{'speed':<34}{'size':>12}{'by the clock':>14}{'CPU time':>12}  aim")
    people = list(likenesses(folder))
    studio = Studio(folder)
    for plate in plates(folder):
        with open_video(plate.path) as video:
            size = (video.info.width, video.info.height)
        if min(size) < 720:
            continue
        likeness = next(one for _, one in people if one.template.distance(plate.person) > 0.4)
        rig = SwapRig(likeness, plate.double)
        at, cpu, drawing = [], [], 0.0
        for seen in ahead(plate.subject.follow(), depth=2):
            if seen.face is not None:
                begin = time.thread_time()
                rig.draw(seen.frame.pixels, seen.face, cut=seen.cut)
                drawing += time.thread_time() - begin
            at.append(time.perf_counter())
            cpu.append(time.process_time())
        count = len(at) - WARM
        clock, used = (at[-1] - at[WARM - 1]) / count, (cpu[-1] - cpu[WARM - 1]) / count
        name = f"{likeness.name} on {plate.name}"
        print(f"{name:<34}{size[0]:>7}×{size[1]}{1 / clock:>10.1f} fps{1000 * used:>9.1f} ms")
        print(f"{'  drawing alone':<34}{'':>12}{'':>14}{1000 * drawing / len(at):>9.1f} ms")
        with tempfile.TemporaryDirectory() as folder_name:
            studio.folder = Path(folder_name)
            rate, cost = whole_job(plate, likeness, studio, Path(folder_name))
        word = "ok" if rate >= 12 else "short"
        print(
            f"{'  with marks, H.264 and signing':<34}{'':>12}{rate:>10.1f} fps{1000 * cost:>9.1f} ms  ≥ 12 fps {word}"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("media", type=Path, nargs="?", default=Path("../shared/media"), help="folder of clips")
    parser.add_argument("--sheets", type=Path, help="folder for contact sheets, a plate each")
    parser.add_argument("--only", choices=("pairs", "smiles", "self", "speed"))
    asked = parser.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        os.environ["COUNTENANCE_HOME"] = str(Path(name) / "home")
        media = asked.media if asked.media.is_dir() else drawn_clips(Path(name) / "clips")
        if asked.only in (None, "pairs"):
            pairs(media, asked.sheets)
        if asked.only in (None, "smiles"):
            pairs(media, asked.sheets, smiling=True)
        if asked.only in (None, "self"):
            onto_themself(media)
        if asked.only in (None, "speed"):
            speed(media)
    print(f"took {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
