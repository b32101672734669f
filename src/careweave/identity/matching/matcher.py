"""Links records into persons in stages: guards first, then dated rules, then weights that Splink learned here."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import date

import pyarrow as pa

from careweave.identity.matching.candidates import compare, connect, find_pairs
from careweave.identity.matching.joining import join, rows_decided
from careweave.identity.matching.levels import comparisons
from careweave.identity.matching.lifting import lifted_guards
from careweave.identity.matching.prepare import prepare
from careweave.identity.matching.records import MatchRecord, columns_of
from careweave.identity.matching.results import Decided, Linkage
from careweave.identity.matching.rules import MatchingRules, load_rules
from careweave.identity.matching.staged import decide
from careweave.identity.matching.weighing import weigh
from careweave.identity.matching.wording import Words, links_of, reviews_of, stage_counts
from careweave.identity.matching.work import Weighed, Work


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
    verdicts = decide(pairs, work.rules)
    work.lifted = lifted_guards(pairs, verdicts, work.rules, len(work.prepared.ids), work.sources)
    if work.lifted:
        verdicts = decide(pairs, work.rules, work.lifted)
    work.done("compare")
    weighed = Weighed(pairs, verdicts, weigh(work, pairs, verdicts))
    joined = join(work, weighed, rows_decided(work.prepared.ids, decisions))
    work.done("cluster")
    words = Words(work.rules, work.prepared, pairs)
    links = links_of(work, weighed, joined, words)
    linkage = Linkage(
        persons={id: work.prepared.ids[joined.cluster[row]] for row, id in enumerate(work.prepared.ids)},
        links=tuple(links),
        for_review=tuple(reviews_of(work, weighed, joined, words)),
        stages=tuple(stage_counts(work.rules, links)),
        rules=work.rules.name,
        seconds=work.seconds,
    )
    work.done("words")
    return linkage
