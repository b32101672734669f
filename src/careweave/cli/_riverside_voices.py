"""What Riverside's people and staff said of the last year: invitations and answers, made up, the same at every run.

The answers go through the gate as those of any survey do; a share of people does not answer, some answer for somebody
else, and staff see more joint work than the people they look after (requirement A54).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from random import Random

import orjson
from django.db import transaction

from careweave.care.experience.answers import IN_CONFIDENCE, LABEL, PROXY, SELF, Given, response
from careweave.care.experience.messages import ended, message, to_person
from careweave.care.teams.enrolment import take_on
from careweave.care.teams.staff_facts import Worker
from careweave.care.teams.worklists import waiting
from careweave.cli._warehouse import LONDON, WAREHOUSE
from careweave.definitions.survey_definition import Item, Survey, load_survey
from careweave.identity import staffing, voices
from careweave.identity.models import Staff, StaffAsked, StaffRound
from careweave.measures.experience.definition import load_experience
from careweave.record import Actor, Gate, Purpose, Refusal, invitations
from careweave.record.ids import resource_id
from careweave.record.invitations import ANSWERED, CLOSED, DECLINED, PLANNED, Invitation, worker_gate

MOST_PEOPLE, LOOKED_AFTER = 150, 24
# Each survey: how many days after leaving hospital what asked it happened, and the share of people it asks.
_ASKED = (
    ("ctm-15", "discharge", 0, 1.0),
    ("whole-journey", "care-ended", 20, 1.0),
    ("national-voices", "plan-published", 5, 0.7),
)
# How many of a hundred agree.
_PEOPLE = {
    "worked-together": 55,
    "one-person": 52,
    "told-once": 36,
    "had-a-say": 64,
    "goals": 58,
    "in-time": 46,
    "tests": 44,
    "next-steps": 50,
    "in-charge": 60,
    "plan": 48,
    "leaving": 45,
    "moving": 55,
    "choice": 57,
}
_STAFF = {
    "worked-together": 84,
    "one-person": 80,
    "told-once": 55,
    "had-a-say": 83,
    "goals": 81,
    "in-time": 52,
    "in-charge": 84,
    "know-whom-to-ring": 62,
    "shared-aims": 58,
    "speak-up": 54,
}
_USUALLY = 62
_GIVEN = ("Helen", "Imran", "Jo", "Kemi", "Liam", "Nadia", "Owen", "Paula", "Rosa", "Stefan", "Tara", "Wendy")
_FAMILY = ("Ashworth", "Begum", "Clarke", "Dunne", "Eze", "Kowalska", "Mistry", "Oakes")
_POSTS = (
    *(("gp", "Y90001"), ("gp", "Y90002"), ("practice-nurse", "Y90002"), ("practice-nurse", "Y90003")),
    *(("district-nurse", "RVC"), ("social-care-worker", "900"), ("community-matron", "RVC")),
    *(("community-mental-health", "RVM"), ("hospital-clinician", "RVR"), ("hospital-clinician", "RVR")),
)
_COLLEAGUES = 66


# -- the people ---------------------------------------------------------------------------------------------------


def people_were_asked(on: date, without: Collection[str]) -> int:
    """Whoever came home from hospital in time for the last period that is counted is asked; safe to repeat."""
    if next(invitations.ever_asked(), None):
        return 0
    gate, count = worker_gate(), 0
    surveys = {id: load_survey(id, on) for id, *_ in _ASKED}
    ends = [timedelta(days=later + _asking(surveys[id], event)[1]) for id, event, later, _ in _ASKED]
    first, until = load_experience(on).period(on)
    with gate.transaction():
        for person_id, home in _came_home(on, first - min(ends), until - max(ends), without):
            for id, event, later, share in _ASKED:
                chance = Random(f"{person_id} {id}")  # noqa: S311 - made-up answers
                if chance.random() < share:
                    count += 1
                    _was_asked(gate, surveys[id], person_id, event, home + timedelta(days=later), chance)
    return count


def _asking(survey: Survey, event: str) -> tuple[int, int]:
    """How many days after this event the survey opens and closes."""
    asked = next(one for one in survey.asked if one.event == event)
    return asked.after_days, asked.closes_after_days


def _came_home(on: date, first: date, until: date, without: Collection[str]) -> list[tuple[str, date]]:
    """Each person once, with the last day of these on which they left hospital."""
    gate = Gate(WAREHOUSE, Purpose.CASE_FINDING)
    found: dict[str, date] = {}
    for person_id, day in _discharges(gate):
        if first <= day < until and person_id not in without:
            found[person_id] = max(day, found.get(person_id, first))
    for batch in gate.extract(["Patient"]):
        for one in batch:
            if one.person_id in found and ('"deceased' in one.body or not _is_old(one.body, on)):
                del found[one.person_id]
    return sorted(found.items(), key=lambda one: resource_id("careweave", "Person", one[0]))[:MOST_PEOPLE]


def _is_old(patient: str, on: date) -> bool:
    """Surveys of coordinated care are asked of those who need it most."""
    born = str(orjson.loads(patient).get("birthDate", ""))[:4]
    return born.isdigit() and int(born) <= on.year - 45


def _discharges(gate: Gate) -> Iterator[tuple[str, date]]:
    for batch in gate.extract(["Encounter"]):
        for one in batch:
            if '"IMP"' in one.body:
                ended = orjson.loads(one.body).get("period", {}).get("end")
                if ended:
                    yield one.person_id, date.fromisoformat(ended[:10])


def _was_asked(gate: Gate, survey: Survey, person_id: str, event: str, day: date, chance: Random) -> None:
    after, closes = (day + timedelta(days=days) for days in _asking(survey, event))
    opens = datetime.combine(after, time(10), LONDON)
    one = Invitation(
        id=resource_id("careweave", "Communication", f"survey {survey.id} {person_id} {day}"),
        person_id=person_id, survey=survey.id, version=survey.version, event=event, opens_at=opens, reminds_at=None,
        closes_at=datetime.combine(closes, time(23, 59), LONDON),
        state=PLANNED, act_at=opens,
    )  # fmt: skip
    invitations.plan(gate, one)
    came = chance.random()
    state = ANSWERED if came < 0.63 else DECLINED if came < 0.67 else CLOSED
    invitations.move(gate, one, now=state, act_at=None)
    sent = ended(message(one, survey, to=to_person(person_id), now=opens), state)
    gate.create(sent, subject=person_id, parties=(f"person:{person_id}",))
    if state == ANSWERED:
        given, when = _given(survey, chance), opens + timedelta(days=chance.randint(1, 20))
        body = response(one, survey, given, status="completed", now=when)
        gate.create(body, subject=person_id, labels=(LABEL, IN_CONFIDENCE))


def _given(survey: Survey, chance: Random) -> Given:
    """Who is content with one thing is likelier to be content with another; some leave questions out."""
    mood, is_brief = chance.gauss(0, 14), chance.random() < 0.22
    answers = {
        item.id: _answer(item, _PEOPLE.get(item.id, _USUALLY) + mood, chance, 0.07)
        for item in survey.items
        if chance.random() < (0.4 if is_brief else 0.96)
    }
    is_proxy = chance.random() < 0.2
    return Given(answers, PROXY if is_proxy else SELF, "daughter" if is_proxy else "")


def _answer(item: Item, likely: float, chance: Random, unsure: float) -> str:
    if chance.random() < unsure:
        return "dont-know"
    agrees = chance.random() * 100 < likely
    fitting = [one for one in item.options if one.value is not None and one.is_favourable == agrees]
    return chance.choice(fitting).code


# -- who is looked after now, and by whom -----------------------------------------------------------------------------


def some_are_taken_on(worker: Worker) -> int:
    """The first of those suggested to a coordinator's team; safe to repeat."""
    gate = Gate(Actor(worker.party, worker.role, worker.organisation_code, worker.name), Purpose.DIRECT_CARE)
    count = 0
    for one in waiting(gate).suggestions[: LOOKED_AFTER - len(gate.people_with("coordinator"))]:
        count += not isinstance(take_on(gate, person_id=one.person_id, coordinator=worker), Refusal)
    return count


