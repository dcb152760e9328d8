"""How a live session begins: its first second, made of the picture at rest, is encoded as viewers will get it, and its
mark read back, before any viewer gets anything; then it is signed and entered as a file would be.

The signed manifest is the session's: whoever records the stream is led to it by the mark. The file itself is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from countenance.marking.containers import video_container
from countenance.marking.live.encoding import PictureEncoder, decoded_jpeg, decoded_pictures, jpeg
from countenance.marking.live.floors import CODECS, PictureCodec
from countenance.marking.picture_marks import PictureMarks
from countenance.marking.picture_track import Codec, output_time_base
from countenance.marking.read_back import STEPS, Step, check_video, unreadable
from countenance.marking.render_receipt import Receipt
from countenance.marking.sealing import Encoded, Seal
from countenance.marking.tracks import Tracks
from countenance.marks.watermark import read_back
from countenance.media.frames import Pixels

LOOKS = 8
"""Frames from which the mark is read at first; at most those of a second."""


def rehearsed(
    frames: Sequence[Pixels],
    marking: Callable[[Step], PictureMarks],
    size: tuple[int, int],
    rate: Fraction,
    bitrate: int,
    slot: int,
    payload: int,
) -> tuple[Step, PictureMarks, list[Pixels]]:
    """The first second with a mark that is read from every stream's encoder; and how strong it had to be.

    Args:
        frames: of the first second, (h, w, 3) uint8 RGB each, at rest.
        marking: gives what marks frames with so much strength.
        size, rate, bitrate: of the streams.
        slot, payload: of the mark.

    Raises:
        ProvenanceError: mark.unreadable.
    """
    for step in STEPS:
        marks = marking(step)
        marked = [marks.draw(pixels, index / rate) for index, pixels in enumerate(frames)]
        if all(survives(codec, marked, size, rate, bitrate, slot, payload) for codec in CODECS) and (
            read_back([decoded_jpeg(jpeg(marked[0]))], slot=slot) == payload
        ):
            return step, marks, marked
    raise unreadable("pictures")


def survives(
    codec: PictureCodec,
    marked: Sequence[Pixels],
    size: tuple[int, int],
    rate: Fraction,
    bitrate: int,
    slot: int,
    payload: int,
) -> bool:
    """Whether the mark is read from what a stream's encoder makes of its first frames."""
    encoder = PictureEncoder(codec, *size, rate, bitrate)
    packets = [encoder.encode(pixels, index / rate, key=not index) for index, pixels in enumerate(marked)]
    pictures = decoded_pictures(codec, [packet for packet in packets if packet is not None])
    return read_back(pictures, slot=slot, first_look=LOOKS) == payload


def signed(seal: Seal, marked: Sequence[Pixels], marks: PictureMarks, rate: Fraction, *, sound: bool) -> Receipt:
    """Write, sign and enter the first second.

    Args:
        seal: opened for a file in passing.
        marked: the frames.
        marks: that marked them.
        sound: whether the session will have sound, which will be marked as well.

    Raises:
        ProvenanceError, OutputError.
    """
    height, width = marked[0].shape[:2]
    container = video_container(seal.path)
    with seal.partial() as (raw, named):
        seal.spend()
        tracks = Tracks(
            raw, container, Codec("libx264", 16, "ultrafast"), width, height, rate, output_time_base(rate, None)
        )
        for index, pixels in enumerate(marked):
            tracks.put(pixels, index / rate)
        tracks.finish(Fraction(0))
        if not check_video(raw, width, height, seal.prior.slot, seal.payload):
            raise unreadable("pictures")
        return seal.apply(
            raw,
            named,
            Encoded(
                media_type=container.media_type,
                width=width,
                height=height,
                frames=len(marked),
                duration=len(marked) / rate,
                marks=("picture", "sound") if sound else ("picture",),
                label=marks.label.text,
                fingerprints=marks.taken_fingerprints(),
            ),
        )
