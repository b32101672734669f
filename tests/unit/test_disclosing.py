"""Every kind of measure as published, restated months and the file too: nothing of a few is read or worked out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.measures.disclosing import BESIDE, FEW
from careweave.measures.indicators import SCALE, Result, result
from careweave.measures.published import Published, keep, one_published
from careweave.measures.publishing import described
from careweave.measures.series import BEFORE, LAST, with_series
from careweave.warehouse.indicators import load_indicator
from careweave.warehouse.indicators.definition import INDEX, MEAN, RATE, SHARE
from careweave.web.presenters import measure_files

ON = date(2026, 11, 22)
MONTHS = (date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1))
EVENTS, NIGHTS = "a-and-e-attendances", "emergency-bed-days"
MEASURES = {
    EVENTS: RATE,
    NIGHTS: RATE,
    "contact-after-discharge": SHARE,
    "length-of-stay": MEAN,
    "handovers": MEAN,
    "contact-handovers-sectors": MEAN,
    "continuity-coc-organisations": INDEX,
}
GROUPINGS: dict[str, Callable[[int], str]] = {
    "": lambda _: "everyone",
    "sex": lambda person: ("female", "male")[person % 2],
    "practice": lambda person: f"Y{person % 4}",
}


@dataclass(frozen=True)
class Item:
    """A stay, a contact, a person's quarter: `amount` is its nights, handovers or index; `happened` what a share asks."""

    person: int
    month: int
    amount: int
    happened: bool


@dataclass(frozen=True)
class Place:
    """`sizes`: how many people each of the four practices has."""

    items: Sequence[Item]
    sizes: tuple[int, ...]

    def of(self, by: str, group: str, month: int | None = None) -> list[Item]:
        return [
            item
            for item in self.items
            if group in ("", GROUPINGS[by](item.person)) and month in (None, item.month)
        ]

    def people(self, by: str, group: str) -> int:
        """How many a rate is for in a month; half of each practice's are men."""
        if by == "practice" and group:
            return self.sizes[int(group[1])]
        return sum(self.sizes) if not group or by == "" else sum(self.sizes) // 2


items = st.builds(Item, st.integers(0, 11), st.integers(0, 2), st.integers(0, 6), st.booleans())
places = st.builds(
    Place,
    st.lists(items, max_size=60).map(tuple),
    st.tuples(*[st.sampled_from([2, 10, 40])] * 4),
)


def amount(id: str, item: Item) -> int:
    if id == EVENTS:
        return 1
    if MEASURES[id] == SHARE:
        return int(item.happened)
    return item.amount * SCALE // 6 if MEASURES[id] == INDEX else item.amount


def counted(id: str, place: Place, by: str) -> Result:
    rows, people = [], []
    for group in sorted({GROUPINGS[by](person) for person in range(4)}):
        for number, month in enumerate(MONTHS):
            told = [amount(id, item) for item in place.of(by, group, number)]
            among = place.people(by, group) if MEASURES[id] == RATE else len(told)
            rows.append(
                {"month": month, "group": group, "band": 14, "sex": "female", "numerator": sum(told),
                 "denominator": among, "items": len(told), "squares": float(sum(each**2 for each in told))}
            )  # fmt: skip
        behind = {item.person for item in place.of(by, group)}
        people.append({"group": group, "band": 14, "sex": "female", "events": 1, "people": len(behind)})
    return result(load_indicator(id, ON), rows, people, asked=MONTHS, by=by, as_at=ON)


def published(home: Path, id: str, place: Place) -> Published:
    results = [counted(id, place, by) for by in GROUPINGS]
    keep(home, described(load_indicator(id, ON), results), {"RVR": ON})
    found = one_published(home, id)
    assert found
    return found


def file_of(found: Published) -> list[dict[str, Any]]:
    return [dict(zip(measure_files.COLUMNS, each, strict=True)) for each in measure_files.rows_of(found)]


