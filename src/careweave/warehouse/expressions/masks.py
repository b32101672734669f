"""Points of many scores in one pass: the groups that a code belongs to are bits, and a person has those of their codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue, IntegerValue, Table

from careweave.warehouse.expressions.diagnoses import codes_of, starting
from careweave.warehouse.scores import SNOMED, CodedScore, StayScore
from careweave.warehouse.scores.groups import CodeGroup

BITS = 60  # of one column; all that counts stays clear of the sign
Weighted = CodedScore | StayScore
Key = tuple[str, tuple[str, ...]]
InView = Callable[[Table], Table]


@dataclass(frozen=True)
class Coded:
    """Diagnoses with the bits of their codes: `rows` by person, stay and day, `stays` by person and stay."""

    told: Table
    codes: Table
    rows: Table
    stays: Table
    places: Mapping[Key, int]
    names: tuple[str, ...]


def coded_once(told: Table, icd10_map: Table | None, scores: Sequence[Weighted]) -> Coded:
    """The one pass over all diagnoses: whichever of them a score looks at, it looks at them by person, stay or day."""
    places = _places(scores)
    names = tuple(f"bits_{number}" for number in range(-(-len(places) // BITS)))
    codes = _bits_of_codes(told, icd10_map, places, names)
    rows = told.select("person", "event", "start", "system", "code").inner_join(codes, ["system", "code"])
    rows = rows.mutate(usable=rows.is_usable.cast("int64"))
    if (
        len({_view(score) for score in scores}) > 1
    ):  # who looks alone groups for itself; several share fewer rows
        rows = rows.group_by("person", "event", "start").agg(**_together(rows, names))
    stays = rows.group_by("person", "event").agg(**_together(rows, names))
    return Coded(told, codes, rows, stays, places, names)


def _view(score: Weighted) -> tuple[str, int | None]:
    """Scores of one view look at the same diagnoses."""
    return (score.evidence if isinstance(score, CodedScore) else score.id), score.look_back_years


def points_in_one_pass(
    coded: Coded, scores: Sequence[Weighted], *, in_view: InView | None = None, within: Table | None = None
) -> Table:
    """(person, usable, …left_out, one column a score) of the diagnoses that `in_view` keeps, by person, stay or day.

    `within` (person, event) keeps what was coded for these stays, and counts as `stays_told` those that have any.
    """
    told = in_view(coded.told) if in_view else coded.told
    if within is None:
        rows = in_view(coded.rows) if in_view else coded.rows
        found = rows.group_by("person").agg(**_together(rows, coded.names))
    else:
        # Each stay's diagnoses first: what is then looked up among the stays is a quarter of the rows.
        rows = coded.stays.inner_join(within, ["person", "event"])
        found = rows.group_by("person").agg(stays_told=rows.count(), **_together(rows, coded.names))
    points = {score.id: _points(found, score, coded.places) for score in scores}
    valued = found.select(*(name for name in found.columns if name not in coded.names), **points)
    left_out = _left_out(told, coded.codes.filter(~coded.codes.is_usable), within)
    both = valued.left_join(left_out, "person")
    return both.select(
        *valued.columns,
        **{name: both[name].fill_null(0) for name in left_out.columns if name != "person"},
    )


def _together(rows: Table, names: Sequence[str]) -> dict[str, ibis.Value]:
    return {"usable": rows.usable.sum()} | {name: rows[name].bit_or() for name in names}


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
            {"prefix": pa.array([prefix for prefix, _ in rows], pa.string())}
            | {
                name: pa.array([_bit(place, number) for _, place in rows], pa.int64())
                for number, name in enumerate(names)
            }
        )
    )
    known = codes.filter(codes.icd10.notnull())
    lengths = sorted({len(prefix) for prefix, _ in rows}) or [1]
    groups = starting(known.select("icd10").distinct(), listed, lengths)
    joined = codes.left_join(groups, "icd10")
    return joined.group_by("system", "code").agg(
        is_usable=joined.icd10.notnull().any(),
        **{name: joined[name].fill_null(0).bit_or() for name in names},
    )


def _bit(place: int, number: int) -> int:
    column, bit = divmod(place, BITS)
    return 1 << bit if column == number else 0


def _points(found: Table, score: Weighted, places: Mapping[Key, int]) -> IntegerValue:
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
