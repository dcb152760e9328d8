"""WebRTC peers of one session: who sends a camera (WHIP, RFC 9725), and who watches (WHEP); one page may do both.

What viewers get are the exit's own packets, encoded once for all of them. A viewer whose network takes too little gets
fewer frames, and below a third of the mark's floor none. Runs on the session process's event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiortc.codecs.h264
import aiortc.codecs.vpx
import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from countenance.errors import BadOption, CountenanceError, TooLarge
from countenance.live.intake import Intake
from countenance.marking.live import Ended, Feed, LiveOutput
from countenance.marking.live.floors import every

log = logging.getLogger(__name__)
PLENTY = 100_000_000
"""Bits a second that a viewer is taken to have until it says otherwise."""
for _codec in (aiortc.codecs.vpx, aiortc.codecs.h264):  # they are read, not obeyed: what is sent the exit decides
    vars(_codec).update(MIN_BITRATE=10_000, MAX_BITRATE=PLENTY, DEFAULT_BITRATE=PLENTY)

MOST_VIEWERS = 16
LOOK_EVERY = 2.0
KEY_EVERY = 1.0
"""Seconds between key frames that a viewer is given at most: a stream of them alone would starve the mark."""
"""Seconds between two looks at what viewers' networks take."""
_TOO_LITTLE, _MORE = 0.8, 1.25
"""Of what is sent, that a viewer can take: below for PATIENT looks it gets less, above it gets more."""
_PATIENT = 3
_CONNECT = 20.0
"""Seconds in which an offered peer must connect."""


class FeedTrack(MediaStreamTrack):
    """A feed of the exit as aiortc takes it: packets, as they come.

    Args:
        kind: video or audio.
        feed: gives the feed once the session is on the air.
    """

    def __init__(self, kind: str, feed: Awaitable[Feed]) -> None:
        super().__init__()
        self.kind = kind
        self._awaited: Awaitable[Feed] | None = feed
        self.feed: Feed | None = None
        self._some = asyncio.Event()

    async def recv(self) -> Any:
        if self._awaited is not None:
            awaited, self._awaited = self._awaited, None
            self.feed = await awaited
            loop = asyncio.get_running_loop()
            self.feed.when_ready(lambda: _wake(loop, self._some))
            self.feed.ask_for_key()
        if self.feed is None:
            raise MediaStreamError
        while True:
            self._some.clear()
            try:
                packet = self.feed.take(0)
            except Ended:
                self.stop()
                raise MediaStreamError from None
            if packet is not None:
                return packet
            await self._some.wait()

    def stop(self) -> None:
        super().stop()
        if self.feed is not None:
            self.feed.close(at_once=True)
        self._some.set()


