"""Own readings as data: what cannot be is refused at its field, what is unusual is answered in words a child can read."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

import pytest

from careweave.care.readings.judging import agree_refusal, typed_value, unusual, written
from careweave.care.readings.kinds import Reading, reading_kind, reading_kinds, reading_of, reading_problems
from careweave.definitions import DefinitionError, load_definition
from careweave.record import Refusal
from careweave.warehouse.extraction.observations import observation_rows
from careweave.warehouse.extraction.reading import Extracted
from careweave.web.components.readings_chart import readings_chart
from careweave.web.presenters.own_readings import Series, Shown

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def kind(id: str) -> Reading:
    return reading_kind(id, TODAY)


def test_every_kind_is_there_with_a_source_and_units() -> None:
    found = {one.id: one for one in reading_kinds(TODAY)}
    assert {"blood-pressure", "weight", "blood-sugar", "mood", "pain", "peak-flow"} <= set(found)
    assert reading_problems() == []
    for one in found.values():
        assert one.source
        assert all(each.unit or each.ucum == "{score}" for each in one.fields)


@pytest.mark.parametrize(
    ("typed", "value"), [("72.5", 72.5), ("72,5", 72.5), (" 72.5 KG ", 72.5), ("20", 20.0), ("350", 350.0)]
)
def test_a_number_is_read_as_people_write_it(typed: str, value: float) -> None:
    assert typed_value(kind("weight").fields[0], typed) == value


@pytest.mark.parametrize(
    "typed", ["", " ", "heavy", "19.9", "350.1", "-70", "1e9", "NaN", "inf", "72.55", "7 2"]
)
def test_what_cannot_be_is_refused_at_its_field(typed: str) -> None:
    refused = typed_value(kind("weight").fields[0], typed)
    assert isinstance(refused, Refusal) and refused.field == "weight"


def test_blood_pressure_has_its_larger_number_on_top() -> None:
    assert agree_refusal(kind("blood-pressure"), {"systolic": 120, "diastolic": 80}) is None
    refused = agree_refusal(kind("blood-pressure"), {"systolic": 80, "diastolic": 120})
    assert refused and refused.field == "diastolic"


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ({"systolic": 134, "diastolic": 84}, None),
        ({"systolic": 135, "diastolic": 84}, "note"),
        ({"systolic": 134, "diastolic": 85}, "note"),
        ({"systolic": 180, "diastolic": 84}, "now"),
        ({"systolic": 170, "diastolic": 120}, "now"),
        ({"systolic": 89, "diastolic": 60}, "soon"),
    ],
)
def test_limits_of_blood_pressure_are_inclusive_as_the_guidelines_say(
    values: dict[str, float], level: str | None
) -> None:
    found = unusual(kind("blood-pressure"), values, NOON, [])
    assert {one.level for one in found} == ({level} if level else set())


def test_weight_that_rises_fast_is_told_and_slowly_is_not() -> None:
    def watched(before: float, days: int) -> bool:
        return bool(
            unusual(
                kind("weight"), {"weight": 72.0}, NOON, [(NOON - timedelta(days=days), {"weight": before})]
            )
        )

    assert watched(70.0, 3) and watched(69.0, 1)
    assert not watched(70.1, 3) and not watched(70.0, 4)


def test_peak_flow_is_held_against_ones_own_best() -> None:
    earlier = [(NOON - timedelta(days=9), {"flow": 400.0}), (NOON - timedelta(days=2), {"flow": 300.0})]
    assert unusual(kind("peak-flow"), {"flow": 199.0}, NOON, earlier)
    assert not unusual(kind("peak-flow"), {"flow": 200.0}, NOON, earlier)
    assert not unusual(kind("peak-flow"), {"flow": 199.0}, NOON, [])


def test_an_answer_in_words_is_written_in_words() -> None:
    assert written(kind("mood"), {"mood": 1.0}) == "Very low"
    assert written(kind("blood-pressure"), {"systolic": 142.0, "diastolic": 88.0}) == "142 over 88 mmHg"


def test_what_to_do_is_written_in_short_sentences_of_plain_words() -> None:
    hard = re.compile(
        r"\b(?:hyper|hypo|systolic|diastolic|symptom|monitor|clinician|escalat|deteriorat)", re.I
    )
    for one in reading_kinds(TODAY):
        for watch in one.watches:
            assert not hard.search(watch.words), watch.words
            sentences = re.split(r"(?<=[.:])\s+", watch.words)
            assert max(len(each.split()) for each in sentences) <= 21, watch.words
            assert sum(len(each.split()) for each in sentences) / len(sentences) <= 13, watch.words


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"field": []}, "at least one field"),
        ({"watch": [{"field": "height", "level": "now", "do": "Call", "from": 1}]}, "no field"),
        ({"watch": [{"field": "weight", "level": "loud", "do": "Call", "from": 1}]}, "not one of"),
        ({"watch": [{"field": "weight", "level": "now", "do": "Call"}]}, "exactly one of"),
        ({"watch": [{"field": "weight", "level": "now", "from": 1}]}, "missing"),
        ({"field": [{"key": "weight", "label": "W", "least": 9, "most": 1}]}, "least must be below most"),
    ],
)
def test_a_definition_that_cannot_work_is_refused_by_name(changes: dict[str, object], said: str) -> None:
    shipped = load_definition("readings", "weight", TODAY)
    content = MappingProxyType({**shipped.content, **changes})
    with pytest.raises(DefinitionError, match=said):
        reading_of(dataclasses.replace(shipped, content=content))


def test_the_drawing_says_in_words_what_it_is_and_one_reading_is_not_drawn() -> None:
    points = tuple((NOON + timedelta(days=day), 70.0 + day) for day in range(3))
    weight = kind("weight")
    drawn = readings_chart(Shown(weight, (), (Series("<b>", points),), ()))
    assert "<title>Weight</title>" in drawn and "3 readings" in drawn and drawn.count("<circle") == 3
    both = readings_chart(Shown(weight, (), (Series("<b>", points), Series("Other", points)), ()))
    assert "&lt;b&gt;" in both and "<b>" not in both
    assert readings_chart(Shown(weight, (), (Series("Weight", points[:1]),), ())) == ""
    flat = tuple((NOON + timedelta(days=day), 70.0) for day in range(3))
    assert "<polyline" in readings_chart(Shown(weight, (), (Series("Weight", flat),), ()))


def test_an_own_reading_is_not_counted_as_a_professionals_finding() -> None:
    body = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "effectiveDateTime": "2026-11-20",
        "valueQuantity": {"value": 70, "code": "kg"},
    }
    whose = Extracted.__new__(Extracted)
    assert len(list(observation_rows(body, whose))) == 1
    own = {"extension": [{"url": "https://careweave.org/fhir/own-reading", "valueCode": "weight"}]}
    assert list(observation_rows({**body, **own}, whose)) == []
