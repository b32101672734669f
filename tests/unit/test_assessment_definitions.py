"""Assessments as definitions: what is refused by name, what is asked when, what is worked out, and FHIR of it all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.care.assessments import eligibility
from careweave.care.assessments.asking import asked, worked_out
from careweave.care.assessments.calculating import FormulaError, Values, read_formula, work_out
from careweave.care.assessments.checking import faults, wrong_values
from careweave.care.assessments.fhir import answers_in, items, questionnaire
from careweave.care.assessments.questions import AND, NONE, Answer, Assessment, pence, pounds
from careweave.care.assessments.reading import KINDS, all_assessments, assessment, assessment_problems
from careweave.definitions import DefinitionError, forget_definitions, load_definition
from careweave.record.validation import validate

TODAY = date(2026, 11, 26)
HEAD = """
version = "1"
title = "A test"
author = "A place"
source = "A paper, 2020"
checked_by = "Dr A"
valid_from = 2026-01-01
review_on = 2027-01-01
[[section]]
id = "one"
title = "One"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CAREWEAVE_HOME", str(tmp_path))
    monkeypatch.delenv("CAREWEAVE_DEFINITIONS", raising=False)
    forget_definitions()
    folder = tmp_path / "definitions" / "assessments"
    folder.mkdir(parents=True)
    yield folder
    forget_definitions()


def written(place: Path, questions: str, *, name: str = "own", head: str = HEAD) -> Path:
    file = place / f"{name}.toml"
    file.write_text(f'id = "{name}"\n{head}{questions}', encoding="utf-8")
    forget_definitions()
    return file


def question(id_: str, type_: str = "text", **more: str) -> str:
    lines = [
        f'id = "{id_}"',
        f'text = "About {id_}"',
        f'type = "{type_}"',
        *(f"{k} = {v}" for k, v in more.items()),
    ]
    return "[[section.question]]\n" + "\n".join(lines) + "\n"


def refused(place: Path, questions: str, **more: str) -> str:
    written(place, questions, **more)
    with pytest.raises(DefinitionError) as error:
        assessment("own", on=TODAY)
    return str(error.value)


def test_every_shipped_assessment_holds_together() -> None:
    forget_definitions()
    assert assessment_problems() == []
    assert {form.id for form in all_assessments(on=TODAY)} >= {
        "short-assessment",
        "full-assessment",
        "carers-assessment",
        "care-act-adults",
        "care-act-carers",
    }


def test_a_cycle_of_conditions_and_sums_is_refused_by_name(place: Path) -> None:
    words = refused(
        place,
        question("a", "integer", enable_when='[{question = "b", operator = ">", answer = 1}]')
        + question("b", "integer", calculate='"{c} + 1"')
        + question("c", "integer", enable_when='[{question = "a", operator = "exists", answer = true}]'),
    )
    assert "assessments/own.toml: questions depend on each other in a circle" in words
    assert all(name in words for name in ("a", "b", "c"))


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        (
            question("a", enable_when='[{question = "gone", operator = "=", answer = "x"}]'),
            "unknown question: gone",
        ),
        (question("a", "integer", calculate='"{gone} + 1"'), "unknown number: gone"),
        (question("a", "integer", calculate='"1 +"'), "a formula that cannot be read: ends too early"),
        (question("a", "integer", calculate='"__import__"'), "cannot be read"),
        (question("a") + question("a"), "question a is asked twice"),
        (question("a", "choice"), "a choice without options"),
        (question("a", "guess"), "no type that is known: guess"),
        (question("a", "text", surprise="1"), "unknown keys: surprise"),
        (question("a", "list"), "a list without questions"),
        (question("a", "text", calculate='"1"'), "must be an integer or money"),
        (
            question("a", "choice", options='["Yes"]')
            + question("b", enable_when='[{question = "a", operator = "=", answer = "Perhaps"}]'),
            "an answer that a cannot have: Perhaps",
        ),
        (
            question("a") + question("b", enable_when='[{question = "a", operator = "~", answer = "x"}]'),
            "an unknown operator: ~",
        ),
    ],
)
def test_what_does_not_hold_together_is_refused_by_name(place: Path, questions: str, words: str) -> None:
    told = refused(place, questions)
    assert "assessments/own.toml" in told and words in told


def test_an_assessment_without_a_source_is_refused(place: Path) -> None:
    told = refused(place, question("a"), head=HEAD.replace('source = "A paper, 2020"\n', ""))
    assert "assessments/own.toml: source is missing" in told


