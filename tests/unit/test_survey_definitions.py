"""Surveys as data: each is whole, each reason to refuse one is named, and licensed words come from the place alone."""

from __future__ import annotations

import dataclasses
import json
from copy import deepcopy
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.definitions.loading import forget_definitions
from careweave.definitions.survey_definition import (
    SurveyNotLoaded,
    load_survey,
    read_survey,
    survey_ids,
    survey_problems,
    surveys_in_use,
)
from careweave.measures.surveys import CTM_3, CTM_15, P3CEQ_ITEMS

TODAY = date(2026, 11, 23)


def test_the_surveys_are_whole() -> None:
    assert survey_problems() == []
    in_use = {one.id: one for one in surveys_in_use(TODAY)}
    assert {"ctm-15", "ctm-3", "national-voices", "family", "whole-journey"} <= set(in_use)
    assert [int(one.id) for one in in_use["ctm-15"].items] == list(CTM_15.items)
    assert [int(one.id) for one in in_use["ctm-3"].items] == list(CTM_3.items)
    assert (in_use["ctm-15"].scoring.fewest, in_use["ctm-3"].scoring.fewest) == (CTM_15.fewest, CTM_3.fewest)
    assert all(one.licence and one.about for one in in_use.values())


def test_ctm_3_is_items_2_9_and_13_of_ctm_15() -> None:
    long, short = load_survey("ctm-15", TODAY), load_survey("ctm-3", TODAY)
    assert [one.text for one in short.items] == [long.items[number - 1].text for number in (2, 9, 13)]


def test_a47_the_seven_statements_are_asked_in_the_words_of_the_record_s_counterparts() -> None:
    statements = load_definition("statements", "national-voices", TODAY).content
    survey = load_survey("national-voices", TODAY)
    assert [(one["id"], one["quote"]) for one in statements["statements"]] == [
        (one.id, one.text) for one in survey.items
    ]


def test_the_family_is_asked_no_sooner_than_the_task_after_a_death_says() -> None:
    task = load_definition("end-of-life", "after-death", TODAY).content["task"]
    planned = next(one for one in task if one["key"] == "family-survey")
    (asked,) = load_survey("family", TODAY).asked
    assert asked.event == "death" and asked.after_days == planned["not_before_days"]
    assert asked.reminds_after_days is None


# -- licensed words ----------------------------------------------------------------------------------------------


def words(**changes: Any) -> Definition:
    items = load_definition("surveys", "p3ceq", TODAY).content["items"]
    answers = {
        one["id"]: ["no", "yes"] if one["scale"] == "two" else ["never", "some", "often", "always"]
        for one in items
    }
    content = {"items": {one["id"]: f"Question {one['id']}?" for one in items}, "answers": answers, **changes}
    return dataclasses.replace(
        load_definition("surveys", "p3ceq", TODAY),
        kind="survey-words",
        name="ours/p3ceq.toml",
        content=content,
    )


def test_p3ceq_without_its_words_is_refused_with_what_to_do() -> None:
    assert "p3ceq" in survey_ids(TODAY) and "p3ceq" not in {one.id for one in surveys_in_use(TODAY)}
    with pytest.raises(SurveyNotLoaded, match=r"University of Plymouth.*survey-words/p3ceq\.toml"):
        load_survey("p3ceq", TODAY)


