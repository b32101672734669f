"""When a source counts as late and a month as thin: dated data, which a place may change for each source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from careweave.definitions import Definition, DefinitionError, all_definitions, load_definition

KIND = "feeds"
_KEYS = {"late_after_days", "thin_below", "looked_back_days", "late_after_days_of"}


@dataclass(frozen=True)
class FeedRules:
    """`days_of` by source, where it differs from the others."""

    version: str
    late_after_days: int
    thin_below: float
    looked_back_days: int
    days_of: Mapping[str, int]

    def is_late(self, source: str, days: int) -> bool:
        """So many days after its last file."""
        return days > self.days_of.get(source, self.late_after_days)


def load_feed_rules(on: date) -> FeedRules:
    return read_feed_rules(load_definition(KIND, "expected", on))


def feed_rule_problems() -> list[str]:
    """What is wrong with any version, each problem with the name of its file."""
    problems = []
    for definition in all_definitions(KIND):
        try:
            read_feed_rules(definition)
        except DefinitionError as error:
            problems += error.problems
    return problems


def read_feed_rules(definition: Definition) -> FeedRules:
    """Raises DefinitionError with everything that is wrong with it."""
    content = definition.content
    problems = [f"{key} is not known" for key in sorted(set(content) - _KEYS)]
    days_of = content.get("late_after_days_of", {})
    days = {key: content.get(key) for key in ("late_after_days", "looked_back_days")}
    days |= {f"late_after_days_of.{source}": each for source, each in days_of.items()}
    problems += [
        f"{key} must be a whole number of days, at least 1"
        for key, each in days.items()
        if not _is_days(each)
    ]
    below = content.get("thin_below")
    if not isinstance(below, float) or not 0 < below < 1:
        problems.append("thin_below must be between 0 and 1, such as 0.5")
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return FeedRules(
        version=definition.version,
        late_after_days=content["late_after_days"],
        thin_below=content["thin_below"],
        looked_back_days=content["looked_back_days"],
        days_of=dict(days_of),
    )


def _is_days(told: object) -> bool:
    return isinstance(told, int) and not isinstance(told, bool) and told >= 1
