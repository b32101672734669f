"""Drops numbers that say nothing about a person: row numbers, and local ids that two systems give to strangers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from careweave.identity.matching.names import fold
from careweave.identity.matching.records import MatchRecord

LEAST_AGREEMENT = 0.3
LOOK_AT = 2000


def without_row_numbers(records: Sequence[MatchRecord]) -> list[MatchRecord]:
    """An identifier stays if records that share it share a name, birth date or e-mail far oftener than by chance."""
    names = sorted({name for record in records for name in record.identifiers})
    useless = {name for name in names if not _is_a_persons(records, name)}
    if not useless:
        return list(records)
    return [
        replace(record, identifiers={k: v for k, v in record.identifiers.items() if k not in useless})
        for record in records
    ]


def _is_a_persons(records: Sequence[MatchRecord], name: str) -> bool:
    sharing: defaultdict[str, list[MatchRecord]] = defaultdict(list)
    for record in records:
        if name in record.identifiers:
            sharing[record.identifiers[name]].append(record)
    looked_at = agreed = 0
    for value in sorted(sharing):
        for left, right in combinations(sharing[value][:4], 2):
            looked_at += 1
            agreed += _agree(left, right)
        if looked_at >= LOOK_AT:
            break
    return looked_at > 0 and agreed >= LEAST_AGREEMENT * looked_at


def _agree(left: MatchRecord, right: MatchRecord) -> bool:
    for field in ("family", "given", "birth_date", "email", "phone"):
        one, other = getattr(left, field), getattr(right, field)
        if one and other and fold(str(one)) == fold(str(other)):
            return True
    return False
