"""What came of the surveys that people were asked, by group (plain twin: tests/twins/plain_experience.py).

Only surveys whose time was over in one period (`first` to before `until`) are counted, with their answers. No survey is in
two periods, so that one table taken from another leaves nobody's answer alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
from ibis.expr.types import Table, Value

from careweave.warehouse.tables import Tables

NOT_KNOWN = "not known"
DIMENSIONS = ("age", "sex", "deprivation", "ethnicity", "language", "practice")


@dataclass(frozen=True)
class Asked:
    """How the answers of one survey count: values and favourable codes by item, and the items of each score.

    A score is the mean of what was answered (`is_mean`, from `fewest` answers on) or the sum of all its items.
    """

    survey: str
    version: str
    values: Mapping[str, Mapping[str, int]]
    favourable: Mapping[str, frozenset[str]]
    scales: Mapping[str, tuple[str, ...]]
    fewest: int
    is_mean: bool
    lowest: int
    highest: int


def responses(tables: Tables, asked: Asked, first: date, until: date) -> Table:
    """One row an invitation that is over: its group by each dimension, whether it was answered, by whom, and its scores."""
    told = _invited(tables, asked, first, until)
    given = _answers(tables, asked)
    about = given.group_by("response").agg(
        is_proxy=given.is_proxy.any(),
        **{f"score_{name}": _score(given, asked, name) for name in asked.scales},
    )
    # Not all that is called answered can be counted: its source may not have agreed.
    joined = told.left_join(about, "response")
    names = [f"score_{name}" for name in asked.scales]
    return joined.select(
        *DIMENSIONS,
        *names,
        "response",
        "is_proxy",
        is_answered=joined.response_right.notnull(),
    )


def said(tables: Tables, asked: Asked, first: date, until: date) -> Table:
    """One row an answer with a value, of those whose time is over: its groups, its item, and whether it is favourable."""
    given = _answers(tables, asked)
    told = _invited(tables, asked, first, until)
    joined = told.inner_join(given.filter(given.worth.notnull()), "response")
    return joined.select(*DIMENSIONS, "item", "is_favourable")


def by_group(rows: Table, asked: Asked, dimension: str = "") -> Table:
    """group, asked, answered, proxies, persons; and of each score: people, total, squares. `rows` are `responses`."""
    rows = rows.mutate(group=rows[dimension] if dimension else ibis.literal(""))
    sums = {
        "asked": rows.count(),
        "answered": rows.is_answered.sum(),
        "proxies": (rows.is_answered & rows.is_proxy).sum(),
        "persons": (rows.is_answered & ~rows.is_proxy).sum(),
    }
    scores = {
        f"{what}_{name}": found
        for name in asked.scales
        for what, found in (
            ("people", rows[f"score_{name}"].count()),
            ("total", rows[f"score_{name}"].sum()),
            ("squares", (rows[f"score_{name}"] * rows[f"score_{name}"]).sum()),
        )
    }
    counts = {name: found.fill_null(0).cast("int64") for name, found in sums.items()}
    return rows.group_by("group").agg(
        **counts, **{name: found.fill_null(0) for name, found in scores.items()}
    )


def by_item(rows: Table, dimension: str = "") -> Table:
    """group, item, agree, disagree: of those who answered, what they answered to each question. `rows` are `said`."""
    rows = rows.mutate(group=rows[dimension] if dimension else ibis.literal(""))
    return rows.group_by("group", "item").agg(
        agree=rows.is_favourable.sum().cast("int64"), disagree=(~rows.is_favourable).sum().cast("int64")
    )


def _invited(tables: Tables, asked: Asked, first: date, until: date) -> Table:
    rows = tables.invitation
    over = rows.filter(
        rows.questionnaire == asked.survey,
        rows.version == asked.version,
        rows.closes >= first,
        rows.closes < until,
    )
    person = tables.person
    about = person.select(
        "person",
        sex=person.sex.fill_null(NOT_KNOWN),
        deprivation=((person.deprivation + 1) // 2).cast("string").fill_null(NOT_KNOWN),
        ethnicity=person.ethnicity.fill_null(NOT_KNOWN),
        language=person.language.fill_null(NOT_KNOWN),
        practice=person.practice.fill_null(NOT_KNOWN),
        birth_month="birth_month",
    )
    joined = over.inner_join(about, "person")
    months = (joined.asked.year() - joined.birth_month.year()) * 12 + (
        joined.asked.month() - joined.birth_month.month()
    )
    return joined.mutate(age=_band(months // 12)).select("resource", "response", *DIMENSIONS)


def _band(age: Value) -> Value:
    return ibis.cases(
        (age.isnull(), NOT_KNOWN),
        (age < 18, "0 to 17"),
        (age < 65, "18 to 64"),
        (age < 75, "65 to 74"),
        (age < 85, "75 to 84"),
        else_="85 and over",
    )


def _answers(tables: Tables, asked: Asked) -> Table:
    """One row an answer: the response it belongs to, item, value (null: not counted), and whether it is favourable."""
    rows = tables.survey
    rows = rows.filter(rows.questionnaire == asked.survey, rows.version == asked.version)
    worth = [
        ((rows.item == item) & (rows.value_code == code), value)
        for item, codes in asked.values.items()
        for code, value in codes.items()
    ]
    liked = [
        (rows.item == item) & rows.value_code.isin(sorted(codes))
        for item, codes in asked.favourable.items()
        if codes
    ]
    return rows.select(
        "item",
        response=rows.resource,
        is_proxy=rows.is_proxy.fill_null(False),
        worth=ibis.cases(*worth, else_=ibis.null("int64")) if worth else ibis.null("int64"),
        is_favourable=_any(liked).fill_null(False),
    )


def _any(conditions: Sequence[Value]) -> Value:
    found: Value = ibis.literal(False)
    for each in conditions:
        found = found | each
    return found


def _score(given: Table, asked: Asked, name: str) -> Value:
    """Of one response; null where too little was answered."""
    items = asked.scales[name]
    is_of = given.item.isin(list(items))
    usable, total = given.worth.count(where=is_of), given.worth.sum(where=is_of)
    if not asked.is_mean:
        return (usable == len(items)).ifelse(total.cast("float64"), ibis.null("float64"))
    scaled = (total.cast("float64") / usable - asked.lowest) / (asked.highest - asked.lowest) * 100
    return (usable >= asked.fewest).ifelse(scaled, ibis.null("float64"))
