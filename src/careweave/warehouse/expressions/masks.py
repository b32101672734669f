"""Points of many scores in one pass: the groups that a code belongs to are bits, and a person has those of their codes."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue, IntegerValue, Table

from careweave.warehouse.expressions.diagnoses import codes_of, starting
from careweave.warehouse.scores import SNOMED, CodedScore, StayScore
from careweave.warehouse.scores.groups import CodeGroup

BITS = 60  # of one column; all that counts stays clear of the sign
Weighted = CodedScore | StayScore
Key = tuple[str, tuple[str, ...]]


def points_in_one_pass(
    told: Table,
    icd10_map: Table | None,
    scores: Sequence[Weighted],
    *,
    codes_from: Table,
    within: Table | None = None,
) -> Table:
    """(person, usable, …left_out, one column a score): `told` has one row a diagnosis, already in view.

    `codes_from` is the table whose codes are looked up, so that no view is worked out twice. `within` (person, event)
    keeps what was coded for these stays, and counts as `stays_told` those that have any diagnosis.
    """
    places = _places(scores)
    names = [f"bits_{number}" for number in range(-(-len(places) // BITS))]
    codes = _bits_of_codes(codes_from, icd10_map, places, names)
    kept = ("person", "event") if within is not None else ("person",)
    seen = told.select(*kept, "system", "code").inner_join(codes, ["system", "code"])
    found = seen.group_by(kept).agg(usable=seen.is_usable.sum(), **_together(seen, names))
    if within is not None:
        # Each stay's diagnoses first: what is then looked up among the stays is a quarter of the rows.
        chosen = found.inner_join(within, ["person", "event"])
        counts = {"usable": chosen.usable.sum(), "stays_told": chosen.count()}
        found = chosen.group_by("person").agg(**counts, **_together(chosen, names))
    points = {score.id: _points(found, score, places) for score in scores}
    valued = found.select(*(name for name in found.columns if name not in names), **points)
    left_out = _left_out(told, codes.filter(~codes.is_usable), within)
    both = valued.left_join(left_out, "person")
    return both.select(
        *valued.columns,
        **{name: both[name].fill_null(0) for name in left_out.columns if name != "person"},
    )


def _together(seen: Table, names: Sequence[str]) -> dict[str, ibis.Value]:
    return {name: seen[name].bit_or() for name in names}


def _key(group: CodeGroup) -> Key:
    """Scores with other weights for the same codes share their bits."""
    return group.id, group.prefixes


def _places(scores: Sequence[Weighted]) -> dict[Key, int]:
    keys = dict.fromkeys(_key(group) for score in scores for group in score.groups)
    return {key: place for place, key in enumerate(keys)}


def _bits_of_codes(
    told: Table, icd10_map: Table | None, places: dict[Key, int], names: Sequence[str]
) -> Table:
    """(system, code, is_usable, bits_0, …) of each code that occurs."""
    codes = codes_of(told, icd10_map)
    rows = [(prefix, place) for (_, prefixes), place in places.items() for prefix in prefixes]
    listed = ibis.memtable(
        pa.table(
            {"prefix": [prefix for prefix, _ in rows]}
            | {
                name: pa.array([_bit(place, number) for _, place in rows], pa.int64())
                for number, name in enumerate(names)
            }
        )
    )
    known = codes.filter(codes.icd10.notnull())
    lengths = sorted({len(prefix) for prefix, _ in rows})
    groups = starting(known.select("icd10").distinct(), listed, lengths)
    joined = codes.left_join(groups, "icd10")
    return joined.group_by("system", "code").agg(
        is_usable=joined.icd10.notnull().any(),
        **{name: joined[name].fill_null(0).bit_or() for name in names},
    )


def _bit(place: int, number: int) -> int:
    column, bit = divmod(place, BITS)
    return 1 << bit if column == number else 0


def _points(found: Table, score: Weighted, places: dict[Key, int]) -> IntegerValue:
    by_id = {group.id: group for group in score.groups}
    stronger: dict[str, list[str]] = {}
    for strong, weak in score.hierarchy:
        stronger.setdefault(weak, []).append(strong)
    total: IntegerValue = ibis.literal(0, "int64")
    for group in score.groups:
        if group.tenths:
            counts = _has(found, places[_key(group)])
            for strong in stronger.get(group.id, ()):
                counts = counts & ~_has(found, places[_key(by_id[strong])])
            total = total + counts.ifelse(group.tenths, 0).cast("int64")
    return total


def _has(found: Table, place: int) -> BooleanValue:
    column, bit = divmod(place, BITS)
    return (found[f"bits_{column}"] & ibis.literal(1 << bit, "int64")) != 0


def _left_out(told: Table, codes: Table, within: Table | None) -> Table:
    """Different codes of each person that could not be used, by coding."""
    seen = told.semi_join(codes, ["system", "code"])
    seen = seen if within is None else seen.semi_join(within, ["person", "event"])
    once = seen.select("person", "system", "code").distinct()
    is_snomed = once.system == SNOMED
    return once.group_by("person").agg(snomed_left_out=is_snomed.sum(), other_left_out=(~is_snomed).sum())
