"""Any score for everyone at once, each by its own expression; or the values of many in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ibis.expr.types import Table

from careweave.warehouse.expressions.diagnoses import told_diagnoses
from careweave.warehouse.expressions.masks import coded_once
from careweave.warehouse.expressions.score_coded import coded_tables, coded_totals
from careweave.warehouse.expressions.score_lists import list_tables
from careweave.warehouse.expressions.score_stay import stay_tables, stay_totals
from careweave.warehouse.scores import AnyScore, CodedScore, ListScore
from careweave.warehouse.tables import Tables


@dataclass(frozen=True)
class ScoreTables:
    """`totals`: everyone, `value` in units of 1/scale, null when `why_not` says why; `drivers`: what counted for them."""

    totals: Table
    drivers: Table


def score_tables(tables: Tables, score: AnyScore, on: date) -> ScoreTables:
    if isinstance(score, CodedScore):
        return ScoreTables(*coded_tables(tables, score, on))
    if isinstance(score, ListScore):
        return ScoreTables(*list_tables(tables, score, on))
    return ScoreTables(*stay_tables(tables, score, on))


def score_values(tables: Tables, scores: Sequence[AnyScore], on: date) -> Table:
    """Everyone, with `<score>` (in units of 1/scale, or null) and `<score>_why`: one pass over diagnoses for all."""
    wide = tables.person.select("person")
    for id, totals in _totals(tables, scores, on).items():
        found = totals.select("person", **{id: totals["value"], f"{id}_why": totals.why_not})
        wide = wide.left_join(found, "person").drop("person_right")
    return wide


def _totals(tables: Tables, scores: Sequence[AnyScore], on: date) -> dict[str, Table]:
    weighted = [each for each in scores if not isinstance(each, ListScore)]
    coded = coded_once(told_diagnoses(tables.condition), tables.icd10_map, weighted)
    of_codes = coded_totals(tables, [each for each in weighted if isinstance(each, CodedScore)], on, coded)
    made: dict[str, Table] = {}
    for score in scores:
        if isinstance(score, CodedScore):
            made[score.id] = of_codes[score.id]
        elif isinstance(score, ListScore):
            made[score.id] = list_tables(tables, score, on)[0]
        else:
            made[score.id] = stay_totals(tables, score, on, coded)
    return made
