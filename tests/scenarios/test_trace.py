"""Existence is itself a secret: one audited question is the only way to learn that someone is known here."""

from __future__ import annotations

import uuid

import pytest

from careweave.record import Refused
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("fresh_database")]
PRACTICE = "Y90001"


def test_trace_finds_by_number_or_by_name_and_birth_date_and_is_audited() -> None:
    person = make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, nhs_number="9990000018")))
    nurse = make.staff("A Nurse", "district-nurse", "RVC")
    gate = make.gate(nurse, "district-nurse", "RVC")
    assert gate.find("Holloway") == [] and gate.person(person) is None
    (by_number,) = gate.trace(nhs_number="999 000 0018")
    (by_name,) = gate.trace(family="Holloway", given="Joseph", birth_date="1941-03-04")
    assert by_number == by_name and by_number.person_id == person
    looks = make.own_gate(person).who_looked(person)
    assert [look.actor for look in looks if look.act == "trace"] == [nurse.party] * 2


def test_trace_does_not_tell_of_restricted_people() -> None:
    body = make.patient(PRACTICE, uuid.uuid4().hex, nhs_number="9990000026")
    person = make.person((PRACTICE, body))
    make.load(PRACTICE, {**body, "gender": "other"}, labels=["staff-only"])
    gate = make.gate(make.staff("A Nurse", "district-nurse", "RVC"), "district-nurse", "RVC")
    assert gate.trace(nhs_number="9990000026") == [], person


def test_trace_needs_the_whole_name_and_the_birth_date() -> None:
    make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, nhs_number="9990000034")))
    gate = make.gate(make.staff("A Nurse", "district-nurse", "RVC"), "district-nurse", "RVC")
    assert gate.trace(family="Holloway", given="Jo", birth_date="1941-03-04") == []
    assert gate.trace(family="Holloway", given="Joseph") == []


def test_volunteers_and_people_do_not_trace() -> None:
    for gate in (
        make.gate(make.staff("Vic", "volunteer", "RVV01"), "volunteer", "RVV01"),
        make.own_gate(str(uuid.uuid4())),
    ):
        with pytest.raises(Refused):
            gate.trace(nhs_number="9990000018")


def test_a_conditional_create_needs_the_right_to_know_what_is_there() -> None:
    from careweave.record import Actor, Gate, Purpose

    person = make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex)))
    intake = Gate(Actor("system:intake", "system"), Purpose.INTAKE)
    body = {"resourceType": "Flag", "status": "active", "code": {"text": "dog"}}
    with pytest.raises(Refused):
        intake.create(
            {**body, "subject": {"reference": f"Patient/{person}"}},
            subject=person,
            if_none_exist=("https://x", "1"),
        )
