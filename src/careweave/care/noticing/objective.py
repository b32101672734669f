"""The record's own answer to each statement for one person: yes, no, or None where it does not apply; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from careweave.record import Resource
from careweave.record.relations import SUGGESTED, party_of

from ..plans.copies import copy_of, is_copy
from ..plans.fhir import Plan
from ..plans.standing import plan_in
from ..teams.notes import NOTE
from ..teams.shapes import has_code
from ..teams.working_time import LONDON
from .care_and_treatment import SERVICE

TYPES = (
    "Patient",
    "Task",
    "Appointment",
    "CarePlan",
    "Goal",
    "Communication",
    "Encounter",
    "ServiceRequest",
    "DiagnosticReport",
    "Observation",
    "QuestionnaireResponse",
)
CHOICE = "choice-offered"
_OPEN = ("requested", "received", "accepted", "ready", "in-progress")


@dataclass(frozen=True)
class Person:
    """One person's entries, who is in charge, and the moment."""

    id: str
    entries: tuple[Resource, ...]
    holder: str
    now: datetime
    figures: Mapping[str, Any]

    def of(self, *types: str) -> list[Resource]:
        return [one for one in self.entries if one.type in types]

    @property
    def since(self) -> datetime:
        return self.now - timedelta(days=self.figures["looks_back_days"])


def results_in_time(person: Person) -> bool | None:
    """Every test of the last year, but those that may still come in time, has a result in time."""
    within = timedelta(days=person.figures["result_within_days"])
    results = person.of("DiagnosticReport", "Observation")
    answers = []
    for order in person.of("ServiceRequest"):
        asked = _instant(order.body.get("authoredOn"))
        is_test = bool(_categories(order) & set(person.figures["test_categories"]))
        if not is_test or asked is None or asked < person.since:
            continue
        came = [one.updated if one.starts is None else one.starts for one in results if _rests_on(one, order)]
        if came or asked + within < person.now:
            answers.append(any(at <= asked + within for at in came))
    return all(answers) if answers else None


def next_step_known(person: Person) -> bool | None:
    """Something is to happen: an open task with an owner or a day, or an appointment to come."""
    steps = [
        one
        for one in person.of("Task")
        if one.body.get("status") in _OPEN
        and not has_code(one.body.get("code"), SUGGESTED)
        and (party_of(one.body.get("owner")) or one.body.get("restriction"))
    ]
    booked = [
        one
        for one in person.of("Appointment")
        if one.body.get("status") in ("pending", "booked") and one.starts and one.starts > person.now
    ]
    return bool(steps or booked)


def somebody_in_charge(person: Person) -> bool | None:
    return bool(person.holder)


def plan_known(person: Person) -> bool | None:
    """A plan in force, reviewed in time, that says what to do if things change, and the person's copy arrived."""
    plan = _plan(person)
    if plan is None or not plan.draft.if_then:
        return False
    today = person.now.astimezone(LONDON).date()
    in_time = bool(plan.draft.review_on) and date.fromisoformat(plan.draft.review_on[:10]) >= today
    theirs = [copy_of(one) for one in person.of("Communication") if is_copy(one.body)]
    return in_time and any(
        one.party == f"person:{person.id}" and one.is_received and one.number == plan.version
        for one in theirs
    )


def contact_after_leaving(person: Person) -> bool | None:
    """After each stay that ended long enough ago somebody wrote down that they were in touch in time."""
    within = timedelta(hours=person.figures["contact_within_hours"])
    contacts = [
        one.starts or one.updated
        for one in person.of("Communication")
        if any(has_code(each, NOTE) for each in one.body.get("category", []))
        and one.body.get("status") != "entered-in-error"
    ]
    answers = []
    for stay in person.of("Encounter"):
        home = stay.ends
        is_stay = stay.body.get("class", {}).get("code") == "IMP" and stay.body.get("status") == "finished"
        if is_stay and home is not None and person.since <= home <= person.now - within:
            answers.append(any(home <= at <= home + within for at in contacts))
    return all(answers) if answers else None


def care_after_moving(person: Person) -> bool | None:
    """Who had care at home when they moved had it again in time."""
    within = timedelta(days=person.figures["care_goes_on_within_days"])
    cared = [span for one in person.of("ServiceRequest") if _is_service(one) and (span := _span(one))]
    answers = []
    for moved in set(_moves(person)):
        if any(start < moved and (end is None or end >= moved - within) for start, end in cared):
            answers.append(
                any(end is None or end > moved + within for start, end in cared if start <= moved + within)
            )
    return all(answers) if answers else None


def choice_offered(person: Person) -> bool | None:
    """Whoever went into a care home in the last year was offered enough of them, and it is on record."""
    homes = [
        one
        for one in person.of("ServiceRequest")
        if _is_service(one)
        and any(word in str(one.body.get("code")).casefold() for word in ("residential", "nursing care"))
        and (span := _span(one))
        and span[0] >= person.since
    ]
    if not homes:
        return None
    return any(
        has_code(one.body.get("code"), CHOICE)
        and one.body.get("status") == "completed"
        and len(one.body.get("input", [])) >= person.figures["choices"]
        for one in person.of("Task")
    )


MEASURES: Mapping[str, Callable[[Person], bool | None]] = {
    "results-in-time": results_in_time,
    "next-step-known": next_step_known,
    "somebody-in-charge": somebody_in_charge,
    "plan-known": plan_known,
    "contact-after-leaving": contact_after_leaving,
    "care-after-moving": care_after_moving,
    "choice-offered": choice_offered,
}


def _plan(person: Person) -> Plan | None:
    found = plan_in(person.of("CarePlan", "Goal"), person.id)
    return None if found is None or found.withdrawn else found


def _categories(one: Resource) -> set[str]:
    return {str(c.get("code")) for each in one.body.get("category", []) for c in each.get("coding", [])}


def _is_service(one: Resource) -> bool:
    return SERVICE in _categories(one)


def _rests_on(result: Resource, order: Resource) -> bool:
    wanted = f"ServiceRequest/{order.id}"
    return any(each.get("reference") == wanted for each in result.body.get("basedOn", []))


def _span(service: Resource) -> tuple[datetime, datetime | None] | None:
    period = service.body.get("occurrencePeriod", {})
    start = _instant(period.get("start"))
    return (start, _instant(period.get("end"))) if start else None


def _moves(person: Person) -> Iterator[datetime]:
    """The days from which a later address holds."""
    for patient in person.of("Patient"):
        starts = [_instant(each.get("period", {}).get("start")) for each in patient.body.get("address", [])]
        for at in sorted(filter(None, starts))[1:]:
            if person.since <= at <= person.now:
                yield at


def _instant(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=LONDON)
