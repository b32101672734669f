"""Links records into persons in stages: guards first, then dated rules, then weights that Splink learned here."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from careweave.identity.matching import probabilistic
from careweave.identity.matching.candidates import Integers, Pairs, compare, connect, find_pairs
from careweave.identity.matching.clusters import cluster_links, components
from careweave.identity.matching.levels import Comparison, comparisons
from careweave.identity.matching.lifting import lifted_guards
from careweave.identity.matching.prepare import Prepared, prepare
from careweave.identity.matching.records import MatchRecord, columns_of
from careweave.identity.matching.results import Decided, Linkage
from careweave.identity.matching.rules import MatchingRules, load_rules
from careweave.identity.matching.staged import Verdicts, decide
from careweave.identity.matching.wording import linkage_of

Keys = npt.NDArray[np.int64]
MANUAL = 1000.0


@dataclass
class Work:
    """What the stages hand to each other."""

    rules: MatchingRules
    prepared: Prepared
    connection: duckdb.DuckDBPyConnection
    compared: list[Comparison]
    lifted: frozenset[str] = frozenset()
    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    @property
    def sources(self) -> int:
        return len(self.prepared.table.column("source").unique())

    def done(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = round(now - self.started, 3)
        self.started = now


def link_records(
    records: Sequence[MatchRecord] | pa.Table,
    *,
    rules: MatchingRules | None = None,
    on: date | None = None,
    decisions: Iterable[Decided] = (),
) -> Linkage:
    """`decisions` override every rule; where they contradict each other, records stay apart."""
    if rules is None:
        rules = load_rules(on or date.today())  # noqa: DTZ011 - a rule's day is a calendar day of the place
    started = time.perf_counter()
    columns = columns_of(records)
    if not len(columns):
        return Linkage({}, rules=rules.name)
    prepared = prepare(columns, rules.forms)
    held = comparisons(rules, len(prepared.identifiers), len(prepared.attributes))
    work = Work(rules, prepared, connect(prepared), held, started=started)
    work.done("prepare")
    try:
        return _link(work, list(decisions))
    finally:
        work.connection.close()


def _link(work: Work, decisions: Sequence[Decided]) -> Linkage:
    find_pairs(work.connection, work.prepared, work.rules.candidates)
    pairs = compare(work.connection, work.prepared, work.compared, "pairs")
    decided = decide(pairs, work.rules)
    work.lifted = lifted_guards(pairs, decided, work.rules, len(work.prepared.ids), work.sources)
    if work.lifted:
        decided = decide(pairs, work.rules, work.lifted)
    work.done("compare")
    score = _scores(work, pairs, decided)
    work.done("weigh")
    different = _rows(work, decisions, "different")
    same = sorted(set(_rows(work, decisions, "same")) - set(different))
    link = (decided.guard < 0) & (score >= np.log2(_odds(work.rules.probabilistic.link_above)))
    left, right = pairs.left[link], pairs.right[link]
    apart = _apart(work, pairs, decided, left, right, same) | set(different)
    edges = [*same, *zip(left.tolist(), right.tolist(), strict=True)]
    strength = np.concatenate([np.full(len(same), MANUAL), score[link]])
    order = np.lexsort((np.arange(len(edges)), -np.round(strength, 6))).tolist()
    clustering = cluster_links(len(work.prepared.ids), edges, order, sorted(apart))
    work.done("cluster")
    positions = np.concatenate([np.full(len(same), -1), np.flatnonzero(link)])
    return linkage_of(work.rules, work.prepared, pairs, decided, score, clustering, edges, positions, work.seconds)


def _odds(probability: float) -> float:
    return probability / (1 - probability)


def _rows(work: Work, decisions: Iterable[Decided], answer: str) -> list[tuple[int, int]]:
    """Row numbers of decided pairs; a decision about a record that is not here has nothing to say."""
    where = {id: row for row, id in enumerate(work.prepared.ids)}
    found = {
        (min(where[each.one], where[each.other]), max(where[each.one], where[each.other]))
        for each in decisions
        if each.answer == answer and each.one in where and each.other in where and each.one != each.other
    }
    return sorted(found)


def _scores(work: Work, pairs: Pairs, decided: Verdicts) -> npt.NDArray[np.float64]:
    """log2 odds of each pair: the rule's own where one held, otherwise what Splink says; -inf if never weighed."""
    score = np.where(decided.rule >= 0, decided.score, -np.inf)
    reviewed = np.array([each.is_for_review for each in work.rules.guards] + [True])
    open_pairs = (decided.rule < 0) & reviewed[decided.guard]
    rough = probabilistic.total_weight(pairs.levels, probabilistic.default_weights(work.compared))
    linked = decided.rule >= 0
    first_guess = _prior(work, pairs, linked, np.zeros(0), np.zeros(0, np.bool_))
    open_pairs &= rough > np.where(pairs.same_source, -first_guess[1], -first_guess[0]) - 12
    if not open_pairs.any():
        return score
    shortlist = pairs.where(open_pairs)
    weights = _weights(work, pairs, decided, shortlist)
    unguarded = (decided.guard < 0)[open_pairs]
    prior = first_guess
    for _ in range(20):
        chance = 1 / (1 + np.exp2(-(weights + np.where(shortlist.same_source, prior[1], prior[0]))))
        prior = _prior(work, pairs, linked, chance[unguarded], shortlist.same_source[unguarded])
    score[open_pairs] = weights + np.where(shortlist.same_source, prior[1], prior[0])
    return score


