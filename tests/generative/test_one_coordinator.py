"""Whatever happens in whatever order, whoever has a plan or is enrolled has exactly one who answers, at every instant."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from careweave.care.teams import charge
from careweave.care.teams.enrolment import Enrolled, end_care, take_on
from careweave.care.teams.handover import (
    accept_charge,
    decline_charge,
    offer_charge,
    waiting_offer,
    withdraw_offer,
)
from careweave.care.teams.handover_due import do_due
from careweave.identity import staffing
from careweave.identity.absences import be_away
from careweave.identity.golden_records import linker_gate
from careweave.record import Actor, Gate, Purpose, Refusal, Refused
from careweave.record.joining import place as join
from tests import factories as make
from tests.scenarios.coordination import AT_ONCE, NEXT, PRACTICE, SOON, TODAY, Place

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]

EXTENSIONS = ("agreement", "reviewer", "review-date", "contingency")
STAFF = st.integers(0, 3)
happened: Counter[str] = Counter()


class Coordination(RuleBasedStateMachine):
    """Three people and a team of four, of whom the manager stays."""

    @initialize()
    def begin(self) -> None:
        self.place = Place()
        self.staff = [self.place.priya, self.place.tom, self.place.amir, self.place.marta]
        self.local = [uuid.uuid4().hex for _ in range(3)]
        bodies = [make.patient(PRACTICE, local, gp=PRACTICE) for local in self.local]
        self.sources = [body["id"] for body in bodies]
        self.people = [make.person((PRACTICE, body)) for body in bodies]
        self.instants: list[tuple[str, datetime]] = []
        for number in (0, 1):
            make.suggestion(self.people[number], self.staff[number].party)
            self.take(number, number)
            self.assign(number, number, 2, later=False)
        self.accept(0, 2, wrong=False)  # one passed on already, one waiting to be

    # -- what can happen --------------------------------------------------------------------------------------

    @rule(
        what=st.sampled_from(
            ["assign"] * 5 + ["accept"] * 6 + ["decline"] * 3 + ["merge", "end"] * 2
            + ["suggested_and_taken_on", "take_back", "leave", "absence", "part", "move", "death", "plan", "days_pass"]
        ),
        person=st.integers(0, 2),
        one=st.integers(-6, 3),
        other=STAFF,
        flag=st.sampled_from([False, False, True]),
    )  # fmt: skip
    def something(self, what: str, person: int, one: int, other: int, flag: bool) -> None:
        """A negative number is whoever is in charge."""
        who = self.holder(person) if one < 0 else one
        acts = {
            "assign": lambda: self.assign(person, who, other, flag),
            "accept": lambda: self.accept(person, who, flag),
            "decline": lambda: self.decline(person, other),
            "merge": lambda: self.merge(person, (person + 1) % 3),
            "end": lambda: self.end(person, who),
            "suggested_and_taken_on": lambda: self.suggested_and_taken_on(person, other),
            "take_back": lambda: self.take_back(person, who),
            "leave": lambda: self.leave(other),
            "absence": lambda: self.absence(who, other),
            "part": lambda: self.part(person),
            "move": lambda: self.move(person),
            "death": lambda: self.death(person),
            "plan": lambda: self.plan(person, who),
            "days_pass": lambda: self.days_pass(7 if flag else 0),
        }
        acts[what]()

    def suggested_and_taken_on(self, person: int, who: int) -> None:
        make.suggestion(self.people[person], self.staff[who].party)
        self.take(person, who)

    def take(self, person: int, who: int) -> None:
        if self.staff[who].left_on is None:
            worker = self.place.worker(self.staff[who])
            done = take_on(self.gate(who), person_id=self.people[person], coordinator=worker)
            self.note("take-on", done)

    def assign(self, person: int, by: int, to: int, later: bool) -> None:
        values = {**vars(AT_ONCE), "starts_on": SOON} if later else vars(AT_ONCE)
        terms = type(AT_ONCE)(**values)
        worker = self.place.worker(self.staff[to])
        self.tried(
            "assign", lambda id_: offer_charge(self.gate(by), person_id=id_, to=worker, terms=terms), person
        )

    def accept(self, person: int, by: int, wrong: bool) -> None:
        """Who was asked accepts, or, wrongly, someone else."""
        task, owner = self.waiting(person)
        who = by if wrong else owner
        if task is not None and who is not None:
            worker = self.place.worker(self.staff[who])
            gate = self.gate(who)
            self.tried(
                "accept", lambda id_: accept_charge(gate, person_id=id_, task_id=task, by=worker), person
            )

    def decline(self, person: int, to: int) -> None:
        task, owner = self.waiting(person)
        if task is not None and owner is not None:
            worker, gate = self.place.worker(self.staff[to]), self.gate(owner)
            self.tried(
                "decline",
                lambda id_: decline_charge(gate, person_id=id_, task_id=task, reason="no", next_owner=worker),
                person,
            )

    def take_back(self, person: int, by: int) -> None:
        task, _ = self.waiting(person)
        if task is not None:
            gate = self.gate(by)
            self.tried("take-back", lambda id_: withdraw_offer(gate, person_id=id_, task_id=task), person)

    def leave(self, who: int) -> None:
        if who < 3 and self.staff[who].left_on is None:
            staffing.staff_leaves(staffing.administering(), staff=self.staff[who])
            happened["leave"] += 1

    def absence(self, who: int, deputy: int) -> None:
        party, other = self.staff[who].party, self.staff[deputy].party
        done = be_away(party, deputy=other, starts_on=TODAY, ends_on=SOON, by="test", today=TODAY)
        self.note("absence", done)

    def merge(self, one: int, other: int) -> None:
        self.move_record(self.sources[other], self.people[one])
        happened["merge"] += 1

    def part(self, person: int) -> None:
        self.move_record(self.sources[person], self.people[person])

    def move(self, person: int) -> None:
        moved = make.patient(PRACTICE, self.local[person], gp="Y90009", nhs_number="9990000026")
        make.load(PRACTICE, moved)
        happened["move"] += 1

    def death(self, person: int) -> None:
        body = make.patient(PRACTICE, self.local[person], gp=PRACTICE)
        make.load("careweave", {**body, "id": self.people[person], "deceasedDateTime": "2026-11-01"})
        happened["death"] += 1

    def plan(self, person: int, who: int) -> None:
        def write(id_: str) -> object:
            if not self.system().in_charge([id_]):
                return Refusal("publishing asks for someone in charge first")
            body = {
                "resourceType": "CarePlan", "status": "active", "intent": "plan",
                "subject": {"reference": f"Patient/{id_}"},
                "extension": [{"url": f"https://careweave.org/fhir/{one}", "valueString": "x"} for one in EXTENSIONS],
            }  # fmt: skip
            return self.gate(who).create(body, subject=id_)

        self.tried("plan", write, person)

    def end(self, person: int, by: int) -> None:
        gate = self.gate(by)
        self.tried("end", lambda id_: end_care(gate, person_id=id_, reason="over", what_next=NEXT), person)

    def days_pass(self, days: int) -> None:
        done = do_due(TODAY + timedelta(days=days))
        happened["due"] += bool(done)

    # -- what always holds ------------------------------------------------------------------------------------

    @invariant()
    def exactly_one_answers_now(self) -> None:
        if not hasattr(self, "people"):
            return
        gate = self.system()
        for person_id in self.people:
            held = gate.in_charge([person_id]).get(person_id)
            records = self.records_in_need(gate, person_id)
            if not records:
                continue
            assert held is not None, "nobody is in charge"
            answers = charge.answering(held, TODAY)
            assert answers.party and answers.name
            at_work = not charge.absence_of(answers.party, TODAY)
            assert at_work or answers.party == f"team:{self.place.team}", answers
            self.instants += [(record, datetime.now(UTC)) for record in records]

    def teardown(self) -> None:
        """At each past instant exactly one was in charge, whatever was joined, parted and ended since."""
        gate = self.system()
        lines = {record: gate.charge_history(record) for record in getattr(self, "people", ())}
        for record, moment in getattr(self, "instants", ()):
            assert sum(one.covers(moment) for one in lines[record]) == 1, (record, moment, lines[record])

    # -- how --------------------------------------------------------------------------------------------------

    def records_in_need(self, gate: Gate, person_id: str) -> set[str]:
        """The person's own records, and any that were joined to them, under which care goes on."""
        own = gate.about(person_id, ["EpisodeOfCare", "CarePlan"])
        return {one.subject for one in own if one.source == "careweave" and one.body["status"] == "active"}

    def holder(self, person: int) -> int:
        held = self.system().in_charge([self.people[person]]).get(self.people[person])
        parties = [one.party for one in self.staff]
        return parties.index(held.holder) if held and held.holder in parties else 3

    def waiting(self, person: int) -> tuple[str | None, int | None]:
        offer = waiting_offer(self.system(), self.people[person])
        parties = [one.party for one in self.staff]
        if offer is None or offer.to not in parties:
            return None, None
        return offer.task_id, parties.index(offer.to)

    def tried(self, name: str, act: object, person: int) -> None:
        assert callable(act)
        try:
            self.note(name, act(self.people[person]))
        except Refused:  # not in this person's team, or has left: the gate says no
            happened[f"{name} refused"] += 1

    def note(self, name: str, done: object) -> None:
        happened[f"{name} refused" if isinstance(done, Refusal) else name] += 1
        assert name != "take-on" or isinstance(done, Refusal | Enrolled)

    def move_record(self, source: str, person_id: str) -> None:
        join(linker_gate(), {source: person_id}, sources={source: PRACTICE}, rule="test")

    def gate(self, who: int) -> Gate:
        return self.place.gate(self.staff[who])

    def system(self) -> Gate:
        return Gate(Actor("system:check", "system"), Purpose.SYSTEM)


def test_one_coordinator_at_every_instant() -> None:
    run_state_machine_as_test(Coordination, settings=_settings(6, 20))
    assert happened["accept"] and happened["assign"], happened


@pytest.mark.long
def test_one_coordinator_at_every_instant_at_length() -> None:
    run_state_machine_as_test(Coordination, settings=_settings(25, 40))
    done = (
        "take-on",
        "assign",
        "accept",
        "decline",
        "leave",
        "absence",
        "merge",
        "move",
        "death",
        "plan",
        "end",
        "due",
    )
    assert all(happened[each] for each in done), happened


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=examples < 100,
        phases=(Phase.reuse, Phase.generate),  # a shorter story would take minutes to find
        suppress_health_check=list(HealthCheck),
    )
