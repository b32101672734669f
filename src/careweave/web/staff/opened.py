"""Opening a person: the gate's few questions behind the banner and the person page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from careweave.record import Gate, PersonRecord, Refused, Resource
from careweave.web import access, directory
from careweave.web.presenters import banner
from careweave.web.presenters.banner import Banner, InCharge

# Few in number for anyone, so they are read whole: a safety fact is never cut off by a limit.
ABOUT = (
    "Patient",
    "AllergyIntolerance",
    "Flag",
    "CareTeam",
    "EpisodeOfCare",
    "RelatedPerson",
    "CarePlan",
    "Consent",
    "Appointment",
    "QuestionnaireResponse",
)
CLINICAL = ("Condition", "MedicationStatement", "MedicationRequest")
TASKS = ("Task", "Goal")
CONTACTS = ("Encounter", "Communication", "ServiceRequest", "Procedure")
MOST_CLINICAL, MOST_TASKS, MOST_CONTACTS = 2000, 300, 200


@dataclass(frozen=True)
class Opened:
    """A person as this reader may see them."""

    gate: Gate
    record: PersonRecord
    banner: Banner
    resources: list[Resource]

    def of(self, *types: str) -> list[Resource]:
        return [one for one in self.resources if one.type in types]


def open_person(
    request: HttpRequest,
    person_id: str,
    *more: tuple[tuple[str, ...], int],
    about: Sequence[str] = ABOUT,
) -> Opened:
    """Read the banner's facts and whatever else the page needs; not there and not allowed are the same refusal."""
    gate = access.gate_of(request)
    record = gate.person(str(person_id))
    if record is None:
        raise Refused("not there, or not allowed")
    resources = gate.about(record.id, about)
    for types, limit in more:
        resources += gate.about(record.id, types, limit=limit)
    sources = directory.sources()
    shown = banner.banner(
        record.id,
        resources,
        sources.names,
        today=timezone.localdate(),
        in_charge=in_charge(gate, record.id),
        held_back=record.held_back,
        may_miss=may_miss(gate, record),
    )
    return Opened(gate, record, shown, resources)


def may_miss(gate: Gate, record: PersonRecord) -> bool:
    """Whether an entry could be held back from this reader: by labels, or because no agreement lets a source's flow.

    It looks at the reader and at the sources that there are, not at what any of them holds about the person.
    """
    flowing = {*gate.door.agreed, *(party.removeprefix("org:") for party in gate.door.parties)}
    return record.held_back or not set(directory.sources().received) <= flowing


def in_charge(gate: Gate, person_id: str) -> InCharge | None:
    """The one in charge, by name and number."""
    held = gate.in_charge([person_id]).get(person_id)
    return directory.in_charge(held.holder, held.deputy) if held else None


def contacts_before(
    gate: Gate, person_id: str, before: datetime | None, limit: int, *, sources: Sequence[str] | None = None
) -> list[Resource]:
    """A page of what happened, newest first, from some sources or all."""
    return gate.about(person_id, CONTACTS, until=before, limit=limit, sources=sources)
