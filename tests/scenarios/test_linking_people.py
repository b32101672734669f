"""People: joined by rule and by decision, parted again, and never merged when they are twins or mother and baby."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from careweave.identity import reviewing
from careweave.identity.golden_records import linker_gate
from careweave.identity.linking import link
from careweave.record import Actor, Gate, Purpose, Refusal
from careweave.record.joining import members_now
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("fresh_database")]

PRACTICE, HOSPITAL = "Y90001", "RVR"


def clerk(name: str = "clerk") -> Gate:
    return Gate(Actor(f"staff:{uuid.uuid5(uuid.NAMESPACE_OID, name)}", "data-clerk"), Purpose.IDENTITY)


def someone(source: str, local_id: str, **details: Any) -> str:
    body = make.patient(source, local_id, gp=PRACTICE if source == PRACTICE else None, **details)
    body["address"] = [{"line": ["1 River Lane"], "city": "Riverside", "postalCode": "RV1 2AB"}]
    make.load(source, body)
    return str(body["id"])


def people() -> dict[str, str]:
    return members_now(linker_gate())


def test_b01_records_of_one_person_are_joined_and_ids_stay_when_run_again() -> None:
    one = someone(PRACTICE, "a", nhs_number="9990000018")
    other = someone(HOSPITAL, "b", nhs_number="9990000018")
    first = link()
    assert first.persons == 1 and people()[one] == people()[other]
    before = people()
    again = link()
    assert (again.persons, people()) == (1, before)


def test_b01_twins_are_never_merged_automatically() -> None:
    amy = someone(
        PRACTICE, "amy", given="Amy", family="Reed", birth_date="2019-05-01", nhs_number="9990000026"
    )
    ann = someone(
        PRACTICE, "ann", given="Ann", family="Reed", birth_date="2019-05-01", nhs_number="9990000034"
    )
    mistyped = someone(
        HOSPITAL, "x", given="Ann", family="Reed", birth_date="2019-05-01", nhs_number="9990000026"
    )
    link()
    assert people()[amy] != people()[ann]
    assert not (people()[mistyped] == people()[amy] == people()[ann])


def test_b01_a_mothers_number_on_her_baby_does_not_merge_them() -> None:
    mother = someone(
        PRACTICE, "m", given="Sara", family="Khan", birth_date="1995-02-03", nhs_number="9990000042"
    )
    baby = someone(
        HOSPITAL, "n", given="Baby", family="Khan", birth_date="2026-06-07", nhs_number="9990000042"
    )
    link()
    assert people()[mother] != people()[baby]


def test_b01_merge_edit_afterwards_unmerge_leaves_both_histories_as_if_never_merged() -> None:
    joe = someone(PRACTICE, "joe", nhs_number="9990000018")
    jim = someone(
        HOSPITAL, "jim", given="James", family="Holt", birth_date="1950-01-01", nhs_number="9990000050"
    )
    link()
    joe_person, jim_person = people()[joe], people()[jim]
    system = Gate(Actor("system:work", "system"), Purpose.SYSTEM)
    before = system.create(_task("before the merge", jim_person), subject=jim_person)
    _propose(joe, jim)
    pair = reviewing.open_pairs(clerk())[0]
    joined = reviewing.decide(clerk(), id=pair.id, answer="same")
    assert not isinstance(joined, Refusal) and joined.outcome == "joined"
    kept, lost = (joe_person, jim_person) if joined.person_id == joe_person else (jim_person, joe_person)
    assert set(people().values()) == {kept}
    during = system.create(_task("during the merge", kept), subject=kept)
    make.load(HOSPITAL, _condition(jim))
    apart = reviewing.part(
        clerk(), person_id=kept, subjects=[jim if kept == joe_person else joe], reason="wrong man"
    )
    assert not isinstance(apart, Refusal)
    assert people() == {joe: joe_person, jim: jim_person} and apart.person_id == lost
    finder = Gate(Actor("system:finder", "system"), Purpose.CASE_FINDING)
    whose = {
        e.type + e.subject: e.person_id for batch in finder.extract(["Task", "Condition"]) for e in batch
    }
    assert whose[f"Task{before.subject}"] == jim_person
    assert whose[f"Task{during.subject}"] == kept
    assert whose[f"Condition{jim}"] == jim_person
    link()
    assert people() == {joe: joe_person, jim: jim_person}, "a decision holds against every later linkage"


def test_b01_likely_twins_need_a_second_person_to_agree() -> None:
    one = someone(PRACTICE, "one", given="Amy", family="Reed", birth_date="2019-05-01")
    other = someone(HOSPITAL, "two", given="Ann", family="Reed", birth_date="2019-05-01")
    link()
    _propose(one, other, guard="twins")
    pair = next(p for p in reviewing.open_pairs(clerk()) if {p.one, p.other} == {one, other})
    first = reviewing.decide(clerk("first"), id=pair.id, answer="same")
    assert not isinstance(first, Refusal) and first.outcome == "needs-second"
    assert isinstance(reviewing.decide(clerk("first"), id=pair.id, answer="same"), Refusal)
    assert people()[one] != people()[other]
    second = reviewing.decide(clerk("second"), id=pair.id, answer="same")
    assert not isinstance(second, Refusal) and second.outcome == "joined"


def test_b01_a_decision_that_came_too_late_says_so() -> None:
    one = someone(PRACTICE, "one", nhs_number="9990000018")
    other = someone(
        HOSPITAL, "two", given="Peter", family="Moss", birth_date="1970-01-01", nhs_number="9990000069"
    )
    link()
    _propose(one, other)
    pair = reviewing.open_pairs(clerk())[0]
    assert not isinstance(reviewing.decide(clerk("a"), id=pair.id, answer="different"), Refusal)
    late = reviewing.decide(clerk("b"), id=pair.id, answer="same")
    assert isinstance(late, Refusal)


def test_only_identity_work_sees_the_queue() -> None:
    from careweave.record import Refused

    nurse = Gate(Actor("staff:1", "district-nurse"), Purpose.DIRECT_CARE)
    with pytest.raises(Refused):
        reviewing.open_pairs(nurse)


def _propose(one: str, other: str, guard: str = "") -> None:
    from careweave.record.review_queue import Proposed, propose

    propose(linker_gate(), [Proposed(one, other, "a clerk's question", guard, 1.0, [])])


def _task(text: str, person: str) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "description": text,
        "for": {"reference": f"Patient/{person}"},
    }


def _condition(subject: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": make.resource_id(HOSPITAL, "Condition", uuid.uuid4().hex),
        "subject": {"reference": f"Patient/{subject}"},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I50"}]},
    }
