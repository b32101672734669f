"""Decides: deny unless a rule opens, and a rule that forbids wins over all that open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from careweave.record.policy.rules import ALWAYS, NEVER, Facts, Known, Rule, holds, simplify
from careweave.record.policy.wording import unmet_conditions

NOTHING_OPENS = "no-rule-opens"


@dataclass(frozen=True)
class NamedRule:
    """`reason` completes the sentence “Allowed because …” or “Held back because …”."""

    name: str
    title: str
    reason: str
    rule: Rule


@dataclass(frozen=True)
class Vocabulary:
    """Every word a rule may use, with its meaning; `types` by group. What is not here can only be denied."""

    roles: Mapping[str, str]
    purposes: Mapping[str, str]
    interactions: Mapping[str, str]
    kinds: Mapping[str, str]
    types: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]
    sensitive: frozenset[str]


@dataclass(frozen=True)
class Policy:
    allow: tuple[NamedRule, ...]
    forbid: tuple[NamedRule, ...]
    words: Vocabulary
    versions: tuple[str, ...] = ()

    @property
    def labels(self) -> frozenset[str]:
        """Every label there is."""
        return frozenset(self.words.labels)


@dataclass(frozen=True)
class Decision:
    allowed: bool
    rule: str
    reason: str


@dataclass(frozen=True)
class RuleOutcome:
    """`unmet` says in words what was missing for the rule to apply; empty when it applies."""

    name: str
    title: str
    reason: str
    forbids: bool
    applies: bool
    unmet: tuple[str, ...]


def decide(policy: Policy, facts: Facts) -> Decision:
    for each in policy.forbid:
        if holds(each.rule, facts):
            return Decision(False, each.name, each.reason)
    for each in policy.allow:
        if holds(each.rule, facts):
            return Decision(True, each.name, each.reason)
    return Decision(False, NOTHING_OPENS, "no rule opens this to this role, relationship and purpose")


def explain(policy: Policy, facts: Facts) -> list[RuleOutcome]:
    """Every rule with its outcome: those that forbid, then those that open, in the order they are tried."""
    return [_outcome(each, facts, forbids=True) for each in policy.forbid] + [
        _outcome(each, facts, forbids=False) for each in policy.allow
    ]


def visible_labels(policy: Policy, role: str, purpose: str, interaction: str | None = None) -> frozenset[str]:
    """The labels this role may ever meet for this purpose: what is allowed has none beyond them."""
    return frozenset(
        label
        for label in policy.words.labels
        if _may_open(policy, Known(role=role, purpose=purpose, interaction=interaction, label=label))
    )


def specialise(
    policy: Policy,
    *,
    role: str | None = None,
    purpose: str | None = None,
    interaction: str | None = None,
    type: str | None = None,
) -> Policy:
    """The same policy for facts already known: shorter to read, and shorter as SQL."""
    known = Known(role=role, purpose=purpose, interaction=interaction, type=type)
    return Policy(_left(policy.allow, known), _left(policy.forbid, known), policy.words, policy.versions)


def _outcome(named: NamedRule, facts: Facts, *, forbids: bool) -> RuleOutcome:
    applies = holds(named.rule, facts)
    unmet = () if applies else unmet_conditions(named.rule, facts)
    return RuleOutcome(named.name, named.title, named.reason, forbids, applies, unmet)


def _may_open(policy: Policy, known: Known) -> bool:
    forbidden = any(simplify(each.rule, known) == ALWAYS for each in policy.forbid)
    return not forbidden and any(simplify(each.rule, known) != NEVER for each in policy.allow)


def _left(rules: tuple[NamedRule, ...], known: Known) -> tuple[NamedRule, ...]:
    simpler = (NamedRule(each.name, each.title, each.reason, simplify(each.rule, known)) for each in rules)
    return tuple(each for each in simpler if each.rule != NEVER)
