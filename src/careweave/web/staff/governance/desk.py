"""The governance lead's first page: what waits for them, each as a count that leads to its list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.identity.readers import readers
from careweave.record import Gate, agreements, emergencies, incidents, retention, subject_access, unusual
from careweave.record.subject_access_rules import rules as copy_rules
from careweave.web import access, wording
from careweave.web.access import signed_in


@dataclass(frozen=True)
class Waiting:
    """One line of the desk; `note` says what is pressing about it."""

    count: int
    words: str
    href: str
    note: str = ""


@signed_in("governance-lead")
def desk(request: HttpRequest) -> HttpResponse:
    """Only what waits is shown; a desk with nothing on it says so."""
    gate, now = access.gate_of(request), timezone.now()
    with gate.transaction():
        lines = (
            _emergencies(gate, now),
            _incidents(gate),
            _unusual(gate),
            _agreements(gate, now),
            _copies(gate),
            _disposals(gate),
        )
    return render(request, "staff/governance/desk.jinja", {"lines": [each for each in lines if each.count]})


def _emergencies(gate: Gate, now: datetime) -> Waiting:
    found = emergencies.openings(gate, only_waiting=True)
    late = sum(each.is_late(now) for each in found)
    return Waiting(
        len(found),
        _counted(len(found), "emergency to review", "emergencies to review"),
        "/governance/emergencies",
        f"{late} should have been reviewed by now" if late else "",
    )


def _incidents(gate: Gate) -> Waiting:
    found = [each for each in incidents.incidents(gate) if each.ended is None]
    untold = sum(len(each.outstanding) for each in found)
    return Waiting(
        len(found),
        _counted(len(found), "entry in a wrong record", "entries in a wrong record"),
        "/governance/incidents",
        f"{wording.people(untold)} who saw it not told yet" if untold else "",
    )


def _unusual(gate: Gate) -> Waiting:
    found = [each for each in unusual.questions(gate, readers()) if each.asked is None]
    return Waiting(
        len(found),
        _counted(len(found), "unusual look to ask about", "unusual looks to ask about"),
        "/governance/unusual",
    )


def _agreements(gate: Gate, now: datetime) -> Waiting:
    soon = gate.door.sharing.ending_soon_days
    ending = [
        each for each in agreements.agreements(gate) if each.state(now, soon_days=soon) == "ending soon"
    ]
    first = ending[0].terms.until if ending else None
    return Waiting(
        len(ending),
        _counted(len(ending), "agreement ends soon", "agreements end soon"),
        "/governance/agreements",
        f"The first on {wording.day(first)}" if first else "",
    )


def _copies(gate: Gate) -> Waiting:
    found = [each for each in subject_access.requests(gate) if each.ended is None]
    first = found[0].due(copy_rules()) if found else None
    return Waiting(
        len(found),
        _counted(
            len(found), "person waits for a copy of their record", "people wait for a copy of their record"
        ),
        "/governance/copies",
        f"Answer the first by {wording.day(first)}" if first else "",
    )


def _disposals(gate: Gate) -> Waiting:
    found = [
        each
        for each in retention.disposals(gate)
        if each.decision is None and each.proposed_by != gate.actor.id
    ]
    return Waiting(
        len(found),
        _counted(
            len(found), "record to decide about: destroy or keep", "records to decide about: destroy or keep"
        ),
        "/governance/kept",
    )


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