def behind(id: str, rows: Sequence[Item], *, is_group: bool) -> Iterator[int]:
    """The counts of people and events that must not be few."""
    yield len(rows)
    if MEASURES[id] == SHARE:
        yield sum(item.happened for item in rows)
        yield sum(not item.happened for item in rows)
    if MEASURES[id] == MEAN:
        yield sum(item.amount for item in rows)
    if is_group and MEASURES[id] != RATE:
        yield len({item.person for item in rows})


def tables(
    lines: Sequence[dict[str, Any]], place: Place
) -> Iterator[tuple[str, dict[str, list[Item]], set[str]]]:
    """By way to group, and by month: what is in each part, and which parts are shown."""
    months = [line for line in lines if line["what"] == "month"]
    parts = {line["name"]: place.of("", "", n) for n, line in enumerate(months)}
    yield "month", parts, {line["name"] for line in months if not line["why_hidden"]}
    for by in GROUPINGS:
        groups = [line for line in lines if line["group_by"] == by != "" and line["what"] == "group"]
        if groups:
            parts = {line["name"]: place.of(by, line["name"]) for line in groups}
            yield by, parts, {line["name"] for line in groups if not line["why_hidden"]}


def is_few(count: int) -> bool:
    return 0 < count < 5


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(MEASURES)), places)
def test_nothing_of_a_few_is_read_or_left_by_subtraction(id: str, place: Place) -> None:
    with TemporaryDirectory() as folder:
        lines = file_of(published(Path(folder), id, place))
    (whole,) = [line for line in lines if line["what"] == "altogether"]
    told = list(tables(lines, place))
    assert len(told) == 3
    knows_whole = not whole["why_hidden"] or any(shown == parts.keys() for _, parts, shown in told)
    if knows_whole:
        assert not any(map(is_few, behind(id, place.items, is_group=True)))
    for by, parts, shown in told:
        is_group = by != "month"
        for name in shown:
            assert not any(map(is_few, behind(id, parts[name], is_group=is_group))), (by, name)
        rest = [item for name in parts.keys() - shown for item in parts[name]]
        if knows_whole:
            assert not any(map(is_few, behind(id, rest, is_group=is_group))), (by, "the rest")
        if MEASURES[id] == RATE and is_group:
            assert all(place.people(by, name) >= 5 for name in shown)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MEASURES)), st.lists(places, min_size=2, max_size=4))
def test_old_less_new_reveals_no_few_of_any_kind(id: str, times: list[Place]) -> None:
    """Between any two figures of one month that page and file show: of events, of a sum, of those with and without."""
    with TemporaryDirectory() as folder:
        for place in times:
            lines = file_of(published(Path(folder), id, place))
    for month in {line["name"] for line in lines if line["what"] == "month"}:
        shown = [
            line
            for line in lines
            if line["name"] == month and line["what"].startswith("month") and line["numerator"] != ""
            and line["numerator"] is not None
        ]  # fmt: skip
        for one, other in combinations(shown, 2):
            apart = [one["numerator"] - other["numerator"]] if MEASURES[id] != INDEX else []
            if None not in (one["denominator"], other["denominator"]):
                apart.append(one["denominator"] - other["denominator"])
                apart += [apart[1] - apart[0]] if MEASURES[id] == SHARE else []
            assert not any(is_few(abs(each)) for each in apart), (one, other)


