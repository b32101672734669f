"""A search as a value: what the database layer compiles and the in-memory twin evaluates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

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


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it was written: `low` to `high` is what its digits cover; a unit is compared as it stands."""

    prefix: str
    value: Decimal
    low: Decimal
    high: Decimal
    system: str = ""
    unit: str = ""


Value = Coded | Amount | str | tuple[str, str, str] | tuple[Coded, Coded | Amount]


@dataclass(frozen=True, slots=True)
class InBody:
    """What is not kept beside the body, so the body is read: one of the values.

    `how`: coded (system, code), type (system, code, value of an identifier), identifier (of a reference that gives no
    address), amount, uri, words (how a code reads, folded), pair (a code and the value that goes with it).
    """

    parameter: Parameter
    how: str
    any_of: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Chained:
    """What the reference leads to fits: one of the types that it may lead to, each with its condition."""

    parameter: Parameter
    any_of: tuple[tuple[str, Clause], ...]


@dataclass(frozen=True, slots=True)
class Having:
    """Something of this type leads here by this reference, and fits."""

    type: str
    parameter: Parameter
    clause: Clause


Clause = Exactly | During | Text | Missing | Ids | Changed | InBody | Chained | Having


@dataclass(frozen=True, slots=True)
class Sort:
    key: str  # a value of sort_keys: _id, _lastUpdated, starts, name, birthdate, or date:, code:, text: and a parameter
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """Bring what these references lead to, or (`reverse`) what leads here by them."""

    type: str  # the type that has the references
    parameters: tuple[Parameter, ...]
    target: str = ""  # only of this type; empty = any
    reverse: bool = False
    iterate: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    type: str
    clauses: tuple[Clause, ...]  # all must hold
    sort: tuple[Sort, ...] = ()
    count: int | None = None
    includes: tuple[Include, ...] = ()
    total: str = "none"  # none, estimate, accurate
    summary: str = "false"  # false, true, text, data, count
    elements: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()  # names that a lenient search left out


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
