"""Dates that FHIR allows and life does not: births to come, deaths before birth, care given tomorrow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from careweave.record.fhir import Interval, interval
from careweave.record.validation.issue import Issue, shown

Resource = dict[str, object]
Nested = Iterator[tuple[str, Resource]]
OLDEST = 130
_PEOPLE = {"Patient", "RelatedPerson", "Person", "Practitioner"}

# What has happened cannot lie ahead. Appointments, plans, requests and goals may, so they are not here.
# A path ending in .start or .end reads a Period.
EVENTS: dict[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("onsetDateTime", "recordedDate", "lastOccurrence"),
    "Condition": ("onsetDateTime", "onsetPeriod.start", "recordedDate"),
    "DiagnosticReport": ("effectiveDateTime", "effectivePeriod.start", "issued"),
    "Encounter": ("period.start",),
    "Immunization": ("occurrenceDateTime", "recorded"),
    "Observation": ("effectiveDateTime", "effectiveInstant", "effectivePeriod.start", "issued"),
    "Procedure": ("performedDateTime", "performedPeriod.start"),
}
# These states say that it has not happened yet, or that it never did.
NOT_YET = {"planned", "preparation", "not-done", "entered-in-error", "cancelled", "registered"}


def implausible(resource: Resource, *, today: date) -> list[Issue]:
    """Paths start with the type of the outermost resource."""
    tomorrow = _end_of(today)
    found: list[Issue] = []
    for path, each in _resources(resource, str(resource.get("resourceType"))):
        kind = str(each.get("resourceType"))
        if kind in _PEOPLE:
            found += (issue.below(path) for issue in _life(each, today, tomorrow))
        elif kind in EVENTS:
            found += (issue.below(path) for issue in _events(each, kind, tomorrow))
    return found


def _end_of(day: date) -> datetime:
    whole = interval(day.isoformat())
    assert whole is not None
    return whole.end


def _resources(resource: Resource, path: str) -> Nested:
    yield path, resource
    kind = resource.get("resourceType")
    if "contained" in resource:
        yield from _listed(resource, "contained", None, path)
    if kind == "Bundle":
        yield from _listed(resource, "entry", "resource", path)
    elif kind == "Parameters":
        yield from _listed(resource, "parameter", "resource", path)


def _listed(resource: Resource, name: str, inner: str | None, path: str) -> Nested:
    items = resource.get(name)
    for place, item in enumerate(items if isinstance(items, list) else ()):
        held = item.get(inner) if inner and isinstance(item, dict) else item
        if isinstance(held, dict):
            yield from _resources(held, f"{path}.{name}[{place}]" + (f".{inner}" if inner else ""))


def _life(person: Resource, today: date, tomorrow: datetime) -> list[Issue]:
    born, died = interval(person.get("birthDate")), interval(person.get("deceasedDateTime"))
    found = []
    if died and died.start >= tomorrow:
        found.append(_ahead(".deceasedDateTime", person["deceasedDateTime"], "death-in-future"))
    if born is None:
        return found
    if born.start >= tomorrow:
        found.append(_ahead(".birthDate", person["birthDate"], "birth-date-in-future"))
    if died and died.end <= born.start:
        reason = f"“{shown(person['deceasedDateTime'])}” is before the birth, “{shown(person['birthDate'])}”"
        expected = "a death that is not before the birth"
        found.append(Issue(".deceasedDateTime", reason, expected, "death-before-birth"))
    if (died or not person.get("deceasedBoolean")) and _too_old(born, died, today):
        reason = f"“{shown(person['birthDate'])}” makes the person more than {OLDEST} years old"
        found.append(Issue(".birthDate", reason, f"an age of at most {OLDEST}", "birth-date-too-old"))
    return found


def _too_old(born: Interval, died: Interval | None, today: date) -> bool:
    """By the latest day the birth date may mean; the birthday itself completes a year."""
    last = died.start.date() if died else today
    latest = (born.end - timedelta(hours=12)).date()  # midnight in London may be the day before in UTC
    return (latest.year + OLDEST + 1, latest.month, latest.day) <= (last.year, last.month, last.day)


def _events(resource: Resource, kind: str, tomorrow: datetime) -> list[Issue]:
    found = []
    for path in EVENTS[kind]:
        value = _at(resource, path)
        when = interval(value)
        if when is not None and when.start >= tomorrow and not _is_not_yet(resource):
            found.append(_ahead(f".{path}", value, "event-in-future"))
    return found


def _at(resource: Resource, path: str) -> object:
    name, _, inner = path.partition(".")
    value = resource.get(name)
    return value if not inner else value.get(inner) if isinstance(value, dict) else None


def _is_not_yet(resource: Resource) -> bool:
    if resource.get("status") in NOT_YET:
        return True
    verification = resource.get("verificationStatus")
    codings = verification.get("coding") if isinstance(verification, dict) else None
    return any(c.get("code") == "entered-in-error" for c in codings or () if isinstance(c, dict))


def _ahead(path: str, value: object, code: str) -> Issue:
    return Issue(path, f"“{shown(value)}” is in the future", "a date that is not in the future", code)
