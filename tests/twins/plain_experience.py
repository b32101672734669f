"""What came of surveys, one person at a time: the oracle of warehouse/expressions/experience.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from careweave.measures import surveys as formulas
from careweave.measures.experience.counts import Group, Said, Scored
from careweave.warehouse.expressions.experience import Asked

Row = Mapping[str, Any]


def plain_groups(
    held: Mapping[str, Sequence[Row]], asked: Asked, first: date, until: date, dimension: str
) -> dict[str, Group]:
    people = {row["person"]: row for row in held["person"]}
    given: dict[str, list[Row]] = {}
    for row in held["survey"]:
        if (row["questionnaire"], row["version"]) == (asked.survey, asked.version):
            given.setdefault(row["resource"], []).append(row)
    found: dict[str, list[list[Row] | None]] = {}
    for one in held["invitation"]:
        is_ours = (one["questionnaire"], one["version"]) == (asked.survey, asked.version)
        if is_ours and first <= one["closes"] < until and one["person"] in people:
            name = _group(people[one["person"]], one["asked"], dimension)
            found.setdefault(name, []).append(given.get(one["response"]))
    return {name: _counted(responses, asked) for name, responses in found.items()}


def _group(person: Row, day: date, dimension: str) -> str:
    if dimension == "":
        return ""
    if dimension == "deprivation":
        decile = person["deprivation"]
        return "not known" if decile is None else str((decile + 1) // 2)
    if dimension != "age":
        return person[dimension] or "not known"
    born = person["birth_month"]
    if born is None:
        return "not known"
    age = ((day.year - born.year) * 12 + day.month - born.month) // 12
    bands = ((18, "0 to 17"), (65, "18 to 64"), (75, "65 to 74"), (85, "75 to 84"))
    return next((name for end, name in bands if age < end), "85 and over")


def _counted(responses: Sequence[list[Row] | None], asked: Asked) -> Group:
    answered = [one for one in responses if one]
    proxies = sum(any(row["is_proxy"] for row in one) for one in answered)
    scores = {
        name: [s for one in answered if (s := _score(one, asked, name)) is not None] for name in asked.scales
    }
    return Group(
        len(responses),
        len(answered),
        proxies,
        len(answered) - proxies,
        {name: Scored(len(of), sum(of), sum(each**2 for each in of)) for name, of in scores.items()},
        {item: _said(answered, asked, item) for item in asked.values},
    )


def _worth(row: Row, asked: Asked) -> int | None:
    return asked.values.get(row["item"], {}).get(row["value_code"])


def _score(response: list[Row], asked: Asked, name: str) -> float | None:
    """By the published formulas (measures/surveys), not by the expression's."""
    items = asked.scales[name]
    answers = {items.index(row["item"]) + 1: _worth(row, asked) for row in response if row["item"] in items}
    if asked.is_mean:
        numbers = tuple(range(1, len(items) + 1))
        instrument = formulas.Instrument(name, numbers, asked.lowest, asked.highest, asked.fewest)
        return formulas.score(instrument, answers).value
    found = [answers.get(number) for number in range(1, len(items) + 1)]
    return None if None in found else float(sum(value for value in found if value is not None))


def _said(answered: Sequence[list[Row]], asked: Asked, item: str) -> Said:
    rows = [row for one in answered for row in one if row["item"] == item and _worth(row, asked) is not None]
    agree = sum(row["value_code"] in asked.favourable[item] for row in rows)
    return Said(agree, len(rows) - agree)