def test_p3ceq_with_the_place_s_words_is_asked_and_scored_as_published() -> None:
    survey = read_survey(load_definition("surveys", "p3ceq", TODAY), words())
    assert tuple(one.id for one in survey.items) == P3CEQ_ITEMS
    assert [one.value for one in survey.items[5].options] == [0, 3]
    assert survey.items[0].text == "Question 1?"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"items": {"1": "One?"}}, "item 2 has no words"),
        ({"answers": {}}, "item 1 needs the words of its 4 answers"),
        ({"items": {"99": "?"}}, "there is no item 99"),
    ],
)
def test_words_that_do_not_fit_are_refused_by_name(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        read_survey(load_definition("surveys", "p3ceq", TODAY), words(**changes))
    assert any(one.startswith("ours/p3ceq.toml: ") and problem in one for one in refused.value.problems)


HEAD = """id = "p3ceq"
version = "1"
title = "Our licensed words"
author = "Riverside"
source = "Our licence"
checked_by = "Riverside"
valid_from = 2026-01-01
review_on = 2027-11-01
"""


def test_a_place_loads_the_words_as_a_file_and_is_told_what_is_wrong_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAREWEAVE_DEFINITIONS", str(tmp_path))
    file = tmp_path / "survey-words" / "p3ceq.toml"
    file.parent.mkdir()
    given = words().content
    texts = "".join(f'{id} = "{text}"\n' for id, text in given["items"].items())
    answers = "".join(f"{id} = {json.dumps(each)}\n" for id, each in given["answers"].items())
    try:
        file.write_text(f"{HEAD}[items]\n{texts}[answers]\n{answers}", encoding="utf-8")
        forget_definitions()
        assert load_survey("p3ceq", TODAY).items[0].options[3].label == "always" and survey_problems() == []
        file.write_text(f"{HEAD}[items]\n{texts}", encoding="utf-8")
        forget_definitions()
        assert any("item 1 needs the words of its 4 answers" in one for one in survey_problems())
    finally:
        forget_definitions()


# -- what is refused ----------------------------------------------------------------------------------------------


def _set(*path: Any, to: Any) -> Any:
    def change(content: dict[str, Any]) -> None:
        at: Any = content
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = to

    return change


def _same_scale_value(content: dict[str, Any]) -> None:
    content["scales"]["agree"]["options"][1]["value"] = 1


WRONG = [
    (_set("licence", to=""), "licence is missing"),
    (_set("colour", to="blue"), "colour is not known"),
    (_set("asks", to="doctor"), "asks is one of person, family, staff"),
    (_set("words", to="stolen"), "words is “here” or “loaded”"),
    (_set("items", to=[]), "it has no items"),
    (_set("items", 1, "id", to="tests"), "item tests stands twice"),
    (_set("items", 0, "id", to="A b"), "small letters"),
    (_set("items", 0, "scale", to="stars"), "item tests: there is no scale 'stars'"),
    (_set("items", 0, "text", to=" "), "item tests has no text"),
    (_set("scales", "agree", "options", to=[]), "fewer than two answers with a value"),
    (_set("scales", "agree", "options", 0, "code", to="agree"), "agree stands twice"),
    (_set("scales", "agree", "options", 0, "code", to="declined"), "declined stands under every question"),
    (_set("scales", "agree", "options", 0, "value", to=1.5), "a value is a whole number"),
    (_set("scales", "agree", "options", 0, "label", to=""), "needs a code and a label"),
    (_same_scale_value, "two answers have one value"),
    (_set("scoring", "way", to="stars"), "way is one of mean, sums, each"),
    (_set("scoring", "fewest", to=8), "fewest is a number from 1 to 7"),
    (_set("scoring", "sums", to={"a": ["1"]}), "sums are named when, and only when"),
    (_set("asked", 0, "event", to="birthday"), "event is one of discharge"),
    (_set("asked", 0, "event", to="death"), "after a death the family is asked"),
    (_set("asked", 0, "closes_after_days", to=2), "the first before the second"),
    (_set("asked", 0, "reminds_after_days", to=99), "the reminder"),
    (_set("asked", 1, "event", to="plan-published"), "plan-published asks twice"),
    (_set("asks", to="staff"), "staff are not asked by what happens to a person"),
]


@pytest.mark.parametrize(("change", "problem"), WRONG, ids=[one[1] for one in WRONG])
def test_what_is_wrong_is_refused_by_name(change: Any, problem: str) -> None:
    definition = load_definition("surveys", "national-voices", TODAY)
    content = deepcopy(dict(definition.content))
    change(content)
    with pytest.raises(DefinitionError) as refused:
        read_survey(dataclasses.replace(definition, content=MappingProxyType(content)))
    assert any(
        one.startswith("surveys/national-voices.toml: ") and problem in one for one in refused.value.problems
    )


def test_licensed_words_in_our_own_definition_are_refused() -> None:
    definition = load_definition("surveys", "p3ceq", TODAY)
    content = deepcopy(dict(definition.content))
    content["items"][0]["text"] = "A licensed question"
    with pytest.raises(DefinitionError, match="licensed and does not belong here"):
        read_survey(dataclasses.replace(definition, content=content), words())