# -- the staff ----------------------------------------------------------------------------------------------------


@transaction.atomic
def staff_were_asked(on: date) -> None:
    """A round that is over, which most answered, and one that is open now; safe to repeat."""
    if StaffRound.objects.exists():
        return
    analyst = Staff.objects.get(email="ben@riverside.example").party
    _more_colleagues()
    begun = on - timedelta(days=60)
    over = voices.open_round(role="analyst", by=analyst, closes_on=begun + timedelta(days=21), today=begun)
    if isinstance(over, Refusal):
        raise ValueError(over.reason)
    survey = load_survey(over.survey, begun)
    rows = StaffAsked.objects.filter(round_id=over.id).select_related("staff").order_by("staff__email")
    for number, row in enumerate(rows):
        chance = Random(f"staff {number}")  # noqa: S311 - made-up answers
        if chance.random() < 0.8:
            answers = {item.id: _answer(item, _STAFF[item.id], chance, 0.16) for item in survey.items}
            voices.answer(over.id, by=row.staff.party, answers=answers, today=begun + timedelta(days=3))
    voices.close_round(over.id, role="analyst", by=analyst, today=begun + timedelta(days=21))
    voices.open_round(role="analyst", by=analyst, closes_on=on + timedelta(days=19), today=on)


def _more_colleagues() -> None:
    """Those who look after people in Riverside and stand in no story: asked, and never signed in."""
    gate = staffing.administering()
    for number in range(_COLLEAGUES):
        role, organisation = _POSTS[number % len(_POSTS)]
        given, family = _GIVEN[number % len(_GIVEN)], _FAMILY[number * 5 % len(_FAMILY)]
        title = "Dr " if role in ("gp", "hospital-clinician") else ""
        staffing.add_staff(
            gate,
            name=f"{title}{given} {family}",
            email=f"{given}.{family}.{number}@riverside.example".lower(),
            role=role,
            organisation=organisation,
        )
