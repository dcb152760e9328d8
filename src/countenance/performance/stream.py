"""Motion sent live to engines: Live Link Face packets, VMC over OSC, and JSON over a WebSocket. No picture is sent.

Live Link Face: the app's own UDP packets (version 6, big-endian), as Unreal's plug-in reads them, to port 11111. VMC:
"Virtual Motion Capture Protocol" 2.0, to port 39539. WebSocket: a server on this machine that sends ARKit's weights as
JSON to whoever listens. Nothing goes beyond this machine unless an address says so.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

from countenance.errors import BadOption, LibraryMissing, OutputError
from countenance.performance.rig_motion import NAMES, RigMotion

LOOPBACK = "127.0.0.1"
PORTS = {"livelink": 11111, "vmc": 39539, "osc": 39539, "ws": 8765}
RATE = 60  # frames a second that packets count at


class MotionSender(ABC):
    """Where motion goes; a context manager."""

    @abstractmethod
    def send(self, motion: RigMotion) -> None:
        """Send one moment. Nobody need listen. Raises OutputError: the network refuses."""

    def close(self) -> None:
        """End it; safe to call twice."""
        return

    def __enter__(self) -> MotionSender:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_sender(address: str, *, name: str = "Countenance") -> MotionSender:
    """A sender for `livelink://`, `vmc://` (or `osc://`) and `ws://` addresses.

    Args:
        address: `livelink://192.168.1.5`, `vmc://`, `ws://:8765`; this machine where no host is named.
        name: of the subject, as Unreal lists it.

    Raises:
        BadOption: it is no such address. LibraryMissing: ws:// without `websockets`. OutputError: the port is taken.
    """
    parts = urlsplit(address)
    try:
        host, port = parts.hostname or LOOPBACK, parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise BadOption(
            f"'{address}' has no port that there is.", "Use for example livelink://127.0.0.1:11111"
        ) from error
    if parts.scheme not in PORTS or parts.path not in ("", "/") or parts.query or parts.username:
        raise BadOption(
            f"'{address}' is no address that motion is sent to.",
            "Use livelink://HOST for Unreal, vmc://HOST for VSeeFace, Warudo and the like, ws:// for a WebSocket here.",
        )
    if parts.scheme == "ws":
        return WebSocketSender(host, port)
    if parts.scheme == "livelink":
        return LiveLinkSender(host, port, name)
    return VmcSender(host, port)


class _UdpSender(MotionSender):
    def __init__(self, host: str, port: int) -> None:
        try:
            family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        except OSError as error:
            raise BadOption(f"There is no host '{host}' ({error.strerror}).", "Check the address.") from error
        self._socket = socket.socket(family, kind, protocol)
        self._where = where

    def _sent(self, data: bytes) -> None:
        try:
            self._socket.sendto(data, self._where)
        except ConnectionRefusedError:
            return  # nobody listens yet
        except OSError as error:
            raise OutputError(
                f"Motion could not be sent to {self._where[0]}: {error.strerror}.", code="output.network"
            ) from error

    def close(self) -> None:
        self._socket.close()


class LiveLinkSender(_UdpSender):
    """To Unreal's Live Link Face. Arguments as `open_sender`."""

    def __init__(self, host: str, port: int, name: str) -> None:
        super().__init__(host, port)
        self._name = name
        # Of this stream alone: it says nothing of the machine.
        self._device = str(uuid.uuid4()).upper()

    def send(self, motion: RigMotion) -> None:
        """See MotionSender."""
        self._sent(live_link_packet(motion, self._name, self._device))


def live_link_packet(motion: RigMotion, name: str, device: str) -> bytes:
    """One packet: version, device, subject, time code, 61 numbers; a lost face has none.

    Args:
        motion: what is sent.
        name: of the subject.
        device: a UUID, 36 characters.
    """
    said = name.encode()
    frames = motion.time * RATE
    whole = int(frames)
    head = struct.pack("!Bi", 6, len(device)) + device.encode("ascii") + struct.pack("!i", len(said)) + said
    when = struct.pack("!ifii", whole & 0x7FFFFFFF, float(frames - whole), RATE, 1)
    if not motion.present:
        return head + when + b"\0"
    return head + when + struct.pack("!B61f", 61, *motion.weights, *motion.angles)


