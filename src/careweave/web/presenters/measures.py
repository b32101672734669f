"""Published measures as pages and files show them: numbers in their unit, a chart's meaning in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from careweave.measures.indicators import Figure, control_chart
from careweave.measures.published import Published
from careweave.measures.restating import Restatement
from careweave.measures.spc import Chart, Variation
from careweave.warehouse.indicators.definition import PARTS
from careweave.web import wording

GROUP_NAMES = {
    "age": "Age",
    "sex": "Sex",
    "deprivation": "Deprivation",
    "ethnicity": "Ethnic group",
    "practice": "GP practice",
    "team": "Team",
    "pathway": "Pathway",
    "site": "Hospital or service",
}
MOST_NAMED = 3  # sources, in a sentence
_FIFTHS = {"1": "1, most deprived fifth", "5": "5, least deprived fifth"}
_MEANINGS = {
    Variation.COMMON: "No real change",
    Variation.IMPROVEMENT_HIGH: "Better than usual",
    Variation.IMPROVEMENT_LOW: "Better than usual",
    Variation.CONCERN_HIGH: "Worse than usual",
    Variation.CONCERN_LOW: "Worse than usual",
    Variation.NEUTRAL_HIGH: "Higher than usual",
    Variation.NEUTRAL_LOW: "Lower than usual",
}
_ICONS = {
    Variation.COMMON: ("~", "grey"),
    Variation.IMPROVEMENT_HIGH: ("H", "blue"),
    Variation.IMPROVEMENT_LOW: ("L", "blue"),
    Variation.CONCERN_HIGH: ("H", "orange"),
    Variation.CONCERN_LOW: ("L", "orange"),
    Variation.NEUTRAL_HIGH: ("H", "purple"),
    Variation.NEUTRAL_LOW: ("L", "purple"),
}


@dataclass(frozen=True)
class Row:
    """A figure in words."""

    name: str
    value: str
    interval: str
    counts: str
    why_hidden: str
    meaning: str = ""
    restated: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """A chart with the words that go with it; `written` writes its numbers."""

    chart: Chart
    labels: tuple[str, ...]
    title: str
    summary: str
    meaning: str
    written: Callable[[float], str]


@dataclass(frozen=True)
class Card:
    """A measure at a glance."""

    id: str
    title: str
    unit: str
    last: str
    why_hidden: str
    when: str
    meaning: str
    icon: tuple[str, str]
    drawing: Drawing | None
    part: str


def in_parts(cards: Sequence[Card]) -> tuple[tuple[str, tuple[Card, ...]], ...]:
    """Under the heading of each part that has any."""
    made = ((part, tuple(card for card in cards if card.part == part)) for part in PARTS)
    return tuple((part, held) for part, held in made if held)


@dataclass(frozen=True)
class MeasurePage:
    """All that the page of one measure shows."""

    published: Published
    whole: Row
    standardised: Row | None
    months: tuple[Row, ...]
    by: str
    by_name: str
    groups: tuple[Row, ...]
    drawing: Drawing | None
    meaning: str
    icon: tuple[str, str]
    first: str
    last: str
    as_at: date
    other_people: str = ""
    earlier: tuple[MeasurePage, ...] = ()


def card(one: Published) -> Card | None:
    """None when nothing was counted altogether."""
    found = one.by("")
    if found is None:
        return None
    chart = control_chart(found.months, one.better)
    # A month is shown only where all of them are: the one month that is not hidden would mislead.
    last = found.months[-1] if chart else found.whole
    when = month_name(last.name) if chart else f"{found.first:%B %Y} to {found.last:%B %Y}"
    return Card(
        id=one.id,
        title=one.title,
        unit=one.unit,
        last=written(one, last.value) if last.value is not None else "Not known",
        why_hidden=last.why_hidden,
        when=when,
        meaning=meaning(chart),
        icon=icon(chart),
        drawing=drawing_of(one, found.months, chart),
        part=one.part,
    )


def page(one: Published, by: str, names: Mapping[str, str] | None = None) -> MeasurePage | None:
    """The measure altogether, and by one way to group; `names` of the groups that are known by a code."""
    found, grouped = one.by(""), one.by(by) if by else None
    if found is None:
        return None
    chart = control_chart(found.months, one.better)
    return MeasurePage(
        published=one,
        whole=row(one, found.whole, "Altogether"),
        standardised=row(one, found.standardised) if found.standardised else None,
        months=_months(one, found.months, chart, names or {}),
        by=by if grouped else "",
        by_name=GROUP_NAMES.get(by, "") if grouped else "",
        groups=tuple(row(one, each, _group_name(by, each.name, names or {})) for each in grouped.groups)
        if grouped
        else (),
        drawing=drawing_of(one, found.months, chart),
        meaning=meaning(chart),
        icon=icon(chart),
        first=f"{found.first:%B %Y}",
        last=f"{found.last:%B %Y}",
        as_at=found.as_at,
        other_people=other_people(one),
        earlier=tuple(told for each in one.earlier if (told := page(each, "", names))),
    )


def _months(
    one: Published, months: tuple[Figure, ...], chart: Chart | None, names: Mapping[str, str]
) -> tuple[Row, ...]:
    """Each with what the chart says of it, and what it was."""
    meanings = [_MEANINGS[point.variation] for point in chart.points] if chart else [""] * len(months)
    return tuple(
        replace(row(one, month, month_name(month.name), why), restated=restated_in_words(one, month, names))
        for month, why in zip(months, meanings, strict=True)
    )


def meaning(chart: Chart | None) -> str:
    """What the last point says, in words."""
    return _MEANINGS[chart.variation] if chart else "Too few months to tell"


def icon(chart: Chart | None) -> tuple[str, str]:
    """Making Data Count's icon of the last point: its letter and its colour."""
    return _ICONS[chart.variation] if chart else ("", "")


