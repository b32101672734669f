"""B08: one short assessment; every question has an answer or says why not, and nothing is asked twice."""

from __future__ import annotations

from datetime import date

import pytest

from careweave.care.assessments.completing import NotComplete, complete
from careweave.care.assessments.drafting import draft_answers, mark, save_answers
from careweave.care.assessments.fhir import answers_in
from careweave.care.assessments.knowing import already_known
from careweave.care.assessments.questions import SHORT, Answer
from careweave.care.assessments.reading import assessment
from careweave.record.beside import StaleDraft
from tests import factories as make
from tests.scenarios.test_a19_joe_and_annie import Joe

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
TODAY = date.today()  # noqa: DTZ011 - the day of the run


def everything(**changes: Answer) -> dict[str, Answer]:
    form = assessment(SHORT, on=TODAY)
    answers = {q.id: Answer(q.options[0] if q.options else "Annie") for q in form.questions.values()}
    return {**answers, **changes}


def test_b08_blank_required_answer_is_refused_unless_it_says_why() -> None:
    joe = Joe()
    save_answers(joe.gate, person_id=joe.id, answers=everything(employment=Answer()))
    answer = complete(joe.gate, person_id=joe.id, today=TODAY)
    assert isinstance(answer, NotComplete) and [f.question for f in answer.faults] == ["employment"]
    save_answers(joe.gate, person_id=joe.id, answers={"employment": Answer(none="not-asked")})
    answer = complete(joe.gate, person_id=joe.id, today=TODAY)
    assert isinstance(answer, NotComplete) and answer.faults[0].words == "Say why this was not asked"
    save_answers(
        joe.gate, person_id=joe.id, answers={"employment": Answer(none="not-asked", why="Joe was tired")}
    )
    assert not isinstance(complete(joe.gate, person_id=joe.id, today=TODAY), NotComplete)


def test_b08_what_was_answered_is_offered_and_not_asked_again() -> None:
    joe = Joe()
    save_answers(joe.gate, person_id=joe.id, answers=everything(mood=Answer(none="declined")))
    assert not isinstance(complete(joe.gate, person_id=joe.id, today=TODAY), NotComplete)
    form = assessment(SHORT, on=TODAY)
    known = already_known(joe.gate, joe.id, on=TODAY, form=form)
    assert known["good-day"].answer.value == "Annie" and known["good-day"].is_current
    assert "mood" not in known
    later = already_known(joe.gate, joe.id, on=date(TODAY.year + 1, TODAY.month, 1), form=form)
    assert not later["falls"].is_current


def test_b08_an_answer_outside_the_options_is_refused() -> None:
    joe = Joe()
    save_answers(joe.gate, person_id=joe.id, answers=everything(falls=Answer("Many")))
    answer = complete(joe.gate, person_id=joe.id, today=TODAY)
    assert (
        isinstance(answer, NotComplete) and answer.faults[0].words == "Choose one of: None, One, Two or more"
    )


def test_b08_two_writers_at_one_form_lose_nothing() -> None:
    joe = Joe()
    shown = {"falls": mark(Answer()), "mood": mark(Answer())}
    maria = make.gate(joe.team["district-nurse"], "district-nurse", "RVC")
    theirs = save_answers(
        maria, person_id=joe.id, answers={"falls": Answer("One"), "mood": Answer()}, seen=shown
    )
    assert not theirs.clashes
    mine = save_answers(
        joe.gate,
        person_id=joe.id,
        answers={"falls": Answer("None"), "mood": Answer("Mostly well")},
        seen=shown,
    )
    assert [(clash.question, clash.theirs.value) for clash in mine.clashes] == [("falls", "One")]
    kept, _ = draft_answers(joe.gate, joe.id)
    assert kept["falls"] == Answer("One") and kept["mood"] == Answer("Mostly well")
    chosen = save_answers(
        joe.gate, person_id=joe.id, answers={"falls": Answer("None")}, seen={"falls": mark(Answer("One"))}
    )
    assert not chosen.clashes and draft_answers(joe.gate, joe.id)[0]["falls"] == Answer("None")


def test_b08_an_answer_that_its_writer_did_not_touch_never_goes_over_another() -> None:
    joe = Joe()
    seen = {"falls": mark(Answer("One"))}
    save_answers(joe.gate, person_id=joe.id, answers={"falls": Answer("Two or more")})
    maria = make.gate(joe.team["district-nurse"], "district-nurse", "RVC")
    saved = save_answers(maria, person_id=joe.id, answers={"falls": Answer("One")}, seen=seen)
    assert not saved.clashes and draft_answers(maria, joe.id)[0]["falls"] == Answer("Two or more")


def test_b08_of_two_first_writers_at_the_same_moment_both_are_kept() -> None:
    joe = Joe()
    joe.gate.save_draft(joe.id, "assessment", {}, key="short-assessment", version=0)
    with pytest.raises(StaleDraft):
        joe.gate.save_draft(joe.id, "assessment", {}, key="short-assessment", version=0)


def test_b08_an_unmet_need_is_recorded_and_a_question_without_one_cannot_have_it() -> None:
    joe = Joe()
    save_answers(joe.gate, person_id=joe.id, answers=everything(employment=Answer("Retired", unmet=True)))
    answer = complete(joe.gate, person_id=joe.id, today=TODAY)
    assert isinstance(answer, NotComplete) and answer.faults[0].words == "This question asks for no help"
    save_answers(
        joe.gate,
        person_id=joe.id,
        answers=everything(
            washing=Answer("With much help", unmet=True), moving=Answer(none="declined", unmet=True)
        ),
    )
    done = complete(joe.gate, person_id=joe.id, today=TODAY)
    assert not isinstance(done, NotComplete)
    held = answers_in(done.body)
    assert [id_ for id_, each in held.items() if each.unmet] == ["moving", "washing"]
    assert held["moving"].none == "declined"


def test_b08_answers_of_two_people_that_contradict_stand_side_by_side() -> None:
    joe = Joe()
    maria = make.gate(joe.team["district-nurse"], "district-nurse", "RVC")
    for gate, falls in ((maria, "None"), (joe.gate, "One")):
        save_answers(gate, person_id=joe.id, answers=everything(falls=Answer(falls)))
        assert not isinstance(complete(gate, person_id=joe.id, today=TODAY), NotComplete)
    form = assessment(SHORT, on=TODAY)
    known = already_known(joe.gate, joe.id, on=TODAY, form=form)["falls"]
    assert known.answer.value == "One" and [each.answer.value for each in known.differing] == ["None"]
