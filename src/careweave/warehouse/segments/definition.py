"""Segments of a population, read from their definition file and checked: together they must take everyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.warehouse.registers import Register, Rule, RuleError, read_register, read_rule
from careweave.warehouse.registers.rule import measures_of

KIND = "segments"
RULES, CUTS = "rules", "cuts"
_NO_ORDER = {"suggest_from": 0, "waiting_at_most": 0, "stale_after_days": 0}


@dataclass(frozen=True)
class Segment:
    """`when`: its rule; `top_thousandths`: its share of the order and of all above it; neither for who is left."""

    id: str
    title: str
    when: Rule | None = None
    top_thousandths: int | None = None
    is_without_score: bool = False


@dataclass(frozen=True)
class Segments:
    """`register` holds the measures of the rules; `score` is what orders people where shares part them."""

    id: str
    version: str
    title: str
    form: str
    segments: tuple[Segment, ...]
    register: Register | None
    score: str

    @property
    def rest(self) -> Segment:
        """Who is in no other."""
        ends = [each for each in self.segments if each.when is None and each.top_thousandths is None]
        return next(each for each in ends if not each.is_without_score)

    @property
    def without_score(self) -> Segment | None:
        return next((each for each in self.segments if each.is_without_score), None)

    @property
    def shares(self) -> tuple[Segment, ...]:
        return tuple(each for each in self.segments if each.top_thousandths is not None)


def load_segments(id: str, on: date) -> Segments:
    return read_segments(load_definition(KIND, id, on), on)


def read_segments(definition: Definition, on: date) -> Segments:
    """Turn a definition into segments, or refuse it with everything that is wrong with it."""
    content, problems = definition.content, list[str]()
    form = str(content.get("form", ""))
    given = content.get("segments", ())
    segments = tuple(_segment(each, problems) for each in given)
    problems += _problems_with(form, content, segments)
    register = _register(definition, segments, on, problems) if form == RULES and not problems else None
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    score = str(content.get("score", ""))
    about = definition
    return Segments(about.id, about.version, about.title, form, segments, register, score)


def _segment(given: Mapping[str, Any], problems: list[str]) -> Segment:
    id, rule, percent = str(given.get("id", "")), None, given.get("top_percent")
    try:
        rule = read_rule(str(given["when"])) if "when" in given else None
    except RuleError as error:
        problems.append(f"segment {id!r}: {error}")
    thousandths = None if percent is None else Decimal(str(percent)) * 10
    if thousandths is not None and (thousandths != int(thousandths) or not 0 < thousandths < 1000):
        problems.append(f"segment {id!r}: top_percent must lie between 0 and 100, with one decimal at most")
    is_without = bool(given.get("is_without_score", False))
    parts = None if thousandths is None else int(thousandths)
    return Segment(id, str(given.get("title", "")), rule, parts, is_without)


def _problems_with(form: str, content: Mapping[str, Any], segments: tuple[Segment, ...]) -> list[str]:
    problems = [] if form in (RULES, CUTS) else [f"form must be {RULES} or {CUTS}"]
    ids = [each.id for each in segments]
    if len(set(ids)) != len(ids) or not all(each.id and each.title for each in segments):
        problems.append("each segment needs an id of its own and a title")
    rest = [
        each
        for each in segments
        if each.when is None and each.top_thousandths is None and not each.is_without_score
    ]
    if len(rest) != 1:
        problems.append("exactly one segment takes everyone else: it has no rule and no share")
    if form == RULES and (not rest or segments[-1] is not rest[0]):
        problems.append("the segment that takes everyone else must come last")
    if form == CUTS:
        shares = [each.top_thousandths for each in segments if each.top_thousandths is not None]
        if shares != sorted(set(shares)) or not shares or not content.get("score"):
            problems.append("score is missing, or the shares do not rise")
        if not any(each.is_without_score for each in segments):
            problems.append("a segment for people without a score is missing (is_without_score)")
    return problems


def _register(
    definition: Definition, segments: tuple[Segment, ...], on: date, problems: list[str]
) -> Register | None:
    """The measures, read as those of a register are."""
    measures = dict(definition.content.get("measures", {}))
    named = {name for each in segments if each.when for name in measures_of(each.when)}
    unknown = sorted(named - measures.keys())
    problems += [f"{name!r} in a rule is no measure" for name in unknown]
    if problems or not measures:
        return None
    content = {"rule": " or ".join(measures), "measures": measures, **_NO_ORDER}
    return read_register(replace(definition, content=content), on)
