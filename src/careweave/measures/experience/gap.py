"""What staff say beside what people say of the same things: no report of the one without the other unless it says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from careweave.measures.experience.definition import Experience, Question
from careweave.measures.experience.results import NOT_ASKED, Estimate, SurveyResults

STAFF_VIEW_ONLY = "Staff view only"


class StaffViewOnly(ValueError):
    """A report of what staff say, with nothing from the people they look after, must carry its label."""


@dataclass(frozen=True)
class Topic:
    """One topic: the share of staff and of people who agree, and the difference in words."""

    id: str
    title: str
    staff: Estimate
    people: Estimate
    words: str
    is_gap: bool


@dataclass(frozen=True)
class GapReport:
    """Every report, page and file of staff's answers is made of this; it cannot be made without its label (A54)."""

    topics: tuple[Topic, ...]
    label: str = ""

    def __post_init__(self) -> None:
        if self.has_staff and not self.has_people and self.label != STAFF_VIEW_ONLY:
            raise StaffViewOnly(
                f"This holds what staff say and nothing from patients. It may be shown as “{STAFF_VIEW_ONLY}” alone."
            )

    @property
    def has_staff(self) -> bool:
        return any(topic.staff.value is not None for topic in self.topics)

    @property
    def has_people(self) -> bool:
        return any(topic.people.value is not None for topic in self.topics)


def gap_report(definition: Experience, results: Mapping[str, SurveyResults]) -> GapReport:
    """Of what may be shown; the label is put on where nothing from people can stand beside."""
    topics = tuple(
        _topic(definition, pair.id, pair.title, _of(results, pair.staff), _of(results, pair.people))
        for pair in definition.pairs
    )
    has_staff, has_people = (
        any(getattr(topic, side).value is not None for topic in topics) for side in ("staff", "people")
    )
    return GapReport(topics, STAFF_VIEW_ONLY if has_staff and not has_people else "")


def label_of(report: GapReport | None, has_staff: bool) -> str:
    """What a page or file that shows any answer of staff must carry."""
    return STAFF_VIEW_ONLY if has_staff and (report is None or not report.has_people) else ""


def _of(results: Mapping[str, SurveyResults], question: Question) -> Estimate:
    found = results.get(question.survey)
    return found.whole.shares.get(question.item, NOT_ASKED) if found else NOT_ASKED


def _topic(definition: Experience, id: str, title: str, staff: Estimate, people: Estimate) -> Topic:
    limits = difference(staff, people)
    if limits is None:
        why = "; ".join(f"{who}: {one.why}" for who, one in (("staff", staff), ("people", people)) if one.why)
        return Topic(id, title, staff, people, why, False)
    points, low, high = (round(100 * each) for each in limits)
    if abs(points) < definition.gap_points:
        return Topic(id, title, staff, people, "They say about the same", False)
    who = "Staff" if points > 0 else "People"
    if low <= 0 <= high:
        words = f"{who} say it more often, by {abs(points)} points: chance could explain that"
        return Topic(id, title, staff, people, words, False)
    words = f"Gap: {who.lower()} say it more often, by {abs(points)} points ({_between(low, high)})"
    return Topic(id, title, staff, people, words, True)


def _between(low: int, high: int) -> str:
    first, last = sorted((abs(low), abs(high)))
    return f"{first} to {last}"


def difference(one: Estimate, other: Estimate) -> tuple[float, float, float] | None:
    """Of two independent shares, with Newcombe's hybrid score interval (1998, method 10)."""
    if None in (one.value, other.value) or None in (one.lower, other.lower):
        return None
    assert one.value is not None and one.lower is not None and one.upper is not None
    assert other.value is not None and other.lower is not None and other.upper is not None
    found = one.value - other.value
    below = sqrt((one.value - one.lower) ** 2 + (other.upper - other.value) ** 2)
    above = sqrt((one.upper - one.value) ** 2 + (other.value - other.lower) ** 2)
    return found, found - below, found + above
