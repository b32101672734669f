"""What was counted of one survey before anything is hidden: whole numbers alone, by group and by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SMALL = "small groups together"
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


def gathered(groups: Mapping[str, Group], *, fewest: int) -> dict[str, Group]:
    """Groups of fewer than `fewest` put together as one, so that they hide less of the others."""
    small = {name for name, group in groups.items() if 0 < group.asked < fewest}
    if len(small) < 2:
        return dict(groups)
    kept = {name: group for name, group in groups.items() if name not in small}
    return {**kept, SMALL: together([groups[name] for name in sorted(small)])}


def together(groups: Sequence[Group]) -> Group:
    """Everyone in any of them."""
    return Group(
        asked=sum(one.asked for one in groups),
        answered=sum(one.answered for one in groups),
        by_proxy=sum(one.by_proxy for one in groups),
        by_person=sum(one.by_person for one in groups),
        scores={name: _scored([one.scores[name] for one in groups]) for name in groups[0].scores},
        said={
            item: Said(
                sum(one.said[item].agree for one in groups), sum(one.said[item].disagree for one in groups)
            )
            for item in groups[0].said
        },
    )


def _scored(parts: Sequence[Scored]) -> Scored:
    return Scored(
        sum(one.people for one in parts), sum(one.total for one in parts), sum(one.squares for one in parts)
    )
