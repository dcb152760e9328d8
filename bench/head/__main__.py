"""`python -m bench.head [FOLDER] [--sheet SHEET.png]`: heads of portraits, and neutrals of clips; three tables.

1. Heads, one of each portrait: what the fit leaves unexplained; landmarks found again in a render of the head, in eye
   distances; how far the descriptions of renders lie from that of the portrait, from the front and at ±40°, for the
   fitted head and for the mean head that wears the same texture (the texture alone flatters); seconds, size.
2. The mark: read from the texture as the file has it, and from renders of the head, as a game's screenshot shows it.
3. Neutrals, of each clip in which somebody both smiles and rests: the neutral of the smiling frames against that of the
   calm ones, in % of the eye distance; beside it the calmest of the smiling frames taken as it is.

FOLDER holds portraits and clips; without it, portraits that packages carry are used, and no clips. Nothing leaves: the
pictures are drawn in memory; SHEET, for looking at them, is written unmarked and is not for anybody else.
"""

from __future__ import annotations

import argparse
import io
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from countenance.face.identity import describe_still
from countenance.face.matte import person_matte
from countenance.face.pose import fit_similarity
from countenance.face.topology import BLENDSHAPES, OUTER_EYE_CORNERS, load_face_mesh
from countenance.face.tracker import FaceTracker, find_faces
from countenance.face.types import Face
from countenance.head.export import HeadTerms, head_glb
from countenance.head.export.scene import triangles_of
from countenance.head.fit import fit_head
from countenance.head.model import HeadModel, make_head
from countenance.head.showing import framed, show_head
from countenance.head.template import load_template
from countenance.marks.watermark import STILL_STRENGTH, Watermark, read_back
from countenance.media.picture import read_picture
from countenance.media.video import open_video
from countenance.performance.capture import restlessness

Pixels = NDArray[np.uint8]
SIDE = 512
PAYLOAD = 0x0123456789ABCDEF
SMILES, RESTS, MOST = 0.4, 0.15, 8


def portraits(folder: Path | None) -> list[tuple[str, Pixels]]:
    if folder is None:
        from tests.portraits import eileen_collins, grace_hopper

        return [("grace", grace_hopper().pixels), ("eileen", eileen_collins().pixels)]
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    return [(file.stem, read_picture(file).flattened()) for file in files]


