"""What the benchmark works with: a studio with keys, a clip and portraits in the public domain, grants for them.

Commodore Hopper's grant is signed here, by a key that this bench makes for itself: a stand-in for a person who signs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
from tests.portraits import grace_hopper, grace_hopper_file


def command(home: Path, *words: object, say: str = "") -> subprocess.CompletedProcess[str]:
    """`countenance …` with a home of its own, as its user runs it."""
    env = os.environ | {"COUNTENANCE_HOME": str(home), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "countenance", *map(str, words)],
        env=env, input=say, capture_output=True, text=True, check=False,
    )  # fmt: skip


def done(home: Path, *words: object, say: str = "") -> str:
    """What a command printed, which must end well."""
    ran = command(home, *words, say=say)
    if ran.returncode:
        raise SystemExit(f"countenance {' '.join(map(str, words))}: {ran.stderr or ran.stdout}")
    return ran.stdout


def set_up(folder: Path, seconds: float = 2.0) -> None:
    """Portrait, clip and a grant to dub it, in `folder`; the studio's home is its `home`."""
    shutil.copy(grace_hopper_file(), folder / "grace.jpg")
    draw_clip(folder / "ad.mp4", seconds)
    studio, signer = folder / "home", folder / "signer"
    done(studio, "permission", "keys", "new", "Studio North")
    did = json.loads(done(signer, "permission", "keys", "new", "Grace Hopper", "--json"))["did"]
    asked = folder / "request.json"
    wanted = ["--use", "dub", "--use", "speak", "--purpose", "advertising", "--territory", "EU", "--language", "any"]
    done(studio, "permission", "request", "-o", asked, "--subject", "Grace Hopper", *wanted)
    grant = folder / "grace.jwt"
    done(signer, "permission", "sign", asked, "-o", grant, "--picture", folder / "grace.jpg", say="y\n")
    done(studio, "permission", "keys", "trust", did, "--seen", "telephone", "--name", "Grace Hopper")


def draw_clip(path: Path, seconds: float) -> None:
    """A clip to dub: the photograph moved by an authored take, 25 frames a second, without sound."""
    from countenance.engines import DrawOptions, load_engine
    from countenance.performance.authored import authored_performance

    take = authored_performance("demo")
    rig = load_engine("mesh").prepare(grace_hopper(), take.neutral, DrawOptions())
    height, width = grace_hopper().pixels.shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "12", "preset": "veryfast"}
        base = Fraction(1, 90_000)
        for index, sample in enumerate(islice(take, 104, 104 + round(25 * seconds))):
            frame = av.VideoFrame.from_ndarray(rig.draw(sample), format="rgb24")
            frame.pts, frame.time_base = round(Fraction(index, 25) / base), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
