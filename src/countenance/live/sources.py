"""A file or a stream in a camera's place: FFmpeg decodes it, pictures and sound go in as they are due."""

from __future__ import annotations

import logging
import time as clock

import av
import av.error
import numpy as np
from av.audio.resampler import AudioResampler

from countenance.errors import CountenanceError
from countenance.live.intake import SOUND_RATE, Intake

log = logging.getLogger(__name__)
PATIENCE = 10.0
"""Seconds to wait for a stream; then it is opened again."""
AGAIN = 2.0
_PROTOCOLS = "file,http,https,tcp,tls,udp,rtp,rtsp,rtsps,rtmp,rtmps,srt,crypto"


def play_into(address: str, intake: Intake, to_speech: bool) -> None:
    """Play an address into a session for as long as it runs: a file again and again, a stream again when it breaks off.

    Args:
        address: a file, or an rtmp, srt, rtsp, http or udp address. Only who runs the server may give it.
        intake: where it goes.
        to_speech: whether its sound is what the portrait is to say.
    """
    while not intake.closed:
        try:
            _once(address, intake, to_speech)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            log.warning("The source broke off (%s); it is opened again.", type(error).__name__)
            clock.sleep(AGAIN)
        except StopIteration:
            return


def _once(address: str, intake: Intake, to_speech: bool) -> None:
    resampler = AudioResampler(format="flt", layout="mono", rate=SOUND_RATE)
    with av.open(address, timeout=(PATIENCE, PATIENCE), options={"protocol_whitelist": _PROTOCOLS}) as source:
        began, first = clock.monotonic(), None
        streams = [*source.streams.video[:1], *source.streams.audio[:1]]
        if not streams:
            raise ValueError("neither pictures nor sound")
        for frame in source.decode(*streams):
            if intake.closed:
                raise StopIteration
            if not isinstance(frame, av.VideoFrame | av.AudioFrame):
                continue
            at = float(frame.time or 0.0)
            first = at if first is None else first
            ahead = (at - first) - (clock.monotonic() - began)
            if ahead > 0:
                clock.sleep(min(ahead, PATIENCE))
            try:
                if isinstance(frame, av.VideoFrame):
                    intake.camera.put(frame)
                elif to_speech:
                    for piece in resampler.resample(frame):
                        intake.speech.push(np.asarray(piece.to_ndarray().reshape(-1), np.float32), SOUND_RATE)
                else:
                    intake.microphone.put(frame)
            except CountenanceError as error:
                log.debug("Something of the source is left out: %s", error.message)
        if to_speech:
            intake.speech.end()
