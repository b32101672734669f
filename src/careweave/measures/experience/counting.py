"""Counts the answers to each survey in use; the only part of these results that opens the warehouse's engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from careweave.definitions.survey_definition import Survey
from careweave.measures.experience.counts import DIMENSIONS, Counts, Group, Said, Scored
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.experience import Asked, by_group, by_item, responses, said
from careweave.warehouse.tables import Tables

SCORE = "score"  # the one scale of an instrument with a mean


def as_asked(survey: Survey) -> Asked:
    """The survey's own arithmetic, as its definition says it."""
    values = {
        item.id: {one.code: one.value for one in item.options if one.value is not None}
        for item in survey.items
    }
    every = {value for codes in values.values() for value in codes.values()}
    scales = dict(survey.scoring.sums)
    if survey.scoring.way == "mean":
        scales = {SCORE: tuple(item.id for item in survey.items)}
    return Asked(
        survey=survey.id,
        version=survey.version,
        values=values,
        favourable={
            item.id: frozenset(one.code for one in item.options if one.is_favourable) for item in survey.items
        },
        scales=scales,
        fewest=survey.scoring.fewest,
        is_mean=survey.scoring.way == "mean",
        lowest=min(every),
        highest=max(every),
    )


def highest_of(asked: Asked) -> dict[str, float]:
    """What a score of each scale can reach."""
    if asked.is_mean:
        return dict.fromkeys(asked.scales, 100.0)
    return {
        name: float(sum(max(asked.values[item].values()) for item in items))
        for name, items in asked.scales.items()
    }


def count(engine: Engine, tables: Tables, survey: Survey, first: date, until: date) -> Counts:
    """Whose time was over in the period, and by each dimension; answers are worked out once and counted by each."""
    asked = as_asked(survey)
    rows = engine.hold("responses", responses(tables, asked, first, until))
    answers = engine.hold("said", said(tables, asked, first, until))
    found = {
        dimension: counts_of(
            engine.rows(by_group(rows, asked, dimension)), engine.rows(by_item(answers, dimension)), asked
        )
        for dimension in ("", *DIMENSIONS)
    }
    whole = found.pop("").get("", _empty(asked))
    return Counts(whole, {dimension: groups for dimension, groups in found.items() if groups})


def counts_of(
    rows: Sequence[Mapping[str, Any]], items: Sequence[Mapping[str, Any]], asked: Asked
) -> dict[str, Group]:
    """From the rows of the expressions; a question that nobody answered has nought of each."""
    answers: dict[str, dict[str, Said]] = {}
    for row in items:
        answers.setdefault(row["group"], {})[row["item"]] = Said(row["agree"], row["disagree"])
    return {
        row["group"]: Group(
            asked=row["asked"],
            answered=row["answered"],
            by_proxy=row["proxies"],
            by_person=row["persons"],
            scores={
                name: Scored(row[f"people_{name}"], row[f"total_{name}"], row[f"squares_{name}"])
                for name in asked.scales
            },
            said={item: answers.get(row["group"], {}).get(item, Said()) for item in asked.values},
        )
        for row in rows
    }


def _empty(asked: Asked) -> Group:
    return Group(
        0, 0, scores={name: Scored() for name in asked.scales}, said={item: Said() for item in asked.values}
    )
