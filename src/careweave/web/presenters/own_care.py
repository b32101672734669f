"""The person's home in plain words: what happens next, the plan, and whom to call for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from careweave.care.plans.parts import IfThen
from careweave.care.teams.working_time import WEEKDAYS, Hours
from careweave.web import wording
from careweave.web.presenters import facts
from careweave.web.presenters.facts import Held


@dataclass(frozen=True)
class Calls:
    """What to do if things change, by whom to call: the person in charge, 111 or 999."""

    ours: tuple[IfThen, ...]
    urgent: tuple[IfThen, ...]
    emergency: tuple[IfThen, ...]


def calls(rows: Sequence[IfThen]) -> Calls:
    """The plan's rows, sorted by the number that is to be called."""
    by_number = {row: wording.digits(row.number) for row in rows}
    emergency = tuple(row for row in rows if by_number[row] == "999")
    urgent = tuple(row for row in rows if by_number[row] == "111")
    return Calls(tuple(row for row in rows if row not in emergency + urgent), urgent, emergency)


def without_if(trigger: str) -> str:
    """“Annie is ill or away”, for a list under “Call Priya if:”."""
    for start in ("If ", "if "):
        trigger = trigger.removeprefix(start)
    return trigger


def coming(resources: Sequence[Held], now: datetime, most: int = 3) -> tuple[str, ...]:
    """“Friday 27 November, 10am: Maria, nurse, comes to your home.” Three lines at most."""
    found = [(at, one) for one in resources if (at := starts_at(one)) and at > now]
    return tuple(_line(at, one) for at, one in sorted(found, key=lambda pair: pair[0])[:most])


def starts_at(one: Held) -> datetime | None:
    """When a visit or an appointment begins, if it still stands."""
    body = one.body
    if one.type == "Appointment" and body.get("status") in ("booked", "pending", "proposed"):
        return wording.as_instant(body.get("start"))
    if one.type == "Task" and "visit" in one.labels and body.get("status") in ("requested", "accepted"):
        return wording.as_instant((body.get("executionPeriod") or {}).get("start"))
    return None


def _line(at: datetime, one: Held) -> str:
    who = facts.shown(one.body.get("owner")) if one.type == "Task" else ""
    what = str(one.body.get("description") or facts.words((one.body.get("serviceType") or [None])[0]))
    words = f"{who} comes to your home" if who else what or "an appointment"
    return f"{wording.weekday(at)}, {wording.clock(at)}: {words}."


def open_hours(hours: Hours) -> str:
    """“Monday to Friday, 9am to 5pm”: when the number is answered."""
    days = sorted(hours.weekdays)
    names = [WEEKDAYS[day].capitalize() for day in days]
    in_a_row = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
    on = f"{names[0]} to {names[-1]}" if in_a_row else wording.listed(names)
    return f"{on}, {_hour(hours.opens)} to {_hour(hours.closes)}"


def _hour(at: time) -> str:
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"
