"""How well a list finds people, in words: what each figure means, before the figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from careweave.definitions import all_definitions
from careweave.measures.performance import MODEL, Capacity, Month, Part, Performance
from careweave.measures.rates import Interval

GROUP_NAMES = {
    "age": "Age",
    "deprivation": "Deprivation",
    "ethnicity": "Ethnic group",
    "home": "Where they live",
}
_FIFTHS = {"1": "1, most deprived fifth", "5": "5, least deprived fifth"}
COLUMNS = (
    *(
        "list",
        "version",
        "as_at",
        "outcome",
        "month",
        "held_out",
        "what",
        "group",
        "name",
        "people",
        "events",
    ),
    *("value", "lower_95", "upper_95", "expected", "why_hidden", "warning"),
)


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    name: str
    cells: tuple[str, ...]
    why_hidden: str = ""


@dataclass(frozen=True)
class Group:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class FindingPage:
    """All that the page of one list shows; `month` is the last one that was held out, or the last there is."""

    told: Performance
    month: Month
    is_model: bool
    meaning: str
    caution: str
    warnings: tuple[str, ...]
    headline: tuple[tuple[str, str], ...]
    tenths: tuple[Row, ...]
    capacities: tuple[Row, ...]
    groups: tuple[Group, ...]
    months: tuple[Row, ...]
    falling: tuple[str, ...]
    tenths_summary: str


def page(told: Performance) -> FindingPage | None:
    """None where no month could be judged yet."""
    if not told.months:
        return None
    month = next((each for each in reversed(told.months) if each.is_held_out), told.months[-1])
    is_model = told.kind == MODEL
    return FindingPage(
        told=told,
        month=month,
        is_model=is_model,
        meaning=meaning(month),
        caution=caution(month),
        warnings=tuple(warnings(told, month).values()),
        headline=tuple(_headline(month)),
        tenths=tuple(_tenth(part, is_model) for part in month.tenths),
        capacities=tuple(_capacity(each) for each in month.capacities),
        groups=tuple(
            Group(title, tuple(_group(part, is_model) for part in month.groups if part.by == by))
            for by, title in GROUP_NAMES.items()
        ),
        months=tuple(_month(each, is_model) for each in reversed(told.months)),
        falling=tuple(_falling(month)),
        tenths_summary="; ".join(f"tenth {p.name}: {percent(p.observed) or 'hidden'}" for p in month.tenths),
    )


def meaning(month: Month) -> str:
    """The area under the curve, said as what it is."""
    if month.auc is None:
        return "Too few people to say how well it finds them"
    right = round(100 * month.auc.value)
    pairs = "Of 100 pairs of a person to whom it happened and one to whom it did not"
    return f"{pairs}, the list puts the right one first in {right}"


def caution(month: Month) -> str:
    """What must be known before anyone relies on it."""
    if month.gain and month.gain.lower <= 0:
        return "It has not been shown to find people better than age, sex and earlier emergency stays alone"
    return ""


def warnings(told: Performance, month: Month) -> dict[str, str]:
    """By figure: that the chances do not hold, by the limits and in the words of the model's own definition."""
    intervals = {"slope": month.slope, "intercept": month.intercept}
    found = {
        each.figure: each.warning(interval.lower, interval.upper)
        for each in (told.card.tolerances if told.card else ())
        if (interval := intervals[each.figure])
    }
    return {figure: words for figure, words in found.items() if words}


def _headline(month: Month) -> Iterator[tuple[str, str]]:
    yield "Told apart (AUC; 0.5 is chance, 1 is never wrong)", number(month.auc, 3)
    if month.gain:
        yield "Better than age, sex and earlier emergency stays alone, by", number(month.gain, 3)
    if month.slope:
        yield "Calibration slope (1 is right; below 1 it is too sure)", number(month.slope, 2)
    if month.intercept:
        yield "Calibration intercept (0 is right; below 0 it says too much)", number(month.intercept, 2)
    if month.brier is not None:
        yield "Brier score (0 is best)", f"{month.brier:.3f}"


def number(interval: Interval | None, places: int) -> str:
    if interval is None:
        return "not known"
    value, low, high = (f"{each:.{places}f}" for each in (interval.value, interval.lower, interval.upper))
    return f"{value} ({low} to {high})"


