"""Dates, times, ages, NHS numbers and due tags in the words that people read on every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def as_date(value: date | datetime | str | None) -> date | None:
    """The day in London of a date, an instant or a FHIR date of any precision (a month counts as its first day)."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _date_of_text(value)
    if isinstance(value, datetime):
        return value.astimezone(LONDON).date() if value.tzinfo else value.date()
    return value


def _date_of_text(text: str) -> date | None:
    try:
        if "T" in text:
            return as_date(as_instant(text))
        parts = [int(part) for part in text.split("-")]
        return date(*[*parts, 1, 1][:3])
    except ValueError:
        return None


def as_instant(value: datetime | date | str | None) -> datetime | None:
    """An aware instant; a bare day is its midnight in London."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if "T" not in value:
            day = _date_of_text(value)
            return datetime.combine(day, time(), LONDON) if day else None
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), LONDON)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def day(value: date | datetime | str | None, *, missing: str = "date not known") -> str:
    """“26 November 2026”, or “November 2026” and “2026” when the source said no more."""
    if isinstance(value, str) and len(value) in (4, 7):
        return _imprecise(value)
    found = as_date(value)
    return f"{found.day} {found:%B %Y}" if found else missing


def _imprecise(text: str) -> str:
    found = _date_of_text(text)
    if found is None:
        return text
    return f"{found:%Y}" if len(text) == 4 else f"{found:%B %Y}"


def long_day(value: date | datetime | str | None, *, missing: str = "date not known") -> str:
    """“Thursday 26 November 2026”."""
    found = as_date(value)
    return f"{found:%A} {found.day} {found:%B %Y}" if found else missing


def weekday(value: date | datetime | str | None) -> str:
    """“Thursday 26 November”."""
    found = as_date(value)
    return f"{found:%A} {found.day} {found:%B}" if found else "date not known"


def clock(value: datetime | str | None) -> str:
    """“2:30pm”, and “2pm” on the hour, in London."""
    found = as_instant(value)
    if found is None:
        return "time not known"
    local = found.astimezone(LONDON)
    hour = local.hour % 12 or 12
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{hour}{minutes}{'am' if local.hour < 12 else 'pm'}"


def moment(value: datetime | str | None) -> str:
    """“26 November 2026, 2:30pm”; a day without a time stays a day."""
    if isinstance(value, str) and "T" not in value:
        return day(value)
    return f"{day(value)}, {clock(value)}" if as_instant(value) else "date not known"


def age(born: date | str | None, at: date) -> int | None:
    """Whole years at a day; None when the birth date is not known."""
    found = as_date(born)
    if found is None:
        return None
    return at.year - found.year - ((at.month, at.day) < (found.month, found.day))


def nhs_number(value: str | None) -> str:
    """“999 000 0018”, or “not known yet”."""
    digits = "".join(ch for ch in value or "" if ch.isdigit())
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}" if len(digits) == 10 else "not known yet"


def digits(telephone: str | None) -> str:
    """What a telephone link dials."""
    return "".join(ch for ch in telephone or "" if ch.isdigit() or ch == "+")


def people(count: int, one: str = "person", many: str = "people") -> str:
    """“1 person”, “4,980 people”."""
    return f"{count:,} {one if count == 1 else many}"


def listed(words: list[str] | tuple[str, ...], last: str = "and") -> str:
    """“a, b and c”."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


@dataclass(frozen=True)
class Due:
    """When something is due, in words, and the tag's colour (never the only sign)."""

    text: str
    colour: str
    late: bool = False


def due(value: date | datetime | str | None, now: datetime) -> Due:
    """“3 days late”, “Today by 4pm”, “Tomorrow”, “Friday 27 November”, “No date”."""
    when = as_date(value)
    if when is None:
        return Due("No date", "grey")
    today = now.astimezone(LONDON).date()
    days = (when - today).days
    if days < 0:
        return Due("1 day late" if days == -1 else f"{-days} days late", "red", late=True)
    if days == 0:
        return _due_today(value, now)
    if days == 1:
        return Due("Tomorrow", "blue")
    return Due(weekday(when) if days < 200 else day(when), "white")


def _due_today(value: date | datetime | str | None, now: datetime) -> Due:
    timed = isinstance(value, datetime) or (isinstance(value, str) and "T" in value)
    if not timed:
        return Due("Today", "yellow")
    instant = as_instant(value)
    late = instant is not None and instant < now
    return Due(
        f"Late: today by {clock(instant)}" if late else f"Today by {clock(instant)}",
        "red" if late else "yellow",
        late=late,
    )


def ago(value: datetime | str | None, now: datetime) -> str:
    """“today, 9:02am”, “yesterday, 5:10pm”, “Tuesday, 9:02am” within a week, else the day."""
    instant = as_instant(value)
    if instant is None:
        return "time not known"
    local, today = instant.astimezone(LONDON), now.astimezone(LONDON).date()
    days = (today - local.date()).days
    if days == 0:
        return f"today, {clock(local)}"
    if days == 1:
        return f"yesterday, {clock(local)}"
    if 1 < days < 7:
        return f"{local:%A}, {clock(local)}"
    return moment(local)
