"""A47: each of the seven statements has an answer from the record; where people say less, the gap is flagged."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from careweave.care.experience import answering, asking, inviting
from careweave.care.experience.answers import Given
from careweave.care.noticing import objective
from careweave.care.noticing.objective import MEASURES, Person
from careweave.care.teams.enrolment import take_on
from careweave.definitions import load_definition
from careweave.definitions.survey_definition import load_survey
from careweave.measures.experience import published
from careweave.measures.experience.counts import Said
from careweave.measures.experience.gap import GapReport
from careweave.record import Refusal, Resource, invitations
from tests import factories as make
from tests.scenarios.test_clocks import Place
from tests.scenarios.test_worklists import browser
from tests.unit.test_experience_results import asked as asked_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONTENT = load_definition("statements", "national-voices", date(2026, 11, 20)).content


def also_looked_after(place: Place) -> str:
    """One more person of Priya's."""
    practice = place.priya.roles.get().organisation_id
    person = make.person((practice, make.patient(practice, uuid.uuid4().hex, gp=practice)))
    make.suggestion(person, f"team:{place.team}")
    me = make.worker(place.priya, "coordinator", team=place.team)
    assert not isinstance(take_on(place.gate, person_id=person, coordinator=me), Refusal)
    return person


def says(person: str, *, agrees: bool) -> None:
    """They are asked in October, and answer in confidence."""
    october = datetime(2026, 10, 20, 12, tzinfo=UTC)
    survey = load_survey("national-voices", october.date())
    moment = asking.Moment("plan-published", date(2026, 9, 22), "x")
    (one,) = asking.invited(person, moment, [survey], asking.rules_on(october.date()))
    assert invitations.plan(invitations.worker_gate(), one)
    inviting.send_surveys(october)
    opened = answering.open_own(make.own_gate(person), one.id, now=october)
    assert isinstance(opened, answering.Opened)
    said = Given({"in-charge": "agree" if agrees else "strongly-disagree"}, who="self")
    assert answering.send(opened, said, now=october) is None


@pytest.fixture
def published_voices(database: Any) -> Iterator[None]:
    """Sixty of a hundred in the whole place agree that they always knew who was in charge."""
    home: Path = settings.CONFIGURATION.home
    voices = asked_of("national-voices", "person", {"in-charge": Said(60, 40)}, 100)
    made = published.PublishedExperience(
        NOW.date(), "place", "1", ("A source",), 5, (voices,), (), GapReport(())
    )
    published.keep(home, made)
    yield
    (home / published.FOLDER / published.FILE).unlink()


@pytest.mark.usefixtures("published_voices")
def test_a47_everyone_has_a_coordinator_by_record_but_only_three_of_five_agree() -> None:
    """Coordinator present 100 % by record but only 60 % agree “I always knew…”: the gap is flagged on the team's page."""
    place = Place()
    also_looked_after(place)
    page = browser(place.priya).get("/day/statements").content.decode()
    assert "2 of 2 (100%)" in page and "60%" in page and "100 answers" in page
    assert page.count(">Gap<") == 1 and "the record says 100%, and 60% of people agree. Ask them why" in page


def test_no_figure_of_answers_is_counted_over_the_people_of_one_reader() -> None:
    """A coordinator chooses whom they look after: two counts with one person between them would tell what they said."""
    place = Place()
    people = [place.person, *(also_looked_after(place) for _ in range(5))]
    for person in people:
        says(person, agrees=False)
        assert place.gate.about(person, ["QuestionnaireResponse"]) == [], "who said what is not the team's"
    page = browser(place.priya).get("/day/statements").content.decode()
    assert page.count("nothing is counted yet") == 7 and "Strongly" not in page


def entry(type_: str, body: dict[str, Any], **rest: Any) -> Resource:
    whole: dict[str, Any] = {
        "type": type_, "id": str(uuid.uuid4()), "version": 1, "subject": "x", "source": "careweave", "labels": (),
        "parties": (), "starts": None, "ends": None, "updated": NOW, "body": body,
    }  # fmt: skip
    return Resource(**whole | rest)


def asked(measure: str, *entries: Resource, holder: str = "") -> bool | None:
    return MEASURES[measure](Person("x", entries, holder, NOW, CONTENT["figures"]))


