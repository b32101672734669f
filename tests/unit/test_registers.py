"""Registers: the rule language, its three values, and reasons in the words a team reads."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from careweave.definitions import Definition, DefinitionError, all_definitions, load_definition
from careweave.warehouse.registers import (
    Feature,
    RuleError,
    find_person,
    holds,
    load_register,
    read_register,
    read_rule,
)
from careweave.warehouse.registers.rule import Both, Compare, Either, Has, Not

ON = date(2026, 11, 26)  # a Thursday
RIVERSIDE = load_register("riverside-proactive", ON)
NOTHING = {id: Feature(0) for id in RIVERSIDE.measures}


def find(**features: Feature):
    return find_person(RIVERSIDE, {**NOTHING, **features}, ON)


def test_or_binds_loosest_and_not_tightest() -> None:
    assert read_rule("a or b and not c") == Either((Has("a"), Both((Has("b"), Not(Has("c"))))))
    assert read_rule("(a or b) and c > 1.5") == Both(
        (Either((Has("a"), Has("b"))), Compare("c", ">", Decimal("1.5")))
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected the name of a measure at character 1, not the end"),
        ("age >", "expected a number"),
        ("age > 7.25", "character 7"),
        ("age > 75 diabetes", "expected 'and', 'or' or the end at character 10"),
        ("(age > 75", r"expected '\)'"),
        ("age > 75; drop", "character 9"),
        ("__import__('os')", "character 1"),
        ("or", "the name of a measure"),
        ("not " * 60 + "a", "40 levels"),
        ("a or " * 1000 + "a", "2000 characters"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(RuleError, match=complaint):
        read_rule(text)


@pytest.mark.parametrize(
    ("age", "diabetes", "answer"),
    [
        (76, 0, True),
        (75, 0, False),
        (75, 1, True),
        (None, 1, True),
        (76, None, True),
        (None, 0, None),
        (75, None, None),
    ],
)
def test_over_75_or_diabetes(age: int | None, diabetes: int | None, answer: bool | None) -> None:
    features = {"age": Feature(age), "diabetes": Feature(diabetes)}
    assert holds(RIVERSIDE.rule, RIVERSIDE.measures, features) is answer


def test_joe_is_found_for_reasons_in_words() -> None:
    finding = find(
        age=Feature(85),
        dementia=Feature(1),
        falls=Feature(2, date(2026, 8, 14)),
        urine_infections=Feature(1, date(2026, 11, 18)),
    )
    assert finding.is_on_register
    assert finding.reasons == ("over 75", "urine infection last week", "two falls since August", "dementia")
    assert finding.order >= RIVERSIDE.suggest_from


def test_what_is_not_known_is_said_and_never_counts() -> None:
    finding = find(age=Feature(None), falls=Feature(None), emergency_visits=Feature(None))
    assert finding.is_on_register is None
    assert finding.order == 0
    assert finding.not_known == ("birth date", "diagnoses", "A&E visits")


def test_a_score_speaks_through_its_drivers() -> None:
    finding = find(age=Feature(85), frailty=Feature(160, details=("dementia", "a fall")))
    assert finding.reasons == ("over 75", "signs of frailty in hospital records (dementia; a fall)")


def test_a_score_that_lacks_nothing_is_no_gap() -> None:
    assert find(frailty=Feature(None, is_lacking=False)).not_known == ()


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 26), "fall today"),
        (date(2026, 11, 25), "fall yesterday"),
        (date(2026, 11, 23), "fall this week"),
        (date(2026, 11, 22), "fall last week"),
        (date(2026, 11, 16), "fall last week"),
        (date(2026, 11, 15), "fall in November"),
        (date(2026, 8, 1), "fall in August"),
        (date(2025, 12, 1), "fall in December 2025"),
    ],
)
def test_when_it_happened_is_told_as_people_tell_it(day: date, words: str) -> None:
    assert words in find(falls=Feature(1, day)).reasons


def test_several_are_told_since_the_first() -> None:
    assert "three falls since last week" in find(falls=Feature(3, date(2026, 11, 20))).reasons
    assert "12 falls since July" in find(falls=Feature(12, date(2026, 7, 20))).reasons


def broken(**changes: object) -> str:
    definition = load_definition("registers", "riverside-proactive", ON)
    wrong: Definition = replace(definition, content={**definition.content, **changes})
    with pytest.raises(DefinitionError) as refused:
        read_register(wrong, ON)
    return str(refused.value)


def test_a_wrong_register_is_refused_with_everything_that_is_wrong() -> None:
    assert "'gout' in 'gout' is no measure" in broken(rule="gout")
    assert "suggest_from must be a whole number" in broken(suggest_from=-1)
    assert "measure x: list is missing" in broken(measures={"x": {"kind": "condition"}})
    assert "conditions/none" in broken(measures={"x": {"kind": "condition", "list": "none"}})


def test_every_register_and_condition_list_can_be_read() -> None:
    for definition in all_definitions("registers"):
        assert read_register(definition, ON).measures


def test_people_home_from_hospital_are_asked_about_by_three_published_scores() -> None:
    """LACE, PARR-30 or HOSPITAL at their cuts; none of them known is nobody's reason, and nobody's exclusion."""
    register = load_register("riverside-readmission", ON)
    assert {each.id for each in register.scores} == {"lace", "parr-30", "hospital-score"}
    assert register.foresees_days == 30 and not register.models
    unknown = {id: Feature(None, is_lacking=False) for id in register.measures}
    assert find_person(register, unknown, ON).is_on_register is None
    high = {**unknown, "lace": Feature(10, details=("came in as an emergency",))}
    found = find_person(register, high, ON)
    assert found.is_on_register is True and found.order == 1
    assert found.reasons == (
        "LACE: high risk of coming back to hospital or dying within 30 days (came in as an emergency)",
    )
    low = {"lace": Feature(9), "parr_30": Feature(1999), "hospital_score": Feature(6)}
    assert find_person(register, low, ON).is_on_register is False
    assert find_person(register, {**low, "parr_30": Feature(2000)}, ON).is_on_register is True
