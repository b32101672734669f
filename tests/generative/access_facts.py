"""Draws facts for access decisions: most are made to fit some rule, the rest are anything at all."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from functools import cache

from hypothesis import strategies as st

from careweave.record.policy import Facts, NamedRule, Policy
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

STRANGE = ["", "superuser", "Role", "it's", 'a "quoted" word', "back\\slash", "ÄÖ", "x" * 80]


# Strategies are made once: to make one anew inside a draw costs more than the draw.
UP_TO_TWO, UP_TO_THREE = st.integers(0, 2), st.integers(0, 3)
A_FACT = st.sampled_from([each.name for each in fields(Facts)])


@cache
def one_among(values: Iterable[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(values))


@cache
def some_of(rules: tuple[Rule, ...]) -> st.SearchStrategy[Rule]:
    return st.sampled_from(rules)


def word(known: list[str]) -> st.SearchStrategy[str]:
    """Mostly a known word, now and then a strange one."""
    return st.one_of(st.sampled_from(known), st.sampled_from(known), st.sampled_from(known + STRANGE))


def words(known: list[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(word(known), max_size=3)


def all_types(policy: Policy) -> list[str]:
    return [name for group in policy.words.types.values() for name in group]


def types_told_apart(policy: Policy) -> list[str]:
    """One type of each kind that the rules tell apart: the others are named by the same rules."""
    told = [types for named in (*policy.allow, *policy.forbid) for types in _types_in(named.rule)]
    alike = {
        frozenset(number for number, each in enumerate(told) if name in each): name
        for name in all_types(policy)
    }
    return sorted(alike.values())


def _types_in(rule: Rule) -> Iterator[frozenset[str]]:
    match rule:
        case TypeIn(types):
            yield types
        case Not(inner):
            yield from _types_in(inner)
        case All(rules) | Any(rules):
            for each in rules:
                yield from _types_in(each)


def any_facts(policy: Policy) -> st.SearchStrategy[Facts]:
    vocabulary = policy.words
    return st.builds(
        Facts,
        role=word(list(vocabulary.roles)),
        purpose=word(list(vocabulary.purposes)),
        interaction=word(list(vocabulary.interactions)),
        type=word(all_types(policy)),
        kinds=words(list(vocabulary.kinds)),
        labels=words(list(vocabulary.labels)),
        named=st.booleans(),
        own_source=st.booleans(),
        objected=st.booleans(),
        agreed=st.booleans(),
        place_source=st.booleans(),
    )


def facts_for(policy: Policy, rules: tuple[NamedRule, ...] = (), label: str = "") -> st.SearchStrategy[Facts]:
    """Facts that fit a drawn rule, sometimes with one of them changed again; or with one label alone."""
    some_rule = st.sampled_from(rules or (*policy.allow, *policy.forbid))
    return _fitting(some_rule, any_facts(policy), word(list(policy.words.labels)), label)


@st.composite
def _fitting(
    draw: st.DrawFn,
    some_rule: st.SearchStrategy[NamedRule],
    anything: st.SearchStrategy[Facts],
    some_label: st.SearchStrategy[str],
    label: str,
) -> Facts:
    rule, facts = draw(some_rule), draw(anything)
    several = draw(UP_TO_TWO)  # labels: none, one, or as many as were drawn
    if several < 2:
        one = draw(some_label)
        facts = replace(facts, labels=frozenset({one}) if several else frozenset())
    if draw(UP_TO_TWO):
        facts = replace(facts, objected=False, agreed=True)
    facts = _made_to_fit(draw, rule.rule, facts)
    if label:
        return replace(facts, labels=frozenset({label}))
    if draw(UP_TO_THREE) == 0:
        other = draw(anything)
        changed = draw(A_FACT)
        facts = replace(facts, **{changed: getattr(other, changed)})
    return facts


def drawn_facts(policy: Policy) -> st.SearchStrategy[Facts]:
    return st.one_of(any_facts(policy), facts_for(policy), facts_for(policy))


def _made_to_fit(draw: st.DrawFn, rule: Rule, facts: Facts) -> Facts:
    match rule:
        case All(rules):
            for each in rules:
                facts = _made_to_fit(draw, each, facts)
            return facts
        case Any(rules):
            return _made_to_fit(draw, draw(some_of(rules)), facts)
        case RoleIn(values):
            return replace(facts, role=draw(one_among(values)))
        case PurposeIn(values):
            return replace(facts, purpose=draw(one_among(values)))
        case InteractionIn(values):
            return replace(facts, interaction=draw(one_among(values)))
        case TypeIn(values):
            return replace(facts, type=draw(one_among(values)))
        case KindIn(values):
            return replace(facts, kinds=facts.kinds | {draw(one_among(values))})
        case LabelsWithin(values):
            return replace(facts, labels=facts.labels & values)
        case HasLabel(label):
            return replace(facts, labels=facts.labels | {label})
        case Named():
            return replace(facts, named=True)
        case OwnSource():
            return replace(facts, own_source=True)
        case Objected():
            return replace(facts, objected=True)
        case Agreed():
            return replace(facts, agreed=True)
        case PlaceSource():
            return replace(facts, place_source=True)
        case Not(Agreed()):
            return replace(facts, agreed=False)
        case Not(Any(rules)):
            for each in rules:
                facts = _made_to_fit(draw, Not(each), facts)
            return facts
        case Not(PlaceSource()):
            return replace(facts, place_source=False)
        case Not(Named()):
            return replace(facts, named=False)
        case Not(OwnSource()):
            return replace(facts, own_source=False)
        case Not(HasLabel(label)):
            return replace(facts, labels=facts.labels - {label})
        case Not(LabelsWithin()):
            return replace(facts, labels=facts.labels | {draw(one_among(tuple(STRANGE)))})
        case _:
            return facts
