"""Turns row numbers and levels back into links, review pairs and evidence in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from careweave.identity.matching.candidates import Pairs
from careweave.identity.matching.clusters import Clustering
from careweave.identity.matching.prepare import Prepared
from careweave.identity.matching.results import Evidence, Link, Linkage, ReviewPair, StageCount
from careweave.identity.matching.rules import MatchingRules
from careweave.identity.matching.staged import Verdicts, rule_names

MANUAL_STAGE = "decided"


class Words:
    """Evidence of a pair in words, built only when someone asks for it."""

    def __init__(self, rules: MatchingRules, prepared: Prepared, pairs: Pairs) -> None:
        self._rules, self._prepared, self._pairs = rules, prepared, pairs
        self._said: dict[tuple[str, int], Evidence] = {}

    def of(self, position: int) -> tuple[Evidence, ...]:
        return tuple(
            self._evidence(name, int(levels[position])) for name, levels in self._pairs.levels.items()
        )

    def _evidence(self, name: str, level: int) -> Evidence:
        if (name, level) not in self._said:
            self._said[name, level] = self._put(name, level)
        return self._said[name, level]

    def _put(self, name: str, level: int) -> Evidence:
        kind, _, number = name.partition("_")
        given = {
            "ident": ("identifier", self._prepared.identifiers),
            "attr": ("attribute", self._prepared.attributes),
        }
        if kind not in given:
            field, label = self._rules.fields[name], self._rules.fields[name].words
        else:
            field = self._rules.fields[given[kind][0]]
            label = given[kind][1][int(number)].replace("_", " ")
        said = "missing" if level < 0 else field.levels[level].words
        return Evidence(label, field.level_id(level), f"{label[:1].upper()}{label[1:]}: {said}")


def linkage_of(
    rules: MatchingRules,
    prepared: Prepared,
    pairs: Pairs,
    decided: Verdicts,
    score: npt.NDArray[np.float64],
    clustering: Clustering,
    edges: Sequence[tuple[int, int]],
    positions: npt.NDArray[np.int64],
    seconds: Mapping[str, float],
) -> Linkage:
    """`positions` gives the place of each edge among the pairs, -1 for a manual decision."""
    words = Words(rules, prepared, pairs)
    ids = prepared.ids
    names = rule_names(rules)
    links = []
    for edge in clustering.used:
        position = int(positions[edge])
        left, right = edges[edge]
        if position < 0:
            links.append(Link(ids[left], ids[right], MANUAL_STAGE, "same", 0.0, ()))
            continue
        rule = int(decided.rule[position])
        stage, name = names[rule] if rule >= 0 else (rules.probabilistic.id, "splink")
        links.append(
            Link(ids[left], ids[right], stage, name, round(float(score[position]), 3), words.of(position))
        )
    return Linkage(
        persons={id: ids[clustering.cluster[row]] for row, id in enumerate(ids)},
        links=tuple(links),
        for_review=tuple(_reviews(rules, prepared, pairs, decided, score, clustering, positions, words)),
        stages=tuple(_stage_counts(rules, links)),
        rules=rules.name,
        seconds=seconds,
    )


def _stage_counts(rules: MatchingRules, links: Sequence[Link]) -> list[StageCount]:
    counts = Counter(link.stage for link in links)
    stages = [(MANUAL_STAGE, "Decided by a person")] + [(stage.id, stage.words) for stage in rules.stages]
    stages.append((rules.probabilistic.id, rules.probabilistic.words))
    return [StageCount(id, words, counts[id]) for id, words in stages]


def _reviews(
    rules: MatchingRules,
    prepared: Prepared,
    pairs: Pairs,
    decided: Verdicts,
    score: npt.NDArray[np.float64],
    clustering: Clustering,
    positions: npt.NDArray[np.int64],
    words: Words,
) -> list[ReviewPair]:
    """Guarded pairs that are otherwise alike, likely but unsure pairs, and links that a guard refused."""
    ids = prepared.ids
    least = float(np.log2(rules.probabilistic.review_above / (1 - rules.probabilistic.review_above)))
    most = float(np.log2(rules.probabilistic.link_above / (1 - rules.probabilistic.link_above)))
    cluster = np.array(clustering.cluster)
    apart = cluster[pairs.left] != cluster[pairs.right]
    for_review = np.array([guard.is_for_review for guard in rules.guards] + [False])
    guarded = for_review[decided.guard] & (score >= least)
    unsure = (decided.guard < 0) & (decided.rule < 0) & (score >= least) & (score < most)
    found = []
    for position in np.flatnonzero(apart & (guarded | unsure)).tolist():
        guard = int(decided.guard[position])
        reason = rules.guards[guard].reason if guard >= 0 else "Likely, but not sure enough to join"
        left, right = ids[int(pairs.left[position])], ids[int(pairs.right[position])]
        name = rules.guards[guard].id if guard >= 0 else ""
        found.append(
            ReviewPair(left, right, reason, name, round(float(score[position]), 3), words.of(position))
        )
    for refusal in clustering.refused:
        position = int(positions[refusal.edge])
        if position < 0 or not apart[position]:
            continue
        left, right = ids[int(pairs.left[position])], ids[int(pairs.right[position])]
        reason = "Joining these would also join {} and {}, which must stay apart".format(
            *(ids[row] for row in refusal.blocking)
        )
        found.append(
            ReviewPair(left, right, reason, "cluster", round(float(score[position]), 3), words.of(position))
        )
    return found
