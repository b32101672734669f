"""How complete and how late each source is, as a page and a file show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from careweave.measures.feed_rules import FeedRules
from careweave.measures.feeds import Feeds, Known, Source
from careweave.measures.suppression import THRESHOLD
from careweave.record.feeds import FeedRows
from careweave.web import wording
from careweave.web.presenters.bars import Bar

HIDDEN = "Hidden: fewer than 5"
COLUMNS = (
    *(
        "source",
        "name",
        "last_file",
        "days_since",
        "files",
        "read",
        "accepted",
        "unchanged",
        "refused",
        "data_up_to",
    ),
    *("half_arrive_within_days", "nine_of_ten_within_days", "month", "contacts", "why_hidden"),
)


@dataclass(frozen=True)
class FeedLine:
    """One source."""

    code: str
    name: str
    rows: FeedRows
    days: int
    refused_share: str
    lateness: str
    months: tuple[tuple[str, str, bool], ...]
    bars: tuple[Bar, ...]
    source: Source | None
    is_late: bool

    @property
    def low_months(self) -> tuple[str, ...]:
        return tuple(name for name, _, is_low in self.months if is_low)


@dataclass(frozen=True)
class FeedsPage:
    """Every source by name; `as_at` None before the warehouse was ever built."""

    lines: tuple[FeedLine, ...]
    as_at: date | None
    months: tuple[date, ...]
    known: tuple[tuple[str, str], ...]
    rules: FeedRules


def page(
    held: Feeds | None,
    rows: Mapping[str, FeedRows],
    names: Mapping[str, str],
    now: datetime,
    rules: FeedRules,
) -> FeedsPage:
    """What was worked out at the last refresh, beside the files received until now."""
    lines = [
        _line(code, names.get(code, code), each, held, now, rules)
        for code, each in rows.items()
        if code != "careweave"
    ]
    known = tuple((one.what, known_of(one)) for one in held.known) if held else ()
    return FeedsPage(
        tuple(sorted(lines, key=lambda one: one.name)),
        held.as_at if held else None,
        held.months if held else (),
        known,
        rules,
    )


def known_of(one: Known) -> str:
    """A share, unless it would count a few people."""
    if not one.of:
        return "Nobody"
    if one.is_of_few:
        return f"Fewer than {THRESHOLD} people"
    if one.is_of_all_but_few:
        return f"All but fewer than {THRESHOLD} people"
    return f"{one.known / one.of:.1%}"


def _line(
    code: str, name: str, rows: FeedRows, held: Feeds | None, now: datetime, rules: FeedRules
) -> FeedLine:
    source = held.of(code) if held else None
    counts = list(zip(held.months, source.months, strict=True)) if held and source else []
    months = tuple(
        (
            f"{month:%B %Y}",
            HIDDEN if count is None else f"{count:,}",
            bool(source and source.is_low(count, rules.thin_below)),
        )
        for month, count in counts
    )
    drawn = tuple(
        Bar(f"{month:%b %Y}", count, "hidden" if count is None else f"{count:,}") for month, count in counts
    )
    share = f"{rows.refused / rows.read:.1%}" if rows.read else "0.0%"
    days = (now - rows.last).days
    about = (code, name, rows, days, share, _lateness(source), months, drawn, source)
    return FeedLine(*about, rules.is_late(code, days))


def _lateness(source: Source | None) -> str:
    if source is None:
        return "Sends no contacts"
    if source.half_days is None or source.most_days is None:
        return "Not known yet: no contact since the first file"
    return f"Half within {_days(source.half_days)}, nine of ten within {_days(source.most_days)}"


def _days(days: float) -> str:
    return "a day" if round(days) <= 1 else wording.people(round(days), "day", "days")


def rows_of(page: FeedsPage) -> Iterator[tuple[object, ...]]:
    """One row a source and month; a source without contacts has one row."""
    for line in page.lines:
        rows, source = line.rows, line.source
        counts = (rows.files, rows.read, rows.accepted, rows.unchanged, rows.refused)
        about = (
            line.code,
            line.name,
            rows.last.isoformat(timespec="seconds"),
            line.days,
            *counts,
            page.as_at,
        )
        late = (source.half_days, source.most_days) if source else (None, None)
        if source is None:
            yield (*about, *late, "", "", "")
            continue
        for month, count in zip(page.months, source.months, strict=True):
            yield (*about, *late, f"{month:%Y-%m}", count, HIDDEN if count is None else "")
