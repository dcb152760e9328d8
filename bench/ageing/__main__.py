"""`python -m bench.ageing [folder of pictures and clips] [-o sheets]`: three tables.

The first: what was asked for and what is read back, of the Likeness (shape in the head frame, the atlas), and in
brackets of the drawn frame by the landmarker. The second: how far the drawn person is from the
undrawn one, dlib's description. The third, for clips: frame-to-frame change of the aged face over that of the same face
drawn unaged. With -o, a row of pictures per person is written to look at.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from bench.ageing.drawing import drawn
from bench.ageing.material import Person, people
from countenance.face.head import Head
from countenance.face.identity import describe
from countenance.face.tracker import choose_face, find_faces
from countenance.likeness.ageing.atlas_regions import Ground, around, ground_of, luminance
from countenance.likeness.ageing.folds import strokes
from countenance.likeness.ageing.rates import SKIN
from countenance.likeness.ageing.shape import asked, measured
from countenance.likeness.ageing.skin_ageing import SkinAgeing, grown
from countenance.likeness.ageing.years import seed_of
from countenance.likeness.value import Likeness

YEARS = (-15, 10, 25, 40)
SHOWN = ("nose length", "upper lip length", "upper vermilion", "mouth width", "eye height", "jowl")
LOOKED = (-15, 0, 10, 25, 40)


def _probe(light: np.ndarray, likeness: Likeness, group: str) -> float:
    """How much darker the bottoms of a group's creases are than the skin two widths beside them, mean of log."""
    side, total, mass = light.shape[0], 0.0, 0.0
    for stroke in strokes(seed_of(likeness)):
        if stroke.line.group != group or not stroke.line.crease:
            continue
        points = stroke.line.points * side - 0.5
        step = np.gradient(points, axis=0)
        normal = np.column_stack([-step[:, 1], step[:, 0]]) / (np.linalg.norm(step, axis=1, keepdims=True) + 1e-9)
        beside = 2.5 * stroke.line.width * side
        values = [
            cv2.remap(light, p[None].astype(np.float32), None, cv2.INTER_LINEAR)[0]
            for p in (points, points + beside * normal, points - beside * normal)
        ]
        total += float(((values[1] + values[2]) / 2 - values[0]) @ stroke.strength)
        mass += float(stroke.strength.sum())
    return total / mass


