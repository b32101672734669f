"""Groups for planning: closed words, rounded numbers, and attackers who try to find one person by asking again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.measures.cohorts.asking import Asked, Ledger, answered
from careweave.measures.cohorts.auditing import tells_of_few
from careweave.measures.cohorts.remembering import answers, name_group, saved
from careweave.warehouse.cohorts import (
    TOLD,
    CohortError,
    in_words,
    lines_of,
    load_words,
    read_group,
    written,
)
from careweave.warehouse.cohorts.evaluating import Evaluated, Members
from careweave.warehouse.registers import read_rule

WORDS = load_words(date(2026, 11, 22))
ATTRIBUTES = ("diabetes", "dementia", "copd", "stroke", "heart_failure")
FEWEST = WORDS.fewest


class Place:
    """People with attributes, asked about through one ledger as the page does."""

    def __init__(
        self, home: Path, people: dict[str, Members], seed: int = 0, published: Sequence[Members] = ()
    ) -> None:
        self.home, self.people, self.published = home, people, tuple(published)
        self.size = len(next(iter(people.values())))
        dice = np.random.default_rng(seed)
        bands = dice.integers(0, 3, self.size)
        part = {f"part {number}": bands == number for number in range(3)}
        self.told = dict.fromkeys(TOLD, part)
        self.given: list[Members] = []

    def ledger(self, steps: Sequence[Members]) -> Ledger:
        keys = np.arange(self.size, dtype=np.uint64)
        found = Evaluated(keys, tuple(steps), self.told)
        day = date(2026, 11, 22)
        made = Ledger(self.home, WORDS, found, "key", "staff:one", day, datetime.now(UTC))
        made.published = self.published
        for earlier in answers(self.home, with_steps=True):
            made.answers.append(earlier)
            made.members.append(np.isin(keys, np.load(self.home / "cohorts" / f"{earlier.id}.npy")))
        return made

    def ask(self, text: str) -> Asked:
        lines = lines_of(read_group(WORDS, text).rule)
        held = [self.holds(written(line)) for line in lines]
        steps = [np.logical_and.reduce(held[: number + 1]) for number in range(len(held))]
        ledger = self.ledger(steps)
        try:
            return answered(ledger, lines)
        finally:
            self.given = ledger.members

    def holds(self, literal: str) -> Members:
        name = literal.removeprefix("not ")
        return ~self.people[name] if literal.startswith("not ") else self.people[name]


def place_of(tmp: Path, counts: dict[str, Sequence[int]], size: int) -> Place:
    people = {name: np.zeros(size, dtype=bool) for name in ATTRIBUTES}
    for name, whose in counts.items():
        people[name][list(whose)] = True
    return Place(tmp, people)


def test_a_number_is_rounded_and_its_parts_are_told(tmp_path: Path) -> None:
    place = place_of(tmp_path, {"diabetes": range(43)}, 200)
    asked = place.ask("diabetes")
    assert (asked.answer.count, asked.answer.everyone, asked.is_near) == (45, 200, False)
    assert {cell.kind for cell in asked.answer.cells} == set(TOLD)
    assert all(cell.count is None or cell.count % 5 == 0 for cell in asked.answer.cells)


@pytest.mark.parametrize("size", [0, 1, 9])
def test_none_and_few_are_told_alike(tmp_path: Path, size: int) -> None:
    place = place_of(tmp_path, {"diabetes": range(size)}, 200)
    with pytest.raises(CohortError) as refused:
        place.ask("diabetes")
    assert str(refused.value) == (
        "No one, or fewer than 10 people, fits all these rules. ‘Diabetes’ removes the most (200 to fewer than 10)."
    )


@pytest.mark.parametrize("fewer", [0, 1, 9])
def test_a_group_that_differs_by_few_or_none_is_given_the_earlier_answer(tmp_path: Path, fewer: int) -> None:
    place = place_of(tmp_path, {"diabetes": range(40), "dementia": range(fewer)}, 200)
    first = place.ask("diabetes")
    second = place.ask("diabetes and not dementia")
    assert second.answer.count == first.answer.count and second.is_near


def test_the_other_side_of_a_group_tells_nothing_more(tmp_path: Path) -> None:
    place = place_of(tmp_path, {"diabetes": range(40), "dementia": range(1), "copd": range(40, 200)}, 200)
    place.ask("diabetes")
    with pytest.raises(CohortError, match="Together with groups that were counted before"):
        place.ask("copd")


def test_three_groups_that_leave_out_one_person_are_not_all_counted(tmp_path: Path) -> None:
    """Everyone with diabetes, less two parts of them: no two are near each other, all three tell of one person."""
    place = place_of(tmp_path, {"diabetes": range(60), "copd": range(30), "stroke": range(30, 59)}, 200)
    place.ask("diabetes")
    place.ask("copd")
    with pytest.raises(CohortError, match="Together with groups that were counted before"):
        place.ask("stroke")


def test_a_group_keeps_its_name_and_what_was_counted_stays(tmp_path: Path) -> None:
    place = place_of(tmp_path, {"diabetes": range(40)}, 200)
    made = place.ask("diabetes").answer
    name_group(tmp_path, made.id, "  People   with diabetes ")
    assert [each.name for each in saved(tmp_path)] == ["People with diabetes"]
    name_group(tmp_path, made.id, "")
    assert saved(tmp_path) == () and answers(tmp_path)[0].count == 40


def test_the_words_are_closed_and_their_numbers_coarse() -> None:
    for text, words in {
        "age = 86": "may be compared with",
        "age >= 86": "may be compared with",
        "postcode": "is not a word of groups",
        "diabetes >= 1": "has no number",
        "age >": "cannot be read",
        " and ".join(["diabetes"] * 7): "may have 6 rules",
    }.items():
        with pytest.raises(CohortError, match=words):
            read_group(WORDS, text)


def test_a_rule_is_read_back_as_it_was_written() -> None:
    text = "age >= 75 and (diabetes or not copd) and falls >= 2"
    assert written(read_rule(text)) == text
    told = [in_words(line, WORDS.measures) for line in lines_of(read_rule(text))]
    assert told == ["75 or over", "diabetes or no COPD", "at least 2 falls in 183 days"]


LITERALS = [f"{sign}{name}" for name in ATTRIBUTES for sign in ("", "not ")]
QUESTIONS = st.lists(
    st.lists(st.sampled_from(LITERALS), min_size=1, max_size=3).map(" and ".join), min_size=4, max_size=14
)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(30, 120), questions=QUESTIONS)
def test_no_asking_isolates_one_person(seed: int, size: int, questions: list[str]) -> None:
    """By rank, as a second way to the same: no few people's count can be made of the counts given."""
    dice = np.random.default_rng(seed)
    people = {
        name: dice.random(size) < share
        for name, share in zip(ATTRIBUTES, (0.5, 0.4, 0.3, 0.2, 0.1), strict=True)
    }
    with TemporaryDirectory() as folder:
        place = Place(Path(folder), people, seed)
        for question in questions:
            try:
                asked = place.ask(question)
            except CohortError:
                continue
            assert asked.answer.count >= FEWEST
            assert asked.answer.count % 5 == 0
        _attack([np.ones(size, dtype=bool), *place.given])


