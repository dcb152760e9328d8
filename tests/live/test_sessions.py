"""Sessions over HTTP: a real server, real processes, WebRTC peers; what callers do wrong is told and harms nobody."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

pytest.importorskip("aiortc", reason="the extra [live] is not installed")
pytest.importorskip("websockets", reason="the extra [live] is not installed")
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from countenance.live.capacity import Limits
from countenance.live.plan import SessionPlan
from countenance.marks.watermark import read_back
from countenance.permission.authorisation import public_domain
from countenance.render.options import AnimateOptions
from countenance.settings import Settings
from tests.conftest import MODELS
from tests.live.serving import KEY, Server, serving
from tests.portraits import grace_hopper_file

pytestmark = pytest.mark.soak  # a session takes its time to begin, and longer on a machine that is busy

RIGHT = public_domain("Grace Hopper (1906–1992), US Navy photograph, 1984", "us-government-work")
SIDE = 320


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Room for one session."""
    settings = Settings(home=tmp_path_factory.mktemp("live") / "home", models=MODELS, video_preset="ultrafast")
    options = AnimateOptions(size=SIDE)
    plan = SessionPlan("speech", grace_hopper_file(), RIGHT, options=options)
    with serving(settings, lambda _wish: plan, Limits(sessions=1)) as server:
        yield server


@pytest.fixture(scope="module")
def session(server: Server) -> dict[str, Any]:
    """One that is on the air."""
    begun = server.begin()
    server.on_air(begun, within=400)
    return begun


