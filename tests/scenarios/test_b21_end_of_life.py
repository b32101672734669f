"""B21: decisions about the end of life are written down with author, date, conversation and review, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from careweave.record import Actor, Conflict, Gate, Purpose, Refused
from tests.fixtures.database import Database

if TYPE_CHECKING:
    from careweave.care.plans.end_of_life import Decision
    from tests.journeys.place import Place

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
TODAY = date(2026, 11, 26)


@pytest.fixture(scope="module")
def place(database: Database) -> Place:
    from tests.journeys.place import build, take_joe_on

    built = build()
    take_joe_on(built)
    return built


def cpr() -> Decision:
    from careweave.care.plans.end_of_life import Decision

    return Decision(
        kind="resuscitation",
        decision="Do not attempt resuscitation",
        decided_by="Dr Ruth Cole, GP",
        decided_on="2026-11-20",
        discussion="Talked with Joe and Annie at home. Joe said he had had a good life.",
        review_on="2027-05-20",
        form_at="Yellow folder on the fridge",
    )


def record(gate: Gate, place: Place, decision: Decision, today: date = TODAY) -> Any:
    from careweave.care.plans.end_of_life import record_decision

    return record_decision(gate, person_id=place.joe, decision=decision, today=today)


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("decided_by", "Write who decided, with their role"),
        ("decided_on", "Write the day of the decision"),
        ("discussion", "Write what was said, and with whom"),
        ("review_on", "Choose the day of the next review"),
        ("form_at", "Say where the paper or the medicines are"),
    ],
)
def test_b21_a_cpr_decision_without_author_date_discussion_or_review_is_refused(
    place: Place, lacking: str, words: str
) -> None:
    gate = place.gate("priya", "coordinator")
    refused = record(gate, place, replace(cpr(), **{lacking: ""}))
    assert isinstance(refused, tuple) and [(one.reason, one.field) for one in refused] == [(words, lacking)]
    assert not [one for one in gate.about(place.joe, ["Flag"]) if one.source == "careweave"]


def test_b21_days_that_cannot_be_are_refused(place: Place) -> None:
    gate = place.gate("priya", "coordinator")
    for change, words in (
        ({"decided_on": "2026-11-27"}, "cannot be after today"),
        ({"review_on": "2026-11-26"}, "must be after today"),
        ({"decision": "Perhaps"}, "Choose what was decided"),
    ):
        refused = record(gate, place, replace(cpr(), **change))
        assert isinstance(refused, tuple) and words in refused[0].reason


def test_b21_no_score_and_no_job_can_write_a_decision(place: Place) -> None:
    for purpose in (Purpose.CASE_FINDING, Purpose.SYSTEM):
        finder = Gate(Actor("system:finder", "system"), purpose)
        refused = record(finder, place, cpr())
        assert isinstance(refused, tuple) and "never a score" in refused[0].reason
        with pytest.raises(Refused):
            finder.create(
                {
                    "resourceType": "Flag",
                    "status": "active",
                    "code": {"text": "Do not attempt resuscitation"},
                    "subject": {"reference": f"Patient/{place.joe}"},
                },
                subject=place.joe,
            )


def test_b21_the_card_names_who_decided_and_where_the_form_is_until_it_no_longer_holds(place: Place) -> None:
    from careweave.care.plans.end_of_life import take_back
    from tests.scenarios.crisis import signed_in, words_of

    priya, address = signed_in(place.staff["priya"], "coordinator", "RVC"), f"/people/{place.joe}/end-of-life"
    form = {
        "decision": "Do not attempt resuscitation", "decided_by": "Dr Ruth Cole, GP",
        "decided_on-day": "20", "decided_on-month": "11", "decided_on-year": "2025",
        "discussion": "Talked with Joe and Annie", "form_at": "Yellow folder",
    }  # fmt: skip
    refused = priya.post(f"{address}/resuscitation", form)
    assert refused.status_code == 422 and "Choose the day of the next review." in words_of(refused)
    assert "Talked with Joe and Annie" in words_of(refused)
    year = {"review_on-day": "1", "review_on-month": "3", "review_on-year": "2090"}
    assert priya.post(f"{address}/resuscitation", {**form, **year}).status_code == 302
    card = words_of(priya.get(f"/people/{place.joe}/crisis"))
    said = (
        "Resuscitation: Do not attempt resuscitation, Dr Ruth Cole, GP, 20 November 2025. Form: Yellow folder"
    )
    assert said in card
    again = priya.post(f"{address}/resuscitation", {**form, **year, "version": "0"})
    assert again.status_code == 422 and "Someone wrote this anew" in words_of(again)
    gate = place.gate("priya", "coordinator")
    ended = take_back(
        gate, person_id=place.joe, kind="resuscitation", version=1, reason="Joe changed his mind"
    )
    assert ended.version == 2  # type: ignore[union-attr]
    assert "Resuscitation: no decision recorded" in words_of(priya.get(f"/people/{place.joe}/crisis"))
    assert len(gate.history("Flag", ended.id)) == 2  # type: ignore[union-attr]


def test_b21_a_decision_whose_review_is_over_says_so_and_stays(place: Place) -> None:
    from careweave.web.presenters import crisis
    from tests.unit.web_samples import SOURCES

    gate = place.gate("priya", "coordinator")
    stored = record(gate, place, cpr())
    with pytest.raises(Conflict):
        record(gate, place, replace(cpr(), version=99))
    said = crisis.resuscitation([stored], SOURCES.names, today=date(2027, 6, 1))
    assert "Out of date: review was due 20 May 2027. It may still hold" in said
    assert said.startswith("Resuscitation: Do not attempt resuscitation, Dr Ruth Cole, GP")


def test_b21_two_sources_that_differ_stand_together(place: Place) -> None:
    from careweave.web.presenters import crisis
    from tests.unit.web_samples import SOURCES, held

    gate = place.gate("priya", "coordinator")
    ours = [one for one in gate.about(place.joe, ["Flag"]) if one.source == "careweave"]
    theirs = held(
        {
            "resourceType": "Consent",
            "status": "active",
            "scope": {"coding": [{"code": "adr"}]},
            "category": [{"text": "Attempt resuscitation"}],
            "dateTime": "2026-10-01",
        },
        "RVR",
    )
    said = crisis.resuscitation([*ours, theirs], SOURCES.names, today=TODAY)
    assert said.startswith("Resuscitation: sources differ.")
    assert "Attempt resuscitation, Riverside Hospital" in said and "Do not attempt" in said


def test_b21_after_a_death_the_family_is_asked_and_the_place_stands_beside_the_wish(place: Place) -> None:
    from careweave.care.plans.end_of_life_after import death_of, record_death
    from careweave.care.teams import ending
    from careweave.care.teams.telling import in_charge_of
    from careweave.identity.golden_records import linker_gate, refresh_golden

    today = timezone.localdate()
    died_on = today - timedelta(days=1)
    gate = place.gate("priya", "coordinator")
    wish = replace(cpr(), kind="preferred-place", decision="Home", form_at="")
    assert not isinstance(record(gate, place, wish), tuple)
    to = in_charge_of(gate, place.joe)
    for day, where, words in (
        (today + timedelta(days=1), "Home", "cannot be after today"),
        (died_on, "The moon", "Choose where the person died"),
    ):
        refused = record_death(gate, person_id=place.joe, died_on=day, place=where, to=to, today=today)
        assert words in refused.reason  # type: ignore[union-attr]
    died = record_death(gate, person_id=place.joe, died_on=died_on, place="Hospital", to=to, today=today)
    assert died.preferred == "Home" and died.is_as_wished is False  # type: ignore[union-attr]
    again = record_death(gate, person_id=place.joe, died_on=died_on, place="Hospital", to=to, today=today)
    assert "already" in again.reason  # type: ignore[union-attr]
    tasks = {
        one.body["description"]: one.body["restriction"]["period"]
        for one in gate.about(place.joe, ["Task"])
        if "restriction" in one.body
    }
    call = next(period for what, period in tasks.items() if what.startswith("Call the family"))
    survey = next(period for what, period in tasks.items() if what.startswith("Ask the family"))
    assert date.fromisoformat(call["end"]) <= died_on + timedelta(days=14)
    assert date.fromisoformat(survey["start"]) >= died_on + timedelta(days=90)
    assert not [one for one in ending.planned(gate, place.joe) if "family" in one.what]
    refresh_golden(linker_gate(), [place.joe])  # no source knows yet; the team's word stands
    golden = next(one for one in gate.about(place.joe, ["Patient"]) if one.id == place.joe)
    assert golden.body["deceasedDateTime"] == died_on.isoformat()
    assert death_of(gate.about(place.joe, ["Flag"])) == died


def test_b21_someone_senior_looks_every_day_in_the_last_days_of_life_and_it_is_passed_on_once() -> None:
    from datetime import datetime

    from careweave.care.plans import daily_review, end_of_life, end_of_life_after
    from careweave.care.plans.daily_review_due import ask_due
    from careweave.care.teams import clocks
    from careweave.care.teams.telling import in_charge_of
    from careweave.care.teams.working_time import LONDON
    from careweave.record import Refusal
    from tests import factories as make
    from tests.scenarios.coordination import TODAY as NOW
    from tests.scenarios.coordination import TRUST
    from tests.scenarios.coordination import Place as Team

    team = Team()
    person_id, gate = team.taken_on(), team.gate(team.priya)
    said = replace(
        cpr(), kind="last-days", decision="Hours to days", decided_on=NOW.isoformat(),
        review_on=(NOW + timedelta(days=1)).isoformat(),
    )  # fmt: skip
    written = end_of_life.record_decision(gate, person_id=person_id, decision=said, today=NOW)
    assert not isinstance(written, tuple), written
    refused = daily_review.review(gate, person_id=person_id, words="Comfortable", day=NOW)
    assert isinstance(refused, Refusal) and "A GP, a matron" in refused.reason
    senior = make.gate(team.priya, "community-matron", TRUST)
    done = daily_review.review(
        senior, person_id=person_id, words="Comfortable, syringe driver checked", day=NOW
    )
    assert not isinstance(done, Refusal), done

    tomorrow = NOW + timedelta(days=1)
    assert ask_due(tomorrow) >= 1 and ask_due(tomorrow) == 0, "once a day"
    late = datetime.combine(tomorrow + timedelta(days=1), datetime.min.time(), LONDON)
    clocks.escalate_due(late + timedelta(minutes=1))
    clocks.escalate_due(late + timedelta(hours=3))
    passed_on = [
        one
        for one in gate.about(person_id, ["Task"])
        if "last days of life is missing" in str(one.body.get("description"))
    ]
    assert len(passed_on) == 1, "to the deputy or the manager, once"

    end_of_life_after.record_death(
        gate, person_id=person_id, died_on=NOW, place="Home", to=in_charge_of(gate, person_id), today=NOW
    )
    day_after = tomorrow + timedelta(days=1)
    ask_due(day_after)
    assert gate.read("Task", daily_review.task_id(person_id, day_after)) is None, "not after a death"
