"""Sums with time as people at work count it: working hours, bank holidays and pauses; pure, and in London's clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
LAST_SECOND = time(23, 59, 59)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FOREVER = datetime(9998, 1, 1, tzinfo=UTC)

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class Hours:
    """On which weekdays, and between which times, work is done; a bank holiday is not a working day."""

    weekdays: frozenset[int]
    opens: time
    closes: time
    holidays: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.holidays


@dataclass(frozen=True)
class Target:
    """How long something may take. Without `hours` every minute of every day counts."""

    amount: int
    unit: str
    hours: Hours | None = None


def due(target: Target, started: datetime, pauses: Sequence[Stretch] = ()) -> datetime:
    """When the target ends. Minutes and hours run on; days end with the day, as in “by Wednesday”."""
    if target.unit == "days":
        return _end_of_day(target, started, pauses)
    left = timedelta(**{target.unit: target.amount})
    reached = started
    for begins, ends in _counted(target.hours, started, pauses):
        if ends - begins >= left:
            return (begins + left).astimezone(UTC)
        left, reached = left - (ends - begins), ends
    return reached.astimezone(UTC)


def _end_of_day(target: Target, started: datetime, pauses: Sequence[Stretch]) -> datetime:
    """The end of the day by which so many days have passed; a day on whose end the clock stood still does not count."""
    day, left = started.astimezone(LONDON).date(), target.amount
    is_first = True
    while True:
        end = _closing(day, target.hours)
        counts = (target.hours is None or target.hours.is_working(day)) and end >= started
        if counts and not any(begins <= end < ends for begins, ends in pauses):
            left -= 0 if is_first else 1
            if left <= 0:
                return end
        day, is_first = day + timedelta(days=1), False


def _closing(day: date, hours: Hours | None) -> datetime:
    return datetime.combine(day, hours.closes if hours else LAST_SECOND, LONDON).astimezone(UTC)


def _counted(hours: Hours | None, started: datetime, pauses: Sequence[Stretch]) -> Iterator[Stretch]:
    """The stretches in which the clock runs, in order, in UTC: an hour is an hour when the clocks change too."""
    paused = sorted((begins.astimezone(UTC), ends.astimezone(UTC)) for begins, ends in pauses)
    for begins, ends in _working(hours, started.astimezone(UTC)):
        yield from _without(begins, ends, paused)


def _working(hours: Hours | None, started: datetime) -> Iterator[Stretch]:
    if hours is None:
        yield started, _FOREVER
        return
    day = started.astimezone(LONDON).date()
    while True:
        if hours.is_working(day):
            opens = datetime.combine(day, hours.opens, LONDON).astimezone(UTC)
            closes = datetime.combine(day, hours.closes, LONDON).astimezone(UTC)
            if closes > started:
                yield max(opens, started), closes
        day += timedelta(days=1)


def _without(begins: datetime, ends: datetime, paused: Sequence[Stretch]) -> Iterator[Stretch]:
    for pause_begins, pause_ends in paused:
        if pause_ends <= begins or pause_begins >= ends:
            continue
        if pause_begins > begins:
            yield begins, pause_begins
        begins = max(begins, pause_ends)
    if begins < ends:
        yield begins, ends
