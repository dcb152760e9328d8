"""How a try-on looks in numbers, and what it costs: `python -m bench.tryon [FOLDER] [--only lips|skin|glasses|clips]`.

Lips: ΔE*ab of a matte lipstick's median against the swatch under the estimated light, on pictures as they are, one
stop darker, warmer and cooler. Teeth: share of bright pixels in the mouth's opening that change by less than 6 levels.
Skin: the fine band's correlation and energy under a look. Glasses: the bridge score with and without glasses, where
those with are rendered; and a frame's width as drawn, against what a known pupil distance says. Clips: the hinge's
tremble (σ from second differences), the scale's, CPU milliseconds a frame above tracking, and how many pixels outside
the masks differ.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from bench.tryon.material import Shot, clips, shots
from countenance.errors import CountenanceError
from countenance.face.topology import LIPS_INNER_LOWER, LIPS_INNER_UPPER
from countenance.media.frames import Pixels
from countenance.render.plates import plate_of
from countenance.tryon import Cosmetic, Eyewear, Goods, open_goods, read_look
from countenance.tryon.canvas import Canvas
from countenance.tryon.colour import LUMINANCE, coded, difference, lab_of, linear
from countenance.tryon.demo_catalogue import LIPS, write_demo_catalogue
from countenance.tryon.face_light import find_light
from countenance.tryon.fitting_room import FittingRoom
from countenance.tryon.lips import find_mouth
from countenance.tryon.worn_glasses import WORN, bridge_score

LOOK = tuple(
    Cosmetic.model_validate({"kind": kind, "hex": colour})
    for kind, colour in (
        ("foundation", "#d8ab8a"), ("blush", "#d98a7a"), ("shadow", "#5b3a4a"), ("eyeliner", "#101012"),
        ("lashes", "#0a0a0a"), ("lip", "#8d0f2e"),
    )
)  # fmt: skip


def lips(found: Sequence[Shot]) -> None:
    casts = {"as it is": (1, 1, 1), "one stop darker": (0.5,) * 3, "warm": (1, 0.82, 0.62), "cool": (0.72, 0.86, 1)}
    print(f"{'lips: ΔE to the swatch under the estimated light':50}{'median':>8}{'p90':>8}{'worst':>8}")
    for name, gain in casts.items():
        apart = []
        for shot in found:
            pixels = coded(linear(shot.pixels) * np.array(gain, np.float32))
            for title, colour, _ in LIPS[::3]:
                item = Cosmetic(kind="lip", hex=colour, finish="matte", coverage=1.0, product=title)
                try:
                    apart.append(lip_difference(Shot(shot.name, pixels, shot.face), item))
                except CountenanceError:
                    continue
        print(f"  {name:48}{np.median(apart):8.1f}{np.percentile(apart, 90):8.1f}{max(apart):8.1f}")


def lip_difference(shot: Shot, item: Cosmetic) -> float:
    """ΔE*ab of the lips' median against the item under the estimated light."""
    made = FittingRoom([(shot.pixels, shot.face)], Goods((item,))).draw(shot.pixels, shot.face, cut=True)
    x0, y0, x1, y1 = (max(0, int(v)) for v in shot.face.box)
    canvas = Canvas.of(shot.pixels, (x0, y0, x1, y1))
    mouth = find_mouth(canvas, shot.face.landmarks[:, :2] - np.array([x0, y0], np.float32), shot.face.size)
    assert mouth is not None
    drawn = linear(made.pixels[y0:y1, x0:x1][mouth.at])[mouth.lips > 0.95]
    light = find_light([(shot.pixels, shot.face)]).colour
    return float(difference(np.median(drawn, axis=0), item.colour * light))


def skin(found: Sequence[Shot]) -> None:
    print(f"\n{'skin and teeth':20}{'fine r':>8}{'energy':>8}{'teeth kept':>12}{'touched':>9}")
    for shot in found:
        made = FittingRoom([(shot.pixels, shot.face)], Goods(LOOK)).draw(shot.pixels, shot.face, cut=True)
        before, after = (_fine(one)[_cheeks(shot)] for one in (shot.pixels, made.pixels))
        corr, energy = np.corrcoef(before, after)[0, 1], after.std() / before.std()
        teeth = _teeth(shot)
        calm = np.abs(made.pixels.astype(int) - shot.pixels).max(-1) < 6
        kept = f"{calm[teeth].mean():12.1%}" if teeth.sum() > 30 else f"{'–':>12}"
        print(f"  {shot.name:18}{corr:8.2f}{energy:8.2f}{kept}{made.where.mean():9.1%}")


