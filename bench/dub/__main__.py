"""What a dub changes, and what it costs: `python -m bench.dub [FOLDER] [--frames N] [--sheets FOLDER]`.

For each clip: how much of the picture outside the lower face changed (PSNR, before encoding; aim ≥ 45 dB), the gradient
across the edge of what was redrawn over the original's there (aim ≤ 1.1), and the correlation of the lip gap asked for
with the one the landmarker reads back. Then how fast a dub at 720p runs on two cores, beside what Wav2Lip's network
alone costs, 7.9 GFLOP a 96×96 face, at the float32 matrix-product rate of the same cores in the same run.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.dub.measures import lip_gap, lower_face, psnr, seam
from bench.speed.material import driving_file
from bench.speed.part import gemm
from countenance.engines import PlateOptions, PlateRig, load_plate_engine
from countenance.face.subject import ClipSubject
from countenance.face.tracker import FaceTracker
from countenance.media.frames import Pixels
from countenance.media.source import Source
from countenance.media.video import open_video
from countenance.performance.expression import landmark_motion
from countenance.render.plates import plate_of
from countenance.render.prefetch import ahead
from countenance.speech.hibari import HibariVoice
from countenance.speech.mouthing import mouth_blendshapes
from countenance.speech.utterance import Utterance

TEXT = "My mother bought a purple umbrella for Bob's birthday party in May. We hope you have time to come!"
WAV2LIP = 7.9  # GFLOP a frame
WARM = 12


def motion(said: Utterance, rate: Fraction, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, 478, 3) cm of the face's motion, and (n,) the gap of the lips that it asks for."""
    shapes = mouth_blendshapes(said, np.arange(count) / float(rate)).astype(np.float32)
    moved = np.stack([landmark_motion(one) for one in shapes])
    return moved, np.asarray(moved[:, 14, 1] - moved[:, 13, 1], np.float64)


def rig_of(subject: ClipSubject, moved: NDArray[np.float64], rate: Fraction) -> PlateRig:
    """The person of a clip, their mouth moved so frame by frame."""
    last = len(moved) - 1
    return load_plate_engine("mesh").prepare_dub(
        plate_of(subject), lambda at: moved[min(last, round(at * rate))].astype(np.float32), PlateOptions()
    )


def measured(clip: Path, said: Utterance, frames: int, sheet: Path | None) -> str:
    """A row of the table."""
    with open_video(clip) as video:
        rate = video.info.average_rate
    moved, asked = motion(said, rate, frames)
    subject = ClipSubject(Source.pin(clip))
    rig = rig_of(subject, moved, rate)
    outside, seams, gaps, wanted = [], [], [], []
    shown: list[Pixels] = []
    step = max(1, frames // 8)
    with FaceTracker() as reader:
        for k, one in enumerate(islice(subject.follow(), frames)):
            frame, face = one.frame, one.face
            if face is None:
                continue
            drawn = rig.draw(frame.pixels, face, time=Fraction(k) / rate)
            outside.append(psnr(frame.pixels, drawn, ~lower_face(face, frame.pixels.shape)))
            ratio = seam(frame.pixels, drawn)
            seams += [ratio] if ratio is not None else []
            seen = reader.track(drawn)
            if seen is not None:
                gaps.append(lip_gap(seen))
                wanted.append(asked[k])
            if sheet is not None and k % step == step // 2:
                shown.append(
                    np.vstack([_cut(frame.pixels, face.centre, face.size), _cut(drawn, face.centre, face.size)])
                )
    if sheet is not None and shown:
        sheet.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(sheet / f"{clip.stem}.png"), cv2.cvtColor(np.hstack(shown), cv2.COLOR_RGB2BGR))
    if not seams:
        return f"{clip.stem:14} no face that could be redrawn"
    r = float(np.corrcoef(wanted, gaps)[0, 1])
    return (
        f"{clip.stem:14}{len(gaps):>7}{min(outside):>12.1f} dB{np.mean(seams):>10.3f}{np.percentile(seams, 95):>8.3f}"
        f"{r:>9.3f}"
    )


def _cut(pixels: Pixels, centre: NDArray[np.floating], size: float) -> Pixels:
    x0, y0 = (max(0, int(c - 0.8 * size)) for c in centre[:2])
    part = pixels[y0 : y0 + int(1.6 * size), x0 : x0 + int(1.6 * size)]
    return np.asarray(cv2.resize(part, (240, 240)), np.uint8)


def speed(clip: Path, said: Utterance) -> tuple[float, float, float]:
    """Frames a second of tracking and redrawing by the clock, CPU seconds a frame, of redrawing alone too."""
    subject = ClipSubject(Source.pin(clip))
    rate = subject.info.average_rate
    moved, _ = motion(said, rate, 2000)
    rig = rig_of(subject, moved, rate)
    at, cpu, drawing = [], [], 0.0
    for k, one in enumerate(ahead(subject.follow(), depth=2)):
        if one.face is not None:
            begin = time.thread_time()
            rig.draw(one.frame.pixels, one.face, time=Fraction(k) / rate, cut=one.cut)
            drawing += time.thread_time() - begin
        at.append(time.perf_counter())
        cpu.append(time.process_time())
    count = len(at) - WARM
    return count / (at[-1] - at[WARM - 1]), (cpu[-1] - cpu[WARM - 1]) / count, drawing / len(at)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("media", type=Path, nargs="?", default=Path("../shared/media"), help="folder of clips")
    parser.add_argument("--frames", type=int, default=120, help="of each clip")
    parser.add_argument("--sheets", type=Path, help="folder for contact sheets: the clip above, the dub below")
    asked = parser.parse_args()
    said = HibariVoice().say(TEXT)
    with tempfile.TemporaryDirectory() as name:
        clips = sorted(asked.media.glob("*.mp4"))
        plain = Path(name) / "authored.mp4"
        driving_file(plain, asked.media, 1280, 720, 150)
        print(f"{'clip':14}{'frames':>7}{'outside, least':>15}{'seam':>10}{'95 %':>8}{'gap, r':>9}")
        for clip in clips or [plain]:
            print(measured(clip, said, asked.frames, asked.sheets), flush=True)
        print("aims           outside ≥ 45 dB, seam ≤ 1.1, r ≥ 0.9")
        before, (fps, cpu, drawing), after = gemm(), speed(plain, said), gemm()
    rate = (before["work"] + after["work"]) / 2
    theirs = WAV2LIP / rate
    print(f"\n1280×720, decoding, tracking, redrawing: {fps:.1f} fps by the clock (aim ≥ 15);")
    print(f"  CPU a frame: {1e3 * cpu:.0f} ms, {1e3 * drawing:.1f} ms of it redrawing; two cores: {2 / cpu:.0f} fps")
    print(f"Wav2Lip's network, {WAV2LIP} GFLOP a 96×96 face at {rate:.0f} GFLOP a CPU second: {1e3 * theirs:.0f} ms,")
    print(f"  the face not yet found: {theirs / drawing:.1f} × the redrawing here. Load {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
