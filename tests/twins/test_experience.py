"""Surveys counted: the expression over all equals the plain twin, on drawn people, invitations and answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.definitions import load_definition
from careweave.definitions.survey_definition import Survey, load_survey, read_survey
from careweave.measures.experience.counting import as_asked, count
from careweave.measures.experience.counts import DIMENSIONS
from careweave.warehouse.engine import Engine
from careweave.warehouse.tables import SCHEMAS, declared_tables
from tests.twins.plain_experience import plain_groups

AS_AT = date(2026, 11, 22)
FIRST, UNTIL = date(2026, 10, 2), date(2026, 11, 1)
DRAWN = ("person", "survey", "invitation")


def p3ceq() -> Survey:
    """With words of our own: the licensed ones are not here."""
    definition = load_definition("surveys", "p3ceq", AS_AT)
    ids = [one["id"] for one in definition.content["items"]]
    values = {
        one["id"]: definition.content["scales"][one["scale"]]["values"] for one in definition.content["items"]
    }
    content = {
        "items": {id: f"Question {id}" for id in ids},
        "answers": {id: [f"Answer {value}" for value in values[id]] for id in ids},
    }
    return read_survey(definition, replace(definition, content=content))


SURVEYS = [load_survey(id, AS_AT) for id in ("ctm-15", "ctm-3", "national-voices")] + [p3ceq()]


def held(seed: int, survey: Survey) -> dict[str, list[dict[str, Any]]]:
    chance = Random(seed)
    people = [
        {
            "person": f"p{number}",
            "birth_month": chance.choice([None, date(chance.randint(1925, 2015), chance.randint(1, 12), 1)]),
            "sex": chance.choice(["female", "male", None]),
            "deprivation": chance.choice([None, *range(1, 11)]),
            "ethnicity": chance.choice(["A", None]),
            "language": chance.choice(["pl", None]),
            "practice": chance.choice(["Y90001", "Y90002", None]),
        }
        for number in range(chance.randint(0, 8))
    ]
    invitations, answers = [], []
    for number in range(chance.randint(0, 30)):
        whose, other = f"p{chance.randint(0, 9)}", chance.random() < 0.1
        asked = date(2026, chance.randint(7, 10), chance.randint(1, 28))
        invitations.append(
            {
                "resource": f"i{number}",
                "person": whose,
                "questionnaire": "another" if other else survey.id,
                "version": chance.choice([survey.version, survey.version, "0"]),
                "asked": asked,
                "closes": chance.choice([date(2026, 10, 1), FIRST, date(2026, 10, 31), UNTIL]),
                "state": "answered",
                "response": f"r{number}",
            }
        )
        if chance.random() < 0.7:
            answers += _answers(chance, survey, f"r{number}", whose)
    return {"person": people, "invitation": invitations, "survey": answers}


def _answers(chance: Random, survey: Survey, response: str, person: str) -> list[dict[str, Any]]:
    proxy, keenness = chance.choice([True, False, None]), chance.random()
    version = survey.version if chance.random() < 0.9 else "0"
    return [
        {
            "resource": response,
            "person": person,
            "questionnaire": survey.id,
            "version": version,
            "item": item.id,
            "at": datetime(2026, 10, 1, tzinfo=UTC),
            "value_code": chance.choice(item.options).code if chance.random() < keenness else None,
            "is_proxy": proxy,
        }
        for item in survey.items
    ]


def filled(rows: dict[str, list[dict[str, Any]]]) -> Engine:
    engine = Engine(threads=1)
    for name in DRAWN:
        full = [{column: row.get(column) for column in SCHEMAS[name].names} for row in rows[name]]
        engine.fill(name, pa.Table.from_pylist(full, SCHEMAS[name]))
    return engine


def compared(seed: int, survey: Survey) -> None:
    rows, asked = held(seed, survey), as_asked(survey)
    engine, tables = filled(rows), declared_tables(False)
    made = count(engine, tables, survey, FIRST, UNTIL)
    engine.close()
    for dimension in ("", *DIMENSIONS):
        plain = plain_groups(rows, asked, FIRST, UNTIL, dimension)
        found = made.by.get(dimension, {}) if dimension else {"": made.whole}
        assert found.keys() == (plain.keys() or found.keys()), dimension
        for name, group in plain.items():
            other = found[name]
            counted = (other.asked, other.answered, other.by_proxy, other.by_person)
            assert counted == (group.asked, group.answered, group.by_proxy, group.by_person)
            assert group.said == other.said
            for scale, scored in group.scores.items():
                assert scored.people == other.scores[scale].people
                assert scored.total == pytest.approx(other.scores[scale].total)
                assert scored.squares == pytest.approx(other.scores[scale].squares)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(SURVEYS))
def test_b33_counting_equals_its_plain_twin(seed: int, survey: Survey) -> None:
    compared(seed, survey)


@pytest.mark.long
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(SURVEYS))
def test_b33_counting_equals_its_plain_twin_at_length(seed: int, survey: Survey) -> None:
    compared(seed, survey)
