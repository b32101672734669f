"""Weighs the pairs that no rule decided: how likely each is one person, given what these data teach."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from careweave.identity.matching import probabilistic
from careweave.identity.matching.candidates import Levels, Pairs
from careweave.identity.matching.clusters import components
from careweave.identity.matching.levels import Comparison
from careweave.identity.matching.probabilistic import Scores
from careweave.identity.matching.staged import Mask, Verdicts
from careweave.identity.matching.work import Keys, Work, compared

SEED = 20261122
AMONG_FEW = -10.0  # log2 odds that two of a handful of records are one person, before looking at them
HOPELESS = 12.0  # log2: a pair whose default weights fall so far short is not worth Splink's time


def odds(probability: float) -> float:
    return probability / (1 - probability)


def weigh(work: Work, pairs: Pairs, verdicts: Verdicts) -> Scores:
    """log2 odds of each pair: the rule's own where one held, else what Splink says; -inf if never weighed."""
    linked = verdicts.rule >= 0
    score: Scores = np.where(linked, verdicts.score, -np.inf)
    first = _prior(work, pairs, linked, np.zeros(0), np.zeros(0, np.bool_))
    has_few = len(work.prepared.ids) < work.rules.probabilistic.least_records
    if has_few:
        first = min(first[0], AMONG_FEW), min(first[1], AMONG_FEW)
    open_pairs = _open(work, pairs, verdicts, first)
    if not open_pairs.any():
        return score
    shortlist = pairs.where(open_pairs)
    counts_for_prior = (verdicts.guard < 0)[open_pairs]
    if has_few:
        weights = probabilistic.total_weight(shortlist.levels, probabilistic.default_weights(work.compared))
        score[open_pairs] = weights + np.where(shortlist.same_source, first[1], first[0])
        return score
    used = [each for each in work.compared if (shortlist.levels[each.name] >= 0).any()]
    random = _random_pairs(work, pairs, linked)
    work.done("sample")
    chance = np.zeros(len(shortlist))
    for _ in range(_rounds(work)):
        share = _share_of_person(work, pairs, linked, shortlist, chance)
        probabilistic.count_rarities(work.connection, used, share)
        u = _observed_u(work, random, used, shortlist.keys(), chance)
        weights = _learned_weights(work, used, u, shortlist, linked)
        prior, chance = _settle(work, pairs, linked, shortlist, weights, counts_for_prior, first)
    score[open_pairs] = weights + prior
    return score


def _rounds(work: Work) -> int:
    """In a small file the random pairs hold many true ones: a second look leaves out those found by the first."""
    size = len(work.prepared.ids)
    return 3 if size * (size - 1) // 2 <= 20 * work.rules.probabilistic.random_pairs else 1


def _open(work: Work, pairs: Pairs, verdicts: Verdicts, prior: tuple[float, float]) -> Mask:
    """Pairs that no rule linked, that may be linked or reviewed, and are not hopeless."""
    reviewed = np.array([each.is_for_review for each in work.rules.guards] + [True])
    rough = probabilistic.total_weight(pairs.levels, probabilistic.default_weights(work.compared))
    needed = np.where(pairs.same_source, -prior[1], -prior[0])
    found: Mask = (verdicts.rule < 0) & reviewed[verdicts.guard] & (rough > needed - HOPELESS)
    return found


def _learned_weights(
    work: Work, used: list[Comparison], u: dict[str, list[float]], shortlist: Pairs, linked: Mask
) -> Scores:
    prior = min(max(int(linked.sum()), 1) / max(_possible(work)[2], 1), 0.5)
    trained = probabilistic.train(work.connection, work.prepared, used, u, prior, work.rules.probabilistic)
    work.done("train")
    weights = probabilistic.predict(work.connection, work.prepared, used, trained, shortlist)
    work.done("predict")
    return weights


