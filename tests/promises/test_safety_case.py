"""The safety case builds: every control that we built has a test, every risk an owner, every review its day."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tools.safety_case import (
    BUILT,
    FOLDER,
    PROJECT,
    STRIDE,
    Control,
    Hazard,
    Risk,
    SafetyCase,
    hazard_of,
    is_long,
    is_there,
    load_safety_case,
    problems,
)

HERE = "tests/promises/test_safety_case.py"


@pytest.fixture(scope="module")
def case() -> SafetyCase:
    return load_safety_case()


def wrong_with(case: SafetyCase, one: Hazard, on: date | None = None) -> list[str]:
    """What is found when this hazard stands in the place of the first; nothing is found about the others."""
    found = problems(replace(case, hazards=(one, *case.hazards[1:])), on or date(2026, 11, 22))
    return [words.removeprefix(f"{one.id}: ") for words in found]


def test_the_safety_case_builds_with_no_control_untested(case: SafetyCase) -> None:
    assert problems(case, datetime.now(UTC).date()) == []
    assert len(case.hazards) >= 30
    assert any(each.kind in BUILT for one in case.hazards for each in one.controls)


def test_the_pages_are_up_to_date() -> None:
    command = [sys.executable, "tools/build_safety_case.py", "--check"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_door_has_its_page_of_threats(case: SafetyCase) -> None:
    doors = ["pages", "api", "sign-in", "files", "database", "backups", "jobs", "demonstration"]
    assert set(case.doors) == {f"threats-{door}" for door in doors}
    assert {one.threat for rows in case.doors.values() for one in rows} == set(STRIDE)


def test_a_test_is_found_by_its_name_alone_and_another_is_not() -> None:
    me = test_a_test_is_found_by_its_name_alone_and_another_is_not.__name__
    assert is_there(f"{HERE}::{me}") and is_there(f"{HERE}::{me}[one-two]")
    assert is_there("tests/scenarios/test_embedded.py::TestPromises::test_it_never_runs_as_root")
    assert not is_there(f"{HERE}::test_that_nobody_wrote")
    assert not is_there("tests/scenarios/test_embedded.py::test_it_never_runs_as_root")
    assert not is_there(f"tests/promises/test_no_such_file.py::{me}")
    assert not is_there(f"{HERE}::wrong_with")


def test_a_test_that_does_not_run_with_every_change_is_marked_long() -> None:
    killed = "tests/scenarios/test_cli_backup.py::test_a_restore_killed_at"
    assert is_long(f"{killed}_50_random_moments_leaves_one_state_or_the_other")
    assert not is_long(f"{killed}_some_moments_leaves_one_state_or_the_other")


def test_a_control_without_its_test_is_named(case: SafetyCase) -> None:
    first = case.hazards[0]
    gone = Control("design", "It is safe", (f"{HERE}::test_that_nobody_wrote",))
    bare = Control("design", "It is said to be safe")
    found = wrong_with(case, replace(first, controls=(gone, bare)))
    assert found == [
        f"there is no test {HERE}::test_that_nobody_wrote",
        "no test shows: It is said to be safe",
    ]


def test_a_test_cannot_stand_for_training(case: SafetyCase) -> None:
    trained = Control("training", "Staff know", (f"{HERE}::test_the_pages_are_up_to_date",))
    first = case.hazards[0]
    found = wrong_with(case, replace(first, controls=(*first.controls, trained)))
    assert found == ["a test cannot show training or process: Staff know"]


@pytest.mark.parametrize("field", ["id", "title", "causes", "effect", "harmed", "owner"])
def test_a_field_that_is_missing_is_named(case: SafetyCase, field: str) -> None:
    row = {**vars(case.hazards[0]), "controls": [vars(each) for each in case.hazards[0].controls]}
    row |= {name: vars(row[name]) for name in ("initial", "residual")}
    del row[field]
    assert f"{field} is missing" in [words.lstrip(": ") for words in wrong_with(case, hazard_of(row))]


def test_a_hazard_of_which_only_the_id_is_known_lacks_everything(case: SafetyCase) -> None:
    found = wrong_with(case, hazard_of({"id": case.hazards[0].id}))
    assert {"title is missing", "a severity or likelihood is not on the scale"} <= set(found)
    assert any(words.startswith("status is none of") for words in found)
    assert any(words.startswith("its review was due") for words in found)


def test_a_high_residual_risk_needs_someone_who_accepts_it(case: SafetyCase) -> None:
    high = replace(
        case.hazards[0], initial=Risk("Major", "High"), residual=Risk("Major", "High"), accepted=""
    )
    assert wrong_with(case, high) == ["a high residual risk is accepted by nobody"]
    by_whom = "Clinical Safety Officer of a place, 1 December 2026: for a trial of one day"
    assert wrong_with(case, replace(high, accepted=by_whom)) == []


def test_a_review_that_is_overdue_is_named(case: SafetyCase) -> None:
    first = case.hazards[0]
    late = replace(first, review_on=date(2026, 11, 21))
    assert wrong_with(case, late) == ["its review was due on 2026-11-21"]


def test_what_is_not_built_is_not_called_controlled(case: SafetyCase) -> None:
    first = case.hazards[0]
    by_training = (Control("training", "Staff know"),)
    assert wrong_with(case, replace(first, controls=by_training)) == ["no control of it is built"]
    pretended = replace(first, controls=by_training, status="open", missing="All of it")
    assert wrong_with(case, pretended) == ["an open hazard has its risk reduced by nothing"]
    assert wrong_with(case, replace(pretended, residual=first.initial)) == []
    half = replace(first, status="partly controlled")
    assert wrong_with(case, half) == [
        "`missing` says what is not built, and a controlled hazard has nothing missing"
    ]


def test_a_risk_does_not_grow_by_its_controls(case: SafetyCase) -> None:
    grown = replace(case.hazards[0], initial=Risk("Minor", "Low"), residual=Risk("Minor", "High"))
    assert wrong_with(case, grown) == ["the residual risk is higher than the initial one"]


def test_a_hazard_that_no_claim_rests_on_is_named(case: SafetyCase) -> None:
    stray = replace(case.hazards[0], id="H99")
    found = problems(replace(case, hazards=(*case.hazards, stray)), date(2026, 11, 22))
    assert found == ["H99: no claim of the safety case rests on it"]


def test_the_matrix_rises_with_severity_and_with_likelihood(case: SafetyCase) -> None:
    rows = [case.method.matrix[name] for name in case.method.likelihoods]
    assert len(rows) == len(case.method.severities) == 5
    assert all(row == sorted(row) for row in rows)
    assert all(list(column) == sorted(column, reverse=True) for column in zip(*rows, strict=True))


def test_nobody_is_said_to_have_signed() -> None:
    page = (PROJECT / "docs" / "safety" / "safety-case.md").read_text(encoding="utf-8")
    assert "**Not signed.**" in page and "DCB0160" in page
    assert "recalled: confirm" in (FOLDER / "method.toml").read_text(encoding="utf-8")
