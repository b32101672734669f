"""The same rule as one boolean SQL expression over columns named like the facts.

Only core, immutable operators are used, so PostgreSQL can inline the expression into a plan. Whatever is
NULL denies: an unknown fact can open nothing."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import assert_never

from careweave.record.policy.policy import Policy
from careweave.record.policy.rules import (
    Agreed,
    All,
    Any,
    HasLabel,
    InteractionIn,
    KindIn,
    LabelsWithin,
    Named,
    Not,
    Objected,
    OwnSource,
    PlaceSource,
    PurposeIn,
    RoleIn,
    Rule,
    TypeIn,
)

PARAMETERS = (
    "role text, purpose text, interaction text, kinds text[], named boolean, type text, labels text[],"
    " own_source boolean, objected boolean, agreed boolean, place_source boolean DEFAULT false"
)


def compile_sql(policy: Policy) -> str:
    """Over the names role, purpose, interaction, kinds, named, type, labels, own_source, objected, agreed, place_source."""
    allowed = Any(tuple(each.rule for each in policy.allow))
    forbidden = Any(tuple(each.rule for each in policy.forbid))
    return f"coalesce({_sql(All((allowed, Not(forbidden))))}, false)"


def fingerprint(policy: Policy) -> str:
    """Tells whether the rule installed in a database is the rule that this program holds."""
    return sha256(compile_sql(policy).encode()).hexdigest()


def _sql(rule: Rule) -> str:
    match rule:
        case All(rules):
            return _joined(" AND ", rules, "true")
        case Any(rules):
            return _joined(" OR ", rules, "false")
        case Not(inner):
            return f"(NOT {_sql(inner)})"
        case RoleIn(values):
            return _one_of("role", values)
        case PurposeIn(values):
            return _one_of("purpose", values)
        case InteractionIn(values):
            return _one_of("interaction", values)
        case TypeIn(values):
            return _one_of("type", values)
        case KindIn(values):
            return f"(kinds && {_array(values)})"
        case LabelsWithin(values):
            return f"(labels <@ {_array(values)})"
        case HasLabel(label):
            return f"(labels @> {_array([label])})"
        case Named():
            return "named"
        case OwnSource():
            return "own_source"
        case Objected():
            return "objected"
        case Agreed():
            return "agreed"
        case PlaceSource():
            return "place_source"
        case _:
            assert_never(rule)


def _joined(operator: str, rules: tuple[Rule, ...], empty: str) -> str:
    return f"({operator.join(_sql(each) for each in rules)})" if rules else empty


def _one_of(column: str, values: Iterable[str]) -> str:
    return f"({column} = ANY ({_array(values)}))"


def _array(values: Iterable[str]) -> str:
    return f"ARRAY[{', '.join(quoted(each) for each in sorted(values))}]::text[]"


def quoted(value: str) -> str:
    """A string constant that means the same whatever `standard_conforming_strings` is."""
    if "\0" in value:
        raise ValueError("PostgreSQL text cannot hold the character NUL")
    doubled = value.replace("'", "''")
    return " E'" + doubled.replace("\\", "\\\\") + "'" if "\\" in doubled else f"'{doubled}'"
