"""`python -m bench.verify`: seconds and peak memory of `verify_file` on stills, clips, hours, and files without marks.

Everything is made here, of noise and soft shapes; each file is looked at in a process of its own. Peak memory is the
process's, libraries included; the first line, a picture of 8×8, shows how much those alone take.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table
from tests.exit_material import frames, making, permit, picture

from countenance.marking.video_exit import VideoOutput, write_picture
from countenance.settings import Settings

RATE = Fraction(25)
SIZE = (640, 360)
_CHILD = """
import resource, sys, time
from pathlib import Path
from countenance.settings import Settings
from countenance.verify import verify_file
settings = Settings(home=Path(sys.argv[2]))
begun = time.monotonic()
found = verify_file(Path(sys.argv[1]), settings)
took = time.monotonic() - begun
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{took:.2f}\\t{peak:.0f}\\t{len(found.picture.looked)}\\t{found.outcome}")
"""


def lengthened(source: Path, target: Path, times: int) -> Path:
    """The same packets so many times over."""
    with av.open(str(target), "w") as out:
        stream, shift = None, 0
        for _ in range(times):
            with av.open(str(source)) as clip:
                video = clip.streams.video[0]
                stream = stream or out.add_stream_from_template(video)
                end = shift
                for packet in clip.demux(video):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    end = max(end, packet.pts + (packet.duration or 0))
                    packet.stream = stream
                    out.mux(packet)
                shift = end
    return target


def material(folder: Path, settings: Settings) -> list[tuple[str, Path]]:
    """Files by name."""
    Image.new("RGB", (8, 8)).save(folder / "tiny.png")
    still = write_picture(folder / "still.png", picture(*SIZE), permit(), making(), settings=settings).path
    clip = folder / "clip.mp4"
    with VideoOutput(clip, permit(), making(), width=SIZE[0], height=SIZE[1], rate=RATE, settings=settings) as output:
        for frame in frames(250, RATE, picture(*SIZE)):
            output.write(frame)
    unmarked = folder / "unmarked.mp4"
    with av.open(str(unmarked), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.options = *SIZE, "yuv420p", {"preset": "ultrafast"}
        for frame in frames(250, RATE, picture(*SIZE, seed=9)):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.pixels), format="rgb24")))
        out.mux(stream.encode())
    return [
        ("a picture of 8×8", folder / "tiny.png"),
        ("a marked picture", still),
        ("10 s, as it left", clip),
        ("10 s, without its manifest", lengthened(clip, folder / "copy.mp4", 1)),
        ("10 minutes, marked", lengthened(clip, folder / "minutes.mp4", 60)),
        ("2 hours, marked", lengthened(clip, folder / "hours.mp4", 720)),
        ("10 s without marks", unmarked),
        ("2 hours without marks", lengthened(unmarked, folder / "nothing.mp4", 720)),
    ]


def main() -> None:
    """Make, look, print."""
    table = Table(title=f"verify_file, {SIZE[0]}×{SIZE[1]}, one thread")
    for name in ("file", "MB", "seconds", "peak MiB", "places", "outcome"):
        table.add_column(name, justify="left" if name in ("file", "outcome") else "right")
    with tempfile.TemporaryDirectory(prefix="countenance-bench-") as made:
        folder = Path(made)
        settings = Settings(home=folder / "home")
        for name, path in material(folder, settings):
            command = [sys.executable, "-c", _CHILD, str(path), str(settings.home)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            took, peak, places, outcome = done.stdout.split("\t")
            table.add_row(name, f"{path.stat().st_size / 1e6:.1f}", took, peak, places, outcome.strip())
    Console().print(table)


if __name__ == "__main__":
    main()
