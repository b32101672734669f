"""Nobody is told “no known allergies” or “not known” while an allergy is kept from them, nor that one is (H10)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import RequestFactory

from careweave.record import Gate, agreements
from careweave.record.ids import resource_id
from careweave.web.staff import opened
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PRACTICE, CLINIC = "Y90001", "RVC"


def person(*allergies: tuple[str, str]) -> str:
    """Someone with these allergies, each with its label ('' for none)."""
    local = uuid.uuid4().hex
    body = make.patient(PRACTICE, local, gp=PRACTICE)
    made = make.person((PRACTICE, body))
    for words, label in allergies:
        entry: dict[str, Any] = {
            "resourceType": "AllergyIntolerance",
            "id": resource_id(PRACTICE, "AllergyIntolerance", f"{local} {words}"),
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "patient": {"reference": f"Patient/{body['id']}"},
            "code": {"text": words, "coding": []} if words else {},
        }
        if words == "No known allergy":
            entry["code"] = {
                "coding": [{"system": "http://snomed.info/sct", "code": "716186003"}],
                "text": words,
            }
        make.load(PRACTICE, entry, labels=[label] if label else [])
    return made


def tags(gate: Gate, person_id: str) -> tuple[str, ...]:
    request = RequestFactory().get("/")
    request.gate = gate  # type: ignore[attr-defined]
    return opened.open_person(request, person_id).banner.allergies


@pytest.fixture
def nurse() -> Gate:
    return make.gate(make.staff("Nia Nurse", "practice-nurse", PRACTICE), "practice-nurse", PRACTICE)


@pytest.mark.parametrize("beside", [(), (("No known allergy", ""),), (("Penicillin", ""),)])
def test_h10_the_words_are_the_same_whether_an_allergy_is_hidden_or_not(
    nurse: Gate, beside: tuple[tuple[str, str], ...]
) -> None:
    hidden, without = person(("Abacavir", "sexual-health"), *beside), person(*beside)
    shown = tags(nurse, hidden)
    assert shown == tags(nurse, without)
    assert "Abacavir" not in str(shown) and "not known" not in str(shown)
    if not any("Penicillin" in each for each in shown):
        assert "ask" in shown[-1]


def test_h10_who_sees_every_label_is_told_the_allergy(nurse: Gate) -> None:
    doctor = make.gate(make.staff("Ed Read", "gp", PRACTICE), "gp", PRACTICE)
    assert tags(doctor, person(("Abacavir", "sexual-health"))) == ("Allergy: Abacavir",)
    assert tags(doctor, person()) == ("Allergies: not known",)


def test_h10_a_source_whose_entries_do_not_flow_makes_the_banner_ask(nurse: Gate) -> None:
    who = person()
    doctor = make.gate(make.staff("Ann Away", "gp", PRACTICE), "gp", PRACTICE)
    assert tags(doctor, who) == ("Allergies: not known",)
    keeper = agreements.keeping()
    make.load("RVX", make.patient("RVX", uuid.uuid4().hex))
    for each in agreements.agreements(keeper):
        if each.terms.supplier == "RVX":
            assert agreements.end_agreement(keeper, each.id, because="Test") is None
    from careweave.web import directory

    directory.forget()
    again = make.gate(make.staff("Ann Again", "gp", PRACTICE), "gp", PRACTICE)
    assert tags(again, who) == ("Allergies: none shown to you, so ask",)