def _contrasts(texture: np.ndarray, ground: Ground) -> dict[str, float]:
    """Lips against the skin round them in a*, eyes and brows in L*."""
    lab = cv2.cvtColor(texture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    apart = lab - around(lab, ground.skin)
    return {
        "lips a*": float(np.average(apart[..., 1], weights=ground.lips)),
        "eyes L*": float(np.average(apart[..., 0], weights=ground.eyes)),
        "brows L*": float(np.average(apart[..., 0], weights=ground.brows)),
    }


def _one(person: Person, years: int) -> list[str]:
    start, after = person.likeness, person.aged(years)
    pixels, face = person.frames[0]
    seen, _ = drawn(start, after, pixels, face)
    plain, _ = drawn(start, start, pixels, face)
    had, has, want = measured(start.shape), measured(after.shape), asked(start.shape, years)
    again = []
    for picture in (plain, seen):
        found = find_faces(picture)
        again.append(measured(Head.of(choose_face(found).landmarks.astype(np.float64)).shape) if found else None)
    row = []
    for name in SHOWN:
        read = f"{10 * (again[1][name] - again[0][name]):+.1f}" if again[0] and again[1] else "none"
        row.append(f"{10 * want[name]:+.1f} {10 * (has[name] - had[name]):+.1f} ({read})")
    before, now = start.views[0].texture, after.views[0].texture
    ground = ground_of(before)
    change = SkinAgeing.of(before, seed_of(start), 0.0, years).change.mean(-1) * ground.skin
    for group in ("nasolabial", "crow's feet"):
        read = _probe(luminance(now), start, group) - _probe(luminance(before), start, group)
        row.append(f"{_probe(change.astype(np.float32), start, group):+.3f} {read:+.3f}")
    contrast, contrast_now = _contrasts(before, ground), _contrasts(now, ground)
    for name, rate in (("lips a*", "lip redness"), ("eyes L*", "eye contrast"), ("brows L*", "brow contrast")):
        goal = contrast[name] * (1 + grown(SKIN[rate], years / 10))
        row.append(f"{contrast[name]:.1f} {goal:.1f} {contrast_now[name]:.1f}")
    return row


def _distances(person: Person) -> list[float]:
    pixels, face = person.frames[0]
    own = describe(pixels, face)
    out = []
    for years in LOOKED:
        picture, where = drawn(person.likeness, person.aged(years), pixels, face)
        out.append(float(np.linalg.norm(describe(picture, where) - own)))
    return out


def _flicker(person: Person, years: int) -> float:
    """Mean frame-to-frame change within the face, over that of the face drawn unaged."""
    after, sums = person.aged(years), []
    for likeness in (after, person.likeness):
        last, total = None, 0.0
        for pixels, face in person.run:
            picture, _ = drawn(person.likeness, likeness, pixels, face)
            x0, y0, x1, y1 = (int(v) for v in person.run[0][1].box)
            now = picture[max(0, y0) : y1, max(0, x0) : x1].astype(np.float32)
            if last is not None:
                total += float(np.abs(now - last).mean())
            last = now
        sums.append(total)
    return sums[0] / (sums[1] + 1e-9)


def _row(person: Person, folder: Path) -> None:
    pixels, face = person.frames[0]
    low = np.maximum(face.centre - 0.7 * face.size, 0).astype(int)
    high = (face.centre + 0.7 * face.size).astype(int)
    cells = []
    for years in LOOKED:
        picture, _ = drawn(person.likeness, person.aged(years), pixels, face)
        cells.append(cv2.resize(picture[low[1] : high[1], low[0] : high[0]], (480, 480), interpolation=cv2.INTER_CUBIC))
    cv2.imwrite(str(folder / f"{person.name}.png"), np.hstack(cells)[..., ::-1])


def main(arguments: list[str]) -> None:
    sheets = None
    if "-o" in arguments:
        at = arguments.index("-o")
        sheets = Path(arguments[at + 1])
        sheets.mkdir(parents=True, exist_ok=True)
        arguments = arguments[:at] + arguments[at + 2 :]
    everybody = list(people(Path(arguments[0]) if arguments else None))
    print("shape in mm: asked, read back (landmarker on the drawn frame); folds in log luminance: asked, read back;")
    print("contrasts: had, asked, read back\n")
    print(
        "| who | years | " + " | ".join([*SHOWN, "nasolabial", "crow's feet", "lips a*", "eyes L*", "brows L*"]) + " |"
    )
    print("|---" * 13 + "|")
    for person in everybody:
        for years in YEARS:
            print(f"| {person.name} | {years:+d} | " + " | ".join(_one(person, years)) + " |", flush=True)
    print("\ndistance to the person's own frame\n")
    print("| who | " + " | ".join(f"{years:+d}" for years in LOOKED) + " | said |")
    print("|---" * (len(LOOKED) + 2) + "|")
    for person in everybody:
        said = " ".join(person.aged(25).warnings) or "nothing"
        print(f"| {person.name} | " + " | ".join(f"{d:.2f}" for d in _distances(person)) + f" | {said} |", flush=True)
        if sheets is not None:
            _row(person, sheets)
    moving = [person for person in everybody if person.run]
    if moving:
        print("\nframe-to-frame change, aged over unaged\n")
        print("| who | +25 | +40 |\n|---|---|---|")
        for person in moving:
            print(f"| {person.name} | {_flicker(person, 25):.2f} | {_flicker(person, 40):.2f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
