"""A death is news also where nobody has sent its day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from careweave.care.teams.news import happened
from tests.unit.web_samples import held


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ({"deceasedDateTime": "2026-11-20"}, ["died"]),
        ({"deceasedBoolean": True}, ["died"]),
        ({"deceasedBoolean": False}, []),
        ({}, []),
    ],
)
def test_who_is_dead_on_an_unknown_day_is_dead(said: dict[str, Any], kinds: list[str]) -> None:
    patient = held({"resourceType": "Patient", **said})
    assert [one.kind for one in happened([patient], datetime(2026, 11, 23, tzinfo=UTC))] == kinds
