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
    told = told_diagnoses(condition, keep=keep)
    return told.inner_join(codes_of(told, icd10_map), ["system", "code"])


def told_diagnoses(condition: Table, *, keep: Sequence[str] = ()) -> Table:
    """One row a diagnosis, as it was coded."""
    told = condition.filter(condition.role != "reason")
    return told.select("person", "code", "system", "start", "source", "event", *keep)


def codes_of(told: Table, icd10_map: Table | None) -> Table:
    """(system, code, icd10) of each code that occurs: codes are few, so that a million rows are cleaned quickly."""
    codes = told.select("system", "code").distinct()
    own = codes.filter(codes.system == ICD10)
    own = own.mutate(icd10=_plain(own.code))
    rest = codes.filter(codes.system != ICD10)
    if icd10_map is None:
        return own.union(rest.mutate(icd10=ibis.null("string")))
    mapped = icd10_map.select(
        system=ibis.literal(SNOMED), code=icd10_map.concept, icd10=_plain(icd10_map.icd10)
    )
    return own.union(rest.left_join(mapped, ["system", "code"]).select(*own.columns))


def _plain(code: ibis.Value) -> ibis.Value:
    return code.upper().re_replace("[^A-Z0-9]", "")


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
    """(icd10, group, points) for each code that occurs."""
    codes = seen.filter(seen.icd10.notnull()).select("icd10").distinct()
    return starting(codes, code_groups(prefixes), sorted(prefixes)).select("icd10", "group", "points")


def starting(codes: Table, listed: Table, lengths: Sequence[int]) -> Table:
    """The rows of `listed` beside each code that begins with their prefix, each once."""
    matches = [
        codes.mutate(prefix=codes.icd10.substr(0, length)).inner_join(listed, "prefix").drop("prefix")
        for length in lengths
    ]
    return (ibis.union(*matches) if len(matches) > 1 else matches[0]).distinct()