def day(days: int) -> str:
    return (NOW + timedelta(days=days)).date().isoformat()


def test_a47_tests_have_their_results_in_time() -> None:
    lab = [{"coding": [{"system": "http://snomed.info/sct", "code": "108252007"}]}]
    order = entry("ServiceRequest", {"authoredOn": day(-40), "category": lab})
    based = {"basedOn": [{"reference": f"ServiceRequest/{order.id}"}]}
    soon = entry("DiagnosticReport", based, starts=NOW - timedelta(days=30))
    late = entry("DiagnosticReport", based, starts=NOW - timedelta(days=3))
    assert asked("results-in-time") is None
    assert asked("results-in-time", entry("ServiceRequest", {"authoredOn": day(-3)})) is None, (
        "it may still come"
    )
    assert asked("results-in-time", order) is False
    assert asked("results-in-time", order, soon) is True
    assert asked("results-in-time", order, late) is False


def test_a47_next_steps_and_who_is_in_charge() -> None:
    assert asked("next-step-known") is False
    booked = entry("Appointment", {"status": "booked"}, starts=NOW + timedelta(days=1))
    assert asked("next-step-known", booked) is True
    gone = entry("Appointment", {"status": "booked"}, starts=NOW - timedelta(days=1))
    assert asked("next-step-known", gone) is False
    step = entry("Task", {"status": "requested", "restriction": {"period": {"end": day(3)}}})
    assert asked("next-step-known", step) is True
    assert asked("somebody-in-charge") is False
    assert asked("somebody-in-charge", holder="staff:1") is True


def test_a47_after_leaving_hospital_somebody_is_in_touch() -> None:
    home = NOW - timedelta(days=9)
    stay = entry("Encounter", {"class": {"code": "IMP"}, "status": "finished"}, ends=home)
    note = {
        "category": [{"coding": [{"system": "https://careweave.org/codes", "code": "note"}]}],
        "status": "completed",
    }
    assert asked("contact-after-leaving") is None
    assert asked("contact-after-leaving", stay) is False
    assert (
        asked("contact-after-leaving", stay, entry("Communication", note, starts=home + timedelta(hours=30)))
        is True
    )
    assert (
        asked("contact-after-leaving", stay, entry("Communication", note, starts=home + timedelta(hours=60)))
        is False
    )
    assert (
        asked("contact-after-leaving", stay, entry("Communication", note, starts=home - timedelta(hours=1)))
        is False
    )


def service(code: str, start: int, end: int | None = None) -> Resource:
    period = {"start": day(start)} | ({"end": day(end)} if end is not None else {})
    category = [{"coding": [{"code": "social-care-service"}]}]
    return entry("ServiceRequest", {"category": category, "code": {"text": code}, "occurrencePeriod": period})


def test_a47_care_goes_on_after_a_move() -> None:
    addresses = [{"period": {"start": day(-900)}}, {"period": {"start": day(-60)}}]
    moved = entry("Patient", {"address": addresses})
    before = service("Home Care", -400, -60)
    assert asked("care-after-moving", moved) is None, "who had no care lost none"
    assert asked("care-after-moving", moved, before) is False
    assert asked("care-after-moving", moved, before, service("Home Care", -56)) is True
    assert asked("care-after-moving", moved, before, service("Home Care", -20)) is False
    assert asked("care-after-moving", before) is None, "who did not move is not counted"


def test_a47_a_care_home_is_chosen_among_several() -> None:
    home = service("Long Term Support: Residential Care", -30)
    assert asked("choice-offered") is None
    assert asked("choice-offered", home) is False
    code = {"coding": [{"system": "https://careweave.org/codes", "code": objective.CHOICE}]}
    offered = {"code": code, "status": "completed", "input": [{}, {}]}
    assert asked("choice-offered", home, entry("Task", offered)) is True
    assert asked("choice-offered", home, entry("Task", {**offered, "input": [{}]})) is False


def test_a47_each_of_the_seven_statements_has_its_measure() -> None:
    assert [each["measure"] for each in CONTENT["statements"]] == list(MEASURES)
    assert len(MEASURES) == 7
