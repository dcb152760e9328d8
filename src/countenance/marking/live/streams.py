"""The encoded streams of a session: pictures and sound go to whoever takes them, each encoded once for all.

Where there is sound it is marked on the way, which holds it back for a third of a second: pictures wait for it, so that
what belongs together leaves together. Knows nothing of permission and of registries.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from countenance.marking.acoustic import SoundPrint
from countenance.marking.live.encoding import (
    SOUND_PIECE,
    SOUND_RATE,
    Packet,
    PictureEncoder,
    SoundEncoder,
    jpeg,
)
from countenance.marking.live.feeds import Feed, FeedKind, Marked
from countenance.marking.live.floors import CODECS, PictureCodec
from countenance.marking.sound_encoding import Samples
from countenance.marks.audiomark import AudioMark
from countenance.marks.audiomark.embedding import LIVE_CHUNK
from countenance.media.frames import Pixels

PROBED = 50
"""Packets from a key frame on that are kept for reading the mark back: two seconds."""
HEARD = 600
"""Packets of sound that are kept for it: twelve seconds."""
_PRINTED = 3600 * SOUND_RATE
"""Samples of which a fingerprint is kept: the first hour; it takes 300 kB."""
_HELD_AT_MOST = 100
SHARES = (1, 2, 3)
"""Of the frames every which one is sent, to viewers whose networks take less."""
_Item = tuple[FeedKind, int, Any, bool]


class Streams:
    """Encoders and feeds.

    Args:
        size: width, height in pixels, even.
        rate: frames a second.
        bitrate: bits a second of each picture stream.
        channels: of the sound; 0 for none.
        payload: of the audio mark.
    """

    def __init__(self, size: tuple[int, int], rate: Fraction, bitrate: int, channels: int, payload: int) -> None:
        self._size, self._rate, self._bitrate = size, rate, bitrate
        self._lock = threading.Lock()
        self._feeds: list[Feed] = []
        self._encoders: dict[tuple[PictureCodec, int], PictureEncoder] = {}
        self._count = 0
        self._wanted_keys: set[tuple[FeedKind, int]] = set()
        self._since_key: dict[tuple[PictureCodec, int], list[Packet]] = {}
        self._jpegs: deque[bytes] = deque(maxlen=8)
        self._held: deque[tuple[Fraction, list[_Item]]] = deque()
        self._channels = channels
        if channels:
            self._mark = AudioMark(payload, SOUND_RATE, channels, chunk=LIVE_CHUNK)
            self._sound = SoundEncoder(channels)
            self._print = SoundPrint(SOUND_RATE)
            self._spare: Samples = np.zeros((0, channels), np.float32)
            self._sent = 0
            self._heard: deque[Packet] = deque(maxlen=HEARD)

    def feed(self, kind: FeedKind) -> Feed:
        """A new viewer's."""
        feed = Feed(kind, lambda: self._wanted_keys.add((kind, feed.share)))
        with self._lock:
            self._feeds = [one for one in self._feeds if not one.over] + [feed]
        feed.ask_for_key()
        return feed

    @property
    def viewers(self) -> int:
        """Feeds that are open."""
        return sum(not feed.over for feed in self._feeds)

    @property
    def sound_print(self) -> bytes:
        """The fingerprint of the sound so far."""
        return self._print.data if self._channels else b""

    @property
    def sound_until(self) -> Fraction:
        """Seconds of sound that have left."""
        return Fraction(self._sent, SOUND_RATE) if self._channels else Fraction(0)

    def put(self, marked: Pixels, time: Fraction) -> None:
        """Encode a marked frame for whoever takes it. Called by one thread."""
        wanted = self._wanted()
        items: list[_Item] = []
        self._count += 1
        shares = {(feed.kind, feed.share) for feed in self._feeds if not feed.over}
        for codec in CODECS:
            for share in SHARES:
                if (codec, share) in shares:
                    if self._count % share == 0:
                        items += self._encoded(codec, share, marked, time)
                elif (codec, share) in self._encoders:  # nobody watches it any more
                    del self._encoders[codec, share]
                    with self._lock:
                        self._since_key.pop((codec, share), None)
        if "jpeg" in wanted:
            data = jpeg(marked)
            self._jpegs.append(data)
            items.append(("jpeg", 1, data, True))
        if "frames" in wanted:
            items.append(("frames", 1, Marked(marked, time), True))
        self._held.append((time, items))
        self._release()

    def put_sound(self, samples: Samples) -> None:
        """Mark and encode (n, channels) float32 in [-1, 1] at SOUND_RATE. Called by the thread that puts frames."""
        self._spare = np.concatenate([self._spare, np.asarray(self._mark.embed(samples), np.float32)])
        wanted = self._wanted()
        while len(self._spare) >= SOUND_PIECE:
            piece, self._spare = self._spare[:SOUND_PIECE], self._spare[SOUND_PIECE:]
            if self._sent < _PRINTED:
                self._print.see(piece)
            packets = self._sound.encode(piece, self._sent)
            self._sent += len(piece)
            self._heard.extend(packets)
            if "opus" in wanted:
                self._give("opus", packets)
            if "pcm" in wanted:
                self._give("pcm", [np.rint(np.clip(piece, -1, 1) * 32767).astype("<i2").tobytes()])
        self._release()

    def probes(self) -> list[tuple[PictureCodec, list[Packet]]]:
        """Of every stream that is watched, its codec and its packets since the last key frame."""
        with self._lock:
            return [(codec, list(kept)) for (codec, _), kept in self._since_key.items()]

    def probe_jpeg(self) -> list[bytes]:
        """The last pictures that were sent one by one."""
        return list(self._jpegs)

    def probe_sound(self) -> list[Packet]:
        """The last packets of sound."""
        return list(self._heard) if self._channels else []

    def close(self, *, at_once: bool) -> None:
        """End every feed."""
        with self._lock:
            feeds, self._feeds = self._feeds, []
        for feed in feeds:
            feed.close(at_once=at_once)

    def _wanted(self) -> set[FeedKind]:
        return {feed.kind for feed in self._feeds if not feed.over}

    def _encoded(self, codec: PictureCodec, share: int, marked: Pixels, time: Fraction) -> list[_Item]:
        encoder = self._encoders.get((codec, share))
        if encoder is None:
            encoder = PictureEncoder(codec, *self._size, self._rate / share, self._bitrate // share)
            self._encoders[codec, share] = encoder
        key = (codec, share) in self._wanted_keys
        self._wanted_keys.discard((codec, share))
        packet = encoder.encode(marked, time, key=key)
        if packet is None:
            return []
        with self._lock:
            kept = self._since_key.setdefault((codec, share), [])
            if packet.is_keyframe:
                kept.clear()
            if len(kept) < PROBED:
                kept.append(packet)
        return [(codec, share, packet, packet.is_keyframe)]

    def _release(self) -> None:
        """Let go what no longer waits for its sound."""
        while self._held:
            time, items = self._held[0]
            if self._channels and time > self.sound_until and len(self._held) < _HELD_AT_MOST:
                return
            self._held.popleft()
            for kind, share, item, key in items:
                self._give(kind, [item], share, key=key)

    def _give(self, kind: FeedKind, items: Sequence[Any], share: int = 1, *, key: bool = True) -> None:
        for feed in self._feeds:
            if feed.kind == kind and feed.share == share:
                for item in items:
                    feed.put(item, key=key)
