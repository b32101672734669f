"""Links records into persons in stages: guards first, then dated rules, then weights that Splink learned here."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from careweave.identity.matching.candidates import Integers, Pairs, compare, connect, find_pairs
from careweave.identity.matching.clusters import cluster_links, components
from careweave.identity.matching.levels import comparisons
from careweave.identity.matching.lifting import lifted_guards
from careweave.identity.matching.prepare import prepare
from careweave.identity.matching.records import MatchRecord, columns_of
from careweave.identity.matching.results import Decided, Linkage
from careweave.identity.matching.rules import MatchingRules, load_rules
from careweave.identity.matching.staged import Verdicts, decide
from careweave.identity.matching.weighing import odds, weigh
from careweave.identity.matching.wording import linkage_of
from careweave.identity.matching.work import Work, compared

Keys = npt.NDArray[np.int64]
MANUAL = 1000.0


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
    score = weigh(work, pairs, decided)
    work.done("weigh")
    different = _rows(work, decisions, "different")
    same = sorted(set(_rows(work, decisions, "same")) - set(different))
    link = (decided.guard < 0) & (score >= np.log2(odds(work.rules.probabilistic.link_above)))
    left, right = pairs.left[link], pairs.right[link]
    apart = _apart(work, pairs, decided, left, right, same) | set(different)
    edges = [*same, *zip(left.tolist(), right.tolist(), strict=True)]
    strength = np.concatenate([np.full(len(same), MANUAL), score[link]])
    order = np.lexsort((np.arange(len(edges)), -np.round(strength, 6))).tolist()
    clustering = cluster_links(len(work.prepared.ids), edges, order, sorted(apart))
    work.done("cluster")
    positions = np.concatenate([np.full(len(same), -1), np.flatnonzero(link)])
    return linkage_of(
        work.rules, work.prepared, pairs, decided, score, clustering, edges, positions, work.seconds
    )


def _rows(work: Work, decisions: Iterable[Decided], answer: str) -> list[tuple[int, int]]:
    """Row numbers of decided pairs; a decision about a record that is not here has nothing to say."""
    where = {id: row for row, id in enumerate(work.prepared.ids)}
    found = {
        (min(where[each.one], where[each.other]), max(where[each.one], where[each.other]))
        for each in decisions
        if each.answer == answer and each.one in where and each.other in where and each.one != each.other
    }
    return sorted(found)


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
        others = compared(work, unseen)
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
