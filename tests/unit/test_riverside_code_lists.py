"""Riverside's made-up list of frailty signs: whole, of its own making, and never in the way of a place's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from careweave.definitions import load_definition
from careweave.definitions.loading import forget_definitions
from careweave.demonstration.code_lists import write_code_lists
from careweave.warehouse.scores import Diagnosis, Facts, ListScore, load_score, score_person

ON = date(2026, 11, 26)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CAREWEAVE_DEFINITIONS", str(tmp_path))
    forget_definitions()
    yield tmp_path
    forget_definitions()


def test_the_frailty_index_works_in_riverside_with_a_list_that_says_it_is_made_up(place: Path) -> None:
    assert write_code_lists(place, ON) is not None
    forget_definitions()
    score = load_score("frailty-index", ON)
    assert isinstance(score, ListScore) and score.listed is not None
    assert len({id for id, _, _ in score.listed}) == 35
    assert score.list_version.startswith("made up for Riverside")
    sent = tuple(Diagnosis(code, "snomed", ON, "Y90001") for code in ("84114007", "26929004", "279992002"))
    found = score_person(score, Facts(age=85, diagnoses=sent), ON)
    assert round(float(found.value or 0), 4) == round(3 / 36, 4) and found.band == "fit"
    assert {each.words for each in found.drivers} == {"heart failure", "memory or thinking problems", "falls"}


def test_its_snomed_codes_are_those_that_riverside_sends_and_no_other(place: Path) -> None:
    conditions = load_definition("demonstration", "riverside-conditions", ON).content["condition"]
    sent = {row["snomed"] for row in conditions} | {
        "22298006",
        "2776000",
        "5913000",
        "279992002",
        "160689007",
    }
    listed = load_definition("demonstration", "riverside-frailty-list", ON)
    assert {code for each in listed.content["list"] for code in each["snomed"]} <= sent
    assert "no code of the electronic frailty index's own lists was looked at or copied" in listed.source[0]


def test_a_list_that_the_place_loaded_is_left_as_it_is(place: Path) -> None:
    own = place / "code-lists" / "frailty-index.toml"
    own.parent.mkdir()
    own.write_text("the place's own", encoding="utf-8")
    assert write_code_lists(place, ON) is None
    assert own.read_text(encoding="utf-8") == "the place's own"
