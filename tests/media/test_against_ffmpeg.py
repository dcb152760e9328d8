"""Every kind of clip as `ffmpeg` reads it: frames, times, mean colours. Needs the program; `make soak` runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bench.media.against import difference
from bench.media.many import kinds

KINDS = list(kinds())


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("number", range(len(KINDS)), ids=lambda k: f"{k}-{KINDS[k].name}")
def test_read_as_ffmpeg_reads_it(tmp_path: Path, number: int) -> None:
    kind = KINDS[number]
    one = difference(kind.clip.write(tmp_path / kind.name), step=1 / kind.clip.rate)
    assert not one.words
