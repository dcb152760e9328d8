"""Model files: fetched from the first source that has them, gone on with, never kept when the SHA-256 is wrong."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from countenance.errors import ModelCorrupt, ModelMissing
from countenance.models import CATALOGUE, ModelFile, fetch, model_state
from countenance.models.catalogue import Address, Installed
from countenance.models.model_store import find_model, stored_at

CONTENT = bytes(range(256)) * 800


class Shelf(BaseHTTPRequestHandler):
    """Serves CONTENT with ranges; breaks off at the first asking where `broken` says so."""

    def __init__(self, *args: object, state: dict[str, object], **more: object) -> None:
        self.state = state
        super().__init__(*args, **more)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.state.setdefault("ranges", []).append(asked)  # type: ignore[attr-defined]
        begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        body = bytes(self.state["content"])[begin:]  # type: ignore[call-overload]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.state.pop("broken", False) else body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shelf() -> Iterator[tuple[str, dict[str, object]]]:
    state: dict[str, object] = {"content": CONTENT}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Shelf, state=state))  # type: ignore[arg-type]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/model", state
    server.shutdown()


def model(*sources: Address | Installed, content: bytes = CONTENT) -> ModelFile:
    return ModelFile("m", "m.bin", "a test", "CC0-1.0", len(content), hashlib.sha256(content).hexdigest(), sources)


def test_a_download_is_gone_on_with(tmp_path: Path, shelf: tuple[str, dict[str, object]]) -> None:
    url, state = shelf
    state["broken"] = True
    with pytest.raises(ModelMissing):
        fetch(model(Address(url)), folder=tmp_path)
    assert not (tmp_path / "m.bin").exists()
    path = fetch(model(Address(url)), folder=tmp_path)
    assert path.read_bytes() == CONTENT
    assert state["ranges"] == [None, f"bytes={len(CONTENT) // 2}-"]
    assert [p.name for p in tmp_path.iterdir()] == ["m.bin"]


def test_a_wrong_hash_is_never_kept(tmp_path: Path, shelf: tuple[str, dict[str, object]]) -> None:
    url, state = shelf
    state["content"] = CONTENT[:-1] + b"!"
    with pytest.raises(ModelCorrupt):
        fetch(model(Address(url)), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_next_source_is_tried(tmp_path: Path, shelf: tuple[str, dict[str, object]]) -> None:
    sources = (Installed("no-such-package", "x"), Address("http://127.0.0.1:9/none"), Address(shelf[0]))
    assert fetch(model(*sources), folder=tmp_path).read_bytes() == CONTENT


def test_no_source_is_told_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        fetch(model(Installed("no-such-package", "x")), folder=tmp_path)
    assert str(tmp_path / "m.bin") in caught.value.remedy


def test_a_spoilt_file_is_corrupt_until_fetched_anew(tmp_path: Path, shelf: tuple[str, dict[str, object]]) -> None:
    wanted = model(Address(shelf[0]))
    stored_at(wanted, tmp_path).write_bytes(CONTENT[:-1])
    assert model_state(wanted, tmp_path)[0] == "corrupt"
    fetch(wanted, folder=tmp_path)
    assert model_state(wanted, tmp_path)[0] == "ok"


def test_an_unknown_model() -> None:
    with pytest.raises(ModelMissing, match="no model called"):
        find_model("nothing")


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda m: m.name)
def test_every_entry_is_whole(entry: ModelFile) -> None:
    assert len(entry.sha256) == 64 and entry.size > 0 and entry.sources and entry.licence
    state, path = model_state(entry)
    if state == "ok" and path is not None:
        assert path.stat().st_size == entry.size