class Peers:
    """All peers of a session.

    Args:
        intake: where a sender's pictures and sound go.
        on_air: gives the exit once it is open.
        sound: whether the session has sound.
        to_speech: whether a sender's sound is speech that the portrait is to say.
    """

    def __init__(
        self, intake: Intake, on_air: Callable[[], Awaitable[LiveOutput]], *, sound: bool, to_speech: bool
    ) -> None:
        self._intake, self._on_air, self._sound, self._to_speech = intake, on_air, sound, to_speech
        self._peers: dict[str, RTCPeerConnection] = {}
        self._sender: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def count(self) -> int:
        """Peers that are there."""
        return len(self._peers)

    @property
    def names(self) -> list[str]:
        """Of the peers that are there, as `answer` gave them."""
        return list(self._peers)

    @property
    def sending(self) -> bool:
        """Whether somebody sends a camera or a microphone."""
        return self._sender is not None

    async def answer(self, sdp: str, *, publishes: bool, codec: str = "vp8") -> tuple[str, str]:
        """Take an offer.

        Args:
            sdp: the offer.
            publishes: whether what it sends is taken; viewers' is not.
            codec: vp8 or h264, where the offer has both.

        Returns:
            The peer's name, and the answer with all candidates.

        Raises:
            BadOption: live.offer, an offer that cannot be answered; live.sender, somebody sends already.
            TooLarge: live.viewers.
        """
        if publishes and self._sender is not None:
            raise BadOption("Somebody sends to this session already.", "End that connection first.", code="live.sender")
        if len(self._peers) >= MOST_VIEWERS:
            raise TooLarge(f"{MOST_VIEWERS} viewers watch this session, and no more can.", code="live.viewers")
        name = secrets.token_hex(8)
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers[name] = peer
        if publishes:
            self._sender = name
        try:
            return name, await self._answered(name, peer, sdp, publishes, codec)
        except CountenanceError:
            await self.close(name)
            raise
        except Exception as error:
            await self.close(name)
            log.info("An offer was not understood: %r", error)
            raise BadOption(
                "This is no WebRTC offer that can be answered.", "Offer VP8 or H.264, and Opus.", code="live.offer"
            ) from error

    async def close(self, name: str) -> bool:
        """End a peer; False where there is none of this name."""
        peer = self._peers.pop(name, None)
        if self._sender == name:
            self._sender = None
        if peer is None:
            return False
        await peer.close()
        return True

    async def close_all(self) -> None:
        """End them all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(self.close(name) for name in list(self._peers)))

    async def _answered(self, name: str, peer: RTCPeerConnection, sdp: str, publishes: bool, codec: str) -> str:
        @peer.on("track")
        def arrived(track: MediaStreamTrack) -> None:
            if publishes:
                self._go(self._take(track))

        @peer.on("connectionstatechange")
        async def changed() -> None:
            if peer.connectionState in ("failed", "closed"):
                await self.close(name)

        await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        wanted = {t.kind: t for t in peer.getTransceivers()}
        watches = False
        for kind, transceiver in wanted.items():
            if "send" not in _offered(transceiver) or (kind == "audio" and not self._sound):
                continue
            watches = True
            named = "opus"
            if kind == "video":
                named = _chosen(transceiver, codec)
                _prefer(transceiver, named)
            track = FeedTrack(kind, self._feed(named))
            peer.addTrack(track)
            if kind == "video":
                sender = next(t.sender for t in peer.getTransceivers() if t.sender.track is track)
                self._go(self._mind(name, sender, track))
        if not watches and not publishes:
            raise BadOption("The offer asks for nothing that this session has.", code="live.offer")
        await peer.setLocalDescription(await peer.createAnswer())
        self._go(self._expect(name, peer))
        return str(peer.localDescription.sdp)

    async def _feed(self, kind: Any) -> Feed:
        return (await self._on_air()).feed(kind)

    async def _take(self, track: MediaStreamTrack) -> None:
        """A sender's pictures or sound, until they end."""
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000)
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            try:
                if isinstance(frame, av.VideoFrame):
                    self._intake.camera.put(frame)
                elif isinstance(frame, av.AudioFrame) and self._to_speech:
                    for piece in resampler.resample(frame):
                        self._intake.speech.push(np.asarray(piece.to_ndarray().reshape(-1), np.float32), 48_000)
                elif isinstance(frame, av.AudioFrame):
                    self._intake.microphone.put(frame)
            except CountenanceError as error:  # one picture, or a second of sound too much
                log.debug("Something that was sent is left out: %s", error.message)

    async def _mind(self, name: str, sender: RTCRtpSender, track: FeedTrack) -> None:
        """Give a viewer what their network takes, and key frames when they ask."""
        asked = -KEY_EVERY

        def key_frame() -> None:
            nonlocal asked
            now = time.monotonic()
            if track.feed is not None and now - asked >= KEY_EVERY:
                asked = now
                track.feed.ask_for_key()

        sender._send_keyframe = key_frame  # type: ignore[method-assign]
        low = high = 0
        while track.readyState == "live":
            await asyncio.sleep(LOOK_EVERY)
            feed = track.feed
            if feed is None:
                continue
            out = await self._on_air()
            encoder = getattr(sender, "_RTCRtpSender__encoder", None)
            takes = int(getattr(encoder, "target_bitrate", PLENTY))
            sent = out.bitrate // feed.share
            low, high = (low + 1 if takes < _TOO_LITTLE * sent else 0), (high + 1 if takes > _MORE * sent else 0)
            if low >= _PATIENT:
                low, share = 0, every(out.bitrate, max(1, min(takes, sent - 1)))
                if share is None and feed.share < 3:
                    share = feed.share + 1
                if share is None:
                    log.warning("A viewer's network takes %d kbit/s: too little for the mark.", takes // 1000)
                    await self.close(name)
                    return
                feed.change_share(max(share, feed.share))
            elif high >= _PATIENT and feed.share > 1:
                high = 0
                feed.change_share(feed.share - 1)

    async def _expect(self, name: str, peer: RTCPeerConnection) -> None:
        """Who does not connect makes room again."""
        await asyncio.sleep(_CONNECT)
        if peer.connectionState not in ("connected", "closed"):
            await self.close(name)

    def _go(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _wake(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(event.set)


def _offered(transceiver: Any) -> str:
    """What is asked of this side: `sendonly`, `recvonly` or `sendrecv`."""
    return str(transceiver._offerDirection or "")


def _codecs(transceiver: Any) -> set[str]:
    return {codec.mimeType.lower().partition("/")[2] for codec in transceiver._codecs}


def _chosen(transceiver: Any, codec: str) -> str:
    """Raises BadOption: live.offer."""
    there = _codecs(transceiver)
    for one in (codec, "vp8", "h264"):
        if one in there and one in ("vp8", "h264"):
            return one
    raise BadOption("The offer has neither VP8 nor H.264.", "Offer one of them.", code="live.offer")


def _prefer(transceiver: Any, codec: str) -> None:
    """Answer with this codec alone: it is the one that is sent. What is received may come in any of them."""
    own = [one for one in transceiver._codecs if one.mimeType.lower().endswith("/" + codec)]
    others = [one for one in transceiver._codecs if one not in own]
    transceiver._codecs[:] = own + others
