"""A team of three and its manager, and someone whom one of them is in charge of."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from careweave.care.teams.charge import today
from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.care.teams.handover import HandedOver, Terms, accept_charge, offer_charge
from careweave.care.teams.staff_facts import Worker, worker_of
from careweave.care.teams.what_next import WhatNext
from careweave.identity import staffing
from careweave.identity.models import Staff, Team
from careweave.record import Gate, Refusal, Resource
from tests import factories as make

PRACTICE, TRUST = "Y90001", "RVC"
TODAY = today()
SOON = TODAY + timedelta(days=7)
AT_ONCE = Terms("Knows the family from the ward", None, "Priya is ill")
NEXT = WhatNext("Ring about the leg", "Practice nurse", SOON, "Call the practice, 01632 960000")


class Place:
    """Priya, Tom and Amir of one team, Marta who manages it, and the people they look after."""

    def __init__(self) -> None:
        key = uuid.uuid4().hex[:8]
        self.team = f"weir-{key}"
        practice = f"Y{int(key[:6], 16) % 100000:05d}"
        make.organisation(practice)
        make.organisation(TRUST)
        self.marta = make.staff("Marta Lane", "coordinator", TRUST)
        made = staffing.add_team(
            id=self.team, name="Weir team", organisation=TRUST, manager=self.marta,
            telephone="01632 960100", out_of_hours="01632 960199", practices=[practice],
        )  # fmt: skip
        assert isinstance(made, Team), made
        for name in ("Priya Nair", "Tom Reid", "Amir Khan"):
            setattr(self, name.split(" ")[0].lower(), make.staff(name, "coordinator", TRUST, team=self.team))
        self.priya: Staff
        self.tom: Staff
        self.amir: Staff
        staffing.add_staff(
            staffing.administering(), name=self.marta.name, email=self.marta.email, role="coordinator",
            organisation=TRUST, team=self.team,
        )  # fmt: skip

    def worker(self, member: Staff) -> Worker:
        found = worker_of(member.party)
        assert found is not None
        return found

    def gate(self, member: Staff) -> Gate:
        return make.gate(member, "coordinator", TRUST)

    def person(self, nhs_number: str = "9990000018") -> str:
        return make.person(
            (PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, nhs_number=nhs_number, gp=PRACTICE))
        )

    def taken_on(self, by: Staff | None = None, deputy: Staff | None = None) -> str:
        member = by or self.priya
        person_id = self.person()
        make.suggestion(person_id, member.party)
        taken = take_on(
            self.gate(member), person_id=person_id, coordinator=self.worker(member),
            deputy=self.worker(deputy) if deputy else None,
        )  # fmt: skip
        assert isinstance(taken, Enrolled), taken
        return person_id

    def asked(self, person_id: str, to: Staff, by: Staff | None = None, **changes: Any) -> Resource:
        terms = Terms(**{**vars(AT_ONCE), **changes})
        offer = offer_charge(
            self.gate(by or self.priya), person_id=person_id, to=self.worker(to), terms=terms
        )
        assert isinstance(offer, Resource), offer
        return offer

    def accepted(self, person_id: str, task: Resource, by: Staff, on: date | None = None) -> HandedOver:
        done = accept_charge(
            self.gate(by), person_id=person_id, task_id=task.id, by=self.worker(by), today=on
        )
        assert isinstance(done, HandedOver), done
        return done

    def holder(self, person_id: str, gate: Gate | None = None) -> str | None:
        held = (gate or self.gate(self.priya)).in_charge([person_id]).get(person_id)
        return held.holder if held else None


def refused(answer: object) -> str:
    """The words of a refusal."""
    assert isinstance(answer, Refusal), answer
    return answer.reason
