"""Coded diagnoses, with their ICD-10 codes where the coding or a loaded map gives them."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from careweave.warehouse.scores import ICD10, SNOMED
from careweave.warehouse.scores.groups import Prefixes


def diagnoses(condition: Table, icd10_map: Table | None, *, keep: Sequence[str] = ()) -> Table:
    """One row a diagnosis and ICD-10 code; `icd10` is null where there is none. Reasons are not diagnoses."""
    told = condition.filter(condition.role != "reason")
    told = told.select("person", "code", "system", "start", "source", "event", *keep)
    own = told.filter(told.system == ICD10)
    own = own.mutate(icd10=own.code.upper().re_replace("[^A-Z0-9]", ""))
    rest = told.filter(told.system != ICD10)
    if icd10_map is None:
        return own.union(rest.mutate(icd10=ibis.null("string")))
    mapped = icd10_map.select(
        system=ibis.literal(SNOMED),
        code=icd10_map.concept,
        icd10=icd10_map.icd10.upper().re_replace("[^A-Z0-9]", ""),
    )
    joined = rest.left_join(mapped, ["system", "code"])
    return own.union(joined.select(*own.columns))


def code_groups(prefixes: Prefixes) -> Table:
    """A score's groups as a table: one row a prefix."""
    rows = [
        (prefix, group.id, group.tenths)
        for known in prefixes.values()
        for prefix, groups in known.items()
        for group in groups
    ]
    starts, ids, points = zip(*rows, strict=True)
    return ibis.memtable(
        pa.table({"prefix": list(starts), "group": list(ids), "points": pa.array(points, pa.int64())})
    )


def groups_of_codes(seen: Table, prefixes: Prefixes) -> Table:
    """(icd10, group, points) for each code that occurs: codes are few, so a million rows match quickly."""
    codes = seen.filter(seen.icd10.notnull()).select("icd10").distinct()
    listed = code_groups(prefixes)
    matches = [
        codes.mutate(prefix=codes.icd10.substr(0, length)).inner_join(listed, "prefix")
        for length in sorted(prefixes)
    ]
    return (
        ibis.union(*matches).select("icd10", "group", "points").distinct()
        if len(matches) > 1
        else matches[0].select("icd10", "group", "points")
    )
