"""A31: professionals and volunteers work interchangeably within competence. A32: a discharge brings a network's visit."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from careweave.care.plans.publishing import Published, publish, save_part
from careweave.care.referrals import community, community_answering
from careweave.care.referrals.after_discharge import ask_networks
from careweave.care.teams import clocks, news, worklists
from careweave.care.teams.membership import add_member
from careweave.care.teams.notes import NextStep, add_task
from careweave.care.teams.visits import (
    VisitDetails,
    ask_visitor,
    give_back,
    have_been,
    my_visits,
    pass_as_visit,
)
from careweave.record import Actor, Gate, Purpose, Refusal, Resource
from careweave.record.choices import choose
from careweave.record.ids import resource_id
from careweave.record.wishes import EVERYTHING, Wish
from tests import factories as make
from tests.scenarios.coordination import PRACTICE, TODAY, refused
from tests.scenarios.neighbourhood import Neighbourhood
from tests.scenarios.test_b10_plan_pages import staff
from tests.scenarios.test_handover_pages import words_of
from tests.scenarios.test_news import until_it_is_visible

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
HOSPITAL = "RVR"


@pytest.fixture
def place(tmp_path: Path) -> Neighbourhood:
    return Neighbourhood(tmp_path)


def subject_at_the_practice(person_id: str, place: Neighbourhood) -> str:
    found = place.gate(place.priya).about(person_id, ["Patient"])
    return next(one.id for one in found if one.source == PRACTICE)


def home_from_hospital(person_id: str, place: Neighbourhood) -> None:
    """The hospital sends that she went home an hour ago."""
    subject = subject_at_the_practice(person_id, place)
    now = datetime.now(UTC)
    make.load(
        PRACTICE,
        {
            "resourceType": "Encounter",
            "id": resource_id(PRACTICE, "Encounter", uuid.uuid4().hex),
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
            "subject": {"reference": f"Patient/{subject}"},
            "period": {
                "start": (now - timedelta(days=3)).isoformat(timespec="seconds"),
                "end": (now - timedelta(hours=1)).isoformat(timespec="seconds"),
            },
        },
    )


def a_plan(place: Neighbourhood, person_id: str, need: str) -> str:
    """Edith's plan with one goal; returns the goal's id."""
    gate, goal = place.gate(place.priya), str(uuid.uuid4())
    worker = place.worker(place.priya)
    action = {
        "what": "See that someone comes", "name": worker.name, "party": worker.party, "by": TODAY.isoformat(),
    }  # fmt: skip
    changes = {
        "what_matters": "To have someone to talk to", "what_matters_whose": "Edith",
        "goals": [
            {"id": goal, "words": "I want company again", "whose": "Edith", "importance": 8, "need": need,
             "need_whose": "Edith", "actions": [action]},
        ],
        "if_then": [{"trigger": "If she falls", "action": "Ring", "call": "Weir team", "number": "01632 960101"}],
        "own_contributions": ["I bake"], "network_none": "none", "agreement": "yes",
        "strengths": "Edith bakes", "strengths_whose": "Edith",
        "agreed_on": TODAY.isoformat(), "reviewer": worker.party, "reviewer_name": worker.name,
        "review_on": (TODAY + timedelta(days=90)).isoformat(),
    }  # fmt: skip
    save_part(gate, person_id=person_id, changes=changes)
    done = publish(gate, person_id=person_id, person_name="Edith Smith", today=TODAY)
    assert isinstance(done, Published), done
    return goal


def test_a32_discharge_triggers_a_network_visit_and_its_outcome_returns_to_the_plan(
    place: Neighbourhood,
) -> None:
    place.sent(place.service())
    lonely, other = place.edith(), place.edith(lonely=False)
    goal = a_plan(place, lonely, "She is lonely since the club closed")
    for person_id in (lonely, other):
        home_from_hospital(person_id, place)
    until_it_is_visible(ask_networks)
    assert ask_networks() == 0
    priya, nasreen = place.gate(place.priya), place.answering()
    assert community.referrals_to_services(priya, other) == []
    [asked] = community.referrals_to_services(priya, lonely)
    assert (asked.service, asked.goal, asked.owner) == ("Befriending", goal, f"org:{place.code}")
    assert asked.because == "Came home from hospital; sees people not often enough, the plan says: lonely"
    assert [one.task_id for one in worklists.of_my_teams(worklists.waiting(nasreen).work, nasreen)] == [
        asked.id
    ]

    community_answering.accept_person(nasreen, task_id=asked.id, version=1, words="Sam goes tomorrow")
    community_answering.write_contact(
        nasreen, task_id=asked.id, version=2, how="Visited", words="Milk was out"
    )
    done = community_answering.write_outcome(
        nasreen, task_id=asked.id, version=3, outcome="helped", words="Sam comes on Tuesdays now"
    )
    assert isinstance(done, Resource)
    [back] = community.referrals_to_services(priya, lonely)
    assert (back.goal, back.outcome, back.steps[-1].words) == (goal, "It helped", "Sam comes on Tuesdays now")
    told = [one.kind for one in news.unseen(priya, now=datetime.now(UTC)) if one.person_id == lonely]
    assert "service-outcome" in told


def test_a32_a_visit_that_does_not_happen_is_passed_on_once_though_the_network_said_yes(
    place: Neighbourhood,
) -> None:
    place.sent(place.service())
    person_id = place.edith()
    a_plan(place, person_id, "She is lonely since the club closed")
    home_from_hospital(person_id, place)
    until_it_is_visible(ask_networks)
    priya = place.gate(place.priya)
    [asked] = community.referrals_to_services(priya, person_id)
    community_answering.accept_person(place.answering(), task_id=asked.id, version=1, words="")
    for days in (9, 10):
        clocks.escalate_due(datetime.now(UTC) + timedelta(days=days))
    focus = f"Task/{asked.id}"
    late = [
        one for one in priya.about(person_id, ["Task"]) if one.body.get("focus", {}).get("reference") == focus
    ]
    assert [one.body["description"] for one in late] == ["Visit after hospital that has not happened"]


@pytest.mark.parametrize(
    "kept_back", [False, True], ids=["has agreed to nothing yet", "keeps everything back"]
)
def test_a32_without_the_persons_yes_no_network_learns_of_them(place: Neighbourhood, kept_back: bool) -> None:
    place.sent(place.service())
    person_id = place.edith()
    if kept_back:
        a_plan(place, person_id, "She is lonely since the club closed")
        own = Gate(Actor(f"person:{person_id}", "person", name="Edith"), Purpose.OWN_CARE)
        assert not isinstance(choose(own, person_id, Wish((EVERYTHING,), (f"org:{place.code}",))), Refusal)
    home_from_hospital(person_id, place)
    until_it_is_visible(ask_networks)
    priya = place.gate(place.priya)
    assert community.referrals_to_services(priya, person_id) == []
    said = [item.what for item in worklists.mine(worklists.waiting(priya).work, priya)]
    assert any("ring, ask whether Weir Neighbours may come, and ask them" in what for what in said)
    assert place.answering().about(person_id, ["Task", "Patient"]) == []


def test_a32_nobody_is_sent_to_someone_who_died_on_a_day_that_is_not_known(place: Neighbourhood) -> None:
    place.sent(place.service())
    person_id = place.edith()
    alive = place.edith()
    for each in (person_id, alive):
        a_plan(place, each, "She is lonely since the club closed")
    priya = place.gate(place.priya)
    sent = next(one for one in priya.about(person_id, ["Patient"]) if one.source == PRACTICE)
    make.load(PRACTICE, {**sent.body, "deceasedBoolean": True})
    for each in (person_id, alive):
        home_from_hospital(each, place)
    until_it_is_visible(ask_networks)
    assert len(community.referrals_to_services(priya, alive)) == 1
    assert community.referrals_to_services(priya, person_id) == []


def test_a32_where_no_network_covers_the_address_the_one_in_charge_is_told(place: Neighbourhood) -> None:
    person_id = place.edith()
    home_from_hospital(person_id, place)
    until_it_is_visible(ask_networks)
    said = [
        item.what
        for item in worklists.mine(worklists.waiting(place.gate(place.priya)).work, place.gate(place.priya))
    ]
    assert any("no network covers this address" in what for what in said)


def test_a31_a_voluntary_sector_worker_sees_the_team_view_and_no_diagnosis(place: Neighbourhood) -> None:
    person_id, nasreen = place.edith(), place.answering()
    assert nasreen.person(person_id) is None
    worker = place.worker(place.nasreen)
    assert isinstance(add_member(place.gate(place.priya), person_id=person_id, worker=worker), Resource)
    seen = place.answering()
    types = ["Patient", "CareTeam", "Condition", "Observation", "MedicationRequest", "Communication", "CarePlan",
             "QuestionnaireResponse", "Encounter", "AuditEvent"]  # fmt: skip
    assert {one.type for one in seen.about(person_id, types)} == {"Patient", "CareTeam"}
    add_task(
        place.gate(place.priya),
        person_id=person_id,
        step=NextStep("Weigh her", place.priya.party, "Priya", TODAY),
    )
    assert seen.about(person_id, ["Task"]) == [], "only what was asked of them by name"


def test_a31_the_volunteers_page_has_the_visit_with_do_and_dont_and_no_diagnosis(
    place: Neighbourhood,
) -> None:
    person_id = place.edith()
    subject = subject_at_the_practice(person_id, place)
    make.load(
        PRACTICE,
        {
            "resourceType": "Condition",
            "id": resource_id(PRACTICE, "Condition", uuid.uuid4().hex),
            "code": {"text": "Vascular dementia"},
            "subject": {"reference": f"Patient/{subject}"},
        },
    )
    now = datetime.now(UTC)
    asked = ask_visitor(
        place.gate(place.priya),
        person_id=person_id,
        volunteer=place.worker(place.sam),
        first_name="Edith",
        starts=now + timedelta(hours=2),
        ends=now + timedelta(hours=3),
        address="6 Ferry Road",
        what_to_do=["Play whist"],
        please_do=["Speak to the left side"],
        please_dont=["Move the chairs"],
        coordinator="Priya Shah",
        coordinator_telephone="01632 960101",
    )
    assert not isinstance(asked, Refusal), asked
    sam = staff(place.sam, "volunteer")
    shown = words_of(sam.get("/visits"))
    for words in (
        "Edith",
        "Play whist",
        "Please do",
        "Speak to the left side",
        "Please don’t",
        "Move the chairs",
    ):
        assert words in shown, words
    assert "dementia" not in shown.casefold() and "Smith" not in shown and "NHS number" not in shown
    assert sam.get(f"/people/{person_id}").status_code == 404
    assert "dementia" in words_of(staff(place.priya, "coordinator").get(f"/people/{person_id}")).casefold()


def test_a31_a_task_passes_between_professional_and_volunteer_within_competence(place: Neighbourhood) -> None:
    person_id, gate = place.edith(), place.gate(place.priya)
    worker, sam, priya = place.worker(place.nasreen), place.worker(place.sam), place.worker(place.priya)
    add_member(gate, person_id=person_id, worker=worker)

    def a_task(what: str, kind: str = "next-step") -> Resource:
        return add_task(
            gate, person_id=person_id, step=NextStep(what, priya.party, priya.name, TODAY), kind=kind
        )

    for what, why in (
        ("Dress the leg", "care of the skin and wounds is for a nurse"),
        ("Measure her blood pressure", "measuring and examining is for a professional"),
        ("Check the tablets", "medicines are for a professional"),
    ):
        wound = a_task(what)
        assert why in refused(worklists.pass_to(gate, task_id=wound.id, version=1, to=worker))
        answer = pass_as_visit(gate, task_id=wound.id, version=1, volunteer=sam, details=_tomorrow())
        assert why in refused(answer) and "Sam Okoro" in refused(answer)
    review = a_task("Look again", kind="high-risk-review")
    assert "a task of this kind" in refused(worklists.pass_to(gate, task_id=review.id, version=1, to=worker))

    books = a_task("Take the library books back")
    passed = worklists.pass_to(gate, task_id=books.id, version=1, to=worker)
    assert isinstance(passed, Resource)
    nasreen = place.answering()
    assert [one.what for one in worklists.mine(worklists.waiting(nasreen).work, nasreen)] == [
        "Take the library books back"
    ]
    visit = pass_as_visit(gate, task_id=books.id, version=passed.version, volunteer=sam, details=_tomorrow())
    assert isinstance(visit, Resource)
    visitor = make.gate(place.sam, "volunteer", place.code)
    [shown] = my_visits(visitor)
    assert (shown.first_name, shown.what_to_do) == ("Edith", ("Take the library books back",))
    assert visitor.person(person_id) is None
    back = give_back(gate, task_id=books.id, version=visit.version, to=priya)
    assert isinstance(back, Resource) and my_visits(make.gate(place.sam, "volunteer", place.code)) == []
    assert [
        one.what for one in worklists.mine(worklists.waiting(gate).work, gate) if one.task_id == books.id
    ] == ["Take the library books back"]
    again = pass_as_visit(gate, task_id=books.id, version=back.version, volunteer=sam, details=_tomorrow())
    assert isinstance(again, Resource)
    reported = have_been(make.gate(place.sam, "volunteer", place.code), task_id=books.id, how="well")
    assert not isinstance(reported, Refusal)


def test_a31_a_task_passed_to_the_voluntary_sector_carries_nothing_that_professionals_wrote_on_it(
    place: Neighbourhood,
) -> None:
    person_id, gate, worker = place.edith(), place.gate(place.priya), place.worker(place.nasreen)
    add_member(gate, person_id=person_id, worker=worker)
    step = NextStep("Take the library books back", place.priya.party, "Priya", TODAY)
    task = add_task(gate, person_id=person_id, step=step)
    why = {"note": [{"text": "Asks about her cancer"}], "reasonCode": {"text": "Depressed since the scan"}}
    noted = gate.update({**task.body, **why}, version=task.version)
    assert isinstance(worklists.pass_to(gate, task_id=task.id, version=noted.version, to=worker), Resource)
    nasreen = place.answering()
    seen = nasreen.read("Task", task.id)
    assert seen is not None and seen.body["owner"]["display"] == "Nasreen Shah"
    shown = json.dumps([seen.body, *(one.text for one in nasreen.history_text("Task", task.id))])
    assert "cancer" not in shown and "Depressed" not in shown


def test_a31_a_visit_carries_nothing_that_was_written_on_the_task_for_professionals(
    place: Neighbourhood,
) -> None:
    person_id, gate, sam = place.edith(), place.gate(place.priya), place.worker(place.sam)
    step = NextStep("Take the library books back", place.priya.party, "Priya", TODAY)
    task = add_task(gate, person_id=person_id, step=step)
    why = {"note": [{"text": "Asks about her cancer"}], "reasonCode": {"text": "Depressed since the scan"}}
    noted = gate.update({**task.body, **why}, version=task.version)
    done = pass_as_visit(gate, task_id=task.id, version=noted.version, volunteer=sam, details=_tomorrow())
    assert isinstance(done, Resource)
    visitor = make.gate(place.sam, "volunteer", place.code)
    seen = visitor.read("Task", task.id)
    assert seen is not None
    shown = [json.dumps(seen.body), *(one.text for one in visitor.history_text("Task", task.id))]
    assert not [one for one in shown if "cancer" in one or "Depressed" in one]
    assert [one for one in gate.history_text("Task", task.id) if "cancer" in one.text], "the team keeps it"


def _tomorrow() -> VisitDetails:
    starts = datetime.now(UTC) + timedelta(days=1)
    return VisitDetails(
        "Edith",
        starts,
        starts + timedelta(hours=1),
        "6 Ferry Road",
        "01632 960031",
        "Priya Nair",
        "01632 960111",
    )
