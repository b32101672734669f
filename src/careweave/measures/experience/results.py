"""Results of one survey as they are published: counts that may be shown, shares and means that rest on them alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt

from careweave.measures import rates
from careweave.measures.experience.counts import WHOLE, Counts, Group, Scored
from careweave.measures.experience.hiding import Cell, kept_back, value

FEW = "Hidden: fewer than {}"
# One reason for both, so that a reader is not told which numbers are small: then fewer have to be hidden.
HIDDEN = "Hidden: fewer than {}, or a small number could be worked out from it"
NOBODY = "Nobody to count"


@dataclass(frozen=True)
class Number:
    """A count, or why it is not shown."""

    count: int | None
    why: str = ""


@dataclass(frozen=True)
class Estimate:
    """A share (0 to 1) or a mean with its interval, of so many; or why there is none."""

    value: float | None
    lower: float | None
    upper: float | None
    of: int | None
    why: str = ""


NOT_ASKED = Estimate(None, None, None, None, "Nobody has been asked, or nothing is counted yet")


@dataclass(frozen=True)
class Shown:
    """One group of one survey as it may be shown; `agree` and `disagree` by item beside the share they make."""

    name: str
    asked: Number
    answered: Number
    missing: Number
    rate: Estimate
    by_proxy: Number
    proxy_share: Estimate
    scores: Mapping[str, Estimate]
    unscored: Mapping[str, Number]
    agree: Mapping[str, Number]
    disagree: Mapping[str, Number]
    shares: Mapping[str, Estimate]


@dataclass(frozen=True)
class Instrument:
    """The definition that was used, as pages and files name it; `items` and their words in order."""

    id: str
    version: str
    title: str
    asks: str
    caveat: str
    licence: str
    source: tuple[str, ...]
    valid_from: date
    fewest: int
    scales: tuple[str, ...]
    highest: float
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SurveyResults:
    """Everyone, and the groups of each dimension in the order of their names; `invited` of staff is the whole round."""

    instrument: Instrument
    whole: Shown
    by: Mapping[str, tuple[Shown, ...]]
    invited: int | None = None
    first: date | None = None
    last: date | None = None


def shown(
    counts: Counts, *, fewest: int, highest: Mapping[str, float]
) -> tuple[Shown, dict[str, tuple[Shown, ...]]]:
    """`highest` is what a score of each scale can reach, so that an interval does not go beyond it."""
    hide = kept_back(counts, threshold=fewest)
    whole = _shown((WHOLE, WHOLE), "everyone", counts.whole, hide, fewest, highest)
    by = {
        dimension: tuple(
            _shown((dimension, name), name, groups[name], hide, fewest, highest) for name in sorted(groups)
        )
        for dimension, groups in counts.by.items()
    }
    return whole, by


def _shown(
    key: tuple[str, str],
    name: str,
    group: Group,
    hide: frozenset[Cell],
    fewest: int,
    highest: Mapping[str, float],
) -> Shown:
    def number(what: str) -> Number:
        count = value(group, what)
        if (*key, what) not in hide:
            return Number(count)
        return Number(None, HIDDEN.format(fewest))

    asked, answered, missing = (number(what) for what in ("asked", "answered", "missing"))
    proxy, person = number("who:proxy"), number("who:person")
    agree = {item: number(f"item:{item}:agree") for item in group.said}
    disagree = {item: number(f"item:{item}:disagree") for item in group.said}
    scored = {scale: number(f"score:{scale}:scored") for scale in group.scores}
    return Shown(
        name=name,
        asked=asked,
        answered=answered,
        missing=missing,
        rate=share(answered, missing),
        by_proxy=proxy,
        proxy_share=share(proxy, person),
        scores={
            scale: mean(group.scores[scale], scored[scale], fewest, highest[scale]) for scale in group.scores
        },
        unscored={scale: number(f"score:{scale}:unscored") for scale in group.scores},
        agree=agree,
        disagree=disagree,
        shares={item: share(agree[item], disagree[item]) for item in group.said},
    )


def share(these: Number, others: Number) -> Estimate:
    """Only of two numbers that are both shown."""
    if these.count is None or others.count is None:
        return Estimate(None, None, None, None, these.why or others.why)
    of = these.count + others.count
    if not of:
        return Estimate(None, None, None, 0, NOBODY)
    found = rates.wilson(these.count, of)
    return Estimate(found.value, max(found.lower, 0.0), min(found.upper, 1.0), of)


def mean(scored: Scored, people: Number, fewest: int, highest: float) -> Estimate:
    """With the t interval; of fewer than `fewest` there is none, and of none nobody has a score."""
    if people.count is None:
        return Estimate(None, None, None, None, people.why)
    if not people.count:
        return Estimate(None, None, None, 0, "Nobody answered enough for a score")
    if people.count < max(fewest, 2):
        return Estimate(None, None, None, None, FEW.format(fewest))
    middle = scored.total / people.count
    spread = max(scored.squares - people.count * middle**2, 0.0) / (people.count - 1)
    half = t_of(people.count - 1) * sqrt(spread / people.count)
    return Estimate(middle, max(middle - half, 0.0), min(middle + half, highest), people.count)


def t_of(freedom: int, confidence: float = 0.95) -> float:
    """Student's t by the expansion of Abramowitz and Stegun 26.7.5: within 1 in 300 from four degrees of freedom on."""
    z, v = rates.z_of(confidence), float(freedom)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / v**power for power, term in enumerate(terms, 1))
