"""B08: one assessment for all professions, a carer's own, and Care Act eligibility that is told to the person."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.db import connections

from careweave.care.assessments import carers, deciding
from careweave.care.assessments.completing import NotComplete, complete
from careweave.care.assessments.drafting import (
    draft_answers,
    mark,
    save_answers,
    section_authors,
    writing_now,
)
from careweave.care.assessments.eligibility import ABLE
from careweave.care.assessments.fhir import given_in
from careweave.care.assessments.knowing import already_known, completed
from careweave.care.assessments.needs import unmet_needs
from careweave.care.assessments.questions import NONE, Answer, Assessment
from careweave.care.assessments.reading import all_assessments, assessment
from careweave.care.assessments.serving import serve_questionnaires
from careweave.care.teams.shapes import CODES
from careweave.care.teams.telling import in_charge_of
from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import resource_id
from tests import factories as make
from tests.scenarios.test_a19_joe_and_annie import PRACTICE, Joe

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
TODAY = date.today()  # noqa: DTZ011 - the day of the run
FULL = "full-assessment"


def form(id_: str = FULL) -> Assessment:
    return assessment(id_, on=TODAY)


def answers_to(form_: Assessment, **changes: Answer) -> dict[str, Answer]:
    """Every question of a form with an answer that needs no other."""
    found = {}
    for question in form_.questions.values():
        if question.formula is None:
            value = {"text": "As told", "string": "As told", "integer": "71", "money": "£1.00", "list": NONE}
            found[question.id] = Answer(value.get(question.type) or question.options[0])
    return {**found, **{key.replace("_", "-"): answer for key, answer in changes.items()}}


def done(gate: Gate, person_id: str, id_: str = FULL) -> Resource:
    made = complete(gate, person_id=person_id, today=TODAY, form_id=id_)
    assert isinstance(made, Resource), made
    return made


def weighed(joe: Joe, subject: str, kilograms: float, on: date) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "id": resource_id(PRACTICE, "Observation", f"{joe.local_id} {on}"),
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "effectiveDateTime": f"{on.isoformat()}T00:30:00Z",
        "valueQuantity": {
            "value": kilograms,
            "unit": "kg",
            "system": "http://unitsofmeasure.org",
            "code": "kg",
        },
        "subject": {"reference": f"Patient/{subject}"},
    }


@pytest.fixture
def joe() -> Joe:
    return Joe()


@pytest.fixture
def maria(joe: Joe) -> Gate:
    return make.gate(joe.team["district-nurse"], "district-nurse", "RVC")


def test_b08_completion_with_a_blank_required_section_is_refused_unless_it_was_not_asked_and_why(
    joe: Joe,
) -> None:
    typed = answers_to(form())
    section = form().section("finance")
    assert section
    blank = {question.id: Answer() for question in section.questions if question.formula is None}
    save_answers(joe.gate, person_id=joe.id, answers={**typed, **blank}, form_id=FULL)
    answer = complete(joe.gate, person_id=joe.id, today=TODAY, form_id=FULL)
    assert isinstance(answer, NotComplete)
    assert {f.question for f in answer.faults} == {"funding", "income", "savings", "benefits-check"}
    left = {f.question: Answer(none="not-asked") for f in answer.faults}
    save_answers(joe.gate, person_id=joe.id, answers=left, form_id=FULL)
    answer = complete(joe.gate, person_id=joe.id, today=TODAY, form_id=FULL)
    assert isinstance(answer, NotComplete) and {f.words for f in answer.faults} == {
        "Say why this was not asked"
    }
    left = {key: Answer(none="not-asked", why="Joe will bring his papers") for key in left}
    save_answers(joe.gate, person_id=joe.id, answers=left, form_id=FULL)
    assert "Joe will bring his papers" in json.dumps(done(joe.gate, joe.id).body)


def test_b08_contradictory_answers_stand_side_by_side(joe: Joe, maria: Gate) -> None:
    for gate, falls in ((maria, "None"), (joe.gate, "Two or more")):
        save_answers(gate, person_id=joe.id, answers=answers_to(form(), falls=Answer(falls)), form_id=FULL)
        done(gate, joe.id)
    # The short assessment asks the same question, and shows both.
    known = already_known(joe.gate, joe.id, on=TODAY, form=form("short-assessment"))["falls"]
    assert known.answer.value == "Two or more"
    assert [(one.answer.value, one.by) for one in known.differing] == [("None", maria.actor.name)]


def test_b08_who_answered_which_section_and_when_survives_completion(joe: Joe, maria: Gate) -> None:
    typed = answers_to(form())
    housing = form().section("housing")
    assert housing
    hers = {question.id for question in housing.questions}
    save_answers(maria, person_id=joe.id, answers={k: v for k, v in typed.items() if k in hers}, form_id=FULL)
    save_answers(
        joe.gate, person_id=joe.id, answers={k: v for k, v in typed.items() if k not in hers}, form_id=FULL
    )
    saved = joe.gate.draft(joe.id, "assessment", key=FULL)
    assert saved and section_authors(form(), saved)["housing"][0] == maria.actor.name
    assert [(w.name, w.section) for w in writing_now(form(), saved, joe.gate.actor.id, saved.saved_at)] == [
        (maria.actor.name, "Home")
    ]
    assert not writing_now(form(), saved, joe.gate.actor.id, saved.saved_at + timedelta(minutes=3))
    given = given_in(done(joe.gate, joe.id).body, form())
    assert given["accommodation"].by == maria.actor.id and given["falls"].by == joe.gate.actor.id


def test_b08_an_answer_that_is_only_carried_over_keeps_its_author_and_does_not_grow_young(
    joe: Joe, maria: Gate
) -> None:
    save_answers(maria, person_id=joe.id, answers=answers_to(form()), form_id=FULL)
    first = given_in(done(maria, joe.id).body, form())["falls"]
    # Priya completes the short assessment, and touches one answer only.
    short = form("short-assessment")
    save_answers(joe.gate, person_id=joe.id, answers={"mood": Answer("Often low or worried")})
    second = given_in(done(joe.gate, joe.id, "short-assessment").body, short)
    assert (second["falls"].by, second["falls"].at) == (maria.actor.id, first.at)
    assert second["mood"].by == joe.gate.actor.id
    later = already_known(joe.gate, joe.id, on=TODAY + timedelta(days=31), form=short)
    assert not later["falls"].is_current and later["accommodation"].is_current


def test_b08_a_stale_write_shows_both_texts_and_overwrites_nothing(joe: Joe, maria: Gate) -> None:
    shown = {"good-day": mark(Answer())}
    save_answers(maria, person_id=joe.id, answers={"good-day": Answer("The river")}, seen=shown, form_id=FULL)
    saved = save_answers(
        joe.gate, person_id=joe.id, answers={"good-day": Answer("The club")}, seen=shown, form_id=FULL
    )
    (clash,) = saved.clashes
    assert (clash.theirs.value, clash.name) == ("The river", maria.actor.name)
    assert draft_answers(joe.gate, joe.id, FULL)[0]["good-day"].value == "The river"


def test_b08_money_is_kept_as_whole_pence_and_added_up_on_the_server(joe: Joe) -> None:
    money = {
        "savings": Answer(), "savings.0.what": Answer("Bank"), "savings.0.amount": Answer("£14,250.50"),
        "savings.1.what": Answer("Bonds"), "savings.1.amount": Answer("£0.50"), "savings-all": Answer("£3.00"),
    }  # fmt: skip
    save_answers(joe.gate, person_id=joe.id, answers={**answers_to(form()), **money}, form_id=FULL)
    body = done(joe.gate, joe.id).body
    finance = next(section for section in body["item"] if section["linkId"] == "finance")
    total = next(item for item in finance["item"] if item["linkId"] == "savings-all")
    assert total["answer"] == [{"valueInteger": 1_425_100}]
    assert given_in(body, form())["savings.1.amount"].answer.value == "£0.50"
    assert (
        already_known(joe.gate, joe.id, on=TODAY, form=form())["savings"].rows["savings.0.what"].value
        == "Bank"
    )


def test_b08_what_the_record_holds_is_filled_in_with_source_and_date(joe: Joe) -> None:
    subject = next(p for p in joe.gate.about(joe.id, ["Patient"]) if p.source == PRACTICE).id
    day = TODAY - timedelta(days=20)
    make.load(PRACTICE, weighed(joe, subject, 71.4, day))
    known = already_known(joe.gate, joe.id, on=TODAY, form=form())["weight"]
    assert (known.answer.value, known.source, known.on) == ("71", PRACTICE, day)
    save_answers(
        joe.gate, person_id=joe.id, answers={**answers_to(form()), "weight": Answer()}, seen={}, form_id=FULL
    )
    given = given_in(done(joe.gate, joe.id).body, form())["weight"]
    assert given.source == PRACTICE and given.at.date() == day
    # A newer measurement stands beside it, and does not go over it.
    make.load(PRACTICE, weighed(joe, subject, 64, TODAY))
    known = already_known(joe.gate, joe.id, on=TODAY, form=form())["weight"]
    assert known.answer.value == "71" and [one.answer.value for one in known.differing] == ["64"]


def test_b08_an_unmet_need_is_listed_until_someone_says_it_is_met(joe: Joe) -> None:
    save_answers(
        joe.gate,
        person_id=joe.id,
        answers=answers_to(form(), washing=Answer("With much help", unmet=True)),
        form_id=FULL,
    )
    done(joe.gate, joe.id)
    needs = unmet_needs(joe.gate.about(joe.id, ["QuestionnaireResponse"]))
    assert [(need.question, need.words) for need in needs] == [("Washing and dressing", "With much help")]
    save_answers(joe.gate, person_id=joe.id, answers={"washing": Answer("With much help")})
    done(joe.gate, joe.id, "short-assessment")
    assert not unmet_needs(joe.gate.about(joe.id, ["QuestionnaireResponse"]))


# -- the carer --------------------------------------------------------------------------------------------------


def test_b08_the_carers_own_assessment_is_on_her_record_and_never_on_his(joe: Joe) -> None:
    joe.share_with_annie()
    annie = make.own_gate(joe.annie)
    secret = "I have not slept since August"
    answers = {
        "carer-wants": Answer(secret),
        "carer-going-on": Answer("Only for a while"),
        "carer-until": Answer("Easter"),
    }
    save_answers(annie, person_id=joe.annie, answers=answers, form_id=carers.FORM)
    sent = carers.send_own(annie, today=TODAY, looked_after_by=in_charge_of(joe.gate, joe.id))
    assert isinstance(sent, carers.Sent), sent
    held = given_in(sent.response.body, form(carers.FORM))
    assert held["carer-wants"].answer.value == secret
    assert held["carer-mood"].answer == Answer(none="not-asked", why=carers.LEFT_EMPTY)
    everything = joe.gate.everything(joe.id)
    assert everything and secret not in str(everything) and carers.FORM not in str(everything)
    assert not completed(joe.gate, joe.annie)  # Priya looks after Joe: that opens nothing of Annie's
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM record.resource WHERE subject = %s AND body::text LIKE %s",
            [joe.id, "%slept%"],
        )
        assert cursor.fetchone()[0] == 0


def test_b08_a_carer_of_whom_nobody_is_in_charge_is_suggested_to_the_team_with_no_word_of_what_she_said(
    joe: Joe,
) -> None:
    annie = make.own_gate(joe.annie)
    save_answers(
        annie,
        person_id=joe.annie,
        answers={"carer-mood": Answer("Often low or worried")},
        form_id=carers.FORM,
    )
    sent = carers.send_own(annie, today=TODAY, looked_after_by=in_charge_of(joe.gate, joe.id))
    assert isinstance(sent, carers.Sent) and sent.asked == "Priya Nair"
    task = next(iter(joe.gate.naming_me("Task", [("code", f"{CODES}|suggested")])))
    assert task.subject == joe.annie and task.body["reasonCode"]["text"] == carers.ASKED
    assert "low" not in json.dumps(task.body)


# -- eligibility ------------------------------------------------------------------------------------------------


def test_b08_a_care_act_decision_has_conditions_outcomes_reason_and_is_given_to_the_person(joe: Joe) -> None:
    adults = form("care-act-adults")
    answers = {q.id: Answer(ABLE if ABLE in q.options else "Yes") for q in adults.questions.values()}
    answers |= {
        "decision-reason": Answer("Joe cannot wash or cook alone"),
        "nutrition": Answer(none="not-known"),
    }
    answers |= {"hygiene": Answer("Unable to, without assistance")}
    save_answers(joe.gate, person_id=joe.id, answers=answers, form_id=adults.id)
    open_ = complete(joe.gate, person_id=joe.id, today=TODAY, form_id=adults.id)
    assert isinstance(open_, NotComplete) and [f.question for f in open_.faults] == ["nutrition"]
    save_answers(
        joe.gate,
        person_id=joe.id,
        answers={"nutrition": Answer("Unable to, without assistance")},
        form_id=adults.id,
    )
    made = done(joe.gate, joe.id, adults.id)
    decision = deciding.decision_of(made)
    assert decision and decision.eligibility.is_eligible is True and decision.by == "Priya Nair"
    assert decision.eligibility.reason == "Joe cannot wash or cook alone"
    assert "2 of the 10 outcomes" in decision.eligibility.findings[1].text and not decision.given
    assert isinstance(deciding.give(joe.gate, person_id=joe.id, response_id=made.id, how="shouted"), Refusal)
    given = deciding.give(joe.gate, person_id=joe.id, response_id=made.id, how="handed-over")
    assert isinstance(given, Resource)
    (once,) = deciding.given_to(given.body)
    assert (once.how, once.by) == ("handed-over", "Priya Nair")


def test_b08_a_carer_who_is_taken_on_is_assessed_on_her_own_record(joe: Joe) -> None:
    from careweave.care.teams.enrolment import Enrolled, take_on

    make.suggestion(joe.annie, joe.priya.party)
    taken = take_on(joe.gate, person_id=joe.annie, coordinator=make.worker(joe.priya, "coordinator"))
    assert isinstance(taken, Enrolled), taken
    rules = form("care-act-carers")
    answers = {q.id: Answer(ABLE if ABLE in q.options else "Yes") for q in rules.questions.values()}
    answers |= {"decision-reason": Answer("Annie's own health is going down")}
    save_answers(joe.gate, person_id=joe.annie, answers=answers, form_id=rules.id)
    decision = deciding.decision_of(done(joe.gate, joe.annie, rules.id))
    assert decision and decision.eligibility.is_eligible is True
    assert decision.eligibility.findings[1].because == (
        "The carer's physical or mental health is, or is at risk of, deteriorating",
    )


# -- the API ----------------------------------------------------------------------------------------------------


def test_b08_every_assessment_is_served_as_a_questionnaire_and_its_answers_name_it(joe: Joe) -> None:
    assert serve_questionnaires(TODAY) == len(all_assessments(on=TODAY))
    assert serve_questionnaires(TODAY) == 0
    page = joe.gate.search(
        "Questionnaire", [("url", "https://careweave.org/fhir/Questionnaire/full-assessment")]
    )
    (found,) = page.resources
    landlord = next(item for item in found.body["item"][0]["item"] if item["linkId"] == "landlord")
    assert landlord["enableBehavior"] == "any" and len(landlord["enableWhen"]) == 2
    save_answers(joe.gate, person_id=joe.id, answers=answers_to(form()), form_id=FULL)
    named = done(joe.gate, joe.id).body["questionnaire"]
    assert named == f"{found.body['url']}|{found.body['version']}"
