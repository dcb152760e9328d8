"""The exit. The only module that opens media outputs: it takes a permit, says what is made, marks, reads the marks
back, signs, records, and only then gives the file its name. No parameter of it leaves a mark out.

Knows nothing of faces, engines or command lines.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType

from countenance.errors import BadOption, OutputError
from countenance.marking.caption_track import Caption
from countenance.marking.containers import video_container
from countenance.marking.exit_gate import libav_errors
from countenance.marking.market_terms import file_metadata, in_markets
from countenance.marking.picture_exit import write_picture
from countenance.marking.picture_marks import PictureMarks
from countenance.marking.picture_track import Codec, output_time_base
from countenance.marking.pipeline import Worker
from countenance.marking.read_back import STEPS, Rehearsal, Step, check_size, check_video, hear, room_for, unreadable
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_spec import Making, uninspected
from countenance.marking.sealing import Encoded, Seal
from countenance.marking.sound_encoding import SoundSource
from countenance.marking.sound_exit import write_sound
from countenance.marking.sound_marks import sound_marks
from countenance.marking.tracks import Tracks
from countenance.media.frames import VideoFrame
from countenance.permission.ledger import Ledger
from countenance.permission.permit import Permit
from countenance.settings import Settings, default_settings

__all__ = ["Receipt", "VideoOutput", "write_picture", "write_sound"]

_MAX_SIDE = 16384


class _ForeignError(Exception):
    """Ends the partial file without being an error of the output."""


class VideoOutput:
    """A video being written: a context manager that takes frames.

    The file appears under its name when the block ends well; on any error, Ctrl-C or a full disk nothing is left
    behind and what was there before stays. Frames are marked and encoded on a thread of their own while the caller
    draws the next one.

    Args:
        path: .mp4, .m4v, .mov or .webm.
        permit: minted for this use and these ingredients.
        making: what is made.
        width, height: of the frames that will come, pixels; an odd side grows by one repeated row or column.
        rate: frames a second on average.
        time_base: seconds a tick of the output, for times that are to be kept as they are; when left out, frames lie
            on a fine fraction of 1/rate, and those that are off by a container's rounding on 1/rate itself. WebM always
            counts in milliseconds.
        audio: sound from the output's time zero; cut where the picture ends.
        captions: a text track, in order.
        settings: this process's when left out.
        overwrite: whether a file that is there may be replaced.
        ledger: the settings', where it is open already; it stays open.

    Raises, on entering:
        PermissionRefused, OutputFormat, OutputFolder, OutputIsInput, OutputExists, OutputBusy, FileMissing, BadOption.
    Raises, on writing and leaving:
        OutputFull, OutputFolder, OutputError (no frame was written); ProvenanceError (mark.unreadable, with the first
        frames if they can't bear a mark at all).
    """

    def __init__(
        self,
        path: Path,
        permit: Permit,
        making: Making,
        *,
        width: int,
        height: int,
        rate: Fraction,
        time_base: Fraction | None = None,
        audio: SoundSource | None = None,
        captions: Sequence[Caption] = (),
        settings: Settings | None = None,
        overwrite: bool = False,
        ledger: Ledger | None = None,
    ) -> None:
        self.path = Path(path)
        self._permit = permit
        self._width, self._height = width, height
        self._rate = Fraction(rate)
        self._time_base = output_time_base(self._rate, time_base)
        self._audio = audio
        self._captions = captions
        self._settings = settings or default_settings()
        self._making = in_markets(making, self._settings)
        self._overwrite, self._ledger = overwrite, ledger
        self._receipt: Receipt | None = None
        self._own_error: Exception | None = None

    @property
    def receipt(self) -> Receipt:
        """What was written; there once the block has ended well."""
        if self._receipt is None:
            raise RuntimeError("The output is not finished.")
        return self._receipt

    def __enter__(self) -> VideoOutput:
        check_size(self._width, self._height, _MAX_SIDE, "video")
        if self._rate <= 0:
            raise BadOption(f"{self._rate} frames a second is no rate.")
        self._container = video_container(self.path)
        encoder = self._container.encoder(self._settings.video_codec)
        self._codec = Codec(encoder, self._settings.video_quality, self._settings.video_preset)
        with contextlib.ExitStack() as opening:
            self._seal = Seal(
                self.path,
                self._permit,
                self._making,
                self._settings,
                overwrite=self._overwrite,
                embeds=self._container.embeds_manifest,
                ledger=self._ledger,
            )
            opening.callback(self._seal.close)
            self._raw, self._signed = opening.enter_context(self._seal.partial())
            self._in_hand: list[VideoFrame] | None = []
            self._begin(STEPS[0])
            self._rehearsal: Rehearsal | None = Rehearsal(
                self._codec,
                self._rate,
                self._time_base,
                lambda gain: self._marking(gain, replace(self._making, inspect=uninspected)),
                lambda: self._seal.prior.slot,
                self._seal.payload,
            )
            self._last_time = Fraction(-1)
            self._worker: Worker[VideoFrame] = Worker(self._encode)
            self._stack = opening.pop_all()
        return self

    def write(self, frame: VideoFrame) -> None:
        """Take the next frame. Its pixels must not be changed afterwards.

        Raises:
            BadOption: another size than announced, or a time that does not come after the last one.
            OutputFull, OutputFolder, ProvenanceError: what the encoder met since the last call.
        """
        if frame.pixels.shape != (self._height, self._width, 3):
            height, width = frame.pixels.shape[:2]
            raise BadOption(f"A frame of {width}×{height} came for a video of {self._width}×{self._height}.")
        if frame.time <= self._last_time:
            raise BadOption(f"The frame at {float(frame.time):.4f} s does not come after the one before it.")
        self._last_time = frame.time
        try:
            self._worker.put(frame)
        except Exception as error:
            self._own_error = error
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._abandon()
            own = self._own_error
            if own is not None and error is own:
                with self._stack:  # tells a full disk as one
                    raise own
            with contextlib.suppress(_ForeignError), self._stack:  # the caller's own error goes on as it is
                raise _ForeignError
            return
        with self._stack:
            try:
                self._worker.close()
                self._finish()
            except BaseException:
                self._abandon()
                raise

    def _marking(self, gain: float, making: Making) -> PictureMarks:
        prior = lambda: self._seal.prior  # noqa: E731
        return PictureMarks(making, self._seal.payload, prior, self._width, self._height, still=False, gain=gain)

    def _begin(self, step: Step) -> None:
        """Open the file for a first attempt, or anew."""
        self._step = step
        self._marks = self._marking(step.gain, self._making)
        self._sound_marks = sound_marks(self._seal.payload, self._audio, self._making, lambda: self._seal.prior)
        self._tracks = Tracks(
            self._raw,
            self._container,
            step.codec(self._codec),
            self._width,
            self._height,
            self._rate,
            self._time_base,
            self._audio,
            self._sound_marks,
            self._captions,
            file_metadata(self._making, self._settings, self._seal.payload),
        )

    def _encode(self, frame: VideoFrame) -> None:
        if self._in_hand is not None:
            self._in_hand.append(frame)
            if len(self._in_hand) > room_for(frame):
                self._in_hand = None
        if self._rehearsal is None:
            self._put(frame)
            return
        step = self._rehearsal.add(frame)
        if step is not None:
            self._perform(step)

    def _put(self, frame: VideoFrame) -> None:
        self._tracks.put(self._marks.draw(frame.pixels, frame.time, untouched=frame.untouched), frame.time)

    def _perform(self, step: Step) -> None:
        """End the rehearsal: write the frames that were held, as it says."""
        self._seal.spend()
        held, self._rehearsal = self._rehearsal.held if self._rehearsal is not None else [], None
        if step is not self._step:
            with contextlib.suppress(Exception):  # it is thrown away
                self._tracks.close()
            self._begin(step)
        for frame in held:
            self._put(frame)

    def _finish(self) -> None:
        if self._rehearsal is not None:
            if not self._rehearsal.held:
                raise OutputError(f"No frame was written to {self.path.name}.", code="output.empty")
            self._perform(self._rehearsal.decide())
        made = self._closed()
        while made is None:  # heard in rehearsal, but not in the file
            finer = STEPS[STEPS.index(self._step) + 1 :]
            if self._in_hand is None or not finer:
                raise unreadable("pictures")
            self._begin(finer[0])
            for frame in self._in_hand:
                self._put(frame)
            made = self._closed()
        self._receipt = self._seal.apply(self._raw, self._signed, made)

    def _closed(self) -> Encoded | None:
        """End the file and read it back; None where its pictures' mark is not heard. Raises ProvenanceError."""
        pictures = self._tracks.pictures
        sound_end = pictures.end
        for pixels, time in self._marks.label.closing(sound_end, self._rate):
            self._put(VideoFrame(pixels, time, pictures.frames))
        end = pictures.end
        self._tracks.finish(sound_end)
        with libav_errors():
            if not check_video(self._raw, self._width, self._height, self._seal.prior.slot, self._seal.payload):
                return None
            heard = self._sound_marks is not None and self._sound_marks.laid and hear(self._raw, self._seal.payload)
        return Encoded(
            media_type=self._container.media_type,
            width=pictures.coded_width,
            height=pictures.coded_height,
            frames=pictures.frames,
            duration=end,
            marks=("picture", "sound") if heard else ("picture",),
            label=self._marks.label.text,
            fingerprints=self._marks.fingerprints,
            sound_fingerprint=self._tracks.sound_fingerprint,
        )

    def _abandon(self) -> None:
        self._worker.abandon()
        with contextlib.suppress(Exception):  # the container is thrown away; its own complaints do not matter
            self._tracks.close()
