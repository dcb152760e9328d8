"""Campaigns by API: what stands in the way is told before anything is made, and each version is made once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from countenance.errors import BadDocument
from countenance.server.campaigns.plan import CampaignBody, expand, filled, sealed, unsealed
from countenance.server.campaigns.table import read_table
from countenance.server.client import Client, StudioAnswered
from countenance.server.places import SAMPLE_BASIS, SAMPLE_CLAIM
from tests.server.conftest import Running

HOPPER = {
    "name": "hopper", "source": "sample:grace-hopper",
    "right": {"kind": "public-domain", "work": SAMPLE_CLAIM, "basis": SAMPLE_BASIS},
}  # fmt: skip
ROWS = [{"name": "Ada", "product": "tea"}, {"name": "Bea", "product": "coffee"}]
PLAN = {"title": "Spring", "original": "en", "words": {"en": "Hello {{name}}, your {{product}} is here."},
        "faces": [HOPPER], "rows": ROWS}  # fmt: skip


def created(client: Client, **changes: Any) -> dict[str, Any]:
    return dict(client.ask("POST", "/v1/campaigns", json=PLAN | changes).json())


def versions(client: Client, number: str) -> list[dict[str, Any]]:
    return list(client.ask("GET", f"/v1/campaigns/{number}/versions").json()["versions"])


def refused(client: Client, method: str, path: str, **more: Any) -> StudioAnswered:
    with pytest.raises(StudioAnswered) as met:
        client.ask(method, path, **more)
    return met.value


def unasked(studio: Running, uses: tuple[Any, ...] = ()) -> Running:
    """Everything is permitted, without processes that look at faces; one test below starts them."""
    basis: dict[str, Any] = {"basis": "a public-domain work", "uses": list(uses)}
    studio.context.previews.permission = lambda _: basis  # type: ignore[method-assign]
    seen = {"kind": "picture", "width": 2, "height": 2, "seconds": None, "faces": []}
    studio.context.looks.faces = lambda *_: seen  # type: ignore[method-assign]
    return studio


# Tables


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("name,product\nAda,tea\n\n", [{"name": "Ada", "product": "tea"}]),
        ('\ufeffname;product\r\nAda;"tea; green"\r\n', [{"name": "Ada", "product": "tea; green"}]),
        ("name\tproduct\nÅsa\ttea\nBea", [{"name": "Åsa", "product": "tea"}, {"name": "Bea", "product": ""}]),
        ('[{"name": "Ada", "n": 3}]', [{"name": "Ada", "n": "3"}]),
    ],
    ids=["comma", "semicolon", "tab", "json"],
)
def test_tables_as_they_are_written(text: str, rows: list[dict[str, str]]) -> None:
    assert list(read_table(text.encode())) == rows


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name\n", "no row"),
        ("name,name\na,b\n", "one name"),
        ("name\na,b\n", "row 1 has 2 cells"),
        ("first name\nAda\n", "no name that a text can use"),
        ('[{"name": ["Ada"]}]', "a text or a number"),
        ('[{"name": "Ada"}, {"nom": "Bea"}]', "other columns"),
        ('{"name": "Ada"}', "no list"),
        ("name\n" + "x" * 501, "more than 500"),
        ("name\nA\u202eda\n", "cannot be said"),
        ("name\n" + "a\n" * 2001, "2,001 rows"),
        ('name\n"Ada\n', "no CSV"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_tables_that_cannot_be_used(text: str, why: str) -> None:
    with pytest.raises(BadDocument) as met:
        read_table(text.encode())
    assert met.value.code == "campaign.table" and why in met.value.message and met.value.remedy


def test_a_cell_is_no_template() -> None:
    assert filled("Hello {{ name }}.", {"name": "{{secret}}", "secret": "x"}) == "Hello {{secret}}."


def test_a_translator_does_not_see_the_columns() -> None:
    words, stood = sealed("Hello {{name}}, {{ product }} and {{name}}.")
    assert "{" not in words and unsealed(words.replace("Hello", "Hola"), stood) == (
        "Hola {{name}}, {{ product }} and {{name}}."
    )
    many, stood = sealed(" ".join(f"{{{{c{k}}}}}" for k in range(12)))
    assert unsealed(many.lower(), stood) == " ".join(f"{{{{c{k}}}}}" for k in range(12))


# Versions


def test_rows_choose_and_fill() -> None:
    plan = CampaignBody.model_validate(
        PLAN
        | {
            "words": {"en": "Hello {{name}}.", "es": "Hola {{name}}."}, "formats": ["own", "9:16"],
            "rows": [
                {"name": "Ada", "language": "", "format": ""}, {"name": "Bea", "language": "ES", "format": "9:16"},
            ],
        }
    )  # fmt: skip
    found = expand(plan, {"hopper": "picture"}, lambda name, _: name or "espeak")
    assert [one.name for one in found] == [
        "1.hopper.en.espeak.own", "1.hopper.en.espeak.9x16", "1.hopper.es.espeak.own", "1.hopper.es.espeak.9x16",
        "2.hopper.es.espeak.9x16",
    ]  # fmt: skip
    assert [one.text for one in found][-2:] == ["Hola Ada.", "Hola Bea."]
    assert all(one.body is not None and not one.obstacles for one in found)
    assert len({one.fingerprint for one in found}) == 5


# By API


def test_what_stands_in_the_way_is_told_before_anything_is_made(studio: Running) -> None:
    client = unasked(studio).client("jobs", "read")
    rows = [
        {"name": "Ada", "picture": "", "language": "", "voice": ""},
        {"name": "", "picture": "", "language": "", "voice": ""},
        {"name": "Bea", "picture": "lisa", "language": "", "voice": ""},
        {"name": "Cem", "picture": "", "language": "tr", "voice": ""},
        {"name": "Dov", "picture": "", "language": "", "voice": "hibari-of-another"},
    ]
    campaign = created(client, words={"en": "Hello {{name}}."}, rows=rows)
    found = versions(client, campaign["id"])
    assert [one["state"] for one in found] == ["unchecked", "blocked", "blocked", "blocked", "blocked"]
    told = [one["obstacles"][0]["code"] for one in found[1:]]
    assert told[:3] == ["campaign.empty", "campaign.picture", "campaign.language"]
    assert refused(client, "POST", f"/v1/campaigns/{campaign['id']}/start", json={}).code == "campaign.blocked"
    assert not list(client.jobs())
    started = client.ask("POST", f"/v1/campaigns/{campaign['id']}/start", json={"leave_out": True}).json()
    assert started["jobs"] == 1 and [job.recipe for job in client.jobs()] == ["speak"]


def test_a_missing_permission_is_told(studio: Running) -> None:
    client = studio.client("jobs", "read")
    other = {"name": "ada", "source": "sample:grace-hopper", "right": {"kind": "grant", "grant": "0" * 32}}
    campaign = created(client, faces=[HOPPER, other])
    checked = client.ask("POST", f"/v1/campaigns/{campaign['id']}/check").json()
    assert checked["states"] == {"ready": 2, "refused": 2}
    assert [(one["code"], one["versions"]) for one in checked["missing"]] == [("permission.no_grant", 2)]
    assert refused(client, "POST", f"/v1/campaigns/{campaign['id']}/start", json={}).code == "campaign.blocked"
    assert not list(client.jobs())


def test_each_version_is_made_once(making: Callable[..., Running]) -> None:
    studio = unasked(making("tests.server.makers:filed"))
    client = studio.client("jobs", "read")
    campaign = created(client)
    path = f"/v1/campaigns/{campaign['id']}"
    assert client.ask("POST", f"{path}/start", json={}).json()["jobs"] == 2
    assert client.ask("POST", f"{path}/start", json={}).json()["jobs"] == 0
    jobs = list(client.jobs())
    for job in jobs:
        client.wait(job.id)
    assert client.ask("GET", path).json()["states"] == {"done": 2} and len(jobs) == 2
    assert {job.spec["speech"]["text"] for job in jobs} == {
        "Hello Ada, your tea is here.", "Hello Bea, your coffee is here."
    }  # fmt: skip
    changed = client.ask("PUT", f"{path}/words/en", json={"text": "Bye {{name}}.", "read": True}).json()
    assert changed["states"] == {"ready": 2}, "they say something else now"
    assert len(list(client.jobs())) == 2, "and what was made stays"


def test_a_version_that_failed_is_tried_again(making: Callable[..., Running]) -> None:
    client = unasked(making("tests.server.makers:refusing")).client("jobs", "read")
    campaign = created(client, rows=[])
    assert created(client, words={"en": "Hello."}, rows=[])["states"] == {"unchecked": 1}
    client.ask("PUT", f"/v1/campaigns/{campaign['id']}/words/en", json={"text": "Hello.", "read": True})
    client.ask("POST", f"/v1/campaigns/{campaign['id']}/start", json={})
    job = next(client.jobs())
    with pytest.raises(StudioAnswered):
        client.wait(job.id)
    (one,) = versions(client, campaign["id"])
    assert one["state"] == "failed" and one["obstacles"][0]["code"] == "face.none"
    assert client.ask("POST", f"/v1/campaigns/{campaign['id']}/start", json={}).json()["jobs"] == 1
    assert len(list(client.jobs())) == 1, "the same job again"


def test_nothing_is_made_of_a_draft_before_somebody_read_it(studio: Running) -> None:
    client = unasked(studio).client("jobs", "read")
    campaign = created(client, words={"en": "Hello {{name}}.", "es": "Hola {{name}}."}, drafts=["es"])
    path = f"/v1/campaigns/{campaign['id']}"
    assert client.ask("POST", f"{path}/check").json()["states"] == {"ready": 2, "draft": 2}
    assert refused(client, "POST", f"{path}/start", json={}).code == "campaign.blocked"
    lost = client.ask("PUT", f"{path}/words/es", json={"text": "Hola.", "read": True}).json()
    assert {one["code"] for one in lost["missing"]} == {"campaign.lost"}
    client.ask("PUT", f"{path}/words/es", json={"text": "Hola {{name}}.", "read": True})
    assert client.ask("POST", f"{path}/check").json()["states"] == {"ready": 4}


def test_a_translator_that_somebody_names_by_address_is_not_asked(studio: Running) -> None:
    client = unasked(studio).client("jobs", "read")
    path = f"/v1/campaigns/{created(client)['id']}/words/es/draft"
    for name in ("openai=https://evil.example", "deepl=http://127.0.0.1", "nobody"):
        assert refused(client, "POST", path, json={"translator": name}).status == 422


def test_two_who_write_at_the_same_time(studio: Running) -> None:
    client = unasked(studio).client("jobs", "read")
    campaign = created(client)
    path = f"/v1/campaigns/{campaign['id']}"
    body = {"text": "Hi {{name}}, {{product}}.", "read": True, "version": campaign["version"]}
    client.ask("PUT", f"{path}/words/en", json=body)
    assert refused(client, "PUT", f"{path}/words/en", json=body).code == "campaign.changed"
    assert refused(client, "PUT", f"{path}?version=1", json=PLAN).code == "campaign.changed"


def test_anothers_campaign_and_anothers_pictures(studio: Running) -> None:
    mine, other = unasked(studio).client("jobs", "read"), studio.client("jobs", "read")
    campaign = created(mine)
    for method, path in (("GET", ""), ("POST", "/check"), ("POST", "/start"), ("DELETE", ""), ("GET", "/versions")):
        more: dict[str, Any] = {"json": {}} if path == "/start" else {}
        assert refused(other, method, f"/v1/campaigns/{campaign['id']}{path}", **more).status == 404
    upload = other.ask("POST", "/v1/uploads", headers={"Upload-Length": "3", "Tus-Resumable": "1.0.0"}).json()["id"]
    theirs = HOPPER | {"source": upload}
    assert refused(mine, "POST", "/v1/campaigns", json=PLAN | {"faces": [theirs]}).status == 404
    assert refused(mine, "POST", "/v1/campaigns", json=PLAN | {"rows": [], "table": upload}).status == 404


def test_a_grants_count_is_planned_with(studio: Running) -> None:
    client = unasked(studio, (["0" * 32, 3, 2],)).client("jobs", "read")
    campaign = created(client)
    checked = client.ask("POST", f"/v1/campaigns/{campaign['id']}/check").json()
    assert checked["states"] == {"ready": 1, "refused": 1}, "three times, two are used"
    assert [one["code"] for one in checked["missing"]] == ["permission.count"]


def test_a_key_that_may_not_have_so_many_begins_none(studio: Running) -> None:
    from countenance.server.access import Quota

    client = unasked(studio).client("jobs", "read", quota=Quota(waiting=1))
    campaign = created(client)
    assert refused(client, "POST", f"/v1/campaigns/{campaign['id']}/start", json={}).code == "studio.quota"
    assert not list(client.jobs())


def test_a_table_that_was_uploaded_cancelled_and_deleted(studio: Running, tmp_path: Path) -> None:
    client = unasked(studio).client("jobs", "read")
    table = tmp_path / "rows.json"
    table.write_text(json.dumps([{"name": str(k)} for k in range(20)]))
    campaign = created(client, words={"en": "{{name}}"}, rows=[], table=client.upload(table).id)
    assert campaign["columns"] == ["name"]
    path = f"/v1/campaigns/{campaign['id']}"
    assert client.ask("POST", f"{path}/start", json={"versions": ["3.hopper.en.hibari.own"]}).json()["jobs"] == 1
    client.ask("POST", f"{path}/start", json={})
    assert client.ask("POST", f"{path}/cancel").json()["states"] == {"cancelled": 20}
    client.ask("DELETE", path)
    assert client.ask("GET", "/v1/campaigns").json() == []
    assert len(list(client.jobs(state="cancelled"))) == 20
