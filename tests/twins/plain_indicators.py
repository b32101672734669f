"""The plain-Python twin of the indicators: one item at a time, as the definition reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from math import floor
from typing import Any

from careweave.measures import continuity
from careweave.warehouse.avoidable import AvoidableStays, StayDiagnosis, avoidable_condition
from careweave.warehouse.indicators import Followed, Indicator, Items
from careweave.warehouse.indicators.conditions import Excluded, Having
from careweave.warehouse.indicators.records import RECORDS

CARE_HOMES = ("Long Term Support: Nursing Care", "Long Term Support: Residential Care")
INDICES = {
    "coc": continuity.coc,
    "upc": continuity.upc,
    "secon": continuity.secon,
    "mmci": continuity.mmci,
    "fragmentation": continuity.fragmentation,
}
Row = Mapping[str, Any]
Key = tuple[date, str, int, str]


@dataclass(frozen=True)
class Item:
    person: str
    start: date
    end: date | None
    nights: int
    method: str | None
    own: Row | None = None
    site: str | None = None

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
    return Item(
        person, start, end, (end - start).days if end else 0, rows[0]["method"], None, rows[0]["organisation"]
    )


def plain_items(events: Iterable[Row], wanted: Items, tables: Mapping[str, list[Row]]) -> list[Item]:
    if wanted.of == "stays":
        return [
            stay
            for stay in plain_stays(events)
            if stay.nights >= wanted.least_nights and wanted.method in (None, stay.method)
        ]
    if wanted.of == "spreads":
        return plain_spreads(events, wanted.over)
    if wanted.of in RECORDS:
        return list(_records(wanted, tables))
    return [
        Item(
            row["person"],
            row["start"].date(),
            (row["end"] or row["start"]).date(),
            0,
            None,
            None,
            row["organisation"],
        )
        for row in events
        if row["kind"] != "admission" and row["start"] and wanted.kind in ("any", row["kind"])
    ]


def _records(wanted: Items, tables: Mapping[str, list[Row]]) -> Iterable[Item]:
    record = RECORDS[wanted.of]
    for row in tables[record.table]:
        start, end = _date(row[record.start]), _date(row[record.end])
        if start is None or any(_word(row[column]) not in values for column, values in wanted.where):
            continue
        if any(_word(row[column]) in values for column, values in wanted.without):
            continue
        if wanted.listed and not _is_listed(row, wanted.listed, tables["condition"]):
            continue
        if wanted.without_diagnosis and _is_excluded(row, wanted.without_diagnosis, tables["condition"]):
            continue
        if wanted.diagnosis and not any(
            one["event"] == row[record.row]
            and one["system"] == "icd10"
            and one["role"] != "reason"
            and one["code"].startswith(wanted.diagnosis.codes)
            and (wanted.diagnosis.is_anywhere or one["position"] == 1)
            for one in tables["condition"]
        ):
            continue
        nights = row["nights"] if wanted.of == "spells" else 0
        yield Item(row["person"], start, end, nights, None, row, row[record.site] if record.site else None)


def _word(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _is_listed(row: Row, listed: AvoidableStays, conditions: Iterable[Row]) -> bool:
    told = [
        StayDiagnosis(one["code"], one["position"])
        for one in conditions
        if one["event"] == row["event"] and one["system"] == "icd10" and one["role"] == "diagnosis"
    ]
    return avoidable_condition(listed, row["method"], told)[0] is not None


def _is_excluded(row: Row, excluded: Excluded, conditions: Iterable[Row]) -> bool:
    for one in conditions:
        if one["system"] != "icd10" or one["role"] == "reason" or not one["code"].startswith(excluded.codes):
            continue
        if one["person"] != row["person"]:
            continue
        since = row["start"] - timedelta(days=excluded.days_before)
        is_before = one["start"] and since <= one["start"] <= (row["end"] or row["start"])
        if one["event"] == row["event"] or (excluded.days_before and is_before):
            return True
    return False


def plain_spreads(events: Iterable[Row], over: str) -> list[Item]:
    """Each person's contacts in a quarter of a year, two or more of them, in order of time."""
    quarters: dict[date, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in events:
        if row["start"] and row[over]:
            day = row["start"].date()
            quarters[date(day.year, (day.month - 1) // 3 * 3 + 1, 1)][row["person"]].append(row)
    return [item for quarter, people in quarters.items() for item in _spreads(quarter, people, over)]


def _spreads(quarter: date, people: Mapping[str, list[Row]], over: str) -> Iterable[Item]:
    ordered = {
        person: [row[over] for row in sorted(rows, key=lambda row: (row["start"], row[over], row["event"]))]
        for person, rows in people.items()
    }
    shared = Counter(
        frozenset(pair)
        for seen in ordered.values()
        if len(seen) > 1
        for pair in combinations(sorted(set(seen)), 2)
    )
    for person, seen in ordered.items():
        if len(seen) < 2:
            continue
        own: dict[str, Any] = {name: _whole(index(seen)) for name, index in INDICES.items()}
        own |= {"density": _whole(continuity.care_density(seen, shared)), "contacts": len(seen)}
        own |= {"handovers": continuity.handovers(seen), "providers": len(set(seen))}
        last = date(quarter.year, quarter.month + 2, 1)
        yield Item(person, last, last, 0, None, own)


def _whole(value: float | None) -> int | None:
    return None if value is None else floor(value * 10_000 + 0.5)


def _date(told: date | datetime | None) -> date | None:
    return told.date() if isinstance(told, datetime) else told


def plain_counts(
    tables: Mapping[str, list[Row]], indicator: Indicator, months: list[date], group: str, as_at: date
) -> dict[Key, tuple[int, int]]:
    """(month, group, band, sex) → (numerator, denominator)."""
    people, events = tables["person"], tables["event"]
    known = {person["person"]: {**person, **_with_now(person, group, tables)} for person in people}
    numerators: Counter[Key] = Counter()
    denominators: Counter[Key] = Counter()
    for item in plain_items(events, indicator.counted, tables):
        day = item.day(indicator.counted.dated)
        if day is None or item.person not in known or day.replace(day=1) not in months:
            continue
        if indicator.counted.months and day.month not in indicator.counted.months:
            continue
        key, value = (
            _key({**known[item.person], "site": item.site}, day, group, indicator.counted),
            _value(item, indicator, tables, as_at),
        )
        if key is None or value is None:
            continue
        numerators[key] += value
        denominators[key] += indicator.kind != "rate"
    if indicator.kind == "rate":
        sites = {site for _, site, _, _ in numerators} if group == "site" else {""}
        told = [{**person, "site": site} for person in known.values() for site in sites]
        denominators = _population(told, months, group, indicator.counted)
    return {key: (numerators[key], count) for key, count in denominators.items()}


def _with_now(person: Row, group: str, tables: Mapping[str, list[Row]]) -> Row:
    if group not in ("team", "pathway"):
        return {}
    rows = tables["enrolment" if group == "team" else "pathway"]
    now = [
        row
        for row in rows
        if row["person"] == person["person"]
        and row[group]
        and row["start"]
        and (row["is_active"] if group == "team" else row["end"] is None)
    ]
    now.sort(key=lambda row: (-row["start"].timestamp(), row["resource"], row[group]))
    return {group: now[0][group] if now else "none"}


def _value(item: Item, indicator: Indicator, tables: Mapping[str, list[Row]], as_at: date) -> int | None:
    """What it adds to the numerator; None when it is not counted at all."""
    if indicator.led_to and not (item.end and _is_followed(item, indicator.led_to, tables)):
        return None
    if indicator.kind == "share" and indicator.followed:
        return int(_is_followed(item, indicator.followed, tables)) if item.end else None
    if indicator.having:
        return _has(item, indicator.having, tables, as_at)
    if not indicator.amount:
        return 1
    if indicator.amount == "nights":
        return item.nights if indicator.kind == "rate" or item.end else None
    assert item.own
    told = item.own[indicator.amount]
    if told is None:
        return None
    amount = told if isinstance(told, int) else _days(item, told)
    return amount if amount >= 0 else None


def _days(item: Item, day: date) -> int:
    return ((day.date() if isinstance(day, datetime) else day) - item.start).days


def _has(item: Item, having: Having, tables: Mapping[str, list[Row]], as_at: date) -> int | None:
    if having.at_home_after is not None:
        return _is_at_home(item, having.at_home_after, tables, as_at)
    if having.column == "nights":
        value: Any = item.nights if item.end else None
    else:
        assert item.own
        value = item.own[having.column]
    if having.is_present or having.is_absent:
        return int((value is not None) == having.is_present)
    if having.within_days is not None:
        return int(value is not None and _days(item, value) <= having.within_days)
    if value is None:
        return None
    if having.among:
        return int((str(value).lower() if isinstance(value, bool) else value) in having.among)
    return int(value >= having.at_least if having.at_least is not None else value <= having.at_most)


def _is_at_home(item: Item, days: int, tables: Mapping[str, list[Row]], as_at: date) -> int | None:
    if item.end is None or item.end + timedelta(days=days) > as_at:
        return None
    then = item.end + timedelta(days=days)
    person = next(one for one in tables["person"] if one["person"] == item.person)
    away = [(stay.person, stay.start, stay.end) for stay in plain_stays(tables["event"])]
    away += [(s["person"], s["start"], s["ended"]) for s in tables["service"] if s["type"] in CARE_HOMES]
    is_away = any(
        who == item.person and begun and begun <= then and (left is None or left > then)
        for who, begun, left in away
    )
    is_dead = person["died"] <= then if person["died"] else person["is_dead"]
    return int(not is_away and not is_dead)


def _is_followed(item: Item, followed: Followed, tables: Mapping[str, list[Row]]) -> bool:
    assert item.end
    return any(
        each.person == item.person
        and followed.from_days <= (each.start - item.end).days <= followed.within_days
        and each.start > item.start
        for each in plain_items(tables["event"], followed.by, tables)
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
