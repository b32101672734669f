"""Sets of measures that someone asks for each year, as dated data: what each year's metrics are, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, all_definitions

KIND = "measure-sets"
_KEYS = {"words", "changed", "metrics"}
_METRIC_KEYS = {
    "id",
    "title",
    "definition",
    "measure",
    "differs",
    "why_not",
    "is_unconfirmed",
    "is_carried_over",
}
SAME, CHANGED, NEW, NOT_ASKED, NOT_KNOWN = "same", "changed", "new", "not asked", "not known"


@dataclass(frozen=True)
class Metric:
    """`id` is the same from year to year; `definition` is that of the year; `measure` counts it here, or `why_not`."""

    id: str
    title: str
    definition: str
    measure: str
    differs: str
    why_not: str
    is_unconfirmed: bool
    is_carried_over: bool  # from the year before: this year’s own has not been read


@dataclass(frozen=True)
class MeasureSet:
    """One year of a set."""

    about: Definition
    words: str
    changed: str
    metrics: tuple[Metric, ...]

    @property
    def year(self) -> str:
        return self.about.version

    def metric(self, id: str) -> Metric | None:
        return next((each for each in self.metrics if each.id == id), None)


def load_sets(id: str) -> tuple[MeasureSet, ...]:
    """Every year of one set, oldest first; none when there is no such set."""
    return tuple(read_set(each) for each in all_definitions(KIND) if each.id == id)


def set_problems() -> list[str]:
    """What is wrong with any year of any set, each problem with the name of its file."""
    problems = []
    for definition in all_definitions(KIND):
        try:
            read_set(definition)
        except DefinitionError as error:
            problems += error.problems
    return problems


def read_set(definition: Definition) -> MeasureSet:
    """Raises DefinitionError with everything that is wrong with it."""
    content, problems = definition.content, list[str]()
    problems += [f"{key} is not known" for key in sorted(set(content) - _KEYS)]
    if not content.get("words"):
        problems.append("words is missing")
    if definition.valid_to is None:
        problems.append("valid_to is missing: a set is of one year")
    metrics = tuple(_metric(each, definition, problems) for each in content.get("metrics", ()))
    ids = [each.id for each in metrics]
    problems += [f"{id} is listed twice" for id in sorted({id for id in ids if ids.count(id) > 1})]
    if not metrics:
        problems.append("metrics are missing")
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return MeasureSet(definition, content["words"], content.get("changed", ""), metrics)


def _metric(given: Mapping[str, Any], definition: Definition, problems: list[str]) -> Metric:
    name = str(given.get("id", "a metric"))
    problems += [f"{name}.{key} is not known" for key in sorted(set(given) - _METRIC_KEYS)]
    problems += [f"{name}: {key} is missing" for key in ("id", "title", "definition") if not given.get(key)]
    measure = str(given.get("measure", ""))
    if not measure and not given.get("why_not"):
        problems.append(f"{name}: needs the measure that counts it here, or why_not")
    if measure and not any(each.id == measure for each in all_definitions("measures")):
        problems.append(f"{name}: {measure!r} is no measure")
    texts = {key: str(given.get(key, "")) for key in ("title", "definition", "differs", "why_not")}
    unread = [bool(given.get(key, False)) for key in ("is_unconfirmed", "is_carried_over")]
    return Metric(name, measure=measure, is_unconfirmed=unread[0], is_carried_over=unread[1], **texts)


def version_of(metric: Metric, year: MeasureSet) -> str:
    """The version of the measure that held for this year: the last of them; empty where none did."""
    held = [
        each.version
        for each in all_definitions("measures")
        if each.id == metric.measure and _meets(each, year.about)
    ]
    return held[-1] if held else ""


def _meets(measure: Definition, year: Definition) -> bool:
    last = year.valid_to or date.max
    return measure.valid_from <= last and (measure.valid_to is None or measure.valid_to >= year.valid_from)


def from_year_to_year(sets: Sequence[MeasureSet], id: str) -> tuple[str, ...]:
    """For each year whether the metric is asked, and whether it is what it was the last time it was asked."""
    told, before = list[str](), ("", "", "")
    for each in sets:
        metric = each.metric(id)
        if metric is None:
            told.append(NOT_ASKED)
            continue
        version = version_of(metric, each) or before[2]  # where none is counted there is no line to break
        now = (metric.definition, metric.measure, version)
        is_same = now == (*before[:2], before[2] or version)
        known = NEW if not before[0] else SAME if is_same else CHANGED
        told.append(NOT_KNOWN if metric.is_carried_over else known)
        before = now
    return tuple(told)
