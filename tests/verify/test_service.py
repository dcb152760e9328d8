"""The resolution service, asked as C2PA's clients and as the page ask it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import c2pa
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from countenance.marking.bindings import PICTURE_ALGORITHM, SOUND_ALGORITHM, binding_value
from countenance.verify.jumbf import manifest_labels
from countenance.verify.service import Service, create_app
from countenance.verify.service.sandbox import ResourceLimits
from countenance.verify.words import LANGUAGES, words
from tests.exit_material import picture
from tests.verify.conftest import House
from tests.verify.copies import changed, remuxed

LIMIT = 4 << 20


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[TestClient]:
    service = Service(max_bytes=LIMIT, allowance=ResourceLimits(seconds=40))
    with TestClient(create_app(house.settings, service)) as asking:
        yield asking


@pytest.fixture(scope="module")
def value(house: House) -> str:
    return binding_value(int(house.clip.payload, 16))


def by_binding(client: TestClient, **query: object) -> Any:
    return client.get("/matches/byBinding", params={key: str(one) for key, one in query.items()})


def test_from_a_mark_to_its_manifest(client: TestClient, house: House, value: str) -> None:
    answer = by_binding(client, alg=PICTURE_ALGORITHM, value=value)
    assert answer.status_code == 200 and answer.json() == {"matches": [{"manifestId": house.clip.manifest_id}]}
    store = client.get(f"/manifests/{house.clip.manifest_id}")
    assert store.status_code == 200 and store.headers["content-type"] == "application/c2pa"
    with c2pa.Reader("application/c2pa", io.BytesIO(store.content)) as reader:
        assert reader.get_active_manifest()["label"] == house.clip.manifest_id
    posted = client.post("/matches/byBinding", json={"alg": PICTURE_ALGORITHM, "value": value})
    assert posted.json() == answer.json()


def test_the_active_manifest_alone(client: TestClient, house: House) -> None:
    store = client.get(f"/manifests/{house.still.manifest_id}", params={"returnActiveManifest": "true"})
    assert manifest_labels(store.content) == (house.still.manifest_id,)
    with c2pa.Reader("application/c2pa", io.BytesIO(store.content)) as reader:
        assert reader.get_active_manifest()["title"] == "A still"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"alg": PICTURE_ALGORITHM, "value": "AAAAAAAAAAE="}, 200),
        ({"alg": PICTURE_ALGORITHM, "value": "not base64!"}, 400),
        ({"alg": PICTURE_ALGORITHM, "value": "AAAA"}, 400),
        ({"alg": "com.example.other", "value": "AAAAAAAAAAE="}, 400),
        ({"alg": PICTURE_ALGORITHM}, 400),
        ({"alg": PICTURE_ALGORITHM, "value": "AAAAAAAAAAE=", "maxResults": 0}, 400),
        ({"alg": PICTURE_ALGORITHM, "value": "A" * 2000}, 414),
    ],
)
def test_queries_that_find_nothing_or_are_none(client: TestClient, query: dict[str, object], status: int) -> None:
    answer = by_binding(client, **query)
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"matches": []}


def test_a_mark_of_the_other_kind_leads_nowhere(client: TestClient, house: House, value: str) -> None:
    assert by_binding(client, alg=SOUND_ALGORITHM, value=value).json() == {"matches": []}
    sound = binding_value(int(house.sound.payload, 16))
    matches = by_binding(client, alg=SOUND_ALGORITHM, value=sound).json()["matches"]
    assert matches == [{"manifestId": house.sound.manifest_id}]


@pytest.mark.parametrize(
    ("name", "status"), [("urn:c2pa:00000000-0000-4000-8000-000000000000", 404), ("a b", 400), ("x" * 300, 400)]
)
def test_manifests_that_are_not_there(client: TestClient, name: str, status: int) -> None:
    assert client.get(f"/manifests/{name}").status_code == status


def test_from_a_file_to_its_manifest(client: TestClient, house: House, tmp_path: Path) -> None:
    copy = changed(house.clip.path, tmp_path / "copy.mp4", lambda pixels: pixels[:, ::-1])
    sent = {"content": copy.read_bytes(), "headers": {"content-type": "video/mp4"}}
    answer = client.post("/matches/byContent", **sent)
    assert answer.status_code == 200
    assert answer.json()["matches"][0] == {"manifestId": house.clip.manifest_id, "similarityScore": 100}
    by_sound = client.post("/matches/byContent", params={"alg": SOUND_ALGORITHM}, **sent)
    assert by_sound.json() == {"matches": []}


def test_a_hint_is_followed(client: TestClient, house: House, value: str) -> None:
    kept = io.BytesIO()
    Image.fromarray(picture(60, 60, seed=3)).save(kept, "PNG")
    hint = {"hintAlg": PICTURE_ALGORITHM, "hintValue": value}
    answer = client.post(
        "/matches/byContent", params=hint, content=kept.getvalue(), headers={"content-type": "image/png"}
    )
    assert [one["manifestId"] for one in answer.json()["matches"]] == [house.clip.manifest_id]


def test_what_is_no_asset(client: TestClient) -> None:
    for content, kind, status in (
        (b"hello", "image/png", 415),
        (b"hello", "text/plain", 415),
        (b"", "image/png", 415),
        (b"\0" * (LIMIT + 1), "video/mp4", 413),
    ):
        answer = client.post("/matches/byContent", content=content, headers={"content-type": kind})
        assert answer.status_code == status, (kind, answer.text)


def test_supported_algorithms(client: TestClient) -> None:
    answer = client.get("/services/supportedAlgorithms").json()
    assert {one["alg"] for one in answer["watermarks"]} == {PICTURE_ALGORITHM, SOUND_ALGORITHM}


def test_an_answer_for_the_page(client: TestClient, house: House, tmp_path: Path) -> None:
    copy = remuxed(house.clip.path, tmp_path / "copy.mp4")
    query = {"language": "fr", "name": "<script>alert(1)</script>.mp4"}
    answer = client.post("/answers", params=query, content=copy.read_bytes())
    found = answer.json()
    assert answer.status_code == 200 and found["verdict"]["outcome"] == "made"
    assert found["verdict"]["summary"].startswith("Fait avec l'IA par")
    assert "&lt;script&gt;" in found["html"] and "<script" not in found["html"]
    assert 'src="http' not in found["html"] and "data:image/jpeg" in found["html"]


def test_nothing_is_kept(client: TestClient, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = sorted((house.settings.home / "spool").rglob("*"))
    assert client.post("/answers", content=house.still.path.read_bytes()).status_code == 200
    assert client.post("/answers", content=b"rubbish").status_code == 200
    assert list(tmp_path.iterdir()) == []
    assert sorted((house.settings.home / "spool").rglob("*")) == before


def test_uploads_are_limited(client: TestClient) -> None:
    answer = client.post("/answers", content=b"\0" * (LIMIT + 1))
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "input.too_large"

    def endless() -> Iterator[bytes]:  # no announced length
        for _ in range(LIMIT // (1 << 16) + 2):
            yield b"\0" * (1 << 16)

    assert client.post("/answers", content=endless()).status_code == 413


def test_the_page_in_every_language(client: TestClient) -> None:
    for language in LANGUAGES:
        page = client.get("/", headers={"accept-language": f"{language}-XX,en;q=0.3"})
        assert f'<html lang="{language}">' in page.text and words(language)["page"]["heading"] in page.text
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert "<script>" not in page.text and " style=" not in page.text
    for name in ("look.css", "page.css", "page.js", "icon.svg"):
        assert client.get(f"/assets/{name}").status_code == 200
    assert client.get("/assets/../app.py").status_code == 404


def test_links_to_private_places_are_refused(client: TestClient) -> None:
    for url in (
        "http://127.0.0.1/x.mp4",
        "http://[::1]/x",
        "http://localhost/",
        "file:///etc/passwd",
        "http://10.0.0.1/",
    ):
        answer = client.post("/answers/link", json={"url": url})
        assert answer.status_code == 422 and answer.json()["error"]["code"] == "verify.link", url


def test_as_published(client: TestClient) -> None:
    """Paths, methods, parameters and answers of C2PA's OpenAPI document, version 1.0."""
    paths = client.get("/openapi.json").json()["paths"]
    published = {
        ("/matches/byBinding", "get"): ("queryByBinding", {"value", "alg", "maxResults"}, {"200", "400", "414", "500"}),
        ("/matches/byBinding", "post"): ("queryByLargeBinding", {"maxResults"}, {"200", "400", "500"}),
        ("/matches/byContent", "post"): (
            "uploadFile",
            {"alg", "maxResults", "hintAlg", "hintValue"},
            {"200", "415", "500"},
        ),
        ("/manifests/{manifestId}", "get"): (
            "getManifestById",
            {"manifestId", "returnActiveManifest"},
            {"200", "400", "404", "500"},
        ),
        ("/services/supportedAlgorithms", "get"): ("getSupportedBindings", set(), {"200", "500"}),
    }
    for (path, method), (name, parameters, answers) in published.items():
        operation = paths[path][method]
        assert operation["operationId"] == name
        assert {one["name"] for one in operation.get("parameters", [])} == parameters
        assert answers <= set(operation["responses"])
    assert set(paths["/manifests/{manifestId}"]["get"]["responses"]["200"]["content"]) == {"application/c2pa"}
    assert "image/*" in paths["/matches/byContent"]["post"]["requestBody"]["content"]
