"""B06, A11, A19: people are suggested with reasons, a team answers, and no answer is given by the list itself."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from careweave.care.finding.answers import (
    Declined,
    Suggested,
    decline,
    is_stale,
    suggest,
)
from careweave.care.finding.finding import Found, find_candidates
from careweave.care.finding.overriding import LeftOut, leave_out
from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.care.teams.worklists import Suggestion, waiting
from careweave.record import Actor, Gate, Purpose, Refusal, Resource
from careweave.record.ids import resource_id
from careweave.warehouse.pseudonyms import open_key, uses
from careweave.warehouse.refreshing import refresh
from careweave.warehouse.registers import load_register
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("fresh_database")]

TODAY = date(2026, 11, 26)
PRACTICE, TEAM = "Y90001", "riverside-north"
ICD10, SNOMED = "http://hl7.org/fhir/sid/icd-10", "http://snomed.info/sct"
SECTORS = {PRACTICE: "gp", "RVR": "hospital", "RVM": "mental-health"}
ADMISSION_METHOD = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AdmissionMethod"
NUMBERS = iter(f"{number}" for number in range(10**6))


class Place:
    """A practice, its team with a coordinator, a warehouse, and the finder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.priya = make.staff("Priya Nair", "coordinator", "RVC")
        self.doctor = make.staff("Dr Okafor", "gp", PRACTICE)
        self.register = load_register("riverside-proactive", TODAY)

    def finder(self) -> Gate:
        return Gate(Actor("system:finder", "system"), Purpose.CASE_FINDING)

    def coordinator(self) -> Gate:
        """A gate that acts as the team: what `parties.join` makes of a member of staff."""
        return make.gate(self.priya, "coordinator", "RVC")

    def refresh(self, on: date = TODAY) -> None:
        refresh(
            Gate(Actor("system:warehouse", "system"), Purpose.CASE_FINDING),
            counting=Gate(Actor("system:warehouse", "system"), Purpose.SECONDARY_USE),
            folder=self.home / "warehouse",
            key=open_key(self.home / "keys", by="system:warehouse"),
            sectors=SECTORS,
            as_at=on,
            by="system:warehouse",
        )

    def find(self, on: date = TODAY, **more: Any) -> Found:
        self.refresh(on)
        settings = {
            "register": self.register,
            "home": self.home,
            "key": open_key(self.home / "keys", by="system:finder"),
            "team_for_practice": {PRACTICE: TEAM}.get,
            "today": on,
        }
        return find_candidates(self.finder(), **{**settings, **more})

    def task(self, person: str) -> Resource | None:
        tasks = self.finder().about(person, ["Task"])
        return tasks[0] if tasks else None


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def condition(source: str, local: str, code: str, system: str = SNOMED, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": resource_id(source, "Condition", f"{local} {code} {more}"),
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": f"Patient/{resource_id(source, 'Patient', local)}"},
        **more,
    }


def stay(local: str, day: date, *codes: str) -> list[dict[str, Any]]:
    """An emergency stay in hospital with its diagnoses."""
    about = {"reference": f"Patient/{resource_id('RVR', 'Patient', local)}"}
    encounter = {
        "resourceType": "Encounter",
        "id": resource_id("RVR", "Encounter", f"{local} {day}"),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "period": {"start": f"{day}T10:00:00Z", "end": f"{day}T20:00:00Z"},
        "subject": about,
        "hospitalization": {
            "extension": [{"url": ADMISSION_METHOD, "valueCodeableConcept": {"coding": [{"code": "21"}]}}]
        },
    }
    reference = {"reference": f"Encounter/{encounter['id']}"}
    told = {"encounter": reference, "recordedDate": f"{day}"}
    return [encounter, *(condition("RVR", local, code, ICD10, **told) for code in codes)]


