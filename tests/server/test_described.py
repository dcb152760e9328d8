"""The description against the server: whatever is sent by its own terms is answered as it says (schemathesis)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# ruff: noqa: E402
schemathesis = pytest.importorskip("schemathesis")

from countenance.server.access import Quota
from tests.server.conftest import Running

# What a plain description cannot say: that a header's base64 is base64, and that a number names something.
LEFT_OUT = ("positive_data_acceptance", "use_after_free", "ensure_resource_availability", "missing_required_header")


@pytest.mark.parametrize("scopes", [("read", "jobs", "permission", "metrics", "admin"), ("read",)], ids=["all", "read"])
def test_whatever_is_sent_is_answered_as_described(studio: Running, scopes: tuple[str, ...]) -> None:
    key = studio.context.access.make_key("fuzz", scopes, Quota(waiting=0, jobs_a_day=0))
    schema = schemathesis.openapi.from_url(f"{studio.url}/openapi.json")
    left_out = [one for name in LEFT_OUT if (one := _check(name)) is not None]
    asked, wrong = 0, []
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.endswith("/events"):
            continue

        @settings(
            max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
        )
        @schemathesis_given(operation)
        def sent(case: object) -> None:
            answer = case.call(headers={"Authorization": f"Bearer {key.secret}"}, timeout=60)  # type: ignore[attr-defined]
            assert answer.status_code != 500, answer.text
            case.validate_response(answer, excluded_checks=left_out)  # type: ignore[attr-defined]

        try:
            sent()
        except Exception as error:
            wrong.append(f"{operation.method} {operation.path}: {_causes(error)}")
        asked += 1
    assert not wrong, "\n".join(wrong)
    assert asked > 15


def schemathesis_given(operation: object) -> object:
    """Cases of one operation, good and bad."""
    from hypothesis import given

    return given(case=operation.as_strategy())  # type: ignore[attr-defined]


def _check(name: str) -> object:
    try:
        return schemathesis.checks.CHECKS.get_one(name)
    except (KeyError, AttributeError):
        return None


def _causes(error: BaseException) -> str:
    inner = getattr(error, "exceptions", ())
    return "; ".join(map(_causes, inner)) if inner else f"{type(error).__name__} {str(error)[:300]}"
