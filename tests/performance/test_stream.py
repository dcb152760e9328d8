"""Motion sent live, read by receivers that are not ours where they are installed."""

from __future__ import annotations

import json
import socket
import struct
import threading
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from countenance.errors import BadOption
from countenance.performance.authored import authored_performance
from countenance.performance.live_link_rows import ARKIT
from countenance.performance.rig_motion import NAMES, RigMotion, motion_of
from countenance.performance.stream import (
    LOOPBACK,
    MotionSender,
    live_link_packet,
    open_sender,
    osc_bundle,
    osc_message,
    paced,
)
from countenance.performance.take import Performance

DEVICE = "6A2B1C3D-0000-4000-8000-123456789ABC"


@pytest.fixture(scope="module")
def motion() -> RigMotion:
    """A moment of our own take in which something happens."""
    return max((motion_of(sample) for sample in authored_performance("demo")), key=lambda one: one.weights.sum())


def received(scheme: str, motion: RigMotion, count: int) -> list[bytes]:
    """The packets that a sender of this scheme sends for one moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.bind((LOOPBACK, 0))
        here.settimeout(5)
        with open_sender(f"{scheme}://{LOOPBACK}:{here.getsockname()[1]}") as sender:
            sender.send(motion)
            return [here.recv(65536) for _ in range(count)]


def test_live_link_packets_have_the_published_layout(motion: RigMotion) -> None:
    data = live_link_packet(replace(motion, time=Fraction(7, 2)), "Ada", DEVICE)
    assert data[0] == 6 and struct.unpack_from("!i", data, 1)[0] == 36
    assert data[5:41].decode() == DEVICE
    assert struct.unpack_from("!i", data, 41)[0] == 3 and data[45:48] == b"Ada"
    frame, part, rate, under, count = struct.unpack_from("!ifiiB", data, 48)
    assert (frame, part, rate, under, count) == (210, 0.0, 60, 1, 61)
    assert np.allclose(struct.unpack_from("!52f", data, 65), motion.weights, atol=1e-6)
    assert len(data) == 65 + 61 * 4


def test_a_lost_face_is_sent_as_one(motion: RigMotion) -> None:
    data = live_link_packet(replace(motion, present=False), "Ada", DEVICE)
    assert data[-1] == 0 and len(data) == 65


def test_a_live_link_receiver_understands(motion: RigMotion) -> None:
    reader = pytest.importorskip("pylivelinkface")
    (data,) = received("livelink", motion, 1)
    good, face = reader.PyLiveLinkFace.decode(data)
    assert good and face.name == "Countenance"
    for number in (ARKIT.index("JawOpen"), ARKIT.index("EyeBlinkLeft"), ARKIT.index("BrowInnerUp")):
        shape = reader.FaceBlendShape(number)
        assert shape.name == ARKIT[number]
        assert face.get_blendshape(shape) == pytest.approx(motion.weights[number], abs=1e-6)
    assert face.get_blendshape(reader.FaceBlendShape.HeadYaw) == pytest.approx(motion.angles[0], abs=1e-6)


def test_an_osc_receiver_understands(motion: RigMotion) -> None:
    osc = pytest.importorskip("pythonosc.osc_bundle")
    said = {}
    for data in received("vmc", motion, 2):
        assert len(data) < 1500
        for message in osc.OscBundle(data):
            said[(message.address, message.params[0] if message.params else None)] = message.params
    assert said["/VMC/Ext/OK", 1] == [1]
    assert ("/VMC/Ext/Blend/Apply", None) in said
    blends = {name: params[1] for (address, name), params in said.items() if address == "/VMC/Ext/Blend/Val"}
    assert set(blends) == set(NAMES)
    assert blends["jawOpen"] == pytest.approx(motion.weights[NAMES.index("jawOpen")], abs=1e-6)
    turn = np.array(said["/VMC/Ext/Bone/Pos", "Head"][4:])
    assert np.linalg.norm(turn) == pytest.approx(1, abs=1e-5)


def test_osc_is_padded_to_four_bytes() -> None:
    assert osc_message("/a", "bcd", 5) == b"/a\0\0,si\0bcd\0\0\0\0\5"
    assert osc_bundle([("/a",)])[:16] == b"#bundle\0\0\0\0\0\0\0\0\1"


def test_whoever_listens_to_a_socket_gets_the_newest(motion: RigMotion) -> None:
    client = pytest.importorskip("websockets.sync.client")
    with open_sender("ws://127.0.0.1:0") as sender:
        port = sender.port  # type: ignore[attr-defined]
        with client.connect(f"ws://127.0.0.1:{port}") as there:
            stop = threading.Event()
            feeding = threading.Thread(target=_feed, args=(sender, motion, stop))
            feeding.start()
            try:
                said = json.loads(there.recv(timeout=10))
            finally:
                stop.set()
                feeding.join()
        assert said["weights"]["jawOpen"] == pytest.approx(motion.weights[NAMES.index("jawOpen")], abs=1e-4)
        assert len(said["weights"]) == 52


def _feed(sender: MotionSender, motion: RigMotion, stop: threading.Event) -> None:
    while not stop.wait(0.02):
        sender.send(motion)


def test_pages_of_other_places_do_not_get_it() -> None:
    client = pytest.importorskip("websockets.sync.client")
    errors = pytest.importorskip("websockets.exceptions")
    with open_sender("ws://127.0.0.1:0") as sender:
        address = f"ws://127.0.0.1:{sender.port}"  # type: ignore[attr-defined]
        with pytest.raises(errors.InvalidStatus), client.connect(address, origin="https://evil.example"):
            pass
        with client.connect(address, origin="http://localhost:3000"):
            pass


@pytest.mark.parametrize(
    "address", ["", "http://127.0.0.1", "livelink://x:99999", "vmc://a@b", "livelink://127.0.0.1/x", "host:1"]
)
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(BadOption):
        open_sender(address)


def test_a_take_is_sent_when_it_is_due(motion: RigMotion) -> None:
    now = [0.0]
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    moments = [replace(motion, time=Fraction(k, 10)) for k in range(4)]
    assert [m.time for m in paced(moments, clock=lambda: now[0], wait=wait)] == [m.time for m in moments]
    assert sum(waited) == pytest.approx(0.3)


def test_who_is_late_leaves_out_but_not_the_last(motion: RigMotion) -> None:
    ticks = iter([0.0, 0.0, *[10.0] * 20])
    moments = [replace(motion, time=Fraction(k, 10)) for k in range(6)]
    sent = list(paced(moments, clock=lambda: next(ticks), wait=lambda _: None))
    assert [m.time for m in sent] == [Fraction(0), Fraction(1, 2)]


def test_a_take_goes_to_two_places_at_once() -> None:
    from countenance.render.motion_stream import stream_motion

    take = Performance.of(list(authored_performance("demo"))[:5], Fraction(25))
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
    ):
        for here in (one, two):
            here.bind((LOOPBACK, 0))
            here.settimeout(5)
        to = [f"livelink://127.0.0.1:{one.getsockname()[1]}", f"vmc://127.0.0.1:{two.getsockname()[1]}"]
        made = stream_motion(to, take=take)
        assert made.frames >= 2 and made.seen == made.frames
        assert one.recv(65536)[0] == 6 and two.recv(65536).startswith(b"#bundle")
    with pytest.raises(BadOption):
        stream_motion(to)
    with pytest.raises(BadOption):
        stream_motion([], take=take)