def person(birth: str = "1941-03-04", *, given: str = "Joseph") -> tuple[str, str]:
    """(person id, local id) of someone registered with the practice and known to the hospital."""
    local = f"{uuid.uuid4().hex} {next(NUMBERS)}"
    gp = make.patient(PRACTICE, local, birth_date=birth, given=given, gp=PRACTICE)
    return make.person((PRACTICE, gp), ("RVR", make.patient("RVR", local, birth_date=birth))), local


def joe() -> str:
    """A19: 85, mild dementia, two falls, a urine infection last week."""
    id, local = person()
    make.load(PRACTICE, condition(PRACTICE, local, "52448006", onsetDateTime="2024-05-01"))
    make.load(PRACTICE, condition(PRACTICE, local, "68566005", onsetDateTime="2026-11-18"))
    make.load(PRACTICE, condition(PRACTICE, local, "1912002", onsetDateTime="2026-08-14"))
    make.load("RVR", *stay(local, date(2026, 10, 2), "W19", "F03", "N390"))
    return id


def shown(place: Place, person_id: str) -> Suggestion:
    """As the team's own list shows it."""
    task = place.task(person_id)
    assert task is not None
    (found,) = [each for each in waiting(place.coordinator()).suggestions if each.person_id == person_id]
    return found


def member_of_the_team(place: Place) -> None:
    from careweave.identity.staffing import administering
    from careweave.record.parties import join

    join(administering(), actor=place.priya.party, party=f"team:{TEAM}")


def test_a19_the_register_finds_joe_and_says_why_in_words(place: Place) -> None:
    member_of_the_team(place)
    id = joe()
    found = place.find()
    assert (found.people, found.on_register, found.candidates, found.new) == (1, 1, 1, 1)
    told = shown(place, id)
    assert told.team == f"team:{TEAM}"
    assert told.model == "riverside-proactive" and told.scored_on == "2026-11-26"
    assert told.reasons[:3] == ("over 75", "two urine infections since October", "two falls since August")
    assert "dementia" in told.reasons
    assert "emergency stay in hospital in October" in told.reasons
    assert "weight" in told.not_known and "A&E visits" in told.not_known


def test_the_assessment_holds_scores_with_drivers_and_what_could_not_be_computed(place: Place) -> None:
    id = joe()
    place.find()
    (assessment,) = place.finder().about(id, ["RiskAssessment"])
    scores = [each for each in assessment.body["extension"] if each["url"].endswith("/score")]
    told = [
        {part["url"]: part.get("valueDecimal", part.get("valueString")) for part in each["extension"]}
        for each in scores
    ]
    assert told[0]["definition"] == "hospital-frailty" and told[0]["value"] == 8.5
    assert told[0]["band"] == "intermediate"
    assert told[1]["definition"] == "charlson" and told[1]["value"] == 1
    assert "diagnoses in SNOMED CT (no map to ICD-10 is loaded)" in told[1]["missing"]
    assert assessment.body["occurrenceDateTime"] == "2026-11-26"


def test_joe_is_suggested_and_not_taken_on(place: Place) -> None:
    id = joe()
    place.find()
    assert place.finder().about(id, ["EpisodeOfCare", "CareTeam", "CarePlan"]) == []
    task = place.task(id)
    assert task is not None and (task.body["status"], task.body["intent"]) == ("requested", "proposal")


def test_a_second_run_changes_nothing_and_new_facts_change_the_words_only(place: Place) -> None:
    id = joe()
    place.find()
    before = place.task(id)
    again = place.find()
    assert (again.candidates, again.new, again.updated, again.unchanged) == (1, 0, 0, 1)
    assert before is not None and place.task(id).version == before.version  # type: ignore[union-attr]
    local = f"{uuid.uuid4().hex} later"
    make.load("RVR", make.patient("RVR", local, birth_date="1941-03-04"))
    (known,) = [each.subject for each in place.finder().person(id).subjects if each.source == "RVR"]  # type: ignore[union-attr]
    late = {
        **condition("RVR", local, "W19", ICD10, recordedDate="2026-11-25"),
        "subject": {"reference": f"Patient/{known}"},
    }
    make.load("RVR", late)
    third = place.find()
    assert (third.candidates, third.new, third.updated) == (1, 0, 1)
    after = place.task(id)
    assert after is not None and after.id == before.id and "three falls" in after.body["reasonCode"]["text"]