SITES = ("North", "South", "West")
YEARS = [date(2024 + (10 + n) // 12, (10 + n) % 12 + 1, 1) for n in range(24)]
visits = st.tuples(
    st.integers(0, 14), st.sampled_from(SITES), st.integers(0, 23), st.integers(0, 6), st.booleans()
)


def at_sites(id: str, told: Sequence[tuple[Item, str]]) -> Published:
    """By site, month by month, beside the others; a rate at a site is for everyone of the place."""

    def counted_by(by: str) -> tuple[Result, list[dict[str, Any]]]:
        rows, people = [], []
        for group in SITES if by else ("everyone",):
            here = [item for item, site in told if not by or site == group]
            for number, month in enumerate(YEARS):
                amounts = [amount(id, item) for item in here if item.month == number]
                among = 300 if MEASURES[id] == RATE else len(amounts)
                rows.append(
                    {"month": month, "group": group, "band": 14, "sex": "female", "numerator": sum(amounts),
                     "denominator": among, "items": len(amounts)}
                )  # fmt: skip
            people.append({"group": group, "people": len({item.person for item in here})})
        indicator = replace(load_indicator(id, ON), is_standardised=False)
        return result(indicator, rows, people, asked=YEARS, by=by, as_at=ON), rows

    whole, (found, rows) = counted_by("")[0], counted_by("site")
    indicator = load_indicator(id, ON)
    return described(indicator, [whole, with_series(found, whole, indicator, rows)])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([EVENTS, NIGHTS, "contact-after-discharge", "length-of-stay"]),
    st.lists(visits, max_size=120),
)
def test_a_site_s_months_and_years_tell_nothing_of_a_few(
    id: str, drawn: list[tuple[int, str, int, int, bool]]
) -> None:
    told = [(Item(person, month, nights, happened), site) for person, site, month, nights, happened in drawn]
    lines = file_of(at_sites(id, told))
    in_span = {f"{month:%Y-%m}": {number} for number, month in enumerate(YEARS)}
    in_span |= {BEFORE: set(range(12)), LAST: set(range(12, 24))}
    place = {line["name"] for line in lines if line["what"] == "month" and not line["why_hidden"]}
    shown = {(line["site"], line["name"]) for line in lines if line["site"] and not line["why_hidden"]
             and not line["what"].startswith("all other")}  # fmt: skip
    for line in lines:
        if line["site"] and not line["why_hidden"]:
            is_others = line["what"].startswith("all other")
            here = [item for item, site in told
                    if (site == line["site"]) != is_others and item.month in in_span[line["name"]]]  # fmt: skip
            assert not any(map(is_few, behind(id, here, is_group=False))), line
    for month in place:
        rest = [item for item, site in told if item.month in in_span[month] and (site, month) not in shown]
        assert not any(map(is_few, behind(id, rest, is_group=False))), month
    for site, span in shown:
        dark = {n for month, (n, *more) in in_span.items() if not more and (site, month) not in shown}
        rest = [item for item, where in told if where == site and item.month in in_span[span] & dark]
        assert not any(map(is_few, behind(id, rest, is_group=False))), (site, span)
    for group in (line for line in lines if line["what"] == "group"):
        people = {item.person for item, site in told if site == group["name"]}
        assert group["why_hidden"] or MEASURES[id] == RATE or not is_few(len(people))
        assert not group["why_hidden"] or not any(site == group["name"] for site, _ in shown)


@pytest.mark.parametrize("id", [id for id, kind in MEASURES.items() if kind in (SHARE, MEAN, INDEX)])
def test_many_stays_of_one_person_are_hidden_as_one_person_s(id: str) -> None:
    """Practice Y3: eight events of one person; the next smallest stands beside it."""
    alone = [Item(3, n % 3, 2, n % 2 == 0) for n in range(8)]
    others = [
        Item(person, n % 3, 2, n % 2 == 0)
        for person in (*range(0, 60, 4), *range(1, 60, 4))
        for n in range(8)
    ]
    more = [Item(person, n % 3, 2, n % 2 == 0) for person in range(2, 80, 4) for n in range(8)]
    found = counted(id, Place([*alone, *others, *more], (40, 40, 40, 40)), "practice")
    assert [group.why_hidden for group in found.groups] == [BESIDE, "", "", FEW]


def test_a_rate_for_a_handful_of_people_is_hidden() -> None:
    """Twelve stays of a practice with two people."""
    items = [Item(person, n % 3, 2, True) for person in range(4) for n in range(12)]
    found = counted(EVENTS, Place(items, (2, 40, 50, 60)), "practice")
    assert [group.why_hidden for group in found.groups] == [FEW, BESIDE, "", ""]


def test_a_small_sum_of_a_mean_is_hidden() -> None:
    """Two handovers among forty people."""
    items = [Item(person, 0, int(person < 2), False) for person in range(40)]
    assert counted("handovers", Place(items, (40, 40, 40, 40)), "").whole.why_hidden == FEW
