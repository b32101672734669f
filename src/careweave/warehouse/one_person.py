"""One person's scores, by their plain twins: from the rows of one pseudonym, as far as a reader may see their sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from careweave.definitions import all_definitions
from careweave.definitions.loading import place_folder
from careweave.warehouse.avoidable import StayDiagnosis, avoidable_condition, load_avoidable
from careweave.warehouse.facts import facts_of
from careweave.warehouse.registers.features import PersonRows, plain_features
from careweave.warehouse.scored import icd10_map, rows_of
from careweave.warehouse.scores import ICD10, AnyScore, Score, load_score, plain_code, score_person
from careweave.warehouse.segments.definition import Segments, load_segments
from careweave.warehouse.segments.plain import segment_by_rules
from careweave.warehouse.store import Warehouse

Row = Mapping[str, Any]
# What each table's rows were read from: a reader who may not read those is told nothing that they gave.
READ_FROM = {
    "condition": "Condition",
    "event": "Encounter",
    "admission": "Encounter",
    "observation": "Observation",
    "medication": "MedicationStatement",
}
SEGMENTS, AVOIDABLE = "bridges-to-health", "nhs-19"
A_YEAR = timedelta(days=365)
MayRead = Callable[[str, str], bool]  # a type of FHIR and a source


@dataclass(frozen=True)
class OnePerson:
    """`avoidable`: emergency stays of a year that care outside hospital might have prevented; `providers`: its contacts."""

    as_at: date
    scores: tuple[Score, ...]
    segment: str
    segments: str
    avoidable: tuple[tuple[date, str], ...]
    stays_not_known: int
    providers: tuple[str, ...]


def one_person(warehouse: Warehouse, pseudonym: str, may_read: MayRead) -> OnePerson | None:
    """None for someone whom the warehouse does not hold yet, or who has died."""
    tables, on = warehouse.tables, warehouse.as_at
    found = rows_of(warehouse, tables.person, [pseudonym])
    if not found or found[0]["is_dead"]:
        return None
    rows = {
        name: [
            row
            for row in rows_of(warehouse, getattr(tables, name), [pseudonym])
            if may_read(type_, row["source"])
        ]
        for name, type_ in READ_FROM.items()
    }
    scores = _scores(warehouse, found[0], rows, may_read)
    kinds = _kinds_received(warehouse, may_read)
    person = PersonRows(
        found[0], rows["condition"], rows["event"], {one.definition: one for one in scores}, kinds
    )
    segments = load_segments(SEGMENTS, on)
    avoidable = _avoidable(rows, on)
    return OnePerson(
        as_at=on,
        scores=scores,
        segment=_segment(segments, person, on),
        segments=segments.title,
        avoidable=tuple((day, words) for day, words in avoidable if words),
        stays_not_known=sum(not words for _, words in avoidable),
        providers=_providers(rows["event"], on),
    )


def _scores(
    warehouse: Warehouse, person: Row, rows: Mapping[str, list[Row]], may_read: MayRead
) -> tuple[Score, ...]:
    facts = facts_of(
        [person],
        rows["condition"],
        rows["event"],
        admissions=_whole_journeys(warehouse, person, rows["admission"]),
        observations=rows["observation"],
        medications=rows["medication"],
    )[person["person"]]
    facts = replace(
        facts,
        kinds_received=_kinds_received(warehouse, may_read),
        has_medicines=_has_medicines(warehouse, may_read),
    )
    icd10_of = icd10_map(warehouse, (row["code"] for row in rows["condition"]))
    return tuple(
        score_person(score, facts, warehouse.as_at, icd10_of=icd10_of)
        for score in scores_on(warehouse.as_at, str(place_folder()))
    )


@lru_cache(maxsize=2)
def scores_on(on: date, _place: str) -> tuple[AnyScore, ...]:
    """Every score that holds on a day; a place's own definitions are another place's nothing."""
    ids = sorted({each.id for each in all_definitions("scores") if each.holds_on(on)})
    return tuple(load_score(id, on) for id in ids)


def _whole_journeys(warehouse: Warehouse, person: Row, seen: Sequence[Row]) -> list[Row]:
    """A journey through hospitals of which one stay may not be read is told by none of them."""
    every = rows_of(warehouse, warehouse.tables.admission, [person["person"]])
    told = {row["event"] for row in seen}
    in_part = {row["superspell"] for row in every if row["event"] not in told}
    return [row for row in seen if row["superspell"] not in in_part]


def _kinds_received(warehouse: Warehouse, may_read: MayRead) -> frozenset[str]:
    event = warehouse.tables.event
    told = warehouse.engine.rows(event.select("kind", "source").distinct())
    return frozenset(row["kind"] for row in told if may_read("Encounter", row["source"]))


def _has_medicines(warehouse: Warehouse, may_read: MayRead) -> bool:
    told = warehouse.engine.rows(warehouse.tables.medication.select("source").distinct())
    return any(may_read(READ_FROM["medication"], row["source"]) for row in told)


def _segment(segments: Segments, person: PersonRows, on: date) -> str:
    features = plain_features(segments.register, person, on) if segments.register else {}
    chosen = segment_by_rules(segments, features)
    return next(each.title for each in segments.segments if each.id == chosen)


def _avoidable(rows: Mapping[str, list[Row]], on: date) -> list[tuple[date, str]]:
    """Each emergency stay of a year with its condition, or with nothing where nobody says what it was for."""
    listed = load_avoidable(AVOIDABLE, on)
    words, told = {each.id: each.words for each in listed.conditions}, list[tuple[date, str]]()
    for stay in rows["event"]:
        if (
            stay["kind"] != "admission"
            or stay["start"] is None
            or not on - A_YEAR < stay["start"].date() <= on
        ):
            continue
        coded = [
            StayDiagnosis(plain_code(row["code"]), row["position"])
            for row in rows["condition"]
            if row["event"] == stay["event"] and row["system"] == ICD10
        ]
        found, why_not = avoidable_condition(listed, stay["method"], coded)
        if found or why_not:
            told.append((stay["start"].date(), words[found] if found else ""))
    return sorted(told)


def _providers(events: Sequence[Row], on: date) -> tuple[str, ...]:
    """The organisations of a year's contacts, in order of time."""
    told = [
        (row["start"], row["organisation"], row["event"])
        for row in events
        if row["organisation"] and row["start"] and on - A_YEAR < row["start"].date() <= on
    ]
    return tuple(organisation for _, organisation, _ in sorted(told))
