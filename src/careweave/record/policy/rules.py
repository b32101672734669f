"""The access rule tree: small frozen values, what they say of given facts, and what is left of them
when some facts are already known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True)
class Facts:
    """All that a decision may depend on. `kinds` are the actor's relationships with the person.

    `objected`: the person objects to this entry reaching this actor. `agreed`: signed agreements let it flow to the
    actor's organisation for this purpose. `place_source`: the place itself wrote the entry, no organisation sent it.
    """

    role: str
    purpose: str
    interaction: str
    type: str
    kinds: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    named: bool = False
    own_source: bool = False
    objected: bool = False
    agreed: bool = False
    place_source: bool = False


@dataclass(frozen=True)
class All:
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Any:
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Not:
    rule: Rule


@dataclass(frozen=True)
class RoleIn:
    roles: frozenset[str]


@dataclass(frozen=True)
class PurposeIn:
    purposes: frozenset[str]


@dataclass(frozen=True)
class InteractionIn:
    interactions: frozenset[str]


@dataclass(frozen=True)
class KindIn:
    """The actor has at least one of these relationships with the person."""

    kinds: frozenset[str]


@dataclass(frozen=True)
class TypeIn:
    types: frozenset[str]


@dataclass(frozen=True)
class LabelsWithin:
    """Every label of the entry is one of these; an entry without a label always is."""

    labels: frozenset[str]


@dataclass(frozen=True)
class HasLabel:
    label: str


@dataclass(frozen=True)
class Named:
    """The actor is named on the entry itself, as owner, author or recipient."""


@dataclass(frozen=True)
class OwnSource:
    """The actor's own organisation sent the entry."""


@dataclass(frozen=True)
class Objected:
    """The person objects to the entry reaching this actor."""


@dataclass(frozen=True)
class Agreed:
    """The charter and an agreement in force let the entry flow to the actor's organisation for this purpose."""


@dataclass(frozen=True)
class PlaceSource:
    """The place itself wrote the entry."""


Rule = (
    All
    | Any
    | Not
    | RoleIn
    | PurposeIn
    | InteractionIn
    | KindIn
    | TypeIn
    | LabelsWithin
    | HasLabel
    | Named
    | OwnSource
    | Objected
    | Agreed
    | PlaceSource
)

ALWAYS = All(())
NEVER = Any(())


def holds(rule: Rule, facts: Facts) -> bool:
    match rule:
        case All(rules):
            return all(holds(each, facts) for each in rules)
        case Any(rules):
            return any(holds(each, facts) for each in rules)
        case Not(inner):
            return not holds(inner, facts)
        case RoleIn(roles):
            return facts.role in roles
        case PurposeIn(purposes):
            return facts.purpose in purposes
        case InteractionIn(interactions):
            return facts.interaction in interactions
        case KindIn(kinds):
            return not kinds.isdisjoint(facts.kinds)
        case TypeIn(types):
            return facts.type in types
        case LabelsWithin(labels):
            return facts.labels <= labels
        case HasLabel(label):
            return label in facts.labels
        case Named():
            return facts.named
        case OwnSource():
            return facts.own_source
        case Objected():
            return facts.objected
        case Agreed():
            return facts.agreed
        case PlaceSource():
            return facts.place_source
        case _:
            assert_never(rule)


@dataclass(frozen=True)
class Known:
    """Facts known beforehand; None is not known. `label` is one label that the entry is known to have."""

    role: str | None = None
    purpose: str | None = None
    interaction: str | None = None
    type: str | None = None
    label: str | None = None


def simplify(rule: Rule, known: Known) -> Rule:
    """What is left to ask. ALWAYS or NEVER if the known facts settle it."""
    match rule:
        case All(rules):
            return _all_of(simplify(each, known) for each in rules)
        case Any(rules):
            return _any_of(simplify(each, known) for each in rules)
        case Not(inner):
            return _negation(simplify(inner, known))
        case RoleIn(roles):
            return _settled(rule, known.role, roles)
        case PurposeIn(purposes):
            return _settled(rule, known.purpose, purposes)
        case InteractionIn(interactions):
            return _settled(rule, known.interaction, interactions)
        case TypeIn(types):
            return _settled(rule, known.type, types)
        case LabelsWithin(labels):
            return NEVER if known.label is not None and known.label not in labels else rule
        case HasLabel(label):
            return ALWAYS if label == known.label else rule
        case KindIn() | Named() | OwnSource() | Objected() | Agreed() | PlaceSource():
            return rule
        case _:
            assert_never(rule)


def _settled(rule: Rule, value: str | None, wanted: frozenset[str]) -> Rule:
    if value is None:
        return rule
    return ALWAYS if value in wanted else NEVER


def _all_of(rules: Iterable[Rule]) -> Rule:
    left: list[Rule] = []
    for rule in rules:
        if rule == NEVER:
            return NEVER
        left += rule.rules if isinstance(rule, All) else (rule,)
    return left[0] if len(left) == 1 else All(tuple(left))


def _any_of(rules: Iterable[Rule]) -> Rule:
    left: list[Rule] = []
    for rule in rules:
        if rule == ALWAYS:
            return ALWAYS
        left += rule.rules if isinstance(rule, Any) else (rule,)
    return left[0] if len(left) == 1 else Any(tuple(left))


def _negation(rule: Rule) -> Rule:
    if rule == ALWAYS:
        return NEVER
    return ALWAYS if rule == NEVER else Not(rule)
