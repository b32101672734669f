"""Decides from the data whether a guard stands against something that these data hold.

Twins have records of their own: in several sources each, or side by side within one. Where hundreds of pairs
look like twins but none of the supposed second persons ever shows up twice, first names were simply spoilt.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from careweave.identity.matching.candidates import Pairs
from careweave.identity.matching.clusters import components
from careweave.identity.matching.rules import Condition, MatchingRules
from careweave.identity.matching.staged import Mask, Verdicts, holds, with_best_identifier


def lifted_guards(
    pairs: Pairs, decided: Verdicts, rules: MatchingRules, size: int, sources: int
) -> frozenset[str]:
    """The ids of the guards that do not apply to these data."""
    linked = decided.rule >= 0
    owner = np.array(components(size, pairs.left[linked], pairs.right[linked]))
    held = np.bincount(owner, minlength=size)
    at_home = _at_one_home(pairs, rules)
    levels = with_best_identifier(pairs)
    unheld = set()
    for guard in rules.guards:
        if guard.lifted_with == (guard.id,):
            suspects = at_home & holds(_whatever_the_number(guard.when), levels, pairs)
            if _is_unheld(pairs.where(suspects), owner, held, rules, sources):
                unheld.add(guard.id)
    return frozenset(
        guard.id for guard in rules.guards if guard.lifted_with and unheld.issuperset(guard.lifted_with)
    )


def _whatever_the_number(condition: Condition) -> Condition:
    """Spoilt names and dates show whether or not a personal number tells that the person is the same."""
    return replace(condition, levels={k: v for k, v in condition.levels.items() if k != "identifier"})


def _at_one_home(pairs: Pairs, rules: MatchingRules) -> Mask:
    address, family = rules.fields["address"], rules.fields["family"]
    near = [address.position("same"), address.position("near")]
    at_home = (
        np.isin(pairs.levels["address"], near) | (pairs.levels["email"] == 0) | (pairs.levels["phone"] == 0)
    )
    found: Mask = at_home & (pairs.levels["family"] == family.position("same"))
    return found


def _is_unheld(
    suspects: Pairs,
    owner: npt.NDArray[np.int64],
    held: npt.NDArray[np.int64],
    rules: MatchingRules,
    sources: int,
) -> bool:
    """Either test suffices: second persons never appear twice, or never beside the first in one source."""
    ours, theirs = owner[suspects.left], owner[suspects.right]
    both = np.unique(np.stack([np.minimum(ours, theirs), np.maximum(ours, theirs)]), axis=1)
    both = both[:, both[0] != both[1]]
    sizes = np.sort(held[both], axis=0)
    several = sizes.sum(0) >= 3
    twice = (sizes[0] >= 2).sum()
    if _speaks_against(int(several.sum()), int(twice), rules):
        return True
    if sources < 2:
        return False
    return _speaks_against(int((~suspects.same_source).sum()), int(suspects.same_source.sum()), rules)


def _speaks_against(suspected: int, confirmed: int, rules: MatchingRules) -> bool:
    least, most = rules.lifting.least_suspects, rules.lifting.most_confirmed
    return suspected >= least and confirmed <= most * suspected