def apart(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Mean distance of the face's landmarks in the picture's plane, in % of the eye distance."""
    mesh = load_face_mesh()
    moved = fit_similarity(a[mesh.rigid], b[mesh.rigid], mesh.rigid_weights).apply(a)
    eyes = np.linalg.norm(b[OUTER_EYE_CORNERS[0]] - b[OUTER_EYE_CORNERS[1]])
    return float(100 * np.linalg.norm((moved - b)[:468, :2], axis=1).mean() / eyes)


def drawn(model: HeadModel, yaw: float, expression: NDArray[np.floating] | None = None) -> tuple[Pixels, Face | None]:
    pixels = show_head(model, framed(yaw, 0, SIDE), SIDE, expression)
    faces = find_faces(pixels)
    return pixels, faces[0] if faces else None


def distance(described: NDArray[np.floating], pixels: Pixels, face: Face | None) -> float:
    if face is None:
        return float("nan")
    return float(np.linalg.norm(np.mean(describe_still(pixels, face), axis=0) - described))


def heads(folder: Path | None, sheet: Path | None) -> None:
    print("portrait    fit mm  found %  id 0°  id 40°  mean 0° mean 40°  seen  hair     s   tris   MB", end="")
    print(" | mark: file  0°  20°")
    rows = []
    for name, pixels in portraits(folder):
        faces = find_faces(pixels, thorough=True)
        if not faces:
            print(f"{name:<12} no face")
            continue
        face = faces[0]
        begun = time.monotonic()
        model = make_head([(pixels, face, person_matte(pixels, face))])
        seconds = time.monotonic() - begun
        described = np.mean(describe_still(pixels, face), axis=0)
        mean = replace(model, fit=replace(model.fit, vertices=load_template().vertices))
        own = [distance(described, *drawn(model, yaw)) for yaw in (0, 40, -40)]
        other = [distance(described, *drawn(mean, yaw)) for yaw in (0, 40, -40)]
        again = drawn(model, 0, model.fit.expressions[0])[1]
        found = float("nan") if again is None else apart(again.landmarks, face.landmarks)
        skin, marks = marked(model)
        data = head_glb(model, skin, HeadTerms("bench", "bench", "bench"), hair=_png(model), vrm=True)
        print(
            f"{name[-11:]:<12}{model.fit.residual:6.2f}{found:9.2f}{own[0]:8.2f}{np.nanmean(own[1:]):8.2f}"
            f"{other[0]:8.2f}{np.nanmean(other[1:]):9.2f}{model.covered:7.2f}  {model.style:<8}{seconds:4.1f}"
            f"{triangles_of(model):7}{len(data) / 1e6:6.2f} |       {'  '.join('yes' if m else 'no ' for m in marks)}"
        )
        if sheet is not None:
            rows.append(np.hstack([show_head(model, framed(y, 0, 256), 256, e) for e in moods() for y in (0, 40, -75)]))
    if sheet is not None and rows:
        cv2.imwrite(str(sheet), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def moods() -> list[NDArray[np.float64]]:
    out = []
    for stems in ({}, {"mouthSmile": 1.0}, {"jawOpen": 0.8, "eyeBlink": 1.0}, {"mouthPucker": 1.0, "browInnerUp": 1.0}):
        mix = np.zeros(len(BLENDSHAPES))
        for stem, weight in stems.items():
            mix[[k for k, own in enumerate(BLENDSHAPES) if own in (stem, f"{stem}Left", f"{stem}Right")]] = weight
        out.append(mix)
    return out


def marked(model: HeadModel) -> tuple[bytes, list[bool]]:
    """The marked texture as the file holds it, and whether its mark is read from it, and from renders at 0 and 20°."""
    pixels = Watermark(PAYLOAD, slot=0, strength=STILL_STRENGTH).embed(model.texture.pixels)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=90, subsampling=0)
    decoded = np.asarray(Image.open(io.BytesIO(out.getvalue())).convert("RGB"), np.uint8)
    read = [read_back([decoded], slot=0) == PAYLOAD]
    worn = replace(model, texture=replace(model.texture, pixels=decoded))
    for yaw in (0, 20):
        shot = show_head(worn, framed(yaw, 0, 1080), 1080)
        read.append(read_back([shot], slot=0) == PAYLOAD)
    return out.getvalue(), read


def _png(model: HeadModel) -> bytes | None:
    if model.hair is None:
        return None
    out = io.BytesIO()
    Image.fromarray(model.hair.texture).save(out, "PNG", optimize=True)
    return out.getvalue()


def neutrals(folder: Path) -> None:
    print("\nclip          smiling calm   as it is %   neutral %   of one frame %")
    for file in sorted(folder.glob("*.mp4")):
        faces: list[Face] = []
        with open_video(file) as video, FaceTracker("largest") as tracker:
            for frame in video.frames():
                if frame.index > 330:
                    break
                seen = tracker.track(frame.pixels) if frame.index % 8 == 0 else None
                if seen is not None:
                    faces.append(seen)
        awake = [f for f in faces if f.blendshape("eyeBlinkLeft") + f.blendshape("eyeBlinkRight") < 0.9]
        smiling = [f for f in awake if _smile(f) > SMILES][:MOST]
        calm = [f for f in awake if _smile(f) < RESTS and f.blendshape("jawOpen") < 0.06][:MOST]
        if len(smiling) < 2 or len(calm) < 2:
            continue
        truth = fit_head(calm, warp=False).landmarks
        raw = apart(_calmest(smiling).landmarks, _calmest(calm).landmarks)
        both = apart(fit_head(smiling, warp=False).landmarks, truth)
        one = apart(fit_head(smiling[:1], warp=False).landmarks, truth)
        print(f"{file.stem[-12:]:<14}{len(smiling):7}{len(calm):5}{raw:13.2f}{both:12.2f}{one:17.2f}")


def _smile(face: Face) -> float:
    return (face.blendshape("mouthSmileLeft") + face.blendshape("mouthSmileRight")) / 2


def _calmest(faces: list[Face]) -> Face:
    usual = np.median([face.blendshapes for face in faces], axis=0)
    return min(faces, key=lambda face: restlessness(face, usual))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--sheet", type=Path)
    said = parser.parse_args()
    heads(said.folder, said.sheet)
    if said.folder is not None:
        neutrals(said.folder)


if __name__ == "__main__":
    main()
