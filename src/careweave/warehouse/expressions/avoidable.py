"""Each stay that care outside hospital might have prevented, for everyone at once (plain twin: `warehouse.avoidable`)."""

from __future__ import annotations

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from careweave.warehouse.avoidable import NO_FIRST, AvoidableStays
from careweave.warehouse.expressions.diagnoses import diagnoses
from careweave.warehouse.scores import EMERGENCY
from careweave.warehouse.tables import Tables


def avoidable_stays(tables: Tables, listed: AvoidableStays) -> Table:
    """Every emergency stay with `condition` and `group`: null for none of them, and `why_not` when nobody can say."""
    stays = tables.admission.filter(tables.admission.method == EMERGENCY)
    stays = stays.select("person", "event", "superspell", "organisation", "start", "end", "is_counted")
    told = _told(tables)
    flagged = stays.left_join(_flagged(told, listed), "event").drop("event_right")
    known = told.filter(told.position == 1).select("event").distinct().mutate(has_first=True)
    judged = flagged.left_join(known, "event").drop("event_right")
    is_unsaid = judged.number.isnull() & judged.has_first.isnull()
    names = {number: (each.id, each.group) for number, each in enumerate(listed.conditions)}
    return judged.mutate(
        condition=_named(judged, {number: id for number, (id, _) in names.items()}),
        group=_named(judged, {number: group for number, (_, group) in names.items()}),
        why_not=is_unsaid.ifelse(NO_FIRST, ""),
    ).drop("number", "has_first")


def _told(tables: Tables) -> Table:
    """(event, icd10, position) of each diagnosis of a stay."""
    coded = diagnoses(tables.condition, tables.icd10_map, keep=("position",))
    return coded.filter(coded.icd10.notnull(), coded.event.notnull()).select("event", "icd10", "position")


def _flagged(told: Table, listed: AvoidableStays) -> Table:
    """The first condition of the list that fits each stay, by its number."""
    found = told.inner_join(_parts_of_codes(told, listed), "icd10")
    is_first = (found.position == 1).fill_null(False)
    met = found.group_by("event", "number").agg(
        is_met=((found.part == "anywhere") | ((found.part == "first") & is_first)).any(),
        is_beside=((found.part == "with") & ~is_first).any(),
        is_without=((found.part == "without") & ~is_first).any(),
    )
    needs = [number for number, each in enumerate(listed.conditions) if each.beside]
    has_beside = met.is_beside | ~met.number.isin(needs) if needs else ibis.literal(True)
    fits = met.filter(met.is_met, has_beside, ~met.is_without)
    return fits.group_by("event").agg(number=fits.number.min())


def _parts_of_codes(told: Table, listed: AvoidableStays) -> Table:
    """(icd10, number, part) for each code that occurs: codes are few."""
    rows = [
        (code, number, part) for number, each in enumerate(listed.conditions) for part, code in each.parts()
    ]
    codes = told.select("icd10").distinct()
    matches = []
    for length in sorted({len(code) for code, _, _ in rows}):
        mine = [row for row in rows if len(row[0]) == length]
        prefixes, numbers, parts = zip(*mine, strict=True)
        table = pa.table({"prefix": prefixes, "number": pa.array(numbers, pa.int64()), "part": parts})
        matched = codes.mutate(prefix=codes.icd10.substr(0, length)).inner_join(
            ibis.memtable(table), "prefix"
        )
        matches.append(matched.select("icd10", "number", "part"))
    return (ibis.union(*matches) if len(matches) > 1 else matches[0]).distinct()


def _named(judged: Table, names: dict[int, str]) -> ibis.Value:
    cases = [(judged.number == number, name) for number, name in names.items()]
    return ibis.cases(*cases, else_=ibis.null("string"))