def auth(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def address(server: Server, session: dict[str, Any], token: str | None = None) -> str:
    there = server.address.replace("http", "ws")
    return f"{there}/live/sessions/{session['id']}/ws?token={session['token'] if token is None else token}"


async def watch(
    server: Server, session: dict[str, Any], token: str, codec: str, seconds: float
) -> dict[str, list[Any]]:
    """What a viewer by WHEP gets."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    got: dict[str, list[Any]] = {"video": [], "audio": []}

    @peer.on("track")
    def arrived(track: Any) -> None:
        async def take() -> None:
            while True:
                got[track.kind].append(await track.recv())

        tasks.append(asyncio.ensure_future(take()))

    tasks: list[Any] = []
    for kind in ("video", "audio"):
        peer.addTransceiver(kind, direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    async with httpx.AsyncClient(base_url=server.address, timeout=60) as client:
        headers = auth(token) | {"Content-Type": "application/sdp"}
        where = f"/live/sessions/{session['id']}/whep?codec={codec}"
        answer = await client.post(where, content=peer.localDescription.sdp, headers=headers)
        assert answer.status_code == 201 and answer.headers["content-type"] == "application/sdp"
        await peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        until = time.monotonic() + 40
        while (len(got["video"]) < seconds * 4 or len(got["audio"]) < seconds * 20) and time.monotonic() < until:
            await asyncio.sleep(0.2)
        left = await client.delete(answer.headers["location"], headers=auth(token))
        assert left.status_code == 200
    for task in tasks:
        task.cancel()
    await peer.close()
    return got


@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_a_viewer_gets_marked_pictures_and_sound(server: Server, session: dict[str, Any], codec: str) -> None:
    said = server.client.post(
        f"/live/sessions/{session['id']}/say",
        json={"text": "Good morning to all of you."},
        headers=auth(session["token"]),
    )
    assert said.status_code == 200 and said.json()["seconds"] > 1
    got = asyncio.run(watch(server, session, session["watch_token"], codec, 4))
    pictures = [frame.to_ndarray(format="rgb24") for frame in got["video"]]
    mark = read_back([one for one in pictures if one.shape == pictures[-1].shape], first_look=4)
    assert f"{mark or 0:016x}" == server.how(session)["session"]["render_id"]
    assert any(np.abs(frame.to_ndarray()).max() > 500 for frame in got["audio"]), "it is heard"


def test_pictures_without_webrtc(server: Server, session: dict[str, Any]) -> None:
    where = f"/live/sessions/{session['id']}/mjpeg"
    with server.client.stream("GET", where, params={"token": session["watch_token"]}) as answer:
        assert answer.headers["content-type"].startswith("multipart/x-mixed-replace")
        data = b""
        for part in answer.iter_raw():
            data += part
            if data.count(b"\xff\xd9\r\n--frame") >= 1:
                break
    assert b"Content-Type: image/jpeg" in data and b"\xff\xd8" in data


def test_a_program_speaks_and_interrupts_through_a_websocket(server: Server, session: dict[str, Any]) -> None:
    async def talk() -> None:
        async with connect(address(server, session)) as socket:
            await socket.send(json.dumps({"type": "sound", "rate": 24_000}))
            assert json.loads(await socket.recv())["to"] == "sound"
            await socket.send(json.dumps({"type": "watch", "what": ["jpeg", "pcm"]}))
            tone = (np.sin(np.arange(24_000 * 3) * 0.05) * 9000).astype("<i2").tobytes()
            for at in range(0, len(tone), 4800):
                await socket.send(tone[at : at + 4800])
            kinds, loud = set(), False
            while not (loud and 0 in kinds):
                message = await asyncio.wait_for(socket.recv(), 30)
                if isinstance(message, bytes):
                    kinds.add(message[0])
                    loud = loud or (message[0] == 1 and np.abs(np.frombuffer(message[1:], "<i2")).max() > 2000)
            await socket.send(json.dumps({"type": "clear"}))
            while True:
                message = await asyncio.wait_for(socket.recv(), 30)
                if isinstance(message, str) and json.loads(message).get("to") == "clear":
                    assert json.loads(message)["value"] > 0.5, "what was not spoken is dropped"
                    break

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"\x01\x02\x03", "input.option"),
        (json.dumps({"type": "sound", "rate": 1234}), "input.option"),
        (json.dumps({"type": "sound", "rate": "fast"}), "input.option"),
        ("{", "live.message"),
        ("[]", "live.message"),
        (json.dumps({"type": "dance"}), "live.message"),
        (json.dumps({"type": "say", "text": "x" * 3000}), "live.text"),
        (json.dumps({"type": "say", "text": " "}), "live.text"),
    ],
)
def test_what_is_wrong_in_a_socket_is_told(server: Server, session: dict[str, Any], message: Any, code: str) -> None:
    async def send() -> dict[str, Any]:
        async with connect(address(server, session)) as socket:
            await socket.send(message)
            return dict(json.loads(await asyncio.wait_for(socket.recv(), 30)))

    said = asyncio.run(send())
    assert said["type"] == "error" and said["code"] == code and said["remedy"]


def test_too_much_sound_is_refused_and_a_flood_let_go(server: Server, session: dict[str, Any]) -> None:
    async def flood() -> tuple[str, int]:
        async with connect(address(server, session)) as socket:
            await socket.send(json.dumps({"type": "sound", "rate": 8_000}))
            await socket.recv()
            for _ in range(4):
                await socket.send(b"\0\0" * 400_000)
            first = json.loads(await asyncio.wait_for(socket.recv(), 30))
            await socket.send(json.dumps({"type": "clear"}))
            try:
                for _ in range(3000):
                    await socket.send(json.dumps({"type": "end"}))
                while True:
                    await asyncio.wait_for(socket.recv(), 30)
            except ConnectionClosed as closed:
                return first.get("code", ""), closed.rcvd.code if closed.rcvd else 0
        return "", 0

    assert asyncio.run(flood()) == ("input.too_large", 1008)
    assert server.how(session)["over"] is False


def test_a_stolen_or_wrong_token_opens_nothing(server: Server, session: dict[str, Any]) -> None:
    watching = session["watch_token"]
    name = session["id"]
    for method, where, token in (
        ("GET", f"/live/sessions/{name}", "x" * 43),
        ("DELETE", f"/live/sessions/{name}", watching),
        ("POST", f"/live/sessions/{name}/clear", watching),
        ("POST", f"/live/sessions/{name}/whip", watching),
        ("GET", "/live/sessions/0123456789abcdef", session["token"]),
        ("GET", f"/live/sessions/{name}", KEY),
    ):
        headers = auth(token) | {"Content-Type": "application/sdp"}
        answer = server.client.request(method, where, headers=headers, content=b"" if method == "POST" else None)
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "live.token", (method, where)
    for key in ("none", "wrong", session["token"]):
        answer = server.client.post("/live/sessions", json={}, headers=auth(key))
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "live.key"

    async def by_socket() -> None:
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            async with connect(address(server, session, watching)) as socket:
                await socket.recv()

    asyncio.run(by_socket())
    assert server.how(session)["over"] is False


def test_no_offer_that_is_none(server: Server, session: dict[str, Any]) -> None:
    where = f"/live/sessions/{session['id']}/whep"
    sdp = auth(session["token"]) | {"Content-Type": "application/sdp"}
    for content, headers, status in (
        (b"v=0", sdp, 422),
        (b"", sdp, 422),
        (b"\xff" * 500, sdp, 422),
        (b"x" * 100_000, sdp, 413),
        (b"{}", auth(session["token"]) | {"Content-Type": "application/json"}, 422),
    ):
        answer = server.client.post(where, content=content, headers=headers)
        assert answer.status_code == status and answer.json()["error"]["code"] == "live.offer", answer.text
    patched = server.client.patch(f"{where[:-5]}/peers/0", headers=sdp, content=b"a=candidate")
    assert patched.status_code == 405


def test_where_there_is_no_room_the_time_is_told(server: Server, session: dict[str, Any]) -> None:
    del session
    answer = server.client.post("/live/sessions", json={}, headers=auth(KEY))
    assert answer.status_code == 503 and answer.json()["error"]["code"] == "live.full"
    assert int(answer.headers["retry-after"]) >= 5


def test_the_page_is_there(server: Server) -> None:
    page = server.client.get("/live")
    assert page.status_code == 200 and 'data-kind="speech"' in page.text and "no-store" in page.headers["cache-control"]
    for name in ("live.js", "live.css", "look.css"):
        assert server.client.get(f"/live/assets/{name}").status_code == 200
    assert server.client.get("/live/assets/../app.py").status_code == 404


def test_ending_it_amid_a_flood_of_texts_gives_its_receipt_and_makes_room(
    server: Server, session: dict[str, Any]
) -> None:
    text = "This is a rather long sentence, which takes a while to be made into speech. " * 20
    where, headers = f"/live/sessions/{session['id']}", auth(session["token"])

    async def flood() -> tuple[list[str], dict[str, Any]]:
        async with httpx.AsyncClient(base_url=server.address, timeout=60) as client:
            says = [
                asyncio.create_task(client.post(f"{where}/say", json={"text": text}, headers=headers))
                for _ in range(12)
            ]
            await asyncio.sleep(0.3)
            end = await client.delete(where, headers=headers)
            answers = await asyncio.gather(*says)
        return [one.json().get("error", {}).get("code", "") for one in answers], end.json()

    codes, ended = asyncio.run(flood())
    assert codes.count("live.busy") >= 8 and set(codes) <= {"", "live.busy", "live.over"}
    assert ended["over"] and ended["receipt"]["reason"] == "closed" and ended["receipt"]["frames"] > 20
    assert server.client.post(f"{where}/clear", headers=headers).status_code == 410
    assert server.client.get("/health").json()["sessions"] == 0


def test_what_may_not_be_is_refused_before_anything_is_sent(tmp_path: Any) -> None:
    """The session's process asks the policy: a portrait that nobody permitted does not come on the air."""
    settings = Settings(home=tmp_path / "home", models=MODELS)
    right = public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")
    plan = SessionPlan("swap", grace_hopper_file(), right, double=grace_hopper_file(), double_permission=right)
    with serving(settings, lambda _wish: plan) as server:
        begun = server.begin()
        until = time.monotonic() + 60
        while not (said := server.how(begun))["over"] and time.monotonic() < until:
            time.sleep(0.2)
    assert said["over"] and said["error"]["code"].startswith("permission."), said
