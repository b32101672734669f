"""A50: one detector for each failure of the list, each told once to those who can put it right."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from careweave.care.noticing.detectors import DETECTORS
from careweave.care.noticing.noticing import NOTICE, notice, notice_changes
from careweave.care.noticing.rules import rules
from careweave.care.teams import worklists
from careweave.record import Gate, Purpose, Resource
from careweave.record.clocks import WORKER
from careweave.record.joining import place as join
from tests import factories as make
from tests.scenarios.test_background_work import until_it_is_visible
from tests.scenarios.test_clocks import Place

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
COUNCIL, HOSPITAL = "900", "RVR"
NOW = datetime.now(UTC)


def record_at(place: Place, source: str) -> str:
    """A source record of the person there; its id."""
    patient = make.patient(source, uuid.uuid4().hex)
    make.load(source, patient)
    join(
        Gate(make.LINKER, Purpose.IDENTITY),
        {patient["id"]: place.person},
        sources={patient["id"]: source},
        rule="x",
    )
    return str(patient["id"])


def home_care(subject: str, visits_a_week: int, *, id: str) -> dict[str, Any]:
    """Home care as Client Level Data gives it, through its mapping."""
    url = "https://careweave.org/fhir/"
    return {
        "resourceType": "ServiceRequest",
        "id": id,
        "status": "active",
        "intent": "order",
        "category": [
            {"coding": [{"system": "https://careweave.org/code/request", "code": "social-care-service"}]}
        ],
        "code": {"text": "Home Care"},
        "subject": {"reference": f"Patient/{subject}"},
        "occurrencePeriod": {"start": "2026-01-05"},
        "extension": [
            {"url": f"{url}planned-units", "valueDecimal": visits_a_week},
            {"url": f"{url}cost-frequency", "valueString": "Per visit"},
        ],
    }


def insulin(subject: str) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": str(uuid.uuid4()),
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Insulin glargine 100units/ml 3ml pen"},
        "subject": {"reference": f"Patient/{subject}"},
        "authoredOn": "2025-03-01",
        "dosageInstruction": [{"text": "8 units twice a day"}],
    }


def notices(place: Place) -> list[Resource]:
    found = Gate(WORKER, Purpose.SYSTEM).about(place.person, ["Task"])
    return [one for one in found if one.body["code"].get("coding", [{}])[0].get("code") == NOTICE]


def said(place: Place) -> list[tuple[str, str]]:
    return sorted((one.body["owner"]["display"], one.body["description"]) for one in notices(place))


def test_a50_home_care_cut_while_insulin_needs_prompts() -> None:
    place = Place()
    practice = place.priya.roles.get().organisation_id
    patients = place.gate.about(place.person, ["Patient"])
    at_gp = next(one.id for one in patients if one.source == practice)
    at_council, service = record_at(place, COUNCIL), str(uuid.uuid4())
    make.load(COUNCIL, home_care(at_council, 28, id=service))
    make.load(practice, insulin(at_gp))
    notice([place.person], NOW)
    assert said(place) == []
    make.load(COUNCIL, home_care(at_council, 7, id=service))
    until_it_is_visible(notice_changes)
    words = "Insulin needs 2 prompts a day; home care now comes 1 a day"
    assert said(place) == [(f"Organisation {practice}", words), ("Priya Shah", words)]
    assert notice([place.person], NOW) == 0, "told once"
    mine = worklists.mine(worklists.waiting(place.gate).work, place.gate)
    [item] = [one for one in mine if one.what == words]
    assert item.why.startswith("Home care came 4 a day before. Agree who gives or prompts Insulin")
    gp = make.staff("Ruth Cole", "gp", practice)
    team = worklists.of_my_teams(worklists.waiting(make.gate(gp, "gp")).work, make.gate(gp, "gp"))
    assert words in [one.what for one in team], "the prescriber's practice sees it"


def test_a50_a_medicine_that_starts_is_noticed_too_and_enough_care_is_not() -> None:
    place = Place()
    at_council = record_at(place, COUNCIL)
    make.load(COUNCIL, home_care(at_council, 7, id=str(uuid.uuid4())))
    make.load(COUNCIL, {**insulin(at_council), "authoredOn": NOW.date().isoformat()})
    once = {
        **insulin(at_council),
        "authoredOn": NOW.date().isoformat(),
        "dosageInstruction": [{"text": "once a day"}],
    }
    make.load(COUNCIL, once)
    notice([place.person], NOW)
    words = {words for _, words in said(place)}
    assert words == {"Insulin needs 2 prompts a day; home care now comes 1 a day"}


def test_a50_something_to_do_that_nobody_has() -> None:
    place = Place()
    body = {key: value for key, value in place.task.body.items() if key != "owner"}
    place.gate.update(body, version=1, parties=(f"team:{place.team}",))
    notice([place.person], NOW)
    assert said(place) == []
    notice([place.person], NOW + timedelta(days=3))
    assert said(place) == [("Priya Shah", "Nobody has this: Ring the surgery")]


def test_a50_home_from_hospital_and_nobody_in_touch() -> None:
    place = Place()
    at_hospital = record_at(place, HOSPITAL)
    stay = {
        "resourceType": "Encounter",
        "id": str(uuid.uuid4()),
        "status": "finished",
        "class": {"code": "IMP"},
        "subject": {"reference": f"Patient/{at_hospital}"},
        "period": {
            "start": (NOW - timedelta(days=9)).isoformat(),
            "end": (NOW - timedelta(days=3)).isoformat(),
        },
    }
    make.load(HOSPITAL, stay)
    notice([place.person], NOW - timedelta(days=2))
    assert said(place) == [], "two days are given"
    notice([place.person], NOW)
    assert said(place) == [("Priya Shah", "Get in touch: home from hospital, and no contact since")]


def published(place: Place, agreement: str, covered: str) -> None:
    """A plan in force, as publishing stores it."""
    from careweave.care.plans.fhir import care_plan
    from careweave.care.plans.parts import PlanDraft

    draft = PlanDraft(
        agreement=agreement, reviewer=place.priya.party, reviewer_name="Priya Shah", review_on="2027-01-01",
        covered=(covered,), no_contingency_because="x",
    )  # fmt: skip
    body = care_plan(place.person, draft, number=1, by=place.gate.actor)
    del body["goal"]  # it has none, and an empty list is no FHIR
    place.gate.create(body, subject=place.person)


def condition(place: Place, code: str, name: str) -> None:
    at_hospital = record_at(place, HOSPITAL)
    coding = {"system": "http://snomed.info/sct", "code": code}
    make.load(
        HOSPITAL,
        {
            "resourceType": "Condition",
            "id": str(uuid.uuid4()),
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"coding": [coding], "text": name},
            "subject": {"reference": f"Patient/{at_hospital}"},
        },
    )


def test_a50_a_condition_that_the_plan_says_nothing_about() -> None:
    place = Place()
    condition(place, "13645005", "COPD")
    published(place, "yes", "http://snomed.info/sct|13645005")
    notice([place.person], NOW)
    assert said(place) == []
    condition(place, "84114007", "Heart failure")
    notice([place.person], NOW)
    assert said(place) == [("Priya Shah", "Look at the plan: Heart failure is not in it")]


def test_a50_a_plan_that_the_person_was_not_asked_about() -> None:
    place = Place()
    published(place, "could-not", "http://snomed.info/sct|13645005")
    notice([place.person], NOW)
    assert said(place) == []
    notice([place.person], NOW + timedelta(days=15))
    assert said(place) == [("Priya Shah", "Ask about the plan: they could not be asked")]


def test_a50_each_failure_of_the_list_has_a_detector_that_a_test_runs() -> None:
    today = NOW.date()
    failures = {each.failure for each in rules(today)}
    assert failures == {
        "no ownership, so information gets lost",
        "the user is not involved",
        "poor communication",
        "one condition is treated without the others",
        "social-care decisions affect health treatment, and vice versa",
    }
    detectors: set[Callable[..., Any]] = {DETECTORS[each.detector] for each in rules(today)}
    assert len(detectors) == len(DETECTORS) == 5


def test_what_breaks_a_detector_for_one_person_keeps_nobody_else_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken, other = Place(), Place()
    for place in (broken, other):
        body = {key: value for key, value in place.task.body.items() if key != "owner"}
        place.gate.update(body, version=1, parties=(f"team:{place.team}",))
    real = DETECTORS["without-owner"]

    def breaks(rule: Any, seen: Any) -> Any:
        if seen.person_id == broken.person:
            raise KeyError("an entry nobody has thought of")
        return real(rule, seen)

    monkeypatch.setitem(DETECTORS, "without-owner", breaks)  # type: ignore[arg-type]
    assert notice([broken.person, other.person], NOW + timedelta(days=3)) == 1
    assert said(other) == [("Priya Shah", "Nobody has this: Ring the surgery")]
