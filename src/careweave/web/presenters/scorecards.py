"""Scorecards as pages and files show them: parts beside each other, blanks said, reasons beside values, no rank."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from careweave.identity.improving import ANSWERS, Task
from careweave.measures.experience.gap import STAFF_VIEW_ONLY, StaffViewOnly
from careweave.measures.experience.on_scorecards import OF_PEOPLE, OF_STAFF
from careweave.measures.indicators import Figure
from careweave.measures.published import Published
from careweave.measures.scorecard_definition import Part, Scorecard
from careweave.measures.variation import Position, in_words
from careweave.web import wording
from careweave.web.presenters import measures
from careweave.web.presenters.measures import Row

NOT_MEASURED = "Not measured"
COLUMNS = (
    *(
        "scorecard",
        "scorecard_version",
        "for",
        "part",
        "measure",
        "measure_version",
        "unit",
        "data_up_to",
        "from",
        "to",
    ),
    *(
        "numerator",
        "denominator",
        "value",
        "lower_95",
        "upper_95",
        "why_hidden",
        "position",
        "reasons",
        "label",
    ),
)


@dataclass(frozen=True)
class Line:
    """One measure of one part: its figure, where it stands in words, and the reasons that were given."""

    published: Published
    figure: Figure
    row: Row
    position: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class PartShown:
    """A part of the scorecard; without lines it says that it is not measured, and why."""

    title: str
    lines: tuple[Line, ...]
    not_measured: str


@dataclass(frozen=True)
class ScorecardPage:
    """All that a scorecard shows."""

    title: str
    dimensions: tuple[PartShown, ...]
    domains: tuple[PartShown, ...]
    caveat: str
    label: str = ""

    def __post_init__(self) -> None:
        if is_staff_alone((*self.dimensions, *self.domains)) and self.label != STAFF_VIEW_ONLY:
            raise StaffViewOnly(
                "What staff say stands here without anything from patients, and without its label"
            )


FigureOf = Callable[[Published], Figure | None]


def page(
    scorecard: Scorecard,
    published: Mapping[str, Published],
    figure_of: FigureOf,
    *,
    title: str,
    positions: Mapping[str, Position | None] | None = None,
    reasons: Mapping[str, tuple[str, ...]] | None = None,
) -> ScorecardPage:
    """`positions` None: there is none to have, as for a whole place; a measure not in them is not compared by practice."""

    def shown(part: Part) -> PartShown:
        lines = tuple(
            Line(
                one,
                figure,
                measures.row(one, figure, one.title),
                in_words(positions[one.id]) if positions is not None and one.id in positions else "",
                (reasons or {}).get(one.id, ()),
            )
            for id in part.measures
            if (one := published.get(id)) and (figure := figure_of(one))
        )
        return PartShown(part.title, lines, "" if lines else f"{NOT_MEASURED}. {part.not_measured}")

    dimensions, domains = tuple(map(shown, scorecard.dimensions)), tuple(map(shown, scorecard.domains))
    label = STAFF_VIEW_ONLY if is_staff_alone((*dimensions, *domains)) else ""
    return ScorecardPage(title, dimensions, domains, scorecard.caveat, label)


def is_staff_alone(parts: Iterable[PartShown]) -> bool:
    """Whether staff say something here and no patient does (A54)."""
    told = {line.published.unit for part in parts for line in part.lines if line.figure.value is not None}
    return OF_STAFF in told and OF_PEOPLE not in told


def reasons_of(tasks: tuple[Task, ...]) -> dict[str, tuple[str, ...]]:
    """What leads were asked and what they said, by measure."""
    found: dict[str, tuple[str, ...]] = {}
    for task in tasks:
        found[task.measure] = (*found.get(task.measure, ()), reason(task))
    return found


def reason(task: Task) -> str:
    """“Ferry Road Surgery: it has a reason that is right. We … (Dr Rahman, 3 November 2026)”."""
    if task.answered_at is None:
        return f"{task.practice_name}: {task.lead_name} looks into it, until {wording.day(task.due_on)}"
    said = ANSWERS[task.answer]
    return (
        f"{task.practice_name}: {said[:1].lower()}{said[1:]}. {task.reason} "
        f"({task.lead_name}, {wording.day(task.answered_at)})"
    )


def rows_of(scorecard: Scorecard, page: ScorecardPage) -> Iterator[tuple[object, ...]]:
    """One row a measure and part; what is not measured has a row that says so."""
    about = (scorecard.definition.id, scorecard.definition.version, page.title)
    for part in (*page.dimensions, *page.domains):
        if not part.lines:
            yield (*about, part.title, *[""] * 11, part.not_measured, "", "", page.label)
        for line in part.lines:
            one, figure, result = line.published, line.figure, line.published.by("")
            dates = (result.as_at, result.first, result.last) if result else ("", "", "")
            numbers = (figure.numerator, figure.denominator, figure.value, figure.lower, figure.upper)
            yield (
                *(*about, part.title, one.id, one.version, one.unit, *dates),
                *(*numbers, figure.why_hidden, line.position, " | ".join(line.reasons), page.label),
            )
