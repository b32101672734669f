"""When a wait is over: against a minute-by-minute count, over clock changes, weekends, bank holidays and pauses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.care.teams.clocks import due_at, due_day, kind_of, kinds, working_hours
from careweave.care.teams.working_time import LONDON, Hours, Target, due
from careweave.definitions import load_definition

OFFICE = working_hours(date(2026, 11, 23))
LATE_SHIFT = Hours(frozenset(range(7)), time(0, 30), time(3, 30))  # open while the clocks change
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 880 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


@st.composite
def pauses(draw: st.DrawFn, started: datetime) -> list[tuple[datetime, datetime]]:
    found, at = [], started
    for _ in range(draw(st.integers(0, 3))):
        begins = at + timedelta(minutes=draw(st.integers(0, 3000)))
        at = begins + timedelta(minutes=draw(st.integers(1, 6000)))
        found.append((begins, at))
    return found


def counts(hours: Hours | None, at: datetime, stood: list[tuple[datetime, datetime]]) -> bool:
    """Whether the minute that begins now counts: the slow, obvious answer."""
    local = at.astimezone(LONDON)
    works = hours is None or (hours.is_working(local.date()) and hours.opens <= local.time() < hours.closes)
    return works and not any(begins <= at < ends for begins, ends in stood)


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    started=MOMENTS,
    minutes=st.integers(1, 1500),
    hours=st.sampled_from([None, OFFICE, LATE_SHIFT]),
)
def test_due_is_when_so_many_minutes_have_counted(
    data: st.DataObject, started: datetime, minutes: int, hours: Hours | None
) -> None:
    stood = data.draw(pauses(started))
    ends = due(Target(minutes, "minutes", hours), started, stood)
    at, left = started, minutes
    while left:
        left -= counts(hours, at, stood)
        at += timedelta(minutes=1)
    assert ends == at


@settings(max_examples=200, deadline=None)
@given(data=st.data(), started=MOMENTS, amount=st.integers(0, 12), hours=st.sampled_from([None, OFFICE]))
def test_days_end_with_a_day_that_counts_and_pauses_only_put_it_off(
    data: st.DataObject, started: datetime, amount: int, hours: Hours | None
) -> None:
    stood = data.draw(pauses(started))
    target = Target(amount, "days", hours)
    plain, ends = due(target, started), due(target, started, stood)
    assert started <= plain <= ends <= due(Target(amount + 1, "days", hours), started, stood)
    local = ends.astimezone(LONDON)
    assert local.time() == (hours.closes if hours else time(23, 59, 59))
    assert hours is None or hours.is_working(local.date())
    assert not any(begins <= ends < until for begins, until in stood)


@pytest.mark.parametrize(
    ("target", "started", "ends"),
    [
        # Christmas 2026: Friday is a holiday, Boxing Day falls on Saturday and is kept on Monday.
        (Target(2, "days", OFFICE), "2026-12-24T10:00", "2026-12-30T17:00"),
        (Target(2, "days", OFFICE), "2026-11-20T10:00", "2026-11-24T17:00"),  # over a weekend
        (Target(1, "days", OFFICE), "2026-11-21T10:00", "2026-11-23T17:00"),  # told on a Saturday
        (Target(0, "days", OFFICE), "2026-11-20T18:00", "2026-11-23T17:00"),  # after closing: the next day
        (Target(0, "days", None), "2026-11-21T22:00", "2026-11-21T23:59:59"),
        (Target(4, "hours", OFFICE), "2026-11-20T15:00", "2026-11-23T11:00"),
        (Target(4, "hours", OFFICE), "2026-04-02T15:00", "2026-04-07T11:00"),  # over Easter
        (Target(3, "hours", LATE_SHIFT), "2026-10-25T00:30", "2026-10-25T02:30"),  # the hour that comes twice
        (Target(3, "hours", LATE_SHIFT), "2026-03-29T00:30", "2026-03-30T01:30"),  # the hour that is left out
        (Target(24, "hours", None), "2026-03-28T12:00", "2026-03-29T13:00"),
    ],
)
def test_due_on_a_day_that_people_know(target: Target, started: str, ends: str) -> None:
    found = due(target, datetime.fromisoformat(started).replace(tzinfo=LONDON))
    assert found.astimezone(LONDON).replace(tzinfo=None) == datetime.fromisoformat(ends)


def test_a_pause_within_a_working_day_does_not_move_a_day() -> None:
    started = datetime(2026, 11, 19, 9, tzinfo=UTC)
    lunch = (datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 20, 13, tzinfo=UTC))
    target = Target(2, "days", OFFICE)
    assert due(target, started, [lunch]) == due(target, started)
    overnight = (lunch[0], lunch[1] + timedelta(days=1))
    assert due(target, started, [overnight]) == due(target, started) + timedelta(days=1)


def easter(year: int) -> date:
    """Anonymous Gregorian computus (Meeus, Astronomical Algorithms, 1991)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    left = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * left) // 451
    month, day = divmod(h + left - 7 * m + 114, 31)
    return date(year, month, day + 1)


def ordinary_holidays(year: int) -> set[date]:
    """The bank holidays of England by the rules of the Act, with the days kept instead of a weekend."""
    mondays = {
        month: [date(year, month, day) for day in range(1, 32) if _is_monday(year, month, day)]
        for month in (5, 8)
    }
    found = {easter(year) - timedelta(days=2), easter(year) + timedelta(days=1)}
    found |= {mondays[5][0], mondays[5][-1], mondays[8][-1]}
    for month, day in ((1, 1), (12, 25), (12, 26)):
        kept = date(year, month, day)
        while kept.weekday() > 4 or kept in found:
            kept += timedelta(days=1)
        found.add(kept)
    return found


def _is_monday(year: int, month: int, day: int) -> bool:
    return day <= 31 and date(year, month, day).weekday() == 0


def test_bank_holidays_are_those_of_the_act_and_the_proclamations() -> None:
    given_days = load_definition("calendar", "england", date(2026, 11, 22)).content["bank_holidays"]
    proclaimed = {date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8)}
    moved = {date(2022, 5, 30)}  # the spring holiday of the Jubilee year
    for year, days in given_days.items():
        assert set(days) - proclaimed == ordinary_holidays(int(year)) - moved, year


def test_every_kind_of_clock_can_be_used() -> None:
    now = datetime(2026, 11, 20, 10, tzinfo=UTC)
    for id_ in kinds():
        kind = kind_of(id_, now.date())
        assert due_at(id_, now) > now
        assert kind.because.format(owner="Priya", started="Friday", due="Monday")
    assert due_day("question", date(2026, 12, 24)) == date(2026, 12, 30)
