"""A search as a value: what the database layer compiles and the in-memory twin evaluates."""

from __future__ import annotations

from dataclasses import dataclass

from careweave.record.fhir import Interval
from careweave.record.indexing.parameters import Parameter
from careweave.record.indexing.values import Coded


@dataclass(frozen=True, slots=True)
class Exactly:
    """A token or reference: one of `wanted`; `negated`, none of them (a resource without any fits too)."""

    parameter: Parameter
    wanted: tuple[Coded, ...]  # system None = whatever the system; "" = without a system
    tokens: tuple[int, ...]  # the same values as hashes, in the same order
    negated: bool = False


@dataclass(frozen=True, slots=True)
class During:
    """A date: one of the comparisons. `primary` compares the record's own starts and ends."""

    parameter: Parameter
    any_of: tuple[tuple[str, Interval], ...]  # prefix, half-open interval in UTC


@dataclass(frozen=True, slots=True)
class Text:
    """A string: folded values for `starts` and `contains`, as written for `exact`."""

    parameter: Parameter
    how: str  # starts, contains, exact
    any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    parameter: Parameter
    missing: bool
    paths: tuple[str, ...]  # SQL/JSON paths, all to find nothing; () when it means starts and ends are NULL


@dataclass(frozen=True, slots=True)
class Ids:
    any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """`_lastUpdated`: when the record took the resource in."""

    any_of: tuple[tuple[str, Interval], ...]


Clause = Exactly | During | Text | Missing | Ids | Changed


@dataclass(frozen=True, slots=True)
class Sort:
    key: str  # _id, _lastUpdated, starts, or a key of Indexed.sort_keys
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    type: str
    clauses: tuple[Clause, ...]  # all must hold
    sort: tuple[Sort, ...] = ()
    count: int | None = None


@dataclass(frozen=True, slots=True)
class SearchProblem:
    """Why a search is not run; the parameter is named as the asker wrote it."""

    parameter: str
    reason: str


# How each prefix compares first and last instant (NULL = open) with the half-open interval from :s to :e.
# https://hl7.org/fhir/R4/search.html#prefix
CONDITIONS = {
    "eq": "({first} >= :s AND {last} < :e)",
    "ne": "(({first} >= :s AND {last} < :e) IS NOT TRUE AND ({first} IS NOT NULL OR {last} IS NOT NULL))",
    "gt": "({last} >= :e OR ({last} IS NULL AND {first} IS NOT NULL))",
    "lt": "({first} < :s OR ({first} IS NULL AND {last} IS NOT NULL))",
    "ge": "({last} >= :e OR ({last} IS NULL AND {first} IS NOT NULL) OR ({first} >= :s AND {last} < :e))",
    "le": "({first} < :s OR ({first} IS NULL AND {last} IS NOT NULL) OR ({first} >= :s AND {last} < :e))",
    "sa": "({first} >= :e)",
    "eb": "({last} < :s)",
    "ap": "(({first} IS NOT NULL OR {last} IS NOT NULL) AND coalesce({first} < :e, true)"
    " AND coalesce({last} >= :s, true))",  # the interval was widened when the search was read
}
