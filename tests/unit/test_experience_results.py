"""What is published of surveys: no small count can be read or worked out; scores, gaps and the staff's view alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import t as student

from careweave.definitions import DefinitionError, load_definition
from careweave.measures.experience import gap, results, statements
from careweave.measures.experience.counts import SMALL, WHOLE, Counts, Group, Said, Scored, gathered
from careweave.measures.experience.definition import load_experience, read_experience
from careweave.measures.experience.hiding import Cell, kept_back, parts_of, value

TODAY, FEWEST = date(2026, 11, 22), 5


def group(chance: Random, most: int, items: int) -> Group:
    asked = chance.choice([0, chance.randint(0, 6), chance.randint(0, most)])
    answered = chance.choice([asked, chance.randint(0, asked)])
    scored = chance.randint(0, answered)
    said = {}
    for number in range(items):
        agree = chance.choice([0, chance.randint(0, answered), answered])
        said[f"q{number}"] = Said(agree, chance.randint(0, answered - agree))
    proxy = chance.choice([0, chance.randint(0, answered)])
    person = chance.choice([answered - proxy, chance.randint(0, answered - proxy)])
    return Group(asked, answered, proxy, person, {"score": Scored(scored, 50.0 * scored, 0)}, said)


def added(groups: list[Group]) -> Group:
    first = groups[0]
    return Group(
        sum(one.asked for one in groups),
        sum(one.answered for one in groups),
        sum(one.by_proxy for one in groups),
        sum(one.by_person for one in groups),
        {"score": Scored(sum(one.scores["score"].people for one in groups), 0, 0)},
        {
            item: Said(sum(g.said[item].agree for g in groups), sum(g.said[item].disagree for g in groups))
            for item in first.said
        },
    )


def drawn(seed: int, items: int = 2, dimensions: int = 2) -> Counts:
    """People are dealt out anew to each dimension, so that its groups add up to the same whole."""
    chance = Random(seed)
    base = [group(chance, 40, items) for _ in range(chance.randint(2, 5))]
    by = {"age": {f"g{number}": one for number, one in enumerate(base)}}
    for number in range(1, dimensions):
        mixed = chance.sample(base, len(base))
        cut = chance.randint(1, len(mixed))
        parts = [mixed[:cut], mixed[cut:]]
        by[f"d{number}"] = {f"h{at}": added(part) for at, part in enumerate(parts) if part}
    return Counts(added(base), by)


def every_cell(counts: Counts) -> Iterator[tuple[tuple[str, str], Group]]:
    yield (WHOLE, WHOLE), counts.whole
    for dimension, groups in counts.by.items():
        yield from (((dimension, name), one) for name, one in groups.items())


def told(counts: Counts) -> tuple[dict[Cell, int], list[tuple[Cell, list[Cell]]]]:
    """Every number there is, and everything that a reader knows to add up."""
    cells: dict[Cell, int] = {}
    sums: list[tuple[Cell, list[Cell]]] = []
    for key, one in every_cell(counts):
        for total, parts in parts_of(one).items():
            names = [total.partition(":")[0], *parts]
            cells |= {(*key, name): value(one, name) for name in names}
            sums.append(((*key, names[0]), [(*key, name) for name in parts]))
    for dimension, groups in counts.by.items():
        for name in {cell[2] for cell in cells}:
            sums.append(((WHOLE, WHOLE, name), [(dimension, each, name) for each in groups]))
    return cells, sums


def published_cells(counts: Counts, hide: frozenset[Cell]) -> set[Cell]:
    """By group there is no proxy; of the whole there is everything."""
    cells, _ = told(counts)
    return {cell for cell in cells if cell not in hide and not (cell[0] and cell[2].startswith("who:"))}


def worked_out(counts: Counts, hide: frozenset[Cell]) -> list[tuple[Cell, float, float]]:
    """What linear programming says of every small number from all that is shown."""
    cells, sums = told(counts)
    open_cells, order = published_cells(counts, hide), sorted(cells)
    at = {cell: number for number, cell in enumerate(order)}
    equal = np.zeros((len(sums), len(order)))
    for row, (total, parts) in enumerate(sums):
        equal[row, at[total]] -= 1
        for part in parts:
            equal[row, at[part]] += 1
    bounds = [(cells[cell], cells[cell]) if cell in open_cells else (0, None) for cell in order]
    found = []
    for cell in order:
        if 0 < cells[cell] < FEWEST and not (cell[0] and cell[2].startswith("who:")):
            ends = []
            for sign in (1, -1):
                aim = np.zeros(len(order))
                aim[at[cell]] = sign
                done = linprog(aim, A_eq=equal, b_eq=np.zeros(len(sums)), bounds=bounds, method="highs")
                ends.append(sign * done.fun if done.status == 0 else sign * np.inf * sign)
            found.append((cell, ends[0], ends[1]))
    return found


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**9))
def test_no_small_count_of_the_published_set_can_be_read_or_worked_out(seed: int) -> None:
    counts = drawn(seed)
    hide = kept_back(counts, threshold=FEWEST)
    for cell, low, high in worked_out(counts, hide):
        assert cell in hide, cell
        assert high - low >= FEWEST - 1 - 1e-6, (cell, low, high)


@pytest.mark.parametrize("seed", range(40))
def test_groups_never_hide_what_everyone_said(seed: int) -> None:
    """However thin the groups are: they give way, and the whole is hidden only for what is small in it."""
    counts = drawn(seed)
    everyone, alone = (
        {cell for cell in kept_back(told, threshold=FEWEST) if not cell[0]}
        for told in (counts, Counts(counts.whole, {}))
    )

    assert everyone == alone


# -- shares, means, gaps --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("freedom", [4, 5, 9, 30, 200])
def test_students_t_is_that_of_the_reference(freedom: int) -> None:
    assert results.t_of(freedom) == pytest.approx(student.ppf(0.975, freedom), rel=0.003)


def test_a_difference_of_shares_has_newcombes_interval() -> None:
    """Newcombe, Statistics in Medicine 1998;17:873, table II, method 10: 56/70 and 48/80."""
    found = gap.difference(shared(56, 14), shared(48, 32))
    assert found == (pytest.approx(0.2), pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


def shared(agree: int, others: int) -> results.Estimate:
    return results.share(results.Number(agree), results.Number(others))


def test_a_mean_has_its_interval_and_too_few_have_none() -> None:
    values = [50.0, 60.0, 70.0, 80.0, 90.0, 100.0]
    scored = Scored(6, sum(values), sum(each**2 for each in values))
    found = results.mean(scored, results.Number(6), FEWEST, 100.0)
    half = student.ppf(0.975, 5) * np.std(values, ddof=1) / 6**0.5
    assert found.value == 75.0 and found.lower == pytest.approx(75 - half, abs=0.1)
    assert found.upper == pytest.approx(75 + half, abs=0.1)
    few = results.mean(Scored(4, 300, 22600), results.Number(4), FEWEST, 100.0)
    assert few.value is None and few.why == "Hidden: fewer than 5"
    none = results.mean(Scored(), results.Number(0), FEWEST, 100.0)
    assert none.value is None and none.why == "Nobody answered enough for a score"  # not zero


def test_small_groups_are_put_together_and_nobody_is_lost() -> None:
    groups = {f"g{n}": Group(n, n, 0, n, {}, {"q": Said(n, 0)}) for n in (0, 1, 3, 4, 9)}
    found = gathered(groups, fewest=5)
    assert found.keys() == {"g0", "g9", SMALL}
    assert found[SMALL] == Group(8, 8, 0, 8, {}, {"q": Said(8, 0)})
    assert gathered({"g3": groups["g3"], "g9": groups["g9"]}, fewest=5).keys() == {"g3", "g9"}


def asked(survey: str, asks: str, said: dict[str, Said], people: int) -> results.SurveyResults:
    """Results of a survey in which so many answered every question or not."""
    whole, by = results.shown(Counts(Group(people, people, 0, people, {}, said)), fewest=FEWEST, highest={})
    about = results.Instrument(
        survey, "1", survey, asks, "", "", ("A source",), TODAY, 1, (), 0.0, tuple((id, id) for id in said)
    )
    return results.SurveyResults(about, whole, by, people if asks == "staff" else None, TODAY, TODAY)


def staff(agree: int = 40) -> results.SurveyResults:
    return asked("working-together", "staff", {"one-person": Said(agree, 60 - agree)}, 60)


def people(agree: int = 20) -> results.SurveyResults:
    return asked("whole-journey", "person", {"one-person": Said(agree, 80 - agree)}, 80)


def report(*surveys: results.SurveyResults) -> gap.GapReport:
    return gap.gap_report(load_experience(TODAY), {one.instrument.id: one for one in surveys})


def test_a54_a_report_with_staff_and_no_patients_cannot_be_made_without_its_label() -> None:
    alone = report(staff())
    assert alone.label == "Staff view only"
    with pytest.raises(gap.StaffViewOnly, match="nothing from patients"):
        gap.GapReport(alone.topics)
    with pytest.raises(gap.StaffViewOnly):
        gap.GapReport(alone.topics, "Preliminary")
    assert report(staff(), people()).label == "" and report(people()).label == ""
    hidden = report(staff(), asked("whole-journey", "person", {"one-person": Said(2, 1)}, 3))
    assert hidden.label == "Staff view only"  # three patients who may not be shown are none


def test_a54_the_gap_between_staff_and_patients_is_told_in_words() -> None:
    (topic,) = (one for one in report(staff(48), people(36)).topics if one.id == "one-person")
    assert topic.is_gap and topic.words.startswith("Gap: staff say it more often, by 35 points")
    (same,) = (one for one in report(staff(30), people(40)).topics if one.id == "one-person")
    assert not same.is_gap and same.words == "They say about the same"
    (chance,) = (one for one in report(staff(36), people(38)).topics if one.id == "one-person")
    assert not chance.is_gap and "chance could explain" in chance.words


def test_a47_everyone_has_someone_in_charge_by_the_record_and_three_of_five_say_so() -> None:
    answers = asked("national-voices", "person", {"in-charge": Said(30, 20), "plan": Said(1, 49)}, 50)
    told = [
        statements.ByRecord("in-charge", "I always knew", "One person is in charge", 40, 40),
        statements.ByRecord("plan", "I know", "A plan in force", 39, 40),
        statements.ByRecord("moving", "If I moved", "Care went on", 0, 0),
    ]
    first, hidden, nobody = statements.statement_results(told, answers, gap_points=20, fewest=FEWEST)
    assert first.is_gap and first.words == "Gap: the record says 100%, and 60% of people agree. Ask them why"
    assert hidden.record.value is None and hidden.people.value is None and not hidden.words
    assert nobody.record.why == "Nobody to count" and not nobody.is_gap


@pytest.mark.parametrize("months", [1, 2, 3, 4, 6, 12])
def test_every_day_is_in_one_period_of_surveys_alone(months: int) -> None:
    definition = replace(load_experience(TODAY), months=months)
    ends = [definition.period(date(2026 + month // 12, month % 12 + 1, 15)) for month in range(36)]
    for (first, until), (after, _) in pairwise(dict.fromkeys(ends)):
        assert first < until == after, "one begins where the one before it ends"
        assert (until.year - first.year) * 12 + until.month - first.month == months
    assert definition.period(date(2026, 4, 1))[1] == date(2026, 4, 1)
    assert definition.period(date(2026, 3, 31))[1] <= date(2026, 3, 1)


def test_a_pair_that_names_what_is_not_there_is_refused_by_name() -> None:
    content = {
        "gap_points": 10,
        "fewest": 3,
        "months": 5,
        "weight": 2,
        "pairs": [
            {"id": "x", "title": "X", "staff": {"survey": "whole-journey", "item": "goals"},
             "people": {"survey": "whole-journey", "item": "pay"}},
            {"id": "x", "title": "X", "staff": {"survey": "nowhere", "item": "a"}, "people": {}},
        ],
    }  # fmt: skip
    definition = replace(load_definition("experience", "place", TODAY), content=content)
    with pytest.raises(DefinitionError) as refused:
        read_experience(definition)
    told = " ".join(refused.value.problems)
    for words in (
        "weight is not known",
        "fewest is a whole number of at least 5",
        "months is 1, 2, 3, 4, 6 or 12",
        "whole-journey does not ask staff",
        "whole-journey has no item 'pay'",
        "no survey 'nowhere'",
        "pair x stands twice",
    ):
        assert words in told