def test_every_problem_of_every_file_is_told_to_the_check(place: Path) -> None:
    written(place, question("a", "guess"), name="one")
    written(place, question("b", calculate='"1"'), name="two")
    told = "; ".join(assessment_problems())
    assert "one.toml" in told and "two.toml" in told


# -- enablement and calculation ---------------------------------------------------------------------------------


def full() -> Assessment:
    forget_definitions()
    return assessment("full-assessment", on=TODAY)


def test_a_question_is_asked_only_when_the_answers_say_so() -> None:
    form = full()
    assert "landlord" not in asked(form, {"accommodation": Answer("Own home")})
    assert "landlord" in asked(form, {"accommodation": Answer("Rented home")})
    assert "falls-how" not in asked(form, {}) and "falls-how" not in asked(
        form, {"falls": Answer(none="declined")}
    )
    assert "falls-how" in asked(form, {"falls": Answer("One")})


def test_all_and_any_are_told_apart(place: Path) -> None:
    both = '[{question = "a", operator = ">=", answer = 2}, {question = "b", operator = "exists", answer = true}]'
    written(
        place,
        question("a", "integer")
        + question("b")
        + question("any", enable_when=both)
        + question("all", enable_when=both, enable_behavior='"all"'),
    )
    form = assessment("own", on=TODAY)
    one, two = {"a": Answer("3")}, {"a": Answer("3"), "b": Answer("x")}
    assert set(asked(form, one)) == {"a", "b", "any"}
    assert set(asked(form, two)) == {"a", "b", "any", "all"}


def test_what_hangs_on_a_question_that_is_not_asked_is_not_asked_either(place: Path) -> None:
    written(
        place,
        question("a", "choice", options='["Yes", "No"]')
        + question(
            "b",
            "choice",
            options='["Yes", "No"]',
            enable_when='[{question = "a", operator = "=", answer = "Yes"}]',
        )
        + question("c", enable_when='[{question = "b", operator = "=", answer = "Yes"}]'),
    )
    form = assessment("own", on=TODAY)
    answers = {"a": Answer("No"), "b": Answer("Yes")}
    assert set(asked(form, answers)) == {"a"}
    assert [f.question for f in faults(form, answers)] == []


def test_sums_are_pence_and_never_believed_from_outside() -> None:
    form = full()
    answers = {
        "savings.0.what": Answer("Bank"),
        "savings.0.amount": Answer("£10,000.01"),
        "savings.1.what": Answer("Bonds"),
        "savings.1.amount": Answer("£0.99"),
        "savings-all": Answer("£1.00"),
        "helpers": Answer(NONE),
    }
    found = worked_out(form, answers)
    assert found["savings-all"] == Answer("£10,001.00") and pence(found["savings-all"].value) == 1_000_100
    assert found["help-hours"] == Answer("0")
    assert "income-all" not in found  # nobody was asked: not known is not nothing


