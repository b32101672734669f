"""Groups of codes for everyone at once: which each person has, with the record that says so, and what was left out."""

from __future__ import annotations

from typing import Protocol

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from careweave.warehouse.expressions.diagnoses import groups_of_codes
from careweave.warehouse.scores.groups import Prefixes

CODED_COUNTS = ("usable", "snomed_left_out", "other_left_out")


class Grouped(Protocol):
    """A score that has groups of codes."""

    @property
    def hierarchy(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def prefixes(self) -> Prefixes: ...


def group_drivers(seen: Table, score: Grouped) -> Table:
    """Each group once a person, spoken for by its latest record (then first by code, then by source)."""
    if not score.prefixes:
        return no_drivers(seen)
    found = seen.inner_join(groups_of_codes(seen, score.prefixes), "icd10")
    first = ibis.window(
        group_by=[found.person, found.group],
        order_by=[ibis.coalesce(found.start, ibis.date(1, 1, 1)).desc(), found.code, found.source],
    )
    ranked = found.mutate(rank=ibis.row_number().over(first))
    once = ranked.filter(ranked["rank"] == 0, ranked.points != 0)
    once = once.select("person", "group", "points", "code", "system", "source", on="start")
    if not score.hierarchy:
        return once
    strong, weak = zip(*score.hierarchy, strict=True)
    pairs = ibis.memtable(pa.table({"strong": list(strong), "group": list(weak)}))
    present = found.select("person", strong="group").distinct()
    hidden = present.inner_join(pairs, "strong").select("person", "group")
    return once.anti_join(hidden, ["person", "group"])


def no_drivers(seen: Table) -> Table:
    none = seen.filter(ibis.literal(False)).mutate(group=ibis.literal(""), points=ibis.literal(0, "int64"))
    return none.select("person", "group", "points", "code", "system", "source", on="start")
