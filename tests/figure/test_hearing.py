"""Hearing, where its models are here: what our own voices say is understood; silence and noise are told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("ctranslate2", reason="the extra [figure] is not installed")
pytest.importorskip("tokenizers", reason="the extra [figure] is not installed")
pytest.importorskip("aiortc", reason="the extra [figure] is not installed")
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from countenance.figure.answering import Answering
from countenance.figure.ears import Ears, names_of
from countenance.figure.host import FigureHost
from countenance.speech.hearing import RATE, hearing_is_here, log_mel
from countenance.speech.voice import choose_voice
from tests.figure.figures import Serving, hopper, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hearing_is_here(), reason="countenance models fetch figure was not run"),
]


def spoken(text: str) -> bytes:
    """Sixteen-bit sound at 24 kHz with silence around it."""
    voice, tag = choose_voice("hibari", "en")
    made = voice.say(text, language=tag)
    assert made.sample_rate == 24_000
    return silence(0.3) + (made.samples * 30000).astype("<i2").tobytes() + silence(0.2)


def silence(seconds: float) -> bytes:
    return np.zeros(round(24_000 * seconds), "<i2").tobytes()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    figure = hopper(tmp_path_factory.mktemp("figure") / "hopper")
    with serving(FigureHost(figure, Answering(figure)), Ears(figure)) as there:
        yield there


def say(served: Serving, sound: bytes, *, held: bool, end: bool = True) -> list[dict[str, Any]]:
    """What comes back, up to the reply."""
    talk = served.talk()
    token = talk[1]["Authorization"].partition(" ")[2]
    out = []
    with connect(served.address.replace("http", "ws") + f"{talk[0]}/voice?token={token}") as socket:
        socket.send(json.dumps({"type": "begin", "rate": 24_000, "language": "en", "held": held}))
        for at in range(0, len(sound), 9600):
            socket.send(sound[at : at + 9600])
            time.sleep(0.05)
        if end:
            socket.send(json.dumps({"type": "end"}))
        while True:
            out.append(json.loads(socket.recv(timeout=60)))
            if out[-1]["type"] in ("reply", "error"):
                return out


def test_a_question_while_the_button_is_held(served: Serving, tmp_path: Path) -> None:
    before = sorted(served.host.figure.folder.rglob("*"))
    said = say(served, spoken("Did you find the first computer bug?"), held=True)
    assert [one["type"] for one in said] == ["began", "heard", "reply"]
    assert said[-1]["entry"] == "moth" and said[-1]["heard"]
    assert sorted(served.host.figure.folder.rglob("*")) == before and not list(tmp_path.iterdir())


def test_without_a_button_its_end_is_found(served: Serving) -> None:
    said = say(served, spoken("What is a nanosecond?") + silence(1.0), held=False, end=False)
    assert said[-1]["entry"] == "nanosecond"


@pytest.mark.parametrize("loud", [0.0, 0.05])
def test_silence_and_noise_are_told(served: Serving, loud: float) -> None:
    noise = np.random.default_rng(2).normal(0, loud, 24_000)
    said = say(served, (np.clip(noise, -1, 1) * 32767).astype("<i2").tobytes(), held=True)
    assert said[-1]["kind"] == "unheard"
    assert ("I heard nothing" in said[-1]["text"]) == (loud == 0.0)


@pytest.mark.parametrize(
    "messages", ["nonsense", "[]", '{"type": "dance"}', '{"type": "begin", "rate": 5}', '{"type": "begin"}']
)
def test_messages_that_are_none(served: Serving, messages: str) -> None:
    talk = served.talk()
    token = talk[1]["Authorization"].partition(" ")[2]
    with connect(served.address.replace("http", "ws") + f"{talk[0]}/voice?token={token}") as socket:
        socket.send(messages)
        assert json.loads(socket.recv(timeout=10))["type"] == "error"


def test_who_floods_is_let_go_and_other_sites_are_not_heard(served: Serving) -> None:
    talk = served.talk()
    token = talk[1]["Authorization"].partition(" ")[2]
    there = served.address.replace("http", "ws") + f"{talk[0]}/voice?token={token}"
    with pytest.raises(ConnectionClosed), connect(there) as socket:
        socket.send(json.dumps({"type": "begin", "rate": 24_000}))
        for _ in range(60):
            socket.send(silence(0.5))
        socket.recv(timeout=10)
    from websockets.exceptions import InvalidStatus

    with pytest.raises((ConnectionClosed, InvalidStatus)), connect(there, origin="https://elsewhere.example") as socket:  # type: ignore[arg-type]
        socket.recv(timeout=10)


def test_features_are_whispers(served: Serving) -> None:
    mel = log_mel(np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32))
    assert mel.shape == (80, 100) and abs(int(mel[:, 50].argmax()) - 11) <= 1
    names = names_of(served.host.figure.knowledge, "en", "Grace Hopper")
    assert names[0] == "Grace Hopper" and {"COBOL", "Harvard"} <= set(names)
