"""Applies guards and deterministic rules, in their order, to pairs whose levels are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from careweave.identity.matching.candidates import Pairs
from careweave.identity.matching.rules import Condition, MatchingRules

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Verdicts:
    """`guard` and `rule` are positions in the lists of names, -1 for none; `apart` may never share a cluster."""

    guard: npt.NDArray[np.int16]
    apart: Mask
    rule: npt.NDArray[np.int16]
    score: npt.NDArray[np.float64]
    weak: Mask


def rule_names(rules: MatchingRules) -> list[tuple[str, str]]:
    """(stage, rule) in the order of trial."""
    return [(stage.id, rule.id) for stage in rules.stages for rule in stage.rules]


def decide(pairs: Pairs, rules: MatchingRules, lifted: frozenset[str] = frozenset()) -> Verdicts:
    """`lifted` names guards that do not apply to these data."""
    found = with_best_identifier(pairs)
    size = len(pairs)
    guard = np.full(size, -1, np.int16)
    apart = np.zeros(size, np.bool_)
    for number, each in enumerate(rules.guards):
        if each.id in lifted:
            continue
        held = holds(each.when, found, pairs)
        guard[held & (guard < 0)] = number
        if each.keeps_apart:
            apart |= held
    rule = np.full(size, -1, np.int16)
    score = np.zeros(size)
    for number, one in enumerate(rule for stage in rules.stages for rule in stage.rules):
        held = (rule < 0) & (guard < 0) & holds(one.when, found, pairs)
        if one.any_of:
            held &= np.logical_or.reduce([holds(each, found, pairs) for each in one.any_of])
        rule[held] = number
        score[held] = one.score
    return Verdicts(guard, apart, rule, score, holds(rules.weak.when, found, pairs))


def holds(condition: Condition, levels: dict[str, npt.NDArray[np.int8]], pairs: Pairs) -> Mask:
    held = np.ones(len(pairs), np.bool_)
    for name, wanted in condition.levels.items():
        held &= np.isin(levels[name], list(wanted))
    if condition.years_apart is not None:
        held &= pairs.years_apart >= condition.years_apart
    if condition.newborn is not None:
        held &= pairs.newborn == condition.newborn
    if condition.same_source is not None:
        held &= pairs.same_source == condition.same_source
    return held


def with_best_identifier(pairs: Pairs) -> dict[str, npt.NDArray[np.int8]]:
    """The levels, with one `identifier` that stands where the best of the further identifiers stands."""
    levels = dict(pairs.levels)
    missing = np.full(len(pairs), -1, np.int8)
    numbers = [found for name, found in levels.items() if name.startswith("ident_")]
    if not numbers:
        return levels | {"identifier": missing}
    best = np.minimum.reduce([np.where(found < 0, 100, found) for found in numbers])
    return levels | {"identifier": np.where(best == 100, -1, best).astype(np.int8)}
