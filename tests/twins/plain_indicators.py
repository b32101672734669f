"""The plain-Python twin of the indicators: one item at a time, as the definition reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.warehouse.indicators import Indicator, Items

Row = Mapping[str, Any]
Key = tuple[date, str, int, str]


@dataclass(frozen=True)
class Item:
    person: str
    start: date
    end: date | None
    nights: int
    method: str | None

    def day(self, dated: str) -> date | None:
        return self.start if dated == "start" else self.end


def plain_stays(events: Iterable[Row]) -> list[Item]:
    by_person: dict[str, list[Row]] = defaultdict(list)
    for event in events:
        if event["kind"] == "admission" and event["start"]:
            by_person[event["person"]].append(event)
    found = []
    for person, rows in by_person.items():
        group: list[Row] = []
        until: date | None = None
        for row in sorted(rows, key=lambda each: (each["start"], each["event"])):
            if until is not None and row["start"].date() > until:
                found.append(_one_stay(person, group))
                group = []
            group.append(row)
            until = max(filter(None, (until, (row["end"] or row["start"]).date())))
        found.append(_one_stay(person, group))
    return found


def _one_stay(person: str, rows: list[Row]) -> Item:
    start = min(row["start"] for row in rows).date()
    ends = [row["end"] for row in rows]
    end = None if None in ends else max(ends).date()
    return Item(person, start, end, (end - start).days if end else 0, rows[0]["method"])


def plain_items(events: Iterable[Row], wanted: Items) -> list[Item]:
    if wanted.of == "stays":
        return [
            stay
            for stay in plain_stays(events)
            if stay.nights >= wanted.least_nights and wanted.method in (None, stay.method)
        ]
    return [
        Item(row["person"], row["start"].date(), (row["end"] or row["start"]).date(), 0, None)
        for row in events
        if row["kind"] != "admission" and row["start"] and wanted.kind in ("any", row["kind"])
    ]


def plain_counts(
    people: Iterable[Row], events: list[Row], indicator: Indicator, months: list[date], group: str
) -> dict[Key, tuple[int, int]]:
    """(month, group, band, sex) → (numerator, denominator)."""
    known = {person["person"]: person for person in people}
    numerators: Counter[Key] = Counter()
    denominators: Counter[Key] = Counter()
    for item in plain_items(events, indicator.counted):
        day = item.day(indicator.counted.dated)
        if day is None or item.person not in known or day.replace(day=1) not in months:
            continue
        key = _key(known[item.person], day, group, indicator.counted)
        if key is None or (indicator.kind != "rate" and item.end is None):
            continue
        if indicator.kind == "share":
            assert indicator.followed
            after = plain_items(events, indicator.followed.by)
            numerators[key] += _is_followed(
                item, after, indicator.followed.from_days, indicator.followed.within_days
            )
        else:
            numerators[key] += item.nights if indicator.amount == "nights" else 1
        denominators[key] += indicator.kind != "rate"
    if indicator.kind == "rate":
        denominators = _population(known.values(), months, group, indicator.counted)
    return {key: (numerators[key], count) for key, count in denominators.items()}


def _is_followed(item: Item, after: list[Item], first: int, last: int) -> bool:
    assert item.end
    return any(
        each.person == item.person
        and first <= (each.start - item.end).days <= last
        and each.start > item.start
        for each in after
    )


def _population(people: Iterable[Row], months: list[date], group: str, wanted: Items) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for person in people:
        for month in months:
            is_born = person["birth_month"] is None or person["birth_month"] <= month
            is_alive = not person["is_dead"] if person["died"] is None else person["died"] >= month
            key = _key(person, month, group, wanted)
            if is_born and is_alive and key:
                found[key] += 1
    return found


def _key(person: Row, day: date, group: str, wanted: Items) -> Key | None:
    born = person["birth_month"]
    age = ((day.year - born.year) * 12 + day.month - born.month) // 12 if born else None
    if wanted.age_from is not None and (age is None or age < wanted.age_from):
        return None
    if wanted.age_to is not None and (age is None or age > wanted.age_to):
        return None
    band = -1 if age is None else min(age // 5, 18)
    return day.replace(day=1), _group(person, age, group), band, person["sex"] or "not known"


def _group(person: Row, age: int | None, group: str) -> str:
    if group == "age":
        limits = ((18, "0 to 17"), (65, "18 to 64"), (75, "65 to 74"), (85, "75 to 84"))
        return (
            "not known" if age is None else next((name for top, name in limits if age < top), "85 and over")
        )
    if group == "deprivation":
        return str((person["deprivation"] + 1) // 2) if person["deprivation"] else "not known"
    return (person[group] or "not known") if group else "everyone"
