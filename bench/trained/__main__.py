"""What training a likeness brings: `python -m bench.trained FOLDER [--minutes N] [--networks FOLDER] [--sheets TO]`.

For each clip in FOLDER: a likeness out of its first four fifths, a network trained on the same part, both drawn on the
last fifth by the swap itself, onto the same person: the clip's own frames are the truth. PSNR and SSIM inside the face,
without the openings of eyes and mouth, which a double lends; flicker over the clip's own; how long a frame takes the
network on one core. With --minutes the small network is trained here first (needs torch); with --networks those of the
folder are taken, NAME.small.onnx and NAME.large.onnx. Sheets show the clip, the untrained path and each network.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.swap.material import NO_GRANT, plate_in
from countenance.engines.mesh.refiner_config import PLANS, Size
from countenance.engines.mesh.refining import Refiner, seat, square_of
from countenance.engines.mesh.swap_rig import SwapRig
from countenance.engines.mesh.training.clips import GAP, HELD, examples_of, on_square
from countenance.engines.mesh.training.examples import Examples
from countenance.engines.mesh.training.masked_metrics import psnr, ssim
from countenance.face.following import follow
from countenance.face.subject import ClipSubject
from countenance.face.types import Face
from countenance.likeness.atlas import with_rings
from countenance.likeness.gathering import gather, made_from
from countenance.likeness.value import Likeness
from countenance.media.frames import Pixels
from countenance.media.source import Source
from countenance.media.video import open_video

MOST = 60  # held-out frames a clip, one after the other
SHOWN = 5


@dataclass(frozen=True)
class Held:
    """The last fifth of a clip.

    Attributes:
        frames: with their faces.
        masks: (256, 256) in [0, 1], where the face is judged, on the square that follows it.
    """

    frames: list[tuple[Pixels, Face]]
    masks: list[NDArray[np.float32]]

    def squares(self, pictures: Sequence[Pixels]) -> list[Pixels]:
        """Pictures of these frames, each on its face's square."""
        return [
            on_square(p, square_of(face.landmarks.astype(np.float64)))
            for p, (_, face) in zip(pictures, self.frames, strict=True)
        ]


def early_likeness(path: Path) -> Likeness | None:
    """A clip's person out of its first four fifths; None where those have nothing usable."""
    with open_video(path) as video:
        until = float(video.info.duration or 0) * (1 - 1 / HELD) - GAP
    gathered = gather([path])
    early = tuple(take for take in gathered.takes if take.seconds < until)
    return made_from(replace(gathered, takes=early), path.stem, grant_sha256=NO_GRANT) if early else None


def held_frames(path: Path, likeness: Likeness, examples: Examples) -> Held:
    """The held-out frames that examples were made of, read again."""
    count = int(examples.held.sum())
    with open_video(path) as video:
        begin = (video.info.frame_count or 0) - count
        late = (frame for frame in video.frames() if frame.index >= begin)
        frames = [(seen.frame.pixels, seen.face) for seen in follow(late, likeness.template) if seen.face is not None]
    masks = [mask.astype(np.float32) / 255 for mask in examples.judged[examples.held]]
    return Held(frames[-len(masks) :][:MOST], masks[-len(frames) :][:MOST])


def trained(examples: Examples, minutes: float) -> tuple[bytes, float]:
    """A small network, and how long it took, minutes."""
    import torch

    from countenance.engines.mesh.training.loop import Recipe, Trainer
    from countenance.engines.mesh.training.onnx_export import to_onnx

    torch.set_num_threads(1)
    trainer = Trainer(examples, Recipe(PLANS["small"], minutes, device="cpu"))
    trainer.run(lambda check: print(f"  {check.minutes:.1f} min: {check.psnr:.2f} dB", flush=True), every=60)
    return to_onnx(trainer.recipe.plan, trainer.weights(), examples.rest, trainer.known, {}), trainer.spent / 60


def flicker(squares: Sequence[Pixels], masks: Sequence[NDArray[np.float32]]) -> float:
    """Mean change against the mean of the two neighbours, grey levels, on the square that follows the face."""
    grey = [cv2.cvtColor(s, cv2.COLOR_RGB2GRAY).astype(np.float32) for s in squares]
    found = [np.abs(grey[k] - (grey[k - 1] + grey[k + 1]) / 2)[masks[k] > 0.5].mean() for k in range(1, len(grey) - 1)]
    return float(np.mean(found))


def took(network: bytes, likeness: Likeness, face: Face) -> float:
    """Milliseconds of CPU time a frame on one thread, seat included."""
    refiner, texture = Refiner(network), likeness.views[0].texture
    vertices = with_rings(face.landmarks.astype(np.float64))
    spent = []
    for _ in range(15):
        began = time.process_time()
        refiner.residual(seat(texture, vertices, refiner.rest))
        spent.append(time.process_time() - began)
    return 1000 * float(np.median(spent))


def measured(path: Path, minutes: float | None, networks: Path | None, sheets: Path | None) -> None:
    """The rows of one clip."""
    likeness = early_likeness(path)
    examples = None if likeness is None else examples_of(likeness, ClipSubject(Source.pin(path)))
    if likeness is None or examples is None:
        print(f"{path.stem:<14} nothing usable in its first part")
        return
    ways: dict[str, tuple[bytes | None, float]] = {"untrained": (None, 0.0)}
    if minutes is not None:
        ways["small"] = trained(examples, minutes)
    size: Size
    for size in PLANS:
        if networks is not None and (file := networks / f"{path.stem}.{size}.onnx").is_file():
            ways[size] = (file.read_bytes(), float("nan"))
    held = held_frames(path, likeness, examples)
    double = plate_in(path).double
    truth = held.squares([pixels for pixels, _ in held.frames])
    rows = [truth]
    plain = flicker(truth, held.masks)
    for name, (network, spent) in ways.items():
        rig = SwapRig(replace(likeness, network=network), double)
        made = held.squares([rig.draw(p, face, cut=k == 0) for k, (p, face) in enumerate(held.frames)])
        rows.append(made)
        pairs = list(zip(made, truth, held.masks, strict=True))
        first, second = (float(np.nanmean([measure(*pair) for pair in pairs])) for measure in (psnr, ssim))
        cost = f"{took(network, likeness, held.frames[0][1]):>8.1f}{len(network) / 1e6:>7.1f}" if network else " " * 15
        print(
            f"{path.stem:<14}{name:<11}{len(held.frames):>7}{first:>9.2f}{second:>8.4f}"
            f"{flicker(made, held.masks) / plain:>9.2f}{cost}{spent:>8.1f}",
            flush=True,
        )
    if sheets is not None:
        sheets.mkdir(parents=True, exist_ok=True)
        shown = np.linspace(0, len(truth) - 1, SHOWN).astype(int)
        sheet = np.vstack([np.hstack([row[k] for k in shown]) for row in rows])
        cv2.imwrite(str(sheets / f"trained-{path.stem}.png"), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, help="train the small network here, so long")
    parser.add_argument("--networks", type=Path, help="NAME.small.onnx and NAME.large.onnx")
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="names of clips, without endings")
    asked = parser.parse_args()
    print(f"{'clip':<14}{'path':<11}{'frames':>7}{'PSNR dB':>9}{'SSIM':>8}{'flicker×':>9}{'ms':>8}{'MB':>7}{'min':>8}")
    for path in sorted(asked.folder.glob("*.mp4")):
        if not asked.only or path.stem in asked.only:
            measured(path, asked.minutes, asked.networks, asked.sheets)


if __name__ == "__main__":
    main()