def test_a_score_is_written_again_before_it_is_stale(place: Place) -> None:
    id = joe()
    place.find()
    task = place.task(id)
    assert task is not None and not is_stale(task, place.register, TODAY + timedelta(90))
    assert is_stale(task, place.register, TODAY + timedelta(91))
    place.find(TODAY + timedelta(31))
    later = place.task(id)
    assert later is not None and not is_stale(later, place.register, TODAY + timedelta(91))


def test_not_now_holds_until_its_day_and_keeps_its_reason(place: Place) -> None:
    member_of_the_team(place)
    id = joe()
    place.find()
    until = TODAY + timedelta(20)
    told = shown(place, id)
    answer = decline(
        place.coordinator(), task=told.task_id, reason="Wife is in charge now", until=until, today=TODAY
    )
    assert answer == Declined(id, told.task_id, "Wife is in charge now", until)
    held = place.find(until - timedelta(1))
    assert (held.candidates, held.held) == (0, {"declined": 1})
    again = place.find(until)
    assert (again.candidates, again.new) == (1, 1)
    states = [each.now for each in place.finder().transitions(id, told.task_id)]
    assert states == ["requested", "rejected", "requested"]
    first = [
        each.body.get("statusReason", {}).get("text") for each in place.finder().history("Task", told.task_id)
    ]
    assert first == [None, "Wife is in charge now", None]


def test_not_now_needs_a_reason_and_a_day_and_is_said_once(place: Place) -> None:
    member_of_the_team(place)
    id = joe()
    place.find()
    task, later = shown(place, id).task_id, TODAY + timedelta(9)
    for reason, until, words in (("", later, "Say why not now"), ("Busy", TODAY, "must be after today")):
        refused = decline(place.coordinator(), task=task, reason=reason, until=until, today=TODAY)
        assert isinstance(refused, Refusal) and words in refused.reason
    for expected in (Declined, Refusal):
        answer = decline(place.coordinator(), task=task, reason="Busy", until=later, today=TODAY)
        assert isinstance(answer, expected)


def test_someone_taken_on_is_not_suggested_again(place: Place) -> None:
    member_of_the_team(place)
    id = joe()
    place.find()
    taken = take_on(place.coordinator(), person_id=id, coordinator=make.worker(place.priya, "coordinator"))
    assert isinstance(taken, Enrolled), taken
    found = place.find()
    assert (found.candidates, found.new, found.held) == (0, 0, {"enrolled": 1})


def test_a11_a_colleague_suggests_whom_the_list_does_not_name(place: Place) -> None:
    member_of_the_team(place)
    id, _ = person("1960-01-01", given="Nearly")
    assert place.find().candidates == 0
    doctor = make.gate(place.doctor, "gp", PRACTICE)
    answer = suggest(
        doctor, person=id, register=place.register, team=TEAM, reason="Wife died, not coping", today=TODAY
    )
    assert isinstance(answer, Suggested), answer
    assert shown(place, id).reasons == ("Dr Okafor: Wife died", "not coping")
    again = suggest(doctor, person=id, register=place.register, team=TEAM, reason="Still", today=TODAY)
    assert isinstance(again, Refusal) and "already suggested" in again.reason
    found = place.find()
    assert (found.candidates, found.unchanged) == (1, 1), "the finder leaves a colleague's words as they are"


