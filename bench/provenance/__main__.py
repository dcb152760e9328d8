"""How fast files are signed and verified, what every tamper gives, and whether others agree.

    python -m bench.provenance [--media FOLDER] [--node-modules FOLDER] [--quick]

The folder for --node-modules is one in which `npm install @contentauth/c2pa-wasm` was run.
"""

from __future__ import annotations

import argparse
import functools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.exit_material import making, permit, picture

from bench.provenance.cases import tabulate
from bench.provenance.files import leave
from bench.provenance.tampers import node_version, remuxed
from bench.provenance.validators import ours
from countenance.marking.manifest import definition
from countenance.marking.manifest_signing import sign
from countenance.marking.signers import open_signer
from countenance.marking.signing_keys import now_utc
from countenance.settings import Settings


def timed(work: Callable[[], object], times: int) -> float:
    """Median of so many runs, milliseconds."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken)


def speeds(folder: Path, settings: Settings, clip: Path | None, *, quick: bool) -> None:
    """Print how long signing and verifying take."""
    wanted: list[tuple[str, tuple[int, int], float, Path | None]] = [
        ("512.mp4", (512, 512), 4.0, None),
        ("large.png", (2048, 2048), 0.0, None),
        ("60s.wav", (0, 0), 60.0, None),
    ]
    if not quick:
        wanted.append(("1080p.mp4", (1920, 1080), 10.0, None))
        if clip is not None:
            wanted.append(("clip.mp4", (0, 0), 10.0, clip))
    print(
        "## Signing and verifying\n\n| file | MB | manifest kB | sign ms | read and verify ms |\n|---|---|---|---|---|"
    )
    signer, granted = open_signer(settings), permit()
    anchors = signer.anchors
    for name, size, seconds, shown in wanted:
        left = leave(folder / name, settings, size=size, seconds=seconds, clip=shown)
        bare = remuxed(left, folder / f"bare-{name}") or _bare_picture(folder / f"bare-{name}", size)
        again = folder / f"signed-{name}"
        made = making()
        said = definition(made, made.hashed(), granted, [], "", left.media_type, settings, now_utc())
        inputs = (bare, again, left.media_type, said, made.hashed(), signer, settings)
        signing = timed(functools.partial(sign, *inputs), 5)
        reading = timed(functools.partial(ours, left.path, anchors), 5)
        extra = again.stat().st_size - bare.stat().st_size
        print(f"| {name} | {left.path.stat().st_size / 1e6:.2f} | {extra / 1e3:.1f} | {signing:.0f} | {reading:.0f} |")


def _bare_picture(path: Path, size: tuple[int, int]) -> Path:
    from PIL import Image

    Image.fromarray(picture(*size)).save(path, compress_level=1)
    return path


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.provenance")
    parser.add_argument("--media", type=Path, default=Path("../shared/media"), help="a folder with videos")
    parser.add_argument("--node-modules", type=Path, help="where @contentauth/c2pa-wasm was installed")
    parser.add_argument("--quick", action="store_true", help="no long files")
    said = parser.parse_args()
    clips = sorted(said.media.rglob("*.mp4")) if said.media.is_dir() else []
    node = node_version()
    modules = said.node_modules.resolve() if said.node_modules and node else None
    print(f"Node: {node or 'not installed'}; c2pa-wasm: {'asked' if modules else 'not asked (--node-modules)'}\n")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        settings = Settings(home=folder / "home", video_preset="ultrafast")
        speeds(folder, settings, clips[0] if clips else None, quick=said.quick)
        return 1 if tabulate(folder, settings, modules) else 0


if __name__ == "__main__":
    sys.exit(main())