def _settle(
    work: Work,
    pairs: Pairs,
    linked: Mask,
    shortlist: Pairs,
    weights: Scores,
    counts: Mask,
    prior: tuple[float, float],
) -> tuple[Scores, Scores]:
    """The prior that agrees with the matches it leads to, for pairs across and within sources; and the chances."""
    for _ in range(20):
        each = np.where(shortlist.same_source, prior[1], prior[0])
        chance = 1 / (1 + np.exp2(-(weights + each)))
        prior = _prior(work, pairs, linked, chance[counts], shortlist.same_source[counts])
    return each, chance


def _prior(
    work: Work, pairs: Pairs, linked: Mask, chance: Scores, chance_within: Mask
) -> tuple[float, float]:
    """log2 odds that two records, of two sources and of one, are one person: links so far over all pairs."""
    across, within, _ = _possible(work)
    found = []
    for is_within, possible in ((False, across), (True, within)):
        certain = float((linked & (pairs.same_source == is_within)).sum())
        likely = float(chance[chance_within == is_within].sum())
        share = min((certain + likely + 0.5) / max(possible, 1), 0.5)
        found.append(float(np.log2(odds(share))))
    return found[0], found[1]


def _possible(work: Work) -> tuple[int, int, int]:
    """How many pairs there are across sources, within one, and in all."""
    counts = np.bincount(work.prepared.table.column("source").to_numpy())
    size = int(counts.sum())
    within = int((counts * (counts - 1) // 2).sum()) if len(counts) > 1 else 0
    every = size * (size - 1) // 2
    return every - within, within, every


def _random_pairs(work: Work, pairs: Pairs, linked: Mask) -> Pairs:
    """Pairs drawn with a fixed seed over records in id order, so that a re-run draws the same."""
    size, wanted = len(work.prepared.ids), work.rules.probabilistic.random_pairs
    if len(pairs) == size * (size - 1) // 2:
        return pairs.where(~linked)
    if size * (size - 1) // 2 <= wanted:
        left, right = np.triu_indices(size, 1)
    else:
        drawn = np.random.default_rng(SEED).integers(0, size, (2, wanted))
        left, right = drawn.min(0), drawn.max(0)
        left, right = left[left < right], right[left < right]
    keys = np.unique(left.astype(np.int64) << 32 | right.astype(np.int64))
    return compared(work, np.setdiff1d(keys, pairs.keys()[linked], assume_unique=True))


def _share_of_person(
    work: Work, pairs: Pairs, linked: Mask, shortlist: Pairs, chance: Scores
) -> npt.NDArray[np.float64]:
    """One over the number of records that each record's person seems to have so far."""
    likely = chance > 0.9
    left = np.concatenate([pairs.left[linked], shortlist.left[likely]])
    right = np.concatenate([pairs.right[linked], shortlist.right[likely]])
    owner = np.array(components(len(work.prepared.ids), left, right))
    share: npt.NDArray[np.float64] = 1 / np.bincount(owner, minlength=len(owner))[owner]
    return share


def _observed_u(
    work: Work, random: Pairs, used: list[Comparison], likely: Keys, chance: npt.NDArray[np.float64]
) -> dict[str, list[float]]:
    """How often two people stand at each level; a random pair counts by the chance that it is two people."""
    keys = random.keys()
    place = np.minimum(np.searchsorted(likely, keys), len(likely) - 1)
    strangers = 1 - np.where(likely[place] == keys, chance[place], 0.0)
    found = {}
    for each in used:
        found[each.name] = _u_of(
            random.levels[each.name], strangers, each, work.rules.probabilistic.weight_of_defaults
        )
    return found


def _u_of(levels: Levels, strangers: Scores, each: Comparison, weight: float) -> list[float]:
    counts = np.bincount(levels + 1, weights=strangers, minlength=len(each.field.levels) + 1)[1:]
    defaults = np.array([level.u for level in each.field.levels])
    blended = (counts + weight * defaults) / (counts.sum() + weight * defaults.sum())
    return np.maximum(blended, probabilistic.LEAST_U).tolist()
