"""A58: where people died beside where they wished to, with small numbers hidden; and the summary after hospital."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from careweave.care.plans import end_of_life, end_of_life_after, places_of_death
from careweave.care.plans.end_of_life import Decision
from careweave.care.teams import clocks, treatment_summary
from careweave.care.teams.telling import in_charge_of
from careweave.care.teams.worklists import waiting
from careweave.record import Gate, Purpose
from careweave.record.joining import place as join
from careweave.web.staff.places_of_death import shown
from tests import factories as make
from tests.scenarios.coordination import PRACTICE, TODAY, Place
from tests.scenarios.crisis import signed_in, words_of
from tests.scenarios.test_background_work import until_it_is_visible

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


def died(place: Place, where: str, wished: str = "") -> str:
    person_id, gate = place.taken_on(), place.gate(place.priya)
    if wished:
        said = Decision(
            kind="preferred-place",
            decision=wished,
            decided_by="Dr Ruth Cole, GP",
            decided_on=TODAY.isoformat(),
            discussion="Talked at home",
            review_on=(TODAY + timedelta(days=90)).isoformat(),
        )
        done = end_of_life.record_decision(gate, person_id=person_id, decision=said, today=TODAY)
        assert not isinstance(done, tuple), done
    death = end_of_life_after.record_death(
        gate, person_id=person_id, died_on=TODAY, place=where, to=in_charge_of(gate, person_id), today=TODAY
    )
    assert isinstance(death, end_of_life_after.Death), death
    return person_id


def test_a58_preferred_and_actual_place_of_death_are_reported_with_small_numbers_hidden() -> None:
    place = Place()
    died(place, "Home", "Home")
    died(place, "Hospital", "Home")
    died(place, "Hospital", "Not decided yet")
    found = places_of_death.places_of_death(place.gate(place.priya), today=TODAY)
    assert found.counts == Counter(
        {("Home", "as-wished"): 1, ("Hospital", "elsewhere"): 1, ("Hospital", "not-known"): 1}
    )
    page = words_of(signed_in(place.priya, "coordinator", "RVC").get("/caseload/where-people-died"))
    assert "Where people died" in page and "Hidden" in page and ">1<" not in page
    stranger = Place()
    assert not places_of_death.places_of_death(stranger.gate(stranger.priya), today=TODAY).counts


def test_a58_no_small_number_can_be_worked_out_from_the_sums() -> None:
    counts = {("Home", "as-wished"): 20, ("Home", "elsewhere"): 2, ("Hospital", "as-wished"): 12}
    rows = dict(shown(counts, ["Home", "Hospital"]))
    assert rows["Home"][:2] != ["20", "2"] and rows["Home"][1] == "Hidden"
    hidden = sum(cell == "Hidden" for cells in rows.values() for cell in cells)
    assert hidden >= 4, "a single hidden number is the difference of the others"
    plain = dict(shown({("Home", "as-wished"): 20, ("Hospital", "elsewhere"): 7}, ["Home", "Hospital"]))
    assert plain["Everywhere"] == ["20", "7", "0", "27"]


SUMMARY = "Pneumonia, treated with amoxicillin for 7 days. Furosemide stopped. Blood test in a week."


def sent_home(person_id: str, hospital: str, hours_ago: int) -> None:
    """The hospital's own patient is joined to the person, and the stay has ended."""
    patient = make.patient(hospital, uuid.uuid4().hex)
    make.load(hospital, patient)
    joiner = Gate(make.LINKER, Purpose.IDENTITY)
    join(joiner, {patient["id"]: person_id}, sources={patient["id"]: hospital}, rule="test")
    left = datetime.now(UTC) - timedelta(hours=hours_ago)
    stay = {
        "resourceType": "Encounter",
        "id": str(uuid.uuid4()),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": {"reference": f"Patient/{patient['id']}"},
        "period": {"start": (left - timedelta(days=3)).isoformat(), "end": left.isoformat()},
    }
    make.load(hospital, stay)


def test_a58_the_gp_has_a_treatment_summary_within_a_day_or_somebody_is_told_once() -> None:
    place, hospital = Place(), "RVR"
    make.organisation(hospital, "hospital", "Riverside General")
    person_id, daniel = place.taken_on(), make.staff("Dr Daniel Obi", "hospital-clinician", hospital)
    gp = make.staff("Dr Amina Rahman", "gp", PRACTICE)
    sent_home(person_id, hospital, hours_ago=3)
    until_it_is_visible(treatment_summary.ask_for_summaries)
    assert treatment_summary.ask_for_summaries() == 0, "asked for once"

    ward = make.gate(daniel, "hospital-clinician", hospital)
    (mine,) = [
        one for one in waiting(ward).work if one.kind == "treatment-summary" and one.person_id == person_id
    ]
    client = signed_in(daniel, "hospital-clinician", hospital)
    page = f"/day/tasks/{mine.task_id}/summary"
    assert page in words_of(client.get("/day?list=team")) or client.get(page).status_code == 200
    assert client.post(page, {"words": "All well"}).status_code == 422
    assert "Sent to " in words_of(client.post(page, {"words": SUMMARY}, follow=True))

    reads = make.gate(gp, "gp", PRACTICE)
    (summary,) = treatment_summary.summaries(reads, person_id)
    assert summary.body["payload"] == [{"contentString": SUMMARY}]
    assert "treatment-summary-read" in [one.kind for one in waiting(reads).work if one.person_id == person_id]
    assert SUMMARY in words_of(signed_in(place.priya, "coordinator", "RVC").get(f"/people/{person_id}"))
    assert treatment_summary.summaries(make.own_gate(person_id), person_id), "the person reads it too"
    clocks.escalate_due(datetime.now(UTC) + timedelta(days=2))
    late = "The hospital has not sent the GP a summary of the treatment: ask for it"
    everything = place.gate(place.priya).about(person_id, ["Task"])
    assert late not in [one.body.get("description") for one in everything]

    other = place.taken_on()
    sent_home(other, hospital, hours_ago=25)
    until_it_is_visible(treatment_summary.ask_for_summaries)
    clocks.escalate_due(datetime.now(UTC))
    clocks.escalate_due(datetime.now(UTC) + timedelta(days=3))
    told = [one.body.get("description") for one in place.gate(place.priya).about(other, ["Task"])]
    assert told.count(late) == 1
