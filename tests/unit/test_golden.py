"""The golden Patient: which of several statements about a person is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from careweave.identity.golden import NHS_NUMBER, SourcePatient, golden_patient
from tests.unit.matching_samples import NUMBERS

OLD, NEW, OTHER = NUMBERS[:3]


def says(source: str, *numbers: tuple[str, str], is_practice: bool = False) -> SourcePatient:
    """`numbers` are (use, number); an empty use is left out."""
    held: list[dict[str, Any]] = [
        {"system": NHS_NUMBER, "value": value} | ({"use": use} if use else {}) for use, value in numbers
    ]
    body = {"resourceType": "Patient", "identifier": held, "name": [{"family": "Buckley", "given": ["Joe"]}]}
    return SourcePatient(body, source, datetime(2026, 11, 1, tzinfo=UTC), is_practice)


def numbers_of(*patients: SourcePatient) -> list[tuple[str, str]]:
    return [(each.get("use", ""), each["value"]) for each in golden_patient("p", patients)["identifier"]]


def test_a_superseded_number_is_never_the_number_shown_however_many_still_send_it() -> None:
    practice = says("Y90001", ("", NEW), ("old", OLD), is_practice=True)
    others = [says(source, ("", OLD)) for source in ("RVR", "900", "RVC")]
    assert numbers_of(*others, practice) == [("", NEW), ("old", OLD)]


def test_the_number_that_most_sources_agree_on_is_shown() -> None:
    assert numbers_of(says("RVR", ("", NEW)), says("900", ("", NEW)), says("RVC", ("", OTHER))) == [("", NEW)]


def test_the_practice_settles_a_tie() -> None:
    practice = says("Y90001", ("", OLD), is_practice=True)
    assert numbers_of(says("RVR", ("", NEW)), practice) == [("", OLD)]


def test_where_only_a_superseded_number_is_known_it_is_shown() -> None:
    assert numbers_of(says("RVR", ("old", OLD))) == [("", OLD)]