class VmcSender(_UdpSender):
    """To VSeeFace, Warudo and other VMC receivers. Arguments as `open_sender`."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._begun = time.monotonic()

    def send(self, motion: RigMotion) -> None:
        """See MotionSender. Two bundles, each smaller than a packet of a local network."""
        blends = [("/VMC/Ext/Blend/Val", name, float(w)) for name, w in zip(NAMES, motion.weights, strict=True)]
        x, y, z, w = motion.quaternion
        # Unity's axes: x to the viewer's right of a figure that faces away, z forward; left-handed.
        head = ("/VMC/Ext/Bone/Pos", "Head", 0.0, 0.0, 0.0, -x, y, z, -w)
        half = len(blends) // 2
        self._sent(osc_bundle([("/VMC/Ext/OK", int(motion.present)), head, *blends[:half]]))
        self._sent(
            osc_bundle(
                [*blends[half:], ("/VMC/Ext/Blend/Apply",), ("/VMC/Ext/T", float(time.monotonic() - self._begun))]
            )
        )


def osc_message(address: str, *values: str | int | float) -> bytes:
    """An OSC 1.0 message of strings, int32 and float32."""
    kinds = "," + "".join("s" if isinstance(v, str) else "i" if isinstance(v, int) else "f" for v in values)
    out = _padded(address) + _padded(kinds)
    for value in values:
        if isinstance(value, str):
            out += _padded(value)
        else:
            out += struct.pack("!i" if isinstance(value, int) else "!f", value)
    return out


def osc_bundle(messages: Iterable[tuple[str | int | float, ...]]) -> bytes:
    """An OSC bundle to be carried out at once."""
    out = b"#bundle\0" + struct.pack("!Q", 1)
    for address, *values in messages:
        said = osc_message(str(address), *values)
        out += struct.pack("!i", len(said)) + said
    return out


def _padded(text: str) -> bytes:
    data = text.encode() + b"\0"
    return data + b"\0" * (-len(data) % 4)


class WebSocketSender(MotionSender):
    """A server that sends each moment as JSON to all who listen; who is slow gets the newest alone.

    Pages of other origins are refused: a web site that somebody happens to have open must not read their face.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            from websockets.sync.server import serve
        except ImportError as error:
            raise LibraryMissing(
                "A WebSocket needs the package websockets.", "pip install 'countenance[stream]'"
            ) from error
        self._newest: tuple[int, str] = (0, "")
        self._changed = threading.Condition()
        self._closed = False
        try:
            self._server = serve(self._serve, host, port, origins=_own_origins())
        except OSError as error:
            raise OutputError(
                f"The port {port} of {host} cannot be had: {error.strerror}.", "Name another: ws://:8766",
                code="output.network",
            ) from error  # fmt: skip
        self.port = int(self._server.socket.getsockname()[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def send(self, motion: RigMotion) -> None:
        """See MotionSender."""
        said = {
            "time": float(motion.time),
            "present": motion.present,
            "weights": {name: round(float(w), 5) for name, w in zip(NAMES, motion.weights, strict=True)},
            "head": {"rotation": list(motion.quaternion), "translation": [float(v) for v in motion.translation]},
        }
        with self._changed:
            self._newest = (self._newest[0] + 1, json.dumps(said))
            self._changed.notify_all()

    def close(self) -> None:
        """See MotionSender."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._thread.join(timeout=5)

    def _serve(self, connection) -> None:  # type: ignore[no-untyped-def]
        from websockets.exceptions import ConnectionClosed

        last = 0
        try:
            while True:
                with self._changed:
                    while not self._closed and self._newest[0] == last:
                        self._changed.wait()
                    if self._closed:
                        return
                    last, text = self._newest
                connection.send(text)
        except ConnectionClosed:
            return


def _own_origins() -> list[Any]:
    """Pages of this machine, on any port, and what is no page."""
    return [None, re.compile(r"https?://(localhost|127\.0\.0\.1)(:\d{1,5})?")]


def paced(motions: Iterable[RigMotion], *, clock=time.monotonic, wait=time.sleep):  # type: ignore[no-untyped-def]
    """A take's moments when they are due; those that are late are left out, but for the last.

    Args:
        motions: in order.
        clock, wait: of the time; for tests.
    """
    begun: float | None = None
    first = Fraction(0)
    held: RigMotion | None = None
    for motion in motions:
        if begun is None:
            begun, first = clock(), motion.time
        due = begun + float(motion.time - first)
        ahead = due - clock()
        held = None
        if ahead > 0:
            wait(ahead)
        elif ahead < -0.1:
            held = motion
            continue
        yield motion
    if held is not None:
        yield held
