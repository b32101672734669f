"""Marks a linkage against the truth: precision, recall and F1 by pairs that share a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from careweave.identity.matching.results import Linkage


@dataclass(frozen=True)
class Mark:
    """`right` pairs found, of `found` in all, and of `true` that there are."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def mark(persons: Mapping[str, str], truth: Mapping[str, str]) -> Mark:
    """Over the records that have a truth."""
    both = Counter((persons[record], truth[record]) for record in truth)
    return Mark(
        right=_pairs(both.values()),
        found=_pairs(Counter(persons[record] for record in truth).values()),
        true=_pairs(Counter(truth.values()).values()),
    )


def _pairs(sizes: object) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)  # type: ignore[attr-defined]


def mark_by_stage(linkage: Linkage, truth: Mapping[str, str]) -> list[tuple[str, str, int, Mark]]:
    """(stage, words, links, mark after it): what each stage adds to those before it."""
    owner = {record: record for record in linkage.persons}

    def find(record: str) -> str:
        while owner[record] != record:
            owner[record] = owner[owner[record]]
            record = owner[record]
        return record

    by_stage: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for link in linkage.links:
        by_stage[link.stage].append((link.left, link.right))
    marks = []
    for stage in linkage.stages:
        for left, right in by_stage[stage.stage]:
            owner[find(left)] = find(right)
        persons = {record: find(record) for record in truth}
        marks.append((stage.stage, stage.words, stage.links, mark(persons, truth)))
    return marks


def mark_by_group(
    persons: Mapping[str, str], truth: Mapping[str, str], groups: Mapping[str, str]
) -> dict[str, Mark]:
    """For each group of true persons: a wrong pair counts against every group that it touches."""
    held: defaultdict[str, set[str]] = defaultdict(set)
    cluster: defaultdict[str, list[str]] = defaultdict(list)
    for record in truth:
        cluster[persons[record]].append(record)
        if record in groups:
            held[groups[record]].add(record)
    marks = {}
    for group in sorted(held):
        own = {record: truth[record] for record in held[group]}
        touched = {persons[record] for record in own}
        wider = {record for each in touched for record in cluster[each]}
        inside = mark(persons, own)
        found = _pairs(Counter(persons[record] for record in wider).values())
        others = {record: truth[record] for record in wider - held[group]}
        found -= mark(persons, others).found
        across = sum(
            1
            for each in touched
            for left in cluster[each]
            for right in cluster[each]
            if left < right and truth[left] == truth[right] and (left in own) != (right in own)
        )
        marks[group] = Mark(inside.right, found - across, inside.true)
    return marks
