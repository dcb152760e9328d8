"""Our mark beside others: `python -m bench.watermark.peers [--media FOLDER] [--only NAME …]`.

The others are optional: `pip install invisible-watermark blind-watermark` (the first brings torch). Each marks the same
second of the same clips with as many bits as it takes; after an attack, every tool reads the same eight frames, and the
others' bits are voted over them. Read means that every bit is right.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from bench.watermark.attacks import VIDEO
from bench.watermark.codecs import Frames
from bench.watermark.material import clips
from countenance.marks.watermark import Watermark, detect

FRAMES, READ = 24, 3  # how many, and every which is read
CLIPS = ("driving_d0 0–4 s", "driving_d10 0–4 s", "eileen collins, demo")
ATTACKS = (
    "none", "H.264 CRF 18", "H.264 CRF 23", "H.264 CRF 28", "H.264 CRF 33", "resize ×0.5", "480p social, twice",
    "crop to 50% of area", "rotate 2°", "flip left–right", "brightness +20%", "noise σ 8", "picture in picture 60%",
)  # fmt: skip
BITS = 0x5EED_C0DE_2026_1123


@dataclass(frozen=True)
class Tool:
    """A watermark.

    Attributes:
        name: of it.
        bits: it carries.
        mark: (h, w, 3) RGB → the same, marked.
        read: frames → whether all bits are right.
    """

    name: str
    bits: int
    mark: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
    read: Callable[[Frames], bool]


def ours() -> Tool:
    mark = Watermark(BITS)

    def read(frames: Frames) -> bool:
        found = detect(frames)
        return found is not None and found.payload == BITS

    return Tool("countenance", 64, mark.embed, read)


def wanted(count: int) -> NDArray[np.bool_]:
    return np.array([(BITS >> k) & 1 for k in range(count)], bool)


def voted(read: Callable[[NDArray[np.uint8]], Any], bits: NDArray[np.bool_]) -> Callable[[Frames], bool]:
    def all_right(frames: Frames) -> bool:
        votes = []
        for pixels in frames:
            try:
                votes.append(np.asarray(read(np.ascontiguousarray(pixels[..., ::-1])), float).ravel()[: len(bits)])
            except Exception:  # they do not take every size
                votes.append(np.full(len(bits), 0.5))
        return bool(((np.mean(votes, axis=0) > 0.5) == bits).all())

    return all_right


def invisible(method: str) -> Tool | None:
    """A method of invisible-watermark, 32 bits as its authors use it."""
    try:
        from imwatermark import WatermarkDecoder, WatermarkEncoder  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    bits = wanted(32)
    if method == "rivaGan":
        WatermarkEncoder.loadModel()
    encoder, decoder = WatermarkEncoder(), WatermarkDecoder("bits", 32)
    encoder.set_watermark("bits", [int(bit) for bit in bits])

    def mark(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        out = encoder.encode(np.ascontiguousarray(pixels[..., ::-1]), method)
        return np.ascontiguousarray(np.asarray(out)[..., ::-1].astype(np.uint8))

    return Tool(f"invisible-watermark {method}", 32, mark, voted(lambda pixels: decoder.decode(pixels, method), bits))


def blind() -> Tool | None:
    """blind-watermark, 64 bits."""
    try:
        from blind_watermark import WaterMark  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    bits = wanted(64)

    def mark(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        tool = WaterMark()
        tool.read_img(img=np.ascontiguousarray(pixels[..., ::-1]).astype(np.float32))
        tool.read_wm(list(bits), mode="bit")
        return np.ascontiguousarray(np.clip(tool.embed() + 0.5, 0, 255).astype(np.uint8)[..., ::-1])

    def read(pixels: NDArray[np.uint8]) -> Any:
        return WaterMark().extract(embed_img=pixels.astype(np.float32), wm_shape=64, mode="bit")

    return Tool("blind-watermark", 64, mark, voted(read, bits))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--media", type=Path, default=Path("../shared/media"))
    asked = parser.parse_args()
    attacks = [attack for attack in VIDEO if attack.name in ATTACKS]
    some = [clip for clip in clips(asked.media) if clip.name in CLIPS]
    makers = [ours, *(lambda m=m: invisible(m) for m in ("dwtDct", "dwtDctSvd", "rivaGan")), blind]
    tools = [tool for maker in makers if (tool := maker()) is not None]
    print(f"{len(some)} clips of {FRAMES} frames, {FRAMES // READ} of them read; how often every bit is right\n")
    rows: dict[str, list[str]] = {attack.name: [] for attack in attacks}
    quality: list[tuple[str, ...]] = []
    for tool in tools:
        right = dict.fromkeys(rows, 0)
        errors, likeness, took, read_took, reads = [], [], 0.0, 0.0, 0
        for clip in some:
            plain = clip.read()[:FRAMES]
            begin = time.process_time()
            marked = [tool.mark(pixels) for pixels in plain]
            took += (time.process_time() - begin) / FRAMES
            same = [
                cv2.resize(m, p.shape[1::-1]) if m.shape != p.shape else m for m, p in zip(marked, plain, strict=True)
            ]
            errors += [float(np.mean((p.astype(float) - m) ** 2)) for p, m in zip(plain[::8], same[::8], strict=True)]
            likeness += [
                float(structural_similarity(p, m, channel_axis=2)) for p, m in zip(plain[::8], same[::8], strict=True)
            ]
            for attack in attacks:
                seen = attack.apply(marked)[::READ]
                begin = time.process_time()
                right[attack.name] += tool.read(seen)
                read_took += time.process_time() - begin
                reads += 1
        for name, count in right.items():
            rows[name].append(f"{count}/{len(some)}")
        quality.append((
            str(tool.bits), f"{10 * np.log10(255**2 / np.mean(errors)):.1f}", f"{np.mean(likeness):.4f}",
            f"{1000 * took / len(some):.1f}", f"{1000 * read_took / reads:.0f}",
        ))  # fmt: skip
    width = max(len(tool.name) for tool in tools) + 2
    print(f"{'':<26}" + "".join(f"{tool.name:>{width}}" for tool in tools))
    for index, name in enumerate(("bits", "PSNR dB", "SSIM", "CPU ms to mark a frame", "CPU ms to read 8")):
        print(f"{name:<26}" + "".join(f"{row[index]:>{width}}" for row in quality))
    for name, row in rows.items():
        print(f"{name:<26}" + "".join(f"{cell:>{width}}" for cell in row))


if __name__ == "__main__":
    main()