def restated_in_words(one: Published, month: Figure, names: Mapping[str, str]) -> tuple[str, ...]:
    """When a month changed after it was published, why, and what it was; the newest first."""
    changes = (each for each in reversed(one.restated.get(month.name, ())) if not each.is_of_people)
    return tuple(_restated(one, each, names) for each in changes)


def other_people(one: Published) -> str:
    """Said once: months whose rate is for other people than when they were published."""
    days = [each.on for changes in one.restated.values() for each in changes if each.is_of_people]
    months = sum(any(each.is_of_people for each in changes) for changes in one.restated.values())
    if not days:
        return ""
    told = wording.people(months, "month is", "months are")
    return (
        f"{told} for another number of people than when first published, last changed on {wording.day(max(days))}: "
        "people were joined, added or left out. What was counted is the same."
    )


def _restated(one: Published, each: Restatement, names: Mapping[str, str]) -> str:
    return f"Restated on {wording.day(each.on)}, {_because(each, names)}. {_told_of(one, each.was)}."


def _because(each: Restatement, names: Mapping[str, str]) -> str:
    if not each.after:
        return "after records were joined, corrected or left out"
    if len(each.after) > MOST_NAMED:
        return f"after files from {len(each.after)} organisations"
    return f"after files from {wording.listed([names.get(code, code) for code in each.after])}"


def _told_of(one: Published, was: Figure | None) -> str:
    if was is None or was.numerator is None:
        return "What it was is not shown: a few people could be worked out from the difference"
    if was.value is None:
        return f"{was.numerator:,} were counted"
    return f"It was {written(one, was.value)} ({counted(one, was)})"


def counted(one: Published, figure: Figure) -> str:
    """The counts behind a figure."""
    if figure.numerator is None:
        return ""
    if one.kind == "rate":
        return f"{figure.numerator:,}"
    if one.kind == "index":
        return f"{figure.denominator:,} people, once a quarter"
    if one.kind == "mean":
        return f"{figure.numerator:,} ÷ {figure.denominator:,}"
    return f"{figure.numerator:,} of {figure.denominator:,}"


def row(one: Published, figure: Figure, name: str = "", why: str = "") -> Row:
    """A figure as a table shows it."""
    values = (figure.value, figure.lower, figure.upper)
    low, high = (written(one, each) if each is not None else "" for each in values[1:])
    return Row(
        name=name or figure.name,
        value=written(one, figure.value) if figure.value is not None else "",
        interval=f"{low} to {high}" if low and high else "",
        counts=counted(one, figure),
        why_hidden=figure.why_hidden or ("" if figure.value is not None else "Nobody to count among"),
        meaning="" if figure.why_hidden else why,
    )


def written(one: Published, value: float) -> str:
    """A value in the measure's unit, as precise as it can bear."""
    if one.kind == "share":
        return f"{value:.1%}"
    if one.kind == "index" and value < 10:
        return f"{value:.2f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def month_name(text: str) -> str:
    """“November 2026” for 2026-11."""
    return f"{date.fromisoformat(f'{text}-01'):%B %Y}"


def groupings(one: Published) -> dict[str, str]:
    """The ways to group that were published, in words."""
    return {each.by: GROUP_NAMES.get(each.by, each.by.capitalize()) for each in one.results if each.by}


def _group_name(by: str, name: str, names: Mapping[str, str]) -> str:
    if name in names:
        return names[name]
    words = _FIFTHS.get(name, name) if by == "deprivation" else name
    return words[:1].upper() + words[1:]


def drawing_of(
    one: Published, months: tuple[Figure, ...], chart: Chart | None, title: str = ""
) -> Drawing | None:
    """A chart of these months with the words that go with it; None where there is none."""
    if chart is None:
        return None
    limits = chart.limits
    summary = (
        f"{meaning(chart)}. Mean {written(one, limits.mean)}; chance alone moves a month between "
        f"{written(one, max(limits.lower, 0.0))} and {written(one, limits.upper)}. The table says the same in numbers."
    )
    labels = tuple(f"{date.fromisoformat(f'{month.name}-01'):%b %y}" for month in months)
    return Drawing(chart, labels, title or one.title, summary, meaning(chart), partial(written, one))