def percent(interval: Interval | None) -> str:
    if interval is None:
        return ""
    return f"{interval.value:.0%} ({interval.lower:.0%} to {interval.upper:.0%})"


def _tenth(part: Part, is_model: bool) -> Row:
    cells = (f"{part.people:,}", f"{part.events or 0:,}", percent(part.observed))
    return Row(_ordinal(part.name), (*cells, *_expected(part, is_model)), part.why_hidden)


def _ordinal(name: str) -> str:
    return {"1": "1, highest", "10": "10, lowest"}.get(name, name)


def _expected(part: Part, is_model: bool) -> tuple[str, ...]:
    return (f"{part.expected:.0%}" if part.expected is not None else "",) if is_model else ()


def _group(part: Part, is_model: bool) -> Row:
    name = _FIFTHS.get(part.name, part.name) if part.by == "deprivation" else part.name
    cells = (f"{part.people:,}", percent(part.observed), *_expected(part, is_model))
    auc = number(part.auc, 2) if part.auc else "too few to say"
    return Row(
        name[:1].upper() + name[1:], (*cells, auc, percent(part.reached) or "too few to say"), part.why_hidden
    )


def _capacity(each: Capacity) -> Row:
    cells = (
        f"{each.people:,}", percent(each.found), percent(each.sensitivity),
        f"{each.needed:.1f}" if each.needed else "nobody found",
    )  # fmt: skip
    return Row(each.name, cells, each.why_hidden)


def _month(each: Month, is_model: bool) -> Row:
    calibrated = (number(each.slope, 2), number(each.intercept, 2)) if is_model else ()
    held = "" if each.is_held_out else "Overlaps with what it learnt from"
    return Row(f"{each.on:%B %Y}", (f"{each.people:,}", number(each.auc, 3), *calibrated, held))


def _falling(month: Month) -> Iterator[str]:
    for each in month.falling:
        yield (
            f"The {each.people:,} people ({each.share:.1%} of all) with most emergency stays in the year before had "
            f"{each.before:.1f} each; in the year after, with nothing done because of this list, {each.after:.1f}"
        )


def csv_rows(told: Performance) -> Iterator[tuple[object, ...]]:
    """Every published figure with its list, version, dates and outcome in each row; hidden ones stay hidden."""
    for month in told.months:
        about = (
            *(told.id, told.version, told.as_at, told.outcome),
            *(month.on, "yes" if month.is_held_out else "no"),
        )
        whole = {"AUC": month.auc, "gain over baseline": month.gain, "calibration slope": month.slope,
                 "calibration intercept": month.intercept}  # fmt: skip
        warned = warnings(told, month)
        for what, interval in whole.items():
            if interval:
                warning = warned.get(what.removeprefix("calibration "), "")
                events = month.events if month.events is not None else ""
                row = (*about, what, "", "everyone", month.people, events)
                yield (*row, *_bounds(interval), "", "", warning)
        for part in (*month.tenths, *month.groups):
            counts = (part.people or "", part.events if part.events is not None else "")
            expected = part.expected if part.expected is not None else ""
            yield (
                *about,
                "happened",
                part.by,
                part.name,
                *counts,
                *_bounds(part.observed),
                expected,
                part.why_hidden,
                "",
            )
        for each in month.capacities:
            for what, interval in (("found (PPV)", each.found), ("sensitivity", each.sensitivity)):
                yield (
                    *about,
                    what,
                    "capacity",
                    each.name,
                    each.people,
                    "",
                    *_bounds(interval),
                    "",
                    each.why_hidden,
                    "",
                )


def _bounds(interval: Interval | None) -> tuple[object, object, object]:
    return ("", "", "") if interval is None else (interval.value, interval.lower, interval.upper)


def list_address(register: str) -> str:
    """The page that says how well a list finds people: a list that a model orders is told under its model.

    One that looks less far than lists are judged by has the cards of its scores.
    """
    definition = next((each for each in all_definitions("registers") if each.id == register), None)
    if definition and definition.content.get("foresees_days"):
        return "/place/scores"
    measures = dict(definition.content.get("measures", {})) if definition else {}
    model = next((str(each["model"]) for each in measures.values() if each.get("kind") == "model"), register)
    return f"/place/finding/{model}"
