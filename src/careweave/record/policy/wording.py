"""Says in plain words what a rule asks for, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from careweave.record.policy.rules import (
    Agreed,
    All,
    Any,
    Facts,
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
    holds,
)


def in_words(rule: Rule) -> str:
    match rule:
        case All(rules):
            return "; ".join(in_words(each) for each in rules) or "always"
        case Any(rules):
            return " or ".join(f"({in_words(each)})" for each in rules) or "never"
        case Not(inner):
            return f"not ({in_words(inner)})"
        case RoleIn(values):
            return f"role is {_listed(values)}"
        case PurposeIn(values):
            return f"purpose is {_listed(values)}"
        case InteractionIn(values):
            return f"act is {_listed(values)}"
        case KindIn(values):
            return f"relationship is {_listed(values)}"
        case TypeIn(values):
            return f"entry is {_listed(values)}"
        case LabelsWithin(values):
            return f"no label beyond {_listed(values)}" if values else "no label"
        case HasLabel(label):
            return f"label {label}"
        case Named():
            return "named on the entry"
        case OwnSource():
            return "sent by the own organisation"
        case Objected():
            return "the person objects"
        case Agreed():
            return "covered by signed agreements"
        case PlaceSource():
            return "written by the place itself"
        case _:
            assert_never(rule)


def unmet_conditions(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """The smallest parts of the rule that do not hold; for alternatives, all of them together."""
    if holds(rule, facts):
        return ()
    if isinstance(rule, All):
        return tuple(words for each in rule.rules for words in unmet_conditions(each, facts))
    return (in_words(rule),)


def _listed(values: Iterable[str]) -> str:
    *others, last = sorted(values) or ["none"]
    return f"{', '.join(others)} or {last}" if others else last
