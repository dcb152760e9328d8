"""A figure over HTTP in writing: a real server, real callers; what they do wrong is told, nothing of them is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("aiortc", reason="the extra [figure] is not installed")
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from countenance.figure import AskedFile
from countenance.figure.answering import Answering
from countenance.figure.host import FigureHost
from tests.figure.figures import Serving, hopper, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    figure = hopper(tmp_path_factory.mktemp("figure") / "hopper", keep_declined="true")
    with serving(FigureHost(figure, Answering(figure)), public_address="https://museum.example") as there:
        yield there


def test_it_says_at_once_that_it_is_an_ai_in_each_language(served: Serving) -> None:
    for tag, said in (("en", "I am an AI."), ("es", "Soy una inteligencia artificial.")):
        _, _, reply = served.talk(language=tag)
        assert reply["sentences"][0] == said
    page = served.client.get("/figure").json()
    for tag in ("en", "es"):
        words = page["languages"][tag]["words"]
        assert "Grace Hopper" in words["sign"] and words["badge"] in ("AI", "IA")


def test_an_answer_comes_with_its_source_and_the_question_understood(served: Serving) -> None:
    reply = served.ask(served.talk(), "who found that moth").json()
    assert reply["kind"] == "answer" and reply["entry"] == "moth" and reply["question"] == "who found that moth"
    assert "Log book of the Harvard Mark II" in reply["sources"][0]["source"] and reply["sources"][0]["by"] == "written"


def test_choosing_and_switching_languages(served: Serving) -> None:
    talk = served.talk()
    chosen = served.client.post(f"{talk[0]}/choose", json={"entry": "cobol", "language": "es"}, headers=talk[1]).json()
    assert chosen["language"] == "es" and chosen["text"].startswith("COBOL lo diseñó")
    wrong = served.client.post(f"{talk[0]}/choose", json={"entry": "nothing"}, headers=talk[1])
    assert wrong.status_code == 422 and wrong.json()["error"]["code"] == "figure.entry"
    assert served.ask(talk, "hello", language="fr").json()["error"]["code"] == "figure.language"


def test_only_ones_own_talk(served: Serving) -> None:
    one, two = served.talk(), served.talk()
    for headers in ({}, two[1], {"Authorization": "Bearer x"}):
        answer = served.client.post(f"{one[0]}/ask", json={"text": "hello"}, headers=headers)
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "figure.talk"
    assert served.client.delete(one[0], headers=one[1]).status_code == 204
    assert served.ask(one, "hello").status_code == 403


def test_two_at_once_one_is_answered_aloud(served: Serving) -> None:
    served.host.talks.__init__(60)  # type: ignore[misc]  # nobody else
    one, two = served.talk(), served.talk()
    assert served.ask(one, "hello").json()["floor"] and not served.ask(two, "hello").json()["floor"]


def test_what_is_asked_in_vain_is_kept_as_text_where_the_museum_says_so(served: Serving, tmp_path: Path) -> None:
    talk = served.talk()
    for question in ("Did you like tango dancing?", "You are stupid", "I have lost my mum", "Are you real?"):
        served.ask(talk, question)
    kept = AskedFile(served.host.figure.folder / "asked.csv").rows()
    assert [row.question for row in kept] == ["Did you like tango dancing?"]
    figure = hopper(tmp_path / "other")
    before = sorted(p.name for p in figure.folder.iterdir())
    with serving(FigureHost(figure, Answering(figure))) as other:
        other.ask(other.talk(), "Did you like tango dancing?")
    assert sorted(p.name for p in figure.folder.iterdir()) == before


def test_a_transcript_with_sources_to_take_along(served: Serving) -> None:
    talk = served.talk()
    served.ask(talk, "What is COBOL?")
    served.ask(talk, "<script>alert(1)</script>")
    taken = served.client.post(f"{talk[0]}/take", headers=talk[1]).json()
    assert taken["address"] == "https://museum.example" + taken["path"]
    page = served.client.get(taken["path"])
    assert "COBOL was designed by a committee in 1959." in page.text and "Kurt W. Beyer" in page.text
    assert "This is an AI." in page.text and "<script>" not in page.text
    assert served.client.get("/figure/transcripts/x").status_code == 410


@pytest.mark.parametrize(
    ("path", "body"),
    [("ask", {"text": ""}), ("ask", {"text": "x" * 2000}), ("ask", {}), ("choose", {"entry": 5}), ("ask", [1])],
)
def test_bodies_that_are_none(served: Serving, path: str, body: object) -> None:
    talk = served.talk()
    assert served.client.post(f"{talk[0]}/{path}", json=body, headers=talk[1]).status_code == 422


def test_a_figure_without_picture_says_so(served: Serving) -> None:
    answer = served.client.post("/figure/whep", content="v=0", headers={"Content-Type": "application/sdp"})
    assert answer.json()["error"]["code"] == "live.early"
    assert served.client.get("/health").json() == {"status": "ok", "stage": "writing"}


def test_one_that_does_not_hear_refuses_a_microphone(served: Serving) -> None:
    talk = served.talk()
    token = talk[1]["Authorization"].partition(" ")[2]
    there = served.address.replace("http", "ws") + f"{talk[0]}/voice?token={token}"
    with pytest.raises((InvalidStatus, ConnectionClosed)), connect(there) as socket:
        socket.recv(timeout=5)


def test_pages_hold_no_words_of_others_and_no_inline_script(served: Serving) -> None:
    page = served.client.get("/")
    assert "<script src=" in page.text and page.text.count("<script") == 1 and " onclick" not in page.text
    for name in ("figure.js", "figure.css", "microphone.js", "transcript.css"):
        assert served.client.get(f"/figure/assets/{name}").status_code == 200
    assert served.client.get("/figure/assets/../app.py").status_code == 404
    assert json.dumps(served.client.get("/figure").json())


def test_a_flood_is_told(served: Serving) -> None:
    talk = served.talk()
    codes = [served.ask(talk, "hello").status_code for _ in range(45)]
    assert codes[0] == 200 and codes[-1] == 413
