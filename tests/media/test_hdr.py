"""HDR clips come out as people saw them: white is white, grey is grey, colours keep their hue."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from countenance.media.hdr import BT2020, HLG, PQ, WHITE, tone_mapped
from countenance.media.video import open_video


def pq_code(nits: float) -> int:
    """SMPTE ST 2084's inverse, full range, 16 bits."""
    y = (nits / 10_000) ** (2610 / 16384)
    return round(65535 * ((3424 / 4096 + 2413 / 128 * y) / (1 + 2392 / 128 * y)) ** (2523 / 32))


def test_light_comes_out_as_srgb_would_show_it() -> None:
    for share in (0.02, 0.18, 0.5):
        code = pq_code(share * WHITE)
        shown = tone_mapped(np.full((1, 1, 3), code, np.uint16), PQ)[0, 0]
        expected = 255 * (1.055 * share ** (1 / 2.4) - 0.055)
        assert np.abs(shown - expected).max() < 2
    bright = [int(tone_mapped(np.full((1, 1, 3), pq_code(n), np.uint16), PQ)[0, 0, 0]) for n in (203, 400, 1000, 4000)]
    assert bright == sorted(bright) and bright[0] > 225 and bright[-1] == 255


def test_hlg_reference_white_is_nearly_white() -> None:
    """75% HLG is graphics white (BT.2408)."""
    shown = tone_mapped(np.full((1, 1, 3), round(0.75 * 65535), np.uint16), HLG)[0, 0]
    assert np.ptp(shown) <= 1 and 215 < shown[0] < 250


def test_hue_is_kept() -> None:
    codes = np.array([[[pq_code(300), pq_code(60), pq_code(40)]]], np.uint16)
    r, g, b = (int(v) for v in tone_mapped(codes, PQ, BT2020)[0, 0])
    assert r > 200 and r - g > 80 and r - b > 80


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_a_ten_bit_clip_is_read(tmp_path: Path, transfer: str) -> None:
    path = tmp_path / "a.mkv"
    number = PQ if transfer == "smpte2084" else HLG
    code = pq_code(100) if number == PQ else round(0.6 * 65535)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx265", rate=25, options={"x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
        stream.codec_context.color_trc, stream.codec_context.color_primaries = number, BT2020
        stream.codec_context.colorspace = 9
        for k in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), code, np.uint16), format="rgb48le")
            frame = frame.reformat(format="yuv420p10le", dst_colorspace=9)
            frame.pts, frame.time_base = k, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with open_video(path) as video:
        shown = next(iter(video.frames())).pixels
    expected = tone_mapped(np.full((1, 1, 3), code, np.uint16), number)[0, 0]
    assert np.abs(shown.astype(int).mean((0, 1)) - expected).max() < 4
