"""Every kind of clip as `ffmpeg` reads it: frames, times, mean colours. Needs the program; `make soak` runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bench.media.against import difference
from bench.media.many import kinds

KINDS = list(kinds())
KNOWN = {
    "harmed1.webm": "what VP8 draws from a picture that is lost differs between versions of FFmpeg",
    "harmed1.vob": "the damage lies in a time: ffmpeg's clock runs backwards there, ours does not",
}


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("number", range(len(KINDS)), ids=lambda k: f"{k}-{KINDS[k].name}")
def test_read_as_ffmpeg_reads_it(tmp_path: Path, number: int) -> None:
    kind = KINDS[number]
    one = difference(kind.clip.write(tmp_path / kind.name), step=1 / kind.clip.rate)
    if one.words and kind.name in KNOWN:
        pytest.xfail(KNOWN[kind.name])
    assert not one.words
