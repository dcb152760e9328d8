"""A HEIC file, written box by box around tiles that PyAV's HEVC encoder makes: laid out as telephones lay it out."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def box(kind: bytes, *parts: bytes, version: int | None = None, flags: int = 0) -> bytes:
    """One box of an ISO file; with a version, a full one."""
    full = b"" if version is None else struct.pack(">I", version << 24 | flags)
    body = full + b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def coded(pixels: Pixels) -> tuple[bytes, bytes]:
    """hvcC and the data of one picture."""
    encoder = av.CodecContext.create("libx265", "w")
    encoder.width, encoder.height, encoder.pix_fmt = pixels.shape[1], pixels.shape[0], "yuv444p"
    encoder.time_base, encoder.framerate = Fraction(1, 25), Fraction(25)
    encoder.color_range, encoder.colorspace = 2, 5
    encoder.options = {"crf": "2", "x265-params": "log-level=none:colormatrix=bt470bg:range=full"}
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    frame = frame.reformat(format="yuv444p", dst_colorspace=5, dst_color_range=2)
    stream = b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
    units = [unit.rstrip(b"\0") for unit in stream.split(b"\0\0\1") if unit.rstrip(b"\0")]
    heads = [unit for unit in units if 32 <= unit[0] >> 1 <= 34]  # parameter sets of video, sequence and picture
    slices = [unit for unit in units if unit[0] >> 1 < 32]
    arrays = b"".join(struct.pack(">BHH", unit[0] >> 1, 1, len(unit)) + unit for unit in heads)
    config = b"\1" + bytes(20) + b"\xff" + bytes([len(heads)]) + arrays
    return config, b"".join(struct.pack(">I", len(unit)) + unit for unit in slices)


def write_heic(
    path: Path, pixels: Pixels, *, tile: int = 0, quarter_turns: int = 0, mirror: int | None = None, icc: bytes = b""
) -> Path:
    """A picture whole, or in square tiles of `tile` pixels; turned anticlockwise, then mirrored, by its properties."""
    height, width = pixels.shape[:2]
    even = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    tiles = [even]  # encoders take even sides; what is too much is cut off
    rows = columns = 1
    if tile:
        rows, columns = -(-height // tile), -(-width // tile)
        padded = np.pad(pixels, ((0, rows * tile - height), (0, columns * tile - width), (0, 0)), mode="edge")
        tiles = [
            np.ascontiguousarray(padded[r * tile : (r + 1) * tile, c * tile : (c + 1) * tile])
            for r in range(rows)
            for c in range(columns)
        ]
    made = [coded(one) for one in tiles]
    properties = [box(b"ispe", struct.pack(">II", width, height), version=0)]
    turning = []
    if quarter_turns:
        properties.append(box(b"irot", bytes([quarter_turns])))
        turning.append(len(properties))
    if mirror is not None:
        properties.append(box(b"imir", bytes([mirror])))
        turning.append(len(properties))
    if icc:
        properties.append(box(b"colr", b"prof", icc))
        turning.insert(0, len(properties))
    configs = []
    for config, _ in made:
        properties.append(box(b"hvcC", config))
        configs.append(len(properties))
    items, wanted, data = [], [], []
    if tile:
        items.append((1, b"grid"))
        wanted.append((1, [1, *turning]))
        grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)
        items += [(k + 2, b"hvc1") for k in range(len(tiles))]
        wanted += [(k + 2, [configs[k]]) for k in range(len(tiles))]
    else:
        grid = b""
        items.append((1, b"hvc1"))
        wanted.append((1, [1, configs[0], *turning]))
    data = [one for _, one in made]
    parts = range(2, len(tiles) + 2)

    def meta(start: int) -> bytes:
        entries, at = b"", start
        if tile:
            entries += struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(grid))  # in the container's own data
        for (number, _), one in zip([i for i in items if i[1] != b"grid"], data, strict=True):
            entries += struct.pack(">HHHHII", number, 0, 0, 1, at, len(one))
            at += len(one)
        return box(
            b"meta",
            box(b"hdlr", bytes(4), b"pict", bytes(13), version=0),
            box(b"pitm", struct.pack(">H", 1), version=0),
            box(b"iloc", struct.pack(">HH", 0x4400, len(items)), entries, version=1),
            box(
                b"iinf",
                struct.pack(">H", len(items)),
                *(box(b"infe", struct.pack(">HH4s", n, 0, kind), b"\0", version=2) for n, kind in items),
                version=0,
            ),
            box(
                b"iprp",
                box(b"ipco", *properties),
                box(
                    b"ipma",
                    struct.pack(">I", len(wanted)),
                    *(struct.pack(">HB", n, len(which)) + bytes(which) for n, which in wanted),
                    version=0,
                ),
            ),
            *(
                [
                    box(b"iref", box(b"dimg", struct.pack(f">HH{len(tiles)}H", 1, len(tiles), *parts)), version=0),
                    box(b"idat", grid),
                ]
                if tile
                else []
            ),
            version=0,
        )  # fmt: skip

    head = box(b"ftyp", b"heic", struct.pack(">I", 0), b"mif1heic")
    start = len(head) + len(meta(0)) + 8
    path.write_bytes(head + meta(start) + box(b"mdat", *data))
    return path
