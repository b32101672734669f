"""What Riverside's desks hold before the story begins: areas, limits, Mrs Smith's assessment, and whose daughters call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from careweave.care.assessments.completing import NotComplete, complete
from careweave.care.assessments.drafting import save_answers
from careweave.care.assessments.questions import Answer
from careweave.care.contacts.alternatives import alternatives
from careweave.care.contacts.rules import services
from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.care.teams.membership import share_with_carer
from careweave.care.teams.staff_facts import Worker
from careweave.demonstration.cast import TeamOfCast
from careweave.identity import delegating
from careweave.identity.free_places import said_free, say_free
from careweave.identity.models import StaffRole
from careweave.intake.by_hand import Details, add_person
from careweave.record import Actor, Gate, Purpose, Refusal

LIMIT = 50_000
_NOT_FROM_THE_LIMIT = "care-home"
_FREE = {"rapid-response": 3, "home-care-now": 2, "short-stay": 0, "same-day-clinic": 4}
_ANSWERS = {
    "accommodation": "Supported or sheltered housing",
    "lives-with": "Alone",
    "employment": "Retired",
    "social-contact": "Sometimes, but not enough",
    "moving": "With a frame or stick",
    "falls": "One",
    "eating": "As usual",
    "washing": "With some help",
    "memory": "No trouble",
    "mood": "Mostly well",
    "good-day": "When the leg is dry and I can see the ferry",
    "worry": "Having to tell it all again to the next one who comes",
    "carer": "My daughter Helen rings every morning and comes on Sundays. She manages",
}


def open_desks(teams: Sequence[TeamOfCast], practices: Sequence[str], on: date) -> None:
    """Each team's area by the postcodes of its practices, and a month's limit for urgent care; safe to repeat."""
    allowed = sorted(set(services(on)) - {_NOT_FROM_THE_LIMIT})
    for team in teams:
        for practice in team.practices:
            delegating.give_area(team.id, f"RV{practices.index(practice) % 98 + 1}")
        if delegating.limit_of(team.id, on) is None:
            delegating.set_limit(
                team.id,
                pence=LIMIT,
                services=allowed,
                starts_on=on,
                ends_on=on + timedelta(days=30),
                set_by="Riverside Council and Riverside Community Health",
            )


def count_free_places(on: date) -> None:
    """What providers said this morning: one is full, and the crisis house has not counted yet; safe to repeat."""
    known, _ = alternatives(on)
    said = said_free([one.id for one in known])
    for one in known:
        who = StaffRole.objects.filter(organisation_id=one.provider).select_related("staff").first()
        if who and one.id in _FREE and one.id not in said:
            say_free(one.id, organisation=one.provider, free=_FREE[one.id], by=who.staff.party)


def mrs_smith_was_assessed(gate: Gate, person_id: str, on: date) -> None:
    """So that nobody asks her again what she has told."""
    answers = {key: Answer(value) for key, value in _ANSWERS.items()}
    save_answers(gate, person_id=person_id, answers=answers)
    done = complete(gate, person_id=person_id, today=on)
    if isinstance(done, NotComplete):
        raise TypeError(f"Mrs Smith's assessment is not complete: {done.faults}")


def helen_may_know(gate: Gate, person_id: str, on: date) -> None:
    """Her daughter, who rings; Edith agreed that she may see the plan."""
    helen = Details(
        given="Helen",
        family="Carter",
        birth_date=date(1968, 4, 30),
        sex="female",
        line="22 Orchard Rise",
        town="Riverside",
        postcode="RV1 4GH",
        telephone="07700 900131",
    )
    carer = add_person(gate.actor, source="RVC", details=helen, once="riverside helen", today=on)
    if isinstance(carer, Refusal):
        raise TypeError(carer.reason)
    _shares(gate, person_id, carer, "Helen Carter", "daughter", "07700 900131", "Edith said so at home")


def tom_looks_after_maries_mother(person_id: str, marie: str, tom: Worker) -> None:
    """Marie may see her mam's plan and say that she is worried; Tom answers."""
    gate = Gate(Actor(tom.party, "coordinator", "900", tom.name), Purpose.DIRECT_CARE)
    if not isinstance(take_on(gate, person_id=person_id, coordinator=tom), Enrolled):
        return
    _shares(gate, person_id, marie, "Marie Sutcliffe", "daughter", "07700 900177", "She said so on the ward")


def _shares(
    gate: Gate, person_id: str, carer: str, name: str, relationship: str, telephone: str, evidence: str
) -> None:
    share_with_carer(
        gate,
        person_id=person_id,
        carer_id=carer,
        name=name,
        relationship=relationship,
        telephone=telephone,
        answer="all",
        evidence=evidence,
    )
