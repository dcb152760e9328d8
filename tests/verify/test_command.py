"""`countenance verify` as it is typed, and other records that it asks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from countenance.cli import app
from countenance.errors import CountenanceError, OutputExists
from countenance.marking.video_exit import VideoOutput
from countenance.media.frames import VideoFrame
from countenance.settings import Settings, default_settings
from countenance.verify import Inquiry, verify_file
from countenance.verify.record import Clues
from countenance.verify.remote import RemoteRecord
from countenance.verify.service import create_app
from tests.exit_material import making, plate, settings_in
from tests.verify.conftest import RATE, House
from tests.verify.copies import frames_of, remuxed, tampered


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The command in the house's home."""
    monkeypatch.setenv("COUNTENANCE_HOME", str(house.settings.home))
    default_settings.cache_clear()

    def command(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["verify", *map(str, arguments)])

    yield command
    default_settings.cache_clear()


def test_one_sentence_first(run, house: House) -> None:  # type: ignore[no-untyped-def]
    done = run(house.still.path)
    lines = done.stdout.splitlines()
    assert done.exit_code == 0 and lines[0].startswith("Made with AI by this installation of Countenance")
    assert "Signed manifest" in lines and any(house.still.payload in line for line in lines)


def test_for_machines(run, house: House, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    copy = tampered(house.clip.path, tmp_path / "copy.mp4")
    done = run(copy, "--json", "--time-limit", 1)
    found = json.loads(done.stdout)
    assert done.exit_code == found["exit_status"] == 10 and found["conflicts"] == ["manifest-broken"]
    assert found["schema"] == "countenance.verdict/2" and found["marks"]["picture"]["payloads"] == [house.clip.payload]


def test_a_report(run, house: House, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    report = tmp_path / "report.html"
    assert run(house.still.path, "--report", report, "--language", "de").exit_code == 0
    page = report.read_text()
    assert '<html lang="de">' in page and "data:image/jpeg;base64," in page and "Mit KI erzeugt" in page
    for outside in ("http://", "https://", "src=", "@import", "<script"):
        assert outside not in page.replace("http://cv.iptc.org", ""), outside
    with pytest.raises(OutputExists):
        raise run(house.still.path, "--report", report).exception
    assert run(house.still.path, "--report", report, "--overwrite").exit_code == 0


def test_what_cannot_be(run, house: House, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "text.txt").write_text("only words\n")
    assert run(tmp_path / "text.txt").exit_code == 12
    for arguments in (
        [tmp_path / "none.mp4"],
        [house.still.path, "--language", "xx"],
        [house.still.path, "--registry", "nonsense"],
        [house.clip.path, "--start", "99"],
        [house.clip.path, "--duration", "0"],
        ["http://127.0.0.1:9/none.mp4"],
    ):
        error = run(*arguments).exception
        assert isinstance(error, CountenanceError) and error.exit_status == 3 and error.remedy, arguments


def test_another_house_is_asked_by_its_number(house: House, strangers_home: Settings, tmp_path: Path) -> None:
    copy = remuxed(house.clip.path, tmp_path / "copy.mp4")
    with TestClient(create_app(house.settings)) as service:
        record = RemoteRecord("http://testserver", client=service)  # type: ignore[arg-type]
        found = verify_file(copy, strangers_home, Inquiry(seconds=1), record=record)
    assert found.outcome == "uncompared" and found.record is None, "it keeps nothing here to compare with"
    assert found.strangers[0].found.source == "http://testserver" and not found.unknown


@pytest.mark.parametrize("answer", ["<html>", "[]", '{"matches": [1]}', '{"matches": [{"manifestId": "x"}]}'])
def test_another_house_that_talks_nonsense(answer: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if "byBinding" in request.url.path else 500, text=answer)

    record = RemoteRecord("https://other.example", client=httpx.Client(transport=httpx.MockTransport(handler)))
    found = record.search(Clues(picture=(1,)))
    assert not found.candidates and "could not be asked" in found.failure


def test_what_was_made_from_something_marked(house: House, tmp_path: Path) -> None:
    """Both marks are read, and the newer render is what the file is."""
    shutil.copytree(house.settings.home, tmp_path / "home")  # the other tests' house has no children
    settings = settings_in(tmp_path)
    ingredients, permit = plate(house.clip.path)
    child = tmp_path / "child.mp4"
    with VideoOutput(
        child, permit, making(ingredients=ingredients), width=320, height=256, rate=RATE, settings=settings
    ) as output:
        for index, pixels in enumerate(frames_of(house.clip.path)):
            output.write(VideoFrame(pixels, index / RATE, index))
    found = verify_file(remuxed(child, tmp_path / "copy.mp4"), settings, Inquiry(seconds=2))
    assert found.record is not None and found.record.manifest_id == output.receipt.manifest_id
    assert f"{found.others[0]:016x}" == house.clip.payload
    assert not found.conflicts and "mixed" not in {change.what for change in found.changes}
    assert found.summary.startswith("Changed with AI by")
