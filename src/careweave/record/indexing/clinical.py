"""When a resource happened: the one interval by which the record orders and filters it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from careweave.record.fhir import Interval, interval

Resource = dict[str, object]
Span = tuple[datetime | None, datetime | None]
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Clinical:
    """The first of `begins` that is there counts; a Period brings its own end, otherwise `until` may."""

    begins: tuple[str, ...]
    parameter: str = ""  # the date parameter that means exactly this interval
    until: tuple[str, ...] = ()
    lasting: bool = False  # without an end it is still going on


def _choice(stem: str, *more: str) -> tuple[str, ...]:
    return (f"{stem}DateTime", f"{stem}Period", *more)


CLINICAL: dict[str, Clinical] = {
    "AllergyIntolerance": Clinical(_choice("onset", "recordedDate"), lasting=True),
    "Appointment": Clinical(("start",), "date", until=("end",)),
    "AuditEvent": Clinical(("recorded",)),
    "CarePlan": Clinical(("period", "created"), "date", lasting=True),
    "CareTeam": Clinical(("period",), "date", lasting=True),
    "ClinicalImpression": Clinical(_choice("effective", "date")),
    "Communication": Clinical(("sent", "received"), "sent"),
    "Composition": Clinical(("date",), "date"),
    "Condition": Clinical(_choice("onset", "recordedDate"), until=_choice("abatement"), lasting=True),
    "Consent": Clinical(("dateTime", "provision.period"), until=("provision.period",), lasting=True),
    "Coverage": Clinical(("period",), lasting=True),
    "DiagnosticReport": Clinical(_choice("effective", "issued"), "date"),
    "DocumentReference": Clinical(("date", "context.period"), "date"),
    "Encounter": Clinical(("period",), "date", lasting=True),
    "EpisodeOfCare": Clinical(("period",), "date", lasting=True),
    "FamilyMemberHistory": Clinical(("date",)),
    "Flag": Clinical(("period",), "date", lasting=True),
    "Goal": Clinical(("startDate", "statusDate"), lasting=True),
    "ImagingStudy": Clinical(("started",)),
    "Immunization": Clinical(("occurrenceDateTime", "recorded"), "date"),
    "List": Clinical(("date",), "date"),
    "MedicationAdministration": Clinical(_choice("effective")),
    "MedicationDispense": Clinical(("whenHandedOver", "whenPrepared")),
    "MedicationRequest": Clinical(("authoredOn",), "authoredon"),
    "MedicationStatement": Clinical(_choice("effective", "dateAsserted"), "effective"),
    "Observation": Clinical(_choice("effective", "effectiveInstant", "issued"), "date"),
    "Procedure": Clinical(_choice("performed"), "date"),
    "Provenance": Clinical(_choice("occurred", "recorded")),
    "QuestionnaireResponse": Clinical(("authored",), "authored"),
    "RelatedPerson": Clinical(("period",), lasting=True),
    "RiskAssessment": Clinical(_choice("occurrence"), "date"),
    "ServiceRequest": Clinical(_choice("occurrence", "authoredOn"), "occurrence"),
    "Task": Clinical(("executionPeriod", "authoredOn"), "period", lasting=True),
}


def clinical_span(resource: Resource) -> Span:
    """First and last instant, both included, in UTC. No start = unknown; no end = still going on.

    A partial date starts at midnight in London and lasts to the end of its day, month or year.
    """
    table = CLINICAL.get(str(resource.get("resourceType")))
    if table is None:
        return None, None
    starts, ends = _first(resource, table.begins, lasting=table.lasting)
    if table.until and starts is not None:
        ends = _first(resource, table.until, lasting=False)[1] or ends
    return starts, ends


def _first(resource: Resource, paths: tuple[str, ...], *, lasting: bool) -> Span:
    for path in paths:
        value = resource.get(path) if "." not in path else _inner(resource, path)
        if value is not None:
            first, last = span(value)
            if first or last:
                return first, (None if lasting and not isinstance(value, dict) else last)
    return None, None


def _inner(resource: Resource, path: str) -> object:
    value: object = resource
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def span(value: object) -> Span:
    """First and last instant of a FHIR date, dateTime, instant or Period."""
    if isinstance(value, dict):
        start, end = interval(value.get("start")), interval(value.get("end"))
        return (start.start if start else None), (_last(end) if end else None)
    whole = interval(value)
    return (whole.start, _last(whole)) if whole else (None, None)


def _last(whole: Interval) -> datetime:
    return whole.end - _INSTANT
