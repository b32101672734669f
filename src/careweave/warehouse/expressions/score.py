"""Any score for everyone at once, each by its own expression; or the values of many in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ibis.expr.types import Table, Value

from careweave.warehouse.expressions.diagnoses import told_diagnoses
from careweave.warehouse.expressions.masks import coded_once, view_of
from careweave.warehouse.expressions.score_coded import coded_beside, coded_tables, coded_verdict
from careweave.warehouse.expressions.score_lists import list_tables
from careweave.warehouse.expressions.score_stay import stay_beside, stay_judged, stay_tables
from careweave.warehouse.scores import AnyScore, CodedScore, ListScore, StayScore
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
    of_codes = [score for score in scores if isinstance(score, CodedScore)]
    of_stays = [score for score in scores if isinstance(score, StayScore)]
    coded = coded_once(told_diagnoses(tables.condition), tables.icd10_map, [*of_codes, *of_stays])
    wide, found = tables.person.select("person", "age", "deprivation"), dict[str, Value]()
    if of_stays:
        wide = stay_judged(stay_beside(wide, tables, of_stays, on, coded), tables, of_stays, on)
    for view in dict.fromkeys(map(view_of, of_codes)):
        alike = [score for score in of_codes if view_of(score) == view]
        wide = coded_beside(wide, tables, alike, on, coded, _at(view))
    for score in of_codes:
        value, why_not = coded_verdict(wide, score, tables.icd10_map is not None, _at(view_of(score)))
        found |= {score.id: value, f"{score.id}_why": why_not}
    values = wide.select(
        "person", *(f"{score.id}{end}" for score in of_stays for end in ("", "_why")), **found
    )
    for listed in scores:
        if isinstance(listed, ListScore):
            totals = list_tables(tables, listed, on)[0]
            own = totals.select("person", **{listed.id: totals["value"], f"{listed.id}_why": totals.why_not})
            values = values.left_join(own, "person").drop("person_right")
    return values


def _at(view: tuple[str, int | None]) -> str:
    """Before the names of what was found in a view."""
    return "".join(f"{part}_" for part in view)