def test_a_row_that_is_half_written_is_told_and_none_beside_rows_too() -> None:
    form = full()
    told = {
        f.question: f.words
        for f in faults(
            form,
            {"savings.0.what": Answer("Bank"), "income": Answer(NONE), "income.0.amount": Answer("£5.00")},
        )
    }
    assert "Answer “Worth”" in told["savings.0.amount"]
    assert told["income"].startswith("There are entries below")
    assert told["adaptations"].endswith("or say that there is none")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("weight", "heavy", "not a whole number"),
        ("weight", "900", "300 or less"),
        ("savings.0.amount", "about 50", "not an amount of money"),
        ("falls", "Many", "Choose one of"),
        ("senses", f"No trouble{AND}Sees ghosts", "Choose one of"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_at_once(key: str, value: str, words: str) -> None:
    (fault,) = wrong_values(full(), {key: Answer(value)})
    assert fault.question == key and words in fault.words


@given(st.integers(0, 10**9))
@settings(max_examples=50)
def test_pence_survive_their_words(amount: int) -> None:
    assert pence(pounds(amount)) == amount


def test_a_formula_follows_the_usual_order_and_knows_what_it_does_not_know() -> None:
    numbers = {"a": 2, "b": 3}
    values = Values(numbers.get, lambda _: [1, 2], lambda _: None)
    assert work_out(read_formula("1 + {a} * {b} - (4 - 1)"), values) == 4
    assert work_out(read_formula("max({a}, {b}, 1) + sum({x.y})"), values) == 6
    assert work_out(read_formula("{a} + {gone}"), values) is None
    assert work_out(read_formula("count({x})"), values) is None


@given(st.text(alphabet="{}ab.0123+-*(),summinxcot ", max_size=30))
@settings(max_examples=150)
def test_any_text_is_a_formula_or_is_refused(text: str) -> None:
    try:
        formula = read_formula(text)
    except FormulaError:
        return
    assert formula.fhirpath and isinstance(formula.names, frozenset)


# -- FHIR -------------------------------------------------------------------------------------------------------


def test_every_assessment_is_a_valid_fhir_questionnaire() -> None:
    for form in all_assessments(on=TODAY):
        body = questionnaire(form)
        assert validate(body, today=TODAY) == (), form.id
    money = next(
        item
        for section in questionnaire(full())["item"]
        for item in section["item"]
        if item["linkId"] == "savings-all"
    )
    assert money["type"] == "integer" and money["readOnly"] is True
    assert "aggregate" in money["extension"][0]["valueExpression"]["expression"]
    assert KINDS == ("assessments", "eligibility")


def test_answers_survive_fhir() -> None:
    form = full()
    answers = {
        "accommodation": Answer("Rented home", unmet=True),
        "senses": Answer(f"Trouble hearing{AND}Uses a hearing aid"),
        "mood": Answer(none="not-asked", why="Joe was tired"),
        "savings.0.what": Answer("Bank"),
        "savings.0.amount": Answer("£134.50"),
        "income": Answer(NONE),
        "weight": Answer("71"),
        "good-day": Answer("The river"),
    }
    body = {"authored": "2026-11-26T10:00:00Z", "item": items(form, answers, {})}
    assert answers_in(body, form) == answers
    held = str(body)
    assert "13450" in held and "134.5" not in held
    assert "help-hours" not in held  # nobody knows its parts: a sum without a value has no line


# -- eligibility ------------------------------------------------------------------------------------------------


def criteria(id_: str) -> eligibility.Criteria:
    return eligibility.read_criteria(load_definition("eligibility", id_, TODAY))


def test_care_act_adults_have_three_conditions_and_ten_outcomes() -> None:
    adults = criteria("care-act-adults")
    assert len(adults.outcomes) == 10 and len(adults.unable) == 4 and adults.outcomes_needed == 2
    cannot = {one.id: Answer(adults.unable[0].text) for one in adults.outcomes[:2]}
    can = {one.id: Answer(eligibility.ABLE) for one in adults.outcomes}
    holds = {"cause": Answer("Yes"), "impact": Answer("Yes")}
    yes = eligibility.decide(adults, {**can, **cannot, **holds})
    assert yes.is_eligible is True and len(yes.findings) == 3 and len(yes.findings[1].because) == 2
    one_only = {**can, adults.outcomes[0].id: Answer(adults.unable[1].text), **holds}
    assert eligibility.decide(adults, one_only).is_eligible is False
    assert eligibility.decide(adults, {**can, **cannot, **holds, "impact": Answer("No")}).is_eligible is False
    assert eligibility.decide(adults, {"cause": Answer("No")}).is_eligible is False


def test_what_nobody_knows_turns_nobody_away() -> None:
    adults = criteria("care-act-adults")
    holds = {"cause": Answer("Yes"), "impact": Answer("Yes")}
    answers = {one.id: Answer(eligibility.ABLE) for one in adults.outcomes[1:]} | holds
    unknown = {**answers, "nutrition": Answer(none="not-known")}
    assert eligibility.decide(adults, unknown).is_eligible is None
    assert eligibility.undecided(adults, unknown) == ("nutrition",)


def test_carers_have_outcomes_of_their_own_and_their_health_is_enough() -> None:
    carers = criteria("care-act-carers")
    assert len(carers.outcomes) == 8 and len(carers.unable) == 3
    can = {one.id: Answer(eligibility.ABLE) for one in carers.outcomes}
    holds = {"carers-cause": Answer("Yes"), "carers-impact": Answer("Yes"), "carers-health": Answer("No")}
    assert eligibility.decide(carers, {**can, **holds}).is_eligible is False
    assert eligibility.decide(carers, {**can, **holds, "carers-health": Answer("Yes")}).is_eligible is True
    alone = {**can, **holds, "carers-recreation": Answer(carers.unable[1].text)}
    assert eligibility.decide(carers, alone).is_eligible is True
