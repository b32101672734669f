"""B08: one short assessment; every question has an answer or says why not, and nothing is asked twice."""

from __future__ import annotations

from datetime import date

import pytest

from careweave.care.assessments.completing import NotComplete, already_known, complete, save_answers
from careweave.care.assessments.questions import Answer, assessment
from tests.scenarios.test_a19_joe_and_annie import Joe

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
TODAY = date.today()  # noqa: DTZ011 - the day of the run


def everything(**changes: Answer) -> dict[str, Answer]:
    form = assessment(on=TODAY)
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
    known = already_known(joe.gate, joe.id, on=TODAY)
    assert known["good-day"].answer.value == "Annie" and known["good-day"].is_current
    assert "mood" not in known
    assert not already_known(joe.gate, joe.id, on=date(TODAY.year + 1, TODAY.month, 1))["falls"].is_current


def test_b08_an_answer_outside_the_options_is_refused() -> None:
    joe = Joe()
    save_answers(joe.gate, person_id=joe.id, answers=everything(falls=Answer("Many")))
    answer = complete(joe.gate, person_id=joe.id, today=TODAY)
    assert (
        isinstance(answer, NotComplete) and answer.faults[0].words == "Choose one of: None, One, Two or more"
    )