def _weights(work: Work, pairs: Pairs, decided: Verdicts, shortlist: Pairs) -> npt.NDArray[np.float64]:
    used = [each for each in work.compared if (shortlist.levels[each.name] >= 0).any()]
    rules = work.rules.probabilistic
    random = _random_pairs(work, rules.random_pairs, pairs.keys()[decided.rule >= 0])
    u = probabilistic.observed_u(random, used, rules.weight_of_defaults)
    work.done("sample")
    prior = max((decided.rule >= 0).sum(), 1) / max(_possible(work)[2], 1)
    trained = probabilistic.train(work.connection, work.prepared, used, u, float(min(prior, 0.5)), rules)
    work.done("train")
    return probabilistic.predict(work.connection, work.prepared, used, trained, shortlist)


def _random_pairs(work: Work, wanted: int, linked: Keys) -> Pairs:
    """Pairs drawn with a fixed seed over records in id order, so that a re-run draws the same."""
    size = len(work.prepared.ids)
    if size * (size - 1) // 2 <= wanted:
        left, right = np.triu_indices(size, 1)
    else:
        drawn = np.random.default_rng(20261122).integers(0, size, (2, wanted))
        left, right = drawn.min(0), drawn.max(0)
        left, right = left[left < right], right[left < right]
    keys = np.unique(left.astype(np.int64) << 32 | right.astype(np.int64))
    keys = np.setdiff1d(keys, linked, assume_unique=True)
    return _compared(work, keys)


def _compared(work: Work, keys: Keys) -> Pairs:
    chosen = {"left_idx": (keys >> 32).astype(np.int32), "right_idx": (keys & 0xFFFFFFFF).astype(np.int32)}
    work.connection.register("chosen", chosen)
    try:
        return compare(work.connection, work.prepared, work.compared, "chosen")
    finally:
        work.connection.unregister("chosen")


def _possible(work: Work) -> tuple[int, int, int]:
    """How many pairs there are across sources, within one, and in all."""
    counts = np.bincount(work.prepared.table.column("source").to_numpy())
    size = int(counts.sum())
    within = int((counts * (counts - 1) // 2).sum())
    every = size * (size - 1) // 2
    return every - within, within, every


def _prior(
    work: Work,
    pairs: Pairs,
    linked: npt.NDArray[np.bool_],
    chance: npt.NDArray[np.float64],
    chance_within: npt.NDArray[np.bool_],
) -> tuple[float, float]:
    """log2 odds that two records, of two sources and of one, are one person: links so far over all pairs."""
    across, within, _ = _possible(work)
    found = []
    for is_within, possible in ((False, across), (True, within)):
        certain = float((linked & (pairs.same_source == is_within)).sum())
        likely = float(chance[chance_within == is_within].sum())
        share = min((certain + likely + 0.5) / max(possible, 1), 0.5)
        found.append(float(np.log2(_odds(share))))
    return found[0], found[1]


def _apart(
    work: Work,
    pairs: Pairs,
    decided: Verdicts,
    left: Integers,
    right: Integers,
    same: Sequence[tuple[int, int]],
) -> set[tuple[int, int]]:
    """Every pair, blocked together or not, that the guards keep apart within what the links would connect.

    Where a person has said that two records are the same, no guard stands between what each is linked with.
    """
    size = len(work.prepared.ids)
    linked = np.array(components(size, left, right))
    joined = np.array(same, np.int32).reshape(-1, 2).T
    owner = np.array(components(size, np.concatenate([left, joined[0]]), np.concatenate([right, joined[1]])))
    together = _pairs_within(owner)
    known = pairs.keys()
    unseen = np.setdiff1d(together, known, assume_unique=True)
    apart = known[decided.apart]
    if len(unseen):
        others = _compared(work, unseen)
        apart = np.concatenate([apart, others.keys()[decide(others, work.rules, work.lifted).apart]])
    apart = np.intersect1d(apart, together)
    said = {(linked[one], linked[other]) for one, other in same} | {(linked[b], linked[a]) for a, b in same}
    rows = zip((apart >> 32).tolist(), (apart & 0xFFFFFFFF).tolist(), strict=True)
    return {(one, other) for one, other in rows if (linked[one], linked[other]) not in said}


def _pairs_within(owner: Integers) -> Keys:
    """The keys of all pairs that share an owner."""
    order = np.argsort(owner, kind="stable")
    ends = np.flatnonzero(np.diff(owner[order], append=-1))
    found: list[Keys] = []
    for group in np.split(order, ends + 1):
        if len(group) > 1:
            first, second = np.triu_indices(len(group), 1)
            found.append(np.sort(group)[first].astype(np.int64) << 32 | np.sort(group)[second])
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
