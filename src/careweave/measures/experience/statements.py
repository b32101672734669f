"""Each statement beside what the record says of the same thing, and the gap between them in words (A47)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from careweave.measures.experience.results import (
    HIDDEN,
    NOT_ASKED,
    Estimate,
    Number,
    SurveyResults,
    share,
)
from careweave.measures.suppression import Total, hidden

VOICES = "national-voices"  # the statements, and the survey that asks people the same


@dataclass(frozen=True)
class ByRecord:
    """What the record says of one statement: how many have it, of those to whom it applies."""

    id: str
    quote: str
    objective: str
    met: int
    applies: int


@dataclass(frozen=True)
class StatementResult:
    """One statement: by the record, by what people say, and the gap in words."""

    id: str
    quote: str
    objective: str
    record: Estimate
    people: Estimate
    words: str
    is_gap: bool


def statement_results(
    told: Iterable[ByRecord], asked: SurveyResults | None, *, gap_points: int, fewest: int
) -> tuple[StatementResult, ...]:
    """In the order of the definition."""
    return tuple(_result(one, asked, gap_points, fewest) for one in told)


def _result(one: ByRecord, asked: SurveyResults | None, gap_points: int, fewest: int) -> StatementResult:
    record = _by_record(one, fewest)
    people = asked.whole.shares.get(one.id, NOT_ASKED) if asked else NOT_ASKED
    words, is_gap = beside(record.value, people, gap_points)
    return StatementResult(one.id, one.quote, one.objective, record, people, words, is_gap)


def beside(record: float | None, people: Estimate, gap_points: int) -> tuple[str, bool]:
    """The difference in words, and whether people say so much less than the record that somebody should ask why."""
    if record is None or people.value is None:
        return "", False
    held, said = round(100 * record), round(100 * people.value)
    if held - said >= gap_points:
        return f"Gap: the record says {held}%, and {said}% of people agree. Ask them why", True
    if said - held >= gap_points:
        return (
            f"People agree more often ({said}%) than the record tells ({held}%): the record may miss it",
            False,
        )
    return "They say about the same", False


def _by_record(one: ByRecord, fewest: int) -> Estimate:
    counts = {"met": one.met, "not": one.applies - one.met, "applies": one.applies}
    hide = hidden(counts, [Total("applies", ("met", "not"))], threshold=fewest, is_said_why=False)

    def number(name: str) -> Number:
        if name not in hide:
            return Number(counts[name])
        return Number(None, HIDDEN.format(fewest))

    return share(number("met"), number("not"))
