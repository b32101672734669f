"""What was counted of one survey before anything is hidden: whole numbers alone, by group and by question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

WHOLE = ""  # the one group of everyone
DIMENSIONS = ("age", "sex", "deprivation", "ethnicity", "language", "practice")


@dataclass(frozen=True)
class Scored:
    """`people` whose answers make a score, with the sum and the sum of squares of these scores."""

    people: int = 0
    total: float = 0.0
    squares: float = 0.0


@dataclass(frozen=True)
class Said:
    """Of those who answered, how many gave a favourable and another answer to one question; the rest gave none."""

    agree: int = 0
    disagree: int = 0


@dataclass(frozen=True)
class Group:
    """Those of one group who were asked, and what came back; `scores` by scale, `said` by item."""

    asked: int
    answered: int
    by_proxy: int = 0
    by_person: int = 0
    scores: Mapping[str, Scored] = field(default_factory=dict)
    said: Mapping[str, Said] = field(default_factory=dict)


@dataclass(frozen=True)
class Counts:
    """Everyone, and everyone by each dimension: the groups of one dimension add up to the whole."""

    whole: Group
    by: Mapping[str, Mapping[str, Group]] = field(default_factory=dict)