@pytest.mark.parametrize("few", [0, 1, 9])
def test_a_group_less_a_published_measure_tells_of_nobody(tmp_path: Path, few: int) -> None:
    """Sixty people were counted by a measure, and a group leaves out a few of them: its number is the measure's own."""
    place = place_of(tmp_path, {"diabetes": range(60), "dementia": range(few)}, 200)
    place.published = (np.arange(200) < 60,)
    assert place.ask("diabetes and not dementia").answer.count == 60
    assert all((each == place.published[0]).all() for each in place.given)


def test_all_but_a_published_measure_is_told_and_few_more_are_not(tmp_path: Path) -> None:
    place = place_of(tmp_path, {"diabetes": range(60), "copd": range(61, 200)}, 200)
    place.published = (np.arange(200) < 60,)
    assert place.ask("copd").answer.count == 140  # whom the measure does not count, exactly


def test_a_group_a_little_larger_than_a_small_published_number_is_refused(tmp_path: Path) -> None:
    place = place_of(tmp_path, {"diabetes": range(12)}, 200)
    place.published = (np.arange(200) < 8,)
    with pytest.raises(CohortError, match="Together with"):
        place.ask("diabetes")


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(30, 120), questions=QUESTIONS)
def test_no_group_less_a_published_measure_is_a_few(seed: int, size: int, questions: list[str]) -> None:
    """Measures whose people overlap with those of the rules nearly, fully and hardly."""
    dice = np.random.default_rng(seed)
    people = {
        name: dice.random(size) < share
        for name, share in zip(ATTRIBUTES, (0.5, 0.4, 0.3, 0.2, 0.1), strict=True)
    }
    published = [people["diabetes"] ^ (dice.random(size) < 0.05), people["copd"], dice.random(size) < 0.3]
    shown = [each for each in published if int(each.sum()) >= 5]
    with TemporaryDirectory() as folder:
        place = Place(Path(folder), people, seed, shown)
        for question in questions:
            try:
                asked = place.ask(question)
            except CohortError:
                continue
            sides = [side for each in shown for side in (each, ~each)]
            for given_number in place.given:
                if not any((given_number == side).all() for side in sides):
                    assert all(not 0 < int((given_number ^ side).sum()) < FEWEST for side in sides)
            for cell in asked.answer.cells:
                assert cell.count is None or cell.count >= FEWEST
        _attack([np.ones(size, dtype=bool), *place.given])


def _attack(given: list[Members]) -> None:
    for one in given:
        for other in given:
            assert not 0 < int((one ^ other).sum()) < FEWEST
            assert not 0 < int((one ^ ~other).sum()) < FEWEST
    columns, sizes = np.unique(np.stack(given), axis=1, return_counts=True)
    rank = np.linalg.matrix_rank(columns)
    for number in np.flatnonzero(sizes < FEWEST):
        alone = np.zeros((1, columns.shape[1]))
        alone[0, number] = 1
        assert np.linalg.matrix_rank(np.vstack([columns, alone])) > rank


def test_the_attack_finds_the_one_person_when_nothing_is_refused() -> None:
    """The attack itself must be able to win."""
    everyone = np.ones(60, dtype=bool)
    first, second = np.arange(60) < 30, (np.arange(60) >= 30) & (np.arange(60) < 59)
    assert tells_of_few(second, [first], FEWEST)
    with pytest.raises(AssertionError):
        _attack([everyone, first, second])
