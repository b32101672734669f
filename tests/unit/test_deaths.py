"""Whether somebody has died is read in one way, whichever record says it."""

from __future__ import annotations

from typing import Any

import pytest

from careweave.record import Resource
from careweave.record.deaths import has_died


def entry(type_: str, **said: Any) -> Resource:
    return Resource(type_, "1", 1, "1", "Y90001", (), (), None, None, None, {"resourceType": type_, **said})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "is_dead"),
    [
        ({"deceasedDateTime": "2026-01-02"}, True),
        ({"deceasedBoolean": True}, True),
        ({"deceasedBoolean": False}, False),
        ({}, False),
    ],
)
def test_a_date_or_a_bare_word_says_that_somebody_has_died(said: dict[str, Any], is_dead: bool) -> None:
    assert has_died([entry("Patient"), entry("Patient", **said)]) is is_dead


def test_what_is_no_patient_says_nothing_of_a_death() -> None:
    assert not has_died([entry("RelatedPerson", deceasedBoolean=True)])
