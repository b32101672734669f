"""My day as rows: what to do for whom, late first, and people suggested with the reasons in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from careweave.care.teams.news import News
from careweave.care.teams.worklists import Suggestion, WorkItem
from careweave.web import wording
from careweave.web.presenters.banner import Banner


@dataclass(frozen=True)
class DayRow:
    """A task with the person it is for."""

    task_id: str
    version: int
    person_id: str
    person: str
    area: str
    telephone: str
    what: str
    why: str
    who: str
    due: wording.Due
    group: str
    opens: str = ""  # the page on which this is done, when a click on “Done” is not enough


# What is done by answering on a page of its own.
_PAGES = {
    "take-charge": "/handovers/{}",
    "conference-ask": "/conferences/asks/{}",
    "conference-agree": "/conferences/agree/{}",
    "conference-review": "/conferences/reviews/{}",
    "high-risk-review": "/day/tasks/{}/high-risk",
    "treatment-summary": "/day/tasks/{}/summary",
    "self-referral": "/referrals/{}",
    "contact": "/contacts/{}",
    "community-referral": "/support/{}",
}


def page_of(kind: str, task_id: str) -> str:
    """Where a task of this kind is answered; empty when “Done” is enough."""
    return _PAGES[kind].format(task_id) if kind in _PAGES else ""


@dataclass(frozen=True)
class SuggestedRow:
    """Someone suggested, and why, in words."""

    task_id: str
    person_id: str
    person: str
    area: str
    telephone: str
    because: str
    not_known: str
    scored: str
    is_stale: bool = False
    could_help: str = ""


@dataclass(frozen=True)
class FilterLink:
    """A filter with its own address and its count."""

    text: str
    href: str
    current: bool


GROUPS = ("Late", "Today", "Coming", "No date")


def rows(items: Sequence[WorkItem], people: Mapping[str, Banner], now: datetime) -> tuple[DayRow, ...]:
    """Late first; what has no date is a group of its own at the end."""
    found = [_row(item, people.get(item.person_id), now) for item in items]
    return tuple(sorted(found, key=lambda row: GROUPS.index(row.group)))


def _row(item: WorkItem, person: Banner | None, now: datetime) -> DayRow:
    due = wording.due(item.due, now)
    return DayRow(
        task_id=item.task_id,
        version=item.version,
        person_id=item.person_id,
        person=named(person),
        area=area(person),
        telephone=person.telephone if person else "",
        what=item.what,
        why=_why(item),
        who=item.owner_name or "Nobody yet",
        due=due,
        group=group(item.due, wording.as_date(now)),
        opens=page_of(item.kind, item.task_id),
    )


def _why(item: WorkItem) -> str:
    """Why it is there; a colleague's that somebody else does while they are away says so."""
    away = f"{item.owner_name} is away" if item.stands_in else ""
    return ". ".join(filter(None, (away, item.why)))


def group(due: date | None, today: date | None) -> str:
    """The group of a due date."""
    if due is None or today is None:
        return "No date"
    if due < today:
        return "Late"
    return "Today" if due == today else "Coming"


def due_only(items: Sequence[WorkItem], due: str, now: datetime) -> Sequence[WorkItem]:
    """The rows of one group: late, today, coming or none; all of them when no group is asked for."""
    wanted = {"late": "Late", "today": "Today", "coming": "Coming", "none": "No date"}.get(due)
    if wanted is None:
        return items
    today = wording.as_date(now)
    return [item for item in items if group(item.due, today) == wanted]


def named(person: Banner | None) -> str:
    """“Joe Harper, 85”."""
    if person is None:
        return "Name not known"
    surname = person.surname.title()
    age = f", {person.age}" if person.age is not None else ""
    return f"{person.call_name} {surname}{age}"


def area(person: Banner | None) -> str:
    """The last part of the address but the postcode."""
    if person is None or person.address == "Address not known":
        return "Area not known"
    parts = person.address.split(", ")
    return ", ".join(parts[-2:]) if len(parts) > 1 else parts[0]


_STALE_AFTER_DAYS = 90  # what a suggestion rests on is then too old to be trusted without a new look


def suggested_rows(
    found: Sequence[Suggestion], people: Mapping[str, Banner], today: date | None = None
) -> tuple[SuggestedRow, ...]:
    """“Suggested because: over 75, two falls since August. Not known: weight.”"""
    return tuple(
        SuggestedRow(
            task_id=one.task_id,
            person_id=one.person_id,
            person=named(people.get(one.person_id)),
            area=area(people.get(one.person_id)),
            telephone=people[one.person_id].telephone if one.person_id in people else "",
            because=because(one),
            not_known=", ".join(one.not_known),
            scored=wording.day(one.scored_on, missing=""),
            is_stale=is_stale(one, today),
            could_help="; ".join(one.could_help),
        )
        for one in found
    )


def is_stale(one: Suggestion, today: date | None) -> bool:
    """Whether what is said was counted so long ago that it must be looked at anew."""
    if today is None or not one.scored_on:
        return False
    return (today - date.fromisoformat(one.scored_on[:10])).days > _STALE_AFTER_DAYS


def because(one: Suggestion) -> str:
    """The reasons in one sentence."""
    return (
        f"Suggested because: {', '.join(one.reasons)}." if one.reasons else "Suggested. No reason was given."
    )


_NEWS = {
    "a-and-e": ("went to A&E", "went to A&E"),
    "in-hospital": ("is in hospital", "are in hospital"),
    "home": ("came home from hospital", "came home from hospital"),
    "died": ("died", "died"),
    "service-said-no": ("was told no by a service", "were told no by a service"),
    "service-outcome": ("has news from a service", "have news from a service"),
}


@dataclass(frozen=True)
class NewsLine:
    """“2 went to A&E”, and who; each with the day, and the colleague whose person it is when I stand in."""

    text: str
    people: tuple[tuple[str, str, str], ...]


def news_lines(news: Sequence[News], people: Mapping[str, Banner]) -> tuple[NewsLine, ...]:
    """What happened to my people and I have not seen, each person a link."""
    lines = []
    for kind, (one, many) in _NEWS.items():
        latest = {each.person_id: each for each in reversed(news) if each.kind == kind}
        if latest:
            text = f"{len(latest)} {one if len(latest) == 1 else many}"
            shown = ((id_, named(people.get(id_)), _when(each)) for id_, each in latest.items())
            lines.append(NewsLine(text, tuple(shown)))
    return tuple(lines)


def _when(one: News) -> str:
    """“on Monday 23 November, for Priya Shah”."""
    when = f"on {wording.weekday(one.at)}" if one.at else f"told on {wording.weekday(one.sent)}"
    return f"{when}, for {one.for_name}" if one.for_name else when


def next_line(items: Sequence[WorkItem], people: Mapping[str, Banner], now: datetime) -> str:
    """“Next: Mrs Smith, review, Monday.” for a day on which nothing is due."""
    today = wording.as_date(now)
    # They come in the order of their days.
    first = next((item for item in items if item.due and today and item.due > today), None)
    if first is None:
        return ""
    return f"Next: {named(people.get(first.person_id))}, {first.what}, {wording.weekday(first.due)}."
