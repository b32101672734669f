"""Turns row numbers and levels back into links and review pairs, with the evidence in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from careweave.identity.matching.candidates import Pairs
from careweave.identity.matching.joining import Joined
from careweave.identity.matching.prepare import Prepared
from careweave.identity.matching.probabilistic import Scores
from careweave.identity.matching.results import Evidence, Link, ReviewPair, StageCount
from careweave.identity.matching.rules import MatchingRules
from careweave.identity.matching.staged import Mask, rule_names
from careweave.identity.matching.weighing import odds
from careweave.identity.matching.work import Weighed, Work

MANUAL_STAGE = "decided"


class Words:
    """Evidence of a pair in words, each sentence made once."""

    def __init__(self, rules: MatchingRules, prepared: Prepared, pairs: Pairs) -> None:
        self._rules, self._prepared, self._pairs = rules, prepared, pairs
        self._said: dict[tuple[str, int], Evidence] = {}

    def of(self, position: int) -> tuple[Evidence, ...]:
        return tuple(self._evidence(name, int(held[position])) for name, held in self._pairs.levels.items())

    def _evidence(self, name: str, level: int) -> Evidence:
        if (name, level) not in self._said:
            self._said[name, level] = self._put(name, level)
        return self._said[name, level]

    def _put(self, name: str, level: int) -> Evidence:
        kind, _, number = name.partition("_")
        if kind == "ident":
            field, label = self._rules.fields["identifier"], self._prepared.identifiers[int(number)]
        elif kind == "attr":
            field, label = self._rules.fields["attribute"], self._prepared.attributes[int(number)]
        else:
            field, label = self._rules.fields[name], self._rules.fields[name].words
        said = "missing" if level < 0 else field.levels[level].words
        label = label.replace("_", " ")
        return Evidence(name, field.level_id(level), f"{label[:1].upper()}{label[1:]}: {said}")


def links_of(work: Work, weighed: Weighed, joined: Joined, words: Words) -> list[Link]:
    """One link fewer than records for each person: the strongest that hold them together."""
    ids, names = work.prepared.ids, rule_names(work.rules)
    links = []
    for edge in joined.used:
        position = joined.position[edge]
        left, right = joined.edges[edge]
        if position < 0:
            links.append(Link(ids[left], ids[right], MANUAL_STAGE, "same", 0.0, ()))
            continue
        rule = int(weighed.verdicts.rule[position])
        stage, name = names[rule] if rule >= 0 else (work.rules.probabilistic.id, "splink")
        score = round(float(weighed.score[position]), 3)
        links.append(Link(ids[left], ids[right], stage, name, score, words.of(position)))
    return links


def stage_counts(rules: MatchingRules, links: Sequence[Link]) -> list[StageCount]:
    counts = Counter(link.stage for link in links)
    stages = [(MANUAL_STAGE, "Decided by a person"), *((stage.id, stage.words) for stage in rules.stages)]
    stages.append((rules.probabilistic.id, rules.probabilistic.words))
    return [StageCount(id, words, counts[id]) for id, words in stages]


@dataclass(frozen=True)
class _Question:
    position: int
    guard: str
    reason: str


def reviews_of(work: Work, weighed: Weighed, joined: Joined, words: Words) -> list[ReviewPair]:
    """One question for each two persons that may be one: the likeliest pair, a guard's own reason first."""
    pairs, ids = weighed.pairs, work.prepared.ids
    parted = {_persons(joined, one, other) for one, other in joined.decided.different}
    chosen: dict[tuple[int, int], _Question] = {}
    for question in _questions(work, weighed, joined):
        persons = _persons(joined, int(pairs.left[question.position]), int(pairs.right[question.position]))
        if persons[0] != persons[1] and persons not in parted and persons not in chosen:
            chosen[persons] = question
    found = []
    for question in sorted(chosen.values(), key=lambda each: each.position):
        place = question.position
        left, right = ids[int(pairs.left[place])], ids[int(pairs.right[place])]
        score = round(float(weighed.score[place]), 3)
        found.append(ReviewPair(left, right, question.reason, question.guard, score, words.of(place)))
    return found


def _persons(joined: Joined, one: int, other: int) -> tuple[int, int]:
    first, second = sorted((joined.cluster[one], joined.cluster[other]))
    return first, second


def _questions(work: Work, weighed: Weighed, joined: Joined) -> Iterator[_Question]:
    """Guarded pairs that are otherwise alike, links that a guard refused, unclear ones and unsure ones."""
    verdicts, score = weighed.verdicts, weighed.score
    rules = work.rules
    least = float(np.log2(odds(rules.probabilistic.review_above)))
    for_review = np.array([guard.is_for_review for guard in rules.guards] + [False])
    for place in _by_score(score, for_review[verdicts.guard] & (score >= least)):
        guard = rules.guards[int(verdicts.guard[place])]
        yield _Question(place, guard.id, guard.reason)
    for refusal in joined.refused:
        if joined.position[refusal.edge] >= 0:
            one, other = (work.prepared.ids[row] for row in refusal.blocking)
            reason = f"Joining these would also join {one} and {other}, which must stay apart"
            yield _Question(joined.position[refusal.edge], "cluster", reason)
    for place in sorted(joined.ambiguous, key=lambda each: -score[each]):
        yield _Question(place, "two-fit", rules.weak.reason)
    unsure = (verdicts.guard < 0) & (verdicts.rule < 0) & (score >= least)
    for place in _by_score(score, unsure):
        yield _Question(place, "", "Likely, but not sure enough to join")


def _by_score(score: Scores, mask: Mask) -> list[int]:
    places = np.flatnonzero(mask)
    order = np.lexsort((places, -score[places]))
    return [int(place) for place in places[order]]