def test_a11_near_miss_on_the_score_is_admitted_to_the_caseload_by_clinical_override(place: Place) -> None:
    member_of_the_team(place)
    id, _ = person("1960-01-01", given="Nearly")
    assert place.find().candidates == 0
    reason = "Frail since the fall; the list does not see it"
    doctor = make.gate(place.doctor, "gp", PRACTICE)
    answer = suggest(doctor, person=id, register=place.register, team=TEAM, reason=reason, today=TODAY)
    assert isinstance(answer, Suggested), answer
    full = make.worker(place.priya, "coordinator", limit=0)
    over = take_on(place.coordinator(), person_id=id, coordinator=full)
    assert isinstance(over, Refusal) and "Choose someone else, or say why." in over.reason
    taken = take_on(place.coordinator(), person_id=id, coordinator=make.worker(place.priya, "coordinator"))
    assert isinstance(taken, Enrolled) and taken.in_charge.holder == place.priya.party
    assert reason.split(";")[0] in str(place.coordinator().read("Task", answer.task_id).body)  # type: ignore[union-attr]


def test_a_colleague_leaves_someone_out_until_a_colleague_brings_them_back(place: Place) -> None:
    member_of_the_team(place)
    id = joe()
    doctor = make.gate(place.doctor, "gp", PRACTICE)
    assert place.find().candidates == 1
    task = place.task(id)
    assert task is not None
    answer = leave_out(doctor, task=task.id, reason="In a hospice")
    assert isinstance(answer, LeftOut), answer
    again = leave_out(doctor, task=task.id, reason="In a hospice")
    assert isinstance(again, Refusal), "it has been answered"
    for day in (TODAY, TODAY + timedelta(400)):
        found = place.find(day)
        assert (found.candidates, found.held) == (0, {"excluded": 1})
    back = suggest(doctor, person=id, register=place.register, team=TEAM, reason="Home again", today=TODAY)
    assert isinstance(back, Suggested), back
    assert place.find().candidates == 1


def test_a_list_has_room_for_so_many_and_the_first_come_first(place: Place) -> None:
    first = joe()
    for _ in range(3):
        _, local = person()
        make.load("RVR", *stay(local, date(2026, 9, 1), "J18"))
    found = place.find(waiting_at_most=lambda _: 2)
    assert (found.candidates, found.held) == (2, {"no-room": 2})
    assert place.task(first) is not None
    again = place.find(waiting_at_most=lambda _: 2)
    assert (again.candidates, again.new) == (2, 0)


def test_a_practice_without_a_team_gets_no_suggestion_and_is_counted(place: Place) -> None:
    joe()
    found = place.find(team_for_practice=lambda _: None)
    assert (found.candidates, found.held) == (0, {"no-team": 1})


def test_nobody_is_asked_about_someone_who_has_died(place: Place) -> None:
    id = joe()
    place.find()
    (gp,) = [each.subject for each in place.finder().person(id).subjects if each.source == PRACTICE]  # type: ignore[union-attr]
    (patient,) = [each for each in place.finder().about(id, ["Patient"]) if each.id == gp]
    make.load(PRACTICE, {**patient.body, "deceasedDateTime": "2026-11-25"})
    found = place.find()
    task = place.task(id)
    assert found.candidates == 0
    assert task is not None and (task.body["status"], task.body["statusReason"]["text"]) == (
        "cancelled",
        "Died",
    )


def test_what_the_whole_team_may_not_read_is_no_reason(place: Place) -> None:
    id, local = person("1960-01-01")
    make.load("RVM", make.patient("RVM", local, birth_date="1960-01-01"))
    make.load(PRACTICE, condition(PRACTICE, local, "44054006"), labels=("sexual-health",))
    make.load(PRACTICE, condition(PRACTICE, local, "68566005", onsetDateTime="2026-11-18"))
    assert place.find().on_register == 0
    assert place.task(id) is None


def test_the_way_from_pseudonym_to_person_is_on_record(place: Place) -> None:
    joe()
    place.find()
    told = [(use.by, use.act, use.purpose, use.count) for use in uses(place.home / "keys")]
    assert told[-1] == ("system:finder", "re-identified", "case-finding", 1)


def test_only_case_finding_may_find(place: Place) -> None:
    joe()
    place.refresh()
    with pytest.raises(PermissionError):
        find_candidates(
            place.coordinator(),
            register=place.register,
            home=place.home,
            key=open_key(place.home / "keys", by="x"),
            team_for_practice=lambda _: TEAM,
        )