def glasses(found: Sequence[Shot], folder: Path) -> None:
    without = [shot for shot in found if bridge_score(shot.pixels, shot.face) < WORN]
    scores, off = [], []
    for shot in without:
        for name, variant in (("alder", "black"), ("birch", "tortoise"), ("cedar", "red"), ("dorn", "gold"),
                              ("elm", "gunmetal"), ("fir", "steel")):  # fmt: skip
            item = Eyewear.model_validate({"kind": "glasses", "glb": f"{name}.glb", "variant": variant})
            goods = open_goods((item,), folder=folder)
            room = FittingRoom([(shot.pixels, shot.face)], goods, pd=62)
            worn = room.draw(shot.pixels, shot.face, cut=True).pixels
            scores.append(bridge_score(worn, shot.face))
            off.append(_width_error(room, shot))
    own = sorted(bridge_score(shot.pixels, shot.face) for shot in found)
    print(f"\nglasses: bridge score of {len(found)} shots {' '.join(f'{v:.1f}' for v in own)} (worn from {WORN})")
    found_share = np.mean(np.array(scores) >= WORN)
    print(f"  rendered wearers: {len(scores)}, found {found_share:.1%}, least score {min(scores):.1f}")
    print(
        f"  frame drawn against its width at a pupil distance of 62 mm: {np.median(off):+.1%}, worst {max(off, key=abs):+.1%}"
    )


def _width_error(room: FittingRoom, shot: Shot) -> float:
    """The pupils' distance says how many pixels a millimetre has; the drawn front's width is held against that."""
    worn = room.glasses
    assert worn is not None
    pose, points = worn.place(shot.face, cut=True)
    front = points[worn.frame.behind == 0]
    eyes = shot.face.landmarks[[468, 473]].astype(float)
    per_mm = float(np.linalg.norm(eyes[0] - eyes[1])) / 62
    across = pose.rotation[:, 0]
    return (
        float(np.ptp(front @ across)) / per_mm / (10 * float(np.ptp(worn.frame.points[worn.frame.behind == 0][:, 0])))
        - 1
    )


def moving(folder: Path | None, models: Path) -> None:
    items = {
        "glasses": open_goods((Eyewear.model_validate({"kind": "glasses", "glb": "alder.glb"}),), folder=models),
        "lips": Goods((Cosmetic(kind="lip", hex="#8d0f2e"),)),
        "look": Goods(LOOK),
        "office": open_goods(look=models / "office.json"),
    }
    print(f"\n{'clips':18}{'':10}{'face px':>8}{'hinge σ px':>12}{'scale σ':>9}{'ms':>7}{'p90':>7}{'outside':>9}")
    for name, subject in clips(folder):
        plate = plate_of(subject)
        looks = [(look.pixels, look.face) for look in (plate.rest, *plate.looks)]
        frames = [s for s in itertools.islice(subject.follow(), 70) if s.face is not None]
        for title, goods in items.items():
            try:
                room = FittingRoom(looks, goods, name=name)
            except CountenanceError as error:
                print(f"  {name:16}{title:10}{error.code}")
                continue
            hinge, scales, spent, strays = [], [], [], 0
            for seen in frames:
                assert seen.face is not None
                begun = time.process_time()
                made = room.draw(seen.frame.pixels, seen.face, cut=seen.cut)
                spent.append(1000 * (time.process_time() - begun))
                strays += int((made.pixels[~made.where] != seen.frame.pixels[~made.where]).any(-1).sum())
                if room.glasses is not None:
                    at, scale = room.glasses.hinge()
                    hinge.append(at)
                    scales.append(scale)
            steady = f"{'–':>12}{'–':>9}"
            if len(hinge) > 4:
                steady = f"{_tremble(np.array(hinge)):12.2f}{np.std(np.diff(np.log(scales))):9.2%}"
            warm = spent[5:] or spent
            print(
                f"  {name:16}{title:10}{frames[0].face.size if frames[0].face else 0:8.0f}{steady}"
                f"{np.median(warm):7.1f}{np.percentile(warm, 90):7.1f}{strays:9d}"
            )


def _tremble(places: np.ndarray) -> float:
    """σ of white noise that would give these second differences, pixels."""
    second = places[2:] - 2 * places[1:-1] + places[:-2]
    return float(np.sqrt((second**2).mean() / 6))


def _fine(pixels: Pixels) -> np.ndarray:
    grey = pixels.astype(np.float32) @ LUMINANCE
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), 1.5))


def _cheeks(shot: Shot) -> np.ndarray:
    mask = np.zeros(shot.pixels.shape[:2], np.uint8)
    for k in (50, 280):
        cv2.circle(mask, tuple(int(v) for v in shot.face.landmarks[k, :2]), round(0.08 * shot.face.size), 1, -1)
    return mask > 0


def _teeth(shot: Shot) -> np.ndarray:
    ring = np.concatenate(
        [shot.face.landmarks[LIPS_INNER_UPPER, :2], shot.face.landmarks[LIPS_INNER_LOWER[-2:0:-1], :2]]
    )
    inside = np.zeros(shot.pixels.shape[:2], np.uint8)
    cv2.fillPoly(inside, [ring.round().astype(np.int32)], 1)
    return (cv2.erode(inside, np.ones((3, 3), np.uint8)) > 0) & (lab_of(linear(shot.pixels))[..., 0] > 60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--only", choices=("lips", "skin", "glasses", "clips"))
    said = parser.parse_args()
    found = shots(said.folder) if said.only != "clips" else []
    with tempfile.TemporaryDirectory() as place:
        write_demo_catalogue(Path(place))
        assert read_look(Path(place) / "office.json").items
        if said.only in (None, "lips"):
            lips(found)
        if said.only in (None, "skin"):
            skin(found)
        if said.only in (None, "glasses"):
            glasses(found, Path(place))
        if said.only in (None, "clips"):
            moving(said.folder, Path(place))


if __name__ == "__main__":
    main()
