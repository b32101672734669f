"""Points of many scores in one pass: the groups that a code belongs to are bits, and a person has those of their codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
from ibis.expr.types import BooleanValue, IntegerValue, Table

from careweave.warehouse.expressions.diagnoses import codes_of, starting
from careweave.warehouse.scores import SNOMED, CodedScore, StayScore
from careweave.warehouse.scores.groups import CodeGroup

BITS = 60  # of one column; all that counts stays clear of the sign
USABLE, SNOMED_OUT, OTHER_OUT = range(3)  # the first bits say whether a code could be used at all
EVIDENCE = {"usable": USABLE, "snomed_left_out": SNOMED_OUT, "other_left_out": OTHER_OUT}
Weighted = CodedScore | StayScore
Key = tuple[str, tuple[str, ...]]
InView = Callable[[Table], Table]


@dataclass(frozen=True)
class Coded:
    """Diagnoses with the bits of their codes, by person, stay and day."""

    told: Table
    codes: Table
    rows: Table
    places: Mapping[Key, int]
    names: tuple[str, ...]


def coded_once(told: Table, icd10_map: Table | None, scores: Sequence[Weighted]) -> Coded:
    """The one pass over all diagnoses: whichever of them a score looks at, it looks at them by person, stay or day."""
    places = _places(scores)
    names = tuple(f"bits_{number}" for number in range(-(-(len(EVIDENCE) + len(places)) // BITS)))
    codes = _bits_of_codes(told, icd10_map, places, names)
    rows = told.select("person", "event", "start", "system", "code").inner_join(codes, ["system", "code"])
    rows = rows.select("person", "event", "start", *names)
    if len({view_of(score) for score in scores if score.groups}) > 1:
        # Who looks alone groups for itself; several share fewer rows.
        rows = rows.group_by("person", "event", "start").agg(**_together(rows, names))
    return Coded(told, codes, rows, places, names)


def view_of(score: Weighted) -> tuple[str, int | None]:
    """Scores of one view look at the same diagnoses."""
    return (score.evidence if isinstance(score, CodedScore) else score.diagnoses), score.look_back_years


def points_in_one_pass(coded: Coded, scores: Sequence[Weighted], in_view: InView) -> Table:
    """(person, usable, …left_out, one column a score) of the diagnoses that `in_view` keeps, by person, stay or day.

    The counts of evidence are 1 where there is any: to tell how many is work that a value does not need.
    """
    rows = in_view(coded.rows)
    found = rows.group_by("person").agg(**_together(rows, coded.names))
    return found.select(
        "person",
        **{name: _has(found, place).cast("int64") for name, place in EVIDENCE.items()},
        **{score.id: _points(found, score, coded.places) for score in scores},
    )


def left_out(coded: Coded, in_view: InView) -> Table:
    """Different codes of each person that could not be used, by coding."""
    unusable = coded.codes.filter(~_has(coded.codes, USABLE))
    seen = in_view(coded.told).semi_join(unusable, ["system", "code"])
    once = seen.select("person", "system", "code").distinct()
    is_snomed = once.system == SNOMED
    return once.group_by("person").agg(snomed_left_out=is_snomed.sum(), other_left_out=(~is_snomed).sum())


def _together(rows: Table, names: Sequence[str]) -> dict[str, ibis.Value]:
    return {name: rows[name].bit_or() for name in names}


def _key(group: CodeGroup) -> Key:
    """Scores with other weights for the same codes share their bits."""
    return group.id, group.prefixes


def _places(scores: Sequence[Weighted]) -> dict[Key, int]:
    keys = dict.fromkeys(_key(group) for score in scores for group in score.groups)
    return {key: place for place, key in enumerate(keys, len(EVIDENCE))}


def _bits_of_codes(
    told: Table, icd10_map: Table | None, places: dict[Key, int], names: Sequence[str]
) -> Table:
    """(system, code, bits_0, …) of each code that occurs."""
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
    bits = joined.group_by("system", "code").agg(
        is_usable=joined.icd10.notnull().any(),
        **{name: joined[name].fill_null(0).bit_or() for name in names},
    )
    unusable = (bits.system == SNOMED).ifelse(1 << SNOMED_OUT, 1 << OTHER_OUT)
    evidence = bits.is_usable.ifelse(1 << USABLE, unusable).cast("int64")
    return bits.mutate(bits_0=bits.bits_0 | evidence).drop("is_usable")


def _bit(place: int, number: int) -> int:
    column, bit = divmod(place, BITS)
    return 1 << bit if column == number else 0


@ibis.udf.scalar.builtin(name="bit_count")
def _count_of_bits(bits: int) -> dt.int8: ...  # DuckDB and Spark call it alike


def _points(found: Table, score: Weighted, places: Mapping[Key, int]) -> IntegerValue:
    """Groups of one weight are counted together, unless a stronger group may stand for them."""
    by_id = {group.id: group for group in score.groups}
    stronger: dict[str, list[str]] = {}
    for strong, weak in score.hierarchy:
        stronger.setdefault(weak, []).append(strong)
    alike: dict[tuple[int, int], int] = {}
    total: IntegerValue = ibis.literal(0, "int64")
    for group in score.groups:
        column, bit = divmod(places[_key(group)], BITS)
        if group.tenths and group.id not in stronger:
            alike[group.tenths, column] = alike.get((group.tenths, column), 0) | 1 << bit
        elif group.tenths:
            counts = _has(found, places[_key(group)])
            for strong in stronger[group.id]:
                counts = counts & ~_has(found, places[_key(by_id[strong])])
            total = total + counts.ifelse(group.tenths, 0).cast("int64")
    for (tenths, column), mask in alike.items():
        total = total + _count_of_bits(found[f"bits_{column}"] & mask).cast("int64") * tenths
    return total


def _has(found: Table, place: int) -> BooleanValue:
    column, bit = divmod(place, BITS)
    return (found[f"bits_{column}"] & ibis.literal(1 << bit, "int64")) != 0
