"""The exit. The only module that opens media outputs: it takes a permit, says what is made, marks, signs, records,
and only then gives the file its name. No parameter of it leaves a mark out.

Knows nothing of faces, engines or command lines.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av

from countenance.errors import BadOption, OutputError
from countenance.marking.caption_track import Caption, CaptionTrack
from countenance.marking.containers import video_container
from countenance.marking.making import Making
from countenance.marking.passage import libav_errors
from countenance.marking.picture_marks import PictureMarks
from countenance.marking.picture_track import Codec, PictureTrack, output_time_base
from countenance.marking.pipeline import Worker
from countenance.marking.receipt import Receipt
from countenance.marking.seal import Encoded, Seal
from countenance.marking.sound_encoding import Sound, SoundEncoder
from countenance.marking.sound_marks import sound_marks
from countenance.marking.still import write_picture
from countenance.marking.watermark import MIN_SIDE
from countenance.marking.waveform import write_sound
from countenance.media.frames import VideoFrame
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
        time_base: seconds a tick of the output; 1/rate.numerator when left out. Give the source's own time base, or
            `picture_track.FINE_TIME_BASE`, for a variable frame rate. WebM always counts in milliseconds.
        audio: sound from the output's time zero; cut where the picture ends.
        captions: a text track, in order.
        settings: this process's when left out.
        overwrite: whether a file that is there may be replaced.

    Raises, on entering:
        PermissionRefused, OutputFormat, OutputFolder, OutputIsInput, OutputExists, FileMissing, BadOption.
    Raises, on writing and leaving:
        OutputFull, OutputFolder, OutputError (no frame was written).
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
        audio: Sound | None = None,
        captions: Sequence[Caption] = (),
        settings: Settings | None = None,
        overwrite: bool = False,
    ) -> None:
        self.path = Path(path)
        self._permit, self._making = permit, making
        self._width, self._height = width, height
        self._rate = Fraction(rate)
        self._time_base = output_time_base(self._rate, time_base)
        self._audio = audio
        self._captions = captions
        self._settings = settings or default_settings()
        self._overwrite = overwrite
        self._receipt: Receipt | None = None
        self._own_error: Exception | None = None

    @property
    def receipt(self) -> Receipt:
        """What was written; there once the block has ended well."""
        if self._receipt is None:
            raise RuntimeError("The output is not finished.")
        return self._receipt

    def __enter__(self) -> VideoOutput:
        if not (MIN_SIDE <= self._width <= _MAX_SIDE and MIN_SIDE <= self._height <= _MAX_SIDE):
            raise BadOption(
                f"A video of {self._width}×{self._height} pixels cannot be marked and written.",
                f"Use {MIN_SIDE} to {_MAX_SIDE} pixels each way.",
            )
        if self._rate <= 0:
            raise BadOption(f"{self._rate} frames a second is no rate.")
        self._container = container = video_container(self.path)
        with contextlib.ExitStack() as opening:
            self._seal = Seal(
                self.path,
                self._permit,
                self._making,
                self._settings,
                overwrite=self._overwrite,
                embeds=container.embeds_manifest,
            )
            opening.callback(self._seal.close)
            seal = self._seal
            self._marks = PictureMarks(
                self._making, seal.payload, lambda: seal.prior, self._width, self._height, still=False
            )
            self._raw, self._signed = opening.enter_context(self._seal.partial())
            with libav_errors():
                self._out = av.open(str(self._raw), "w", format=container.muxer, options=dict(container.options))
            codec = Codec(container.picture_codec, self._settings.video_quality, self._settings.video_preset)
            self._pictures = PictureTrack(self._out, codec, self._width, self._height, self._rate, self._time_base)
            self._sound, self._sound_marks = None, None
            if self._audio is not None:
                self._sound_marks = sound_marks(seal.payload, self._audio, self._making, lambda: seal.prior)
                self._sound = SoundEncoder(self._out, container.sound_codec, self._audio, self._sound_marks)
            self._text = CaptionTrack(self._out, container.text_codec, self._captions) if self._captions else None
            self._last_time = Fraction(-1)
            self._worker: Worker[VideoFrame] = Worker(self._encode)
            self._stack = opening.pop_all()
        return self

    def write(self, frame: VideoFrame) -> None:
        """Take the next frame. Its pixels must not be changed afterwards.

        Raises:
            BadOption: another size than announced, or a time that does not come after the last one.
            OutputFull, OutputFolder: what the encoder met since the last call.
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

    def _encode(self, frame: VideoFrame) -> None:
        marked = self._marks.draw(frame.pixels, frame.time)
        with libav_errors():
            for packet in self._pictures.encode(marked, frame.time):
                self._out.mux(packet)
            if self._sound is not None:
                for sounding in self._sound.advance(frame.time):
                    self._out.mux(sounding)
            if self._text is not None:
                for words in self._text.advance(frame.time):
                    self._out.mux(words)

    def _finish(self) -> None:
        if self._pictures.frames == 0:
            raise OutputError(f"No frame was written to {self.path.name}.", code="output.empty")
        sound_end = self._pictures.end
        for pixels, time in self._marks.label.closing(sound_end, self._rate):
            self._encode(VideoFrame(pixels, time, self._pictures.frames))
        end = self._pictures.end
        with libav_errors():
            for packet in self._pictures.finish():
                self._out.mux(packet)
            if self._sound is not None:
                for sounding in self._sound.finish(sound_end):
                    self._out.mux(sounding)
            if self._text is not None:
                for words in self._text.finish(sound_end):
                    self._out.mux(words)
            self._out.close()
        laid = ("picture", "sound") if self._sound_marks is not None and self._sound_marks.laid else ("picture",)
        made = Encoded(
            media_type=self._container.media_type,
            width=self._pictures.coded_width,
            height=self._pictures.coded_height,
            frames=self._pictures.frames,
            duration=end,
            marks=laid,
            label=self._marks.label.text,
            fingerprints=self._marks.fingerprints,
        )
        self._receipt = self._seal.apply(self._raw, self._signed, made)

    def _abandon(self) -> None:
        self._worker.abandon()
        with contextlib.suppress(Exception):  # the container is thrown away; its own complaints do not matter
            self._out.close()
