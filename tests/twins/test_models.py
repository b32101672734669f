"""The trained model on Riverside: better than a baseline, below the truth's own ceiling, calibrated, without a leak."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.measures import discrimination, judging, performance
from careweave.warehouse.builds import Manifest
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.register import register_table
from careweave.warehouse.models import load_model, read_model
from careweave.warehouse.models.calibrating import calibrated
from careweave.warehouse.models.features import feature_table
from careweave.warehouse.models.foreseeing import as_scored, foresee
from careweave.warehouse.models.lessons import days_of, lessons
from careweave.warehouse.models.samples import outcomes, sample
from careweave.warehouse.models.trained import BASELINE, ModelError, Trained, for_use, in_use, keep, told
from careweave.warehouse.models.training import train
from careweave.warehouse.registers import find_person, load_register
from careweave.warehouse.registers.features import PersonRows, plain_features
from careweave.warehouse.store import Warehouse
from careweave.warehouse.tables import SCHEMAS, declared_tables
from tests.riverside_histories import LATER, ON, Histories, engine_of, histories, shaped

MODEL = load_model("one-year", ON)
TABLES = declared_tables(False)


def warehouse_of(engine: Engine, as_at: date = LATER) -> Warehouse:
    now = datetime.combine(as_at, time(), UTC)
    return Warehouse(engine, TABLES, Manifest(1, as_at, now, now, "key", True, {}))


class Riverside:
    """Trained on the year before the place's date, judged on the year after it, which no feed tells."""

    def __init__(self) -> None:
        self.told: Histories = histories(14_000)
        self.engine = engine_of(self.told.tables)
        self.warehouse = warehouse_of(self.engine)
        self.trained: Trained = train(self.engine, TABLES, MODEL, LATER)
        self.judged = judging.judge_model(self.warehouse, MODEL, self.trained, 600)


@pytest.fixture(scope="module")
def riverside() -> Riverside:
    return Riverside()


def shown(what: str, interval: Any) -> str:
    return f"{what}: {interval.value:.3f} ({interval.lower:.3f} to {interval.upper:.3f})"


def test_the_model_beats_the_baseline_and_stays_below_the_ceiling_of_the_truth(riverside: Riverside) -> None:
    drawn = sample(riverside.engine, TABLES, MODEL, ON)
    came = outcomes(riverside.engine, TABLES, MODEL, drawn).happened
    truth = np.array([riverside.told.risk[person] for person in drawn.people])
    ours, baseline = (
        riverside.trained.ways[name].chances(drawn.values) for name in (riverside.trained.chosen, BASELINE)
    )
    gain = discrimination.auc_difference(ours, baseline, came)
    room = discrimination.auc_difference(truth, ours, came)
    ceiling = discrimination.calibration(truth, came)
    assert gain and room and ceiling
    for name, scores in (("truth", truth), ("model", ours), ("baseline", baseline)):
        print(shown(f"AUC of the {name}", discrimination.auc(scores, came)))
    print(shown("gain over the baseline", gain), shown("room below the ceiling", room), sep="\n")
    assert gain.lower > 0, "better than age, sex and earlier admissions, and not by chance"
    assert room.lower > 0, "nothing tells people apart better than the rates from which they were drawn"
    assert ceiling.slope.lower < 1 < ceiling.slope.upper, "the truth is the truth"


def test_the_model_is_calibrated_on_held_out_time(riverside: Riverside) -> None:
    last = riverside.judged.months[-1]
    assert last.on == ON and last.is_held_out and last.slope and last.intercept
    print(shown("slope", last.slope), shown("intercept", last.intercept), sep="\n")
    assert last.slope.lower < 1 < last.slope.upper and abs(last.slope.value - 1) < 0.15
    assert last.intercept.lower < 0 < last.intercept.upper or abs(last.intercept.value) < 0.15
    assert [month.is_held_out for month in riverside.judged.months[:-1]] == [False, False], (
        "what overlaps with learning is said to"
    )


def test_its_card_says_what_it_is_made_of_and_where_it_must_not_be_used(riverside: Riverside) -> None:
    card = riverside.judged.card
    assert card is not None
    assert card.must_not_be_used == MODEL.must_not_be_used
    assert any("refuse anyone a service" in each for each in card.must_not_be_used)
    assert (card.learnt_on, card.calibrated_on, card.outcomes_until) == (
        ON - timedelta(730),
        ON - timedelta(365),
        ON,
    )
    assert card.valid_to == LATER + timedelta(365)
    assert card.people == riverside.trained.people > 10_000 and card.events == riverside.trained.events
    assert "dementia" in card.features and all(card.features)


def test_every_month_is_judged_by_groups_capacity_and_falling_back(riverside: Riverside) -> None:
    last = riverside.judged.months[-1]
    assert last.gain and last.gain.lower > 0 and last.brier is not None
    assert len(last.tenths) == 10 and (last.tenths[0].events or 0) > 3 * (last.tenths[-1].events or 0)
    assert {part.by for part in last.groups} == {"age", "deprivation", "ethnicity", "home"}
    assert {part.name for part in last.groups if part.by == "home"} == {"elsewhere", "in a care home"}
    held = last.capacities[0]
    assert held.people == 600 and held.found and held.sensitivity and held.needed
    assert held.needed == pytest.approx(1 / held.found.value)
    worst = last.falling[0]
    assert worst.before > 2 * worst.after, "the highest half of a per cent fall by themselves"


def test_drift_is_seen_where_a_feed_has_stopped(riverside: Riverside) -> None:
    """Riverside's histories have no A&E visit after the place's date, as if the hospital had stopped sending them."""
    drift = {each.what: each for each in riverside.judged.drift}
    assert drift["A&E visits"].words.startswith("quite different")
    assert drift["dementia"].words == "as before"


def test_what_was_published_is_read_back_and_a_month_once_told_stays(
    riverside: Riverside, tmp_path: Path
) -> None:
    performance.keep(tmp_path, riverside.judged)
    assert performance.all_published(tmp_path) == (riverside.judged,)
    first, *rest = riverside.judged.months
    before = replace(riverside.judged, months=(replace(first, brier=0.5), *rest))
    again = judging.judge_model(riverside.warehouse, MODEL, riverside.trained, 600, before)
    assert again.months == before.months


def test_a_model_is_kept_as_plain_data_and_foresees_the_same_when_read_again(
    riverside: Riverside, tmp_path: Path
) -> None:
    file = keep(tmp_path, riverside.trained)
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert kept["ways"].keys() == riverside.trained.ways.keys()
    read = in_use(tmp_path, "one-year")
    assert read is not None and told(read) == told(riverside.trained)
    drawn = sample(riverside.engine, TABLES, MODEL, ON)
    for name, way in riverside.trained.ways.items():
        assert np.array_equal(way.chances(drawn.values), read.ways[name].chances(drawn.values))


def test_contributions_add_up_and_reasons_are_words_of_what_is_there(riverside: Riverside) -> None:
    warehouse = warehouse_of(riverside.engine, ON)
    found = foresee(warehouse, MODEL, riverside.trained)
    highest = [found.drawn.people[place] for place in np.argsort(-found.chances)[:20]]
    for way in riverside.trained.ways.values():
        adds, odds = (
            way.contributions(found.drawn.values),
            way.learner.log_odds(found.drawn.values[:, way.features]),
        )
        rest = odds - adds.sum(axis=1)
        assert np.allclose(rest, rest[0]), "all that differs between people is told"
    why = found.because(highest)
    assert all(1 <= len(reasons) <= 4 for reasons in why.values())
    assert any("emergency stay" in reason.words for reasons in why.values() for reason in reasons)
    for person in highest:
        score = as_scored(found, person, why, ON)
        assert score is not None and score.band.endswith("in 100") and score.drivers
        assert [each.points for each in score.drivers] == sorted(
            (e.points for e in score.drivers), reverse=True
        )


@pytest.mark.long
def test_the_same_tables_give_the_same_model_to_the_last_digit() -> None:
    few = histories(6_000, lists=2)
    one, other = (told(train(engine_of(few.tables), TABLES, MODEL, LATER)) for _ in range(2))
    assert json.dumps(one, default=str) == json.dumps(other, default=str)


def test_a_place_with_less_history_is_calibrated_on_people_of_the_same_day(riverside: Riverside) -> None:
    """Riverside's histories begin three years before the place's date: a year later there are four, and today three."""
    for as_at, is_later in ((LATER, True), (ON, False)):
        seen = lessons(riverside.engine, TABLES, MODEL, as_at)
        assert seen.is_later is is_later and seen.later.on == days_of(MODEL, as_at)[0]
        assert not (seen.learns & seen.chooses).any()
        if is_later:
            assert seen.calibrates.all() and seen.drawn.on == seen.later.on - timedelta(365)
        else:
            assert not (seen.calibrates & (seen.learns | seen.chooses)).any()


def test_few_people_are_not_calibrated_by_a_staircase() -> None:
    rng = np.random.default_rng(3)
    odds = rng.normal(-2, 1, 900)
    happened = rng.random(900) < np.where(odds > -1.5, 0.4, 0.02)  # a step, which a staircase fits best
    half = rng.random(900) < 0.5
    assert calibrated(odds, happened, half).name == "isotonic"
    assert calibrated(odds, happened, half, isotonic_from=1000).name == "Platt"


def test_too_little_is_not_learnt_from() -> None:
    few = histories(400, lists=1)
    with pytest.raises(ModelError, match="too little to learn one-year from"):
        train(engine_of(few.tables), TABLES, MODEL, LATER)


def test_a_model_that_is_not_there_or_not_valid_any_more_scores_nobody(
    riverside: Riverside, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="has not been trained here"):
        for_use(tmp_path, "one-year", ON)
    keep(tmp_path, riverside.trained)
    last = riverside.trained.valid_to
    assert for_use(tmp_path, "one-year", last).on == ON - timedelta(365)
    with pytest.raises(ModelError, match="Train and judge it again"):
        for_use(tmp_path, "one-year", last + timedelta(1))


# --- no leak -------------------------------------------------------------------------------------------------------

DAY = date(2026, 3, 1)
PEOPLE = [f"p{number}" for number in range(6)]
AFTER = st.integers(1, 500).map(lambda days: DAY + timedelta(days))
BEFORE = st.integers(0, 700).map(lambda days: DAY - timedelta(days))


def at(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(9), UTC)


@st.composite
def a_past(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """What had happened by the day, and some of it without an end yet."""
    who, ends = st.sampled_from(PEOPLE), st.sampled_from([None, *(DAY - timedelta(n) for n in (0, 5, 40))])

    def some(row: Any, most: int = 12) -> list[dict[str, Any]]:
        return [row() for _ in range(draw(st.integers(0, most)))]

    def event() -> dict[str, Any]:
        kind = draw(st.sampled_from(["admission", "emergency-department"]))
        start = at(draw(BEFORE))
        return {"person": draw(who), "kind": kind, "method": draw(st.sampled_from(["emergency", "elective"])),
                "start": start, "end": None, "is_sensitive": False}  # fmt: skip

    def condition() -> dict[str, Any]:
        code = draw(st.sampled_from(["84114007", "26929004", "44054006", "1"]))
        return {"person": draw(who), "code": code, "system": "snomed", "role": "problem", "start": draw(BEFORE),
                "ended": draw(ends), "is_active": None, "is_sensitive": False}  # fmt: skip

    def service() -> dict[str, Any]:
        kinds = ["Long Term Support: Community", "Short Term Support: ST-Max"]
        return {"person": draw(who), "type": draw(st.sampled_from(kinds)), "start": draw(BEFORE),
                "ended": draw(ends), "is_sensitive": False}  # fmt: skip

    people = [
        {"person": person, "birth_month": date(1940, 1, 1), "sex": "female", "practice": "Y1", "deprivation": 3,
         "is_dead": False, "is_counted": True}
        for person in PEOPLE
    ]  # fmt: skip
    return {"person": people, "event": some(event), "condition": some(condition), "service": some(service)}


@st.composite
def with_a_future(draw: st.DrawFn) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
    """The same past twice: once alone, once with all that may come later, and what was open ended later."""
    alone = draw(a_past())
    later = {name: [dict(row) for row in rows] for name, rows in alone.items()}
    for name, end, when in (("event", "end", at), ("condition", "ended", date), ("service", "ended", date)):
        for row in later[name]:
            if row[end] is None and draw(st.booleans()):
                day = draw(AFTER)
                row[end] = when(day) if when is at else day
    later["condition"] = [
        {**row, "is_active": draw(st.sampled_from([None, True, False]))} for row in later["condition"]
    ]
    for name, begin in (("event", at), ("condition", None), ("service", None)):
        for row in alone[name][: draw(st.integers(0, 4))]:
            day = draw(AFTER)
            later[name].append({**row, "start": begin(day) if begin else day})
    for row in later["person"]:
        if draw(st.booleans()):
            row |= {"died": draw(AFTER), "is_dead": True}
    return alone, later


def test_moving_facts_after_the_day_changes_nothing_that_the_model_sees() -> None:
    engine = Engine(threads=1)
    for name, schema in SCHEMAS.items():
        engine.fill(name, schema.empty_table())
    table = feature_table(TABLES, MODEL, DAY)
    engine.run(table)
    sql = engine.backend.compile(table)

    def seen(rows: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
        for name, each in rows.items():
            schema = SCHEMAS[name]
            engine.fill(name, shaped(pa.Table.from_pylist(each, schema), name))
        found: list[dict[str, Any]] = engine.backend.con.sql(sql).to_arrow_table().to_pylist()
        return found

    met: set[str] = set()

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(with_a_future())
    def sees_the_same(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
        alone, later = both
        # What kinds a place receives at all is not a fact of a person; both have the same.
        found = seen(later)
        assert seen(alone) == found
        met.update(name for row in found for name, value in row.items() if value not in (None, 0))

    sees_the_same()
    assert {"emergency_stays", "emergency_visits", "heart_failure", "long_term_care", "nights"} <= met


def test_what_not_everyone_may_read_is_not_looked_at() -> None:
    engine = Engine(threads=1)
    person = {"person": "p0", "birth_month": date(1940, 1, 1), "practice": "Y1", "is_dead": False}
    stay = {"person": "p0", "kind": "admission", "method": "emergency", "start": at(DAY - timedelta(9))}
    for name, schema in SCHEMAS.items():
        engine.fill(name, schema.empty_table())
    engine.fill("person", pa.Table.from_pylist([person], SCHEMAS["person"]))
    for is_sensitive, expected in ((False, 1), (True, None)):
        engine.fill("event", pa.Table.from_pylist([{**stay, "is_sensitive": is_sensitive}], SCHEMAS["event"]))
        (row,) = engine.rows(feature_table(TABLES, MODEL, DAY))
        assert row["emergency_stays"] == expected


def test_a_register_ordered_by_a_model_agrees_with_its_twin() -> None:
    register = load_register("one-year-risk", DAY)
    engine = Engine(threads=1)
    for name, schema in SCHEMAS.items():
        engine.fill(name, schema.empty_table())
    chances = {"p0": 300, "p1": 49, "p2": 50, "p3": None}
    rows = [
        {"person": p, "birth_month": date(1940, 1, 1), "practice": "Y1", "is_dead": False} for p in chances
    ]
    engine.fill("person", pa.Table.from_pylist(rows, SCHEMAS["person"]))
    known = {person: value for person, value in chances.items() if value is not None}
    told = ibis.memtable(pa.table({"person": list(known), "value": list(known.values())}))
    wide = {
        row["person"]: row for row in engine.rows(register_table(TABLES, register, DAY, {"one-year": told}))
    }
    for row in rows:
        foreseen = {"one-year": known[row["person"]]} if row["person"] in known else {}
        plain = plain_features(register, PersonRows(row, [], [], {}, set(), foreseen), DAY)
        finding = find_person(register, plain, DAY)
        mine = wide[row["person"]]
        assert (mine["risk"], mine["order"]) == (plain["risk"].value, finding.order)
        assert mine["is_on_register"] is finding.is_on_register
    assert [wide[person]["is_on_register"] for person in chances] == [True, False, True, None]


def test_outcomes_are_what_begins_in_the_time_and_was_not_there_before() -> None:
    engine = Engine(threads=1)
    for name, schema in SCHEMAS.items():
        engine.fill(name, schema.empty_table())
    people = [
        {"person": p, "birth_month": date(1940, 1, 1), "practice": "Y1", "is_dead": False} for p in "abcdef"
    ]
    community, home = "Long Term Support: Community", "Long Term Support: Nursing Care"
    care = [
        {"person": "a", "type": community, "start": DAY - timedelta(9)},
        {"person": "a", "type": community, "start": DAY + timedelta(9)},  # ordered anew: nothing began
        {"person": "b", "type": community, "start": DAY - timedelta(9)},
        {"person": "b", "type": home, "start": DAY + timedelta(9)},
        {"person": "c", "type": "Short Term Support: ST-Max", "start": DAY + timedelta(9)},
        {"person": "d", "type": home, "start": DAY + timedelta(366)},
    ]
    stays = [
        {"person": "e", "kind": "admission", "method": "emergency", "start": at(DAY + timedelta(365))},
        {"person": "f", "kind": "admission", "method": "elective", "start": at(DAY + timedelta(3))},
        {"person": "f", "kind": "admission", "method": "emergency", "start": at(DAY)},
    ]
    for name, rows in (("person", people), ("service", care), ("event", stays)):
        engine.fill(name, pa.Table.from_pylist(rows, SCHEMAS[name]))
    drawn = sample(engine, TABLES, MODEL, DAY)
    came = outcomes(engine, TABLES, MODEL, drawn)
    assert dict(zip(drawn.people, came.happened.tolist(), strict=True)) == {
        "a": False, "b": True, "c": False, "d": False, "e": True, "f": False,
    }  # fmt: skip
    assert came.before.tolist() == [0, 0, 0, 0, 0, 1] and came.after.tolist() == [0, 0, 0, 0, 1, 0]
    assert days_of(MODEL, LATER) == (ON - timedelta(365), ON)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rule": "age > 75 or diabetes"}, "it may only say from which age on"),
        ({"per_1000": [5, 2000]}, "per_1000 2000 is more than there are"),
        ({"must_not_be_used": []}, "must_not_be_used is missing"),
        ({"baseline": ["age", "shoe_size"]}, "'shoe_size' is no feature"),
        ({"outcome": {"words": "a stay", "days": 0}}, "outcome: days must be a whole number above 0"),
        ({"features": {"age": {"kind": "star-sign"}}}, "kind is missing or unknown"),
        ({"calibration": {}}, "calibration.slope: right_from must be a number"),
        ({"calibration": {"fitting": {"is_later": True, "least_share": 2}}}, "least_share must be above 0"),
        ({"calibration": {"curve": {}}}, "calibration.curve is not known"),
    ],
)
def test_a_wrong_definition_is_refused_by_name(change: dict[str, Any], words: str) -> None:
    good: Definition = load_definition("models", "one-year", ON)
    with pytest.raises(DefinitionError, match=words):
        read_model(replace(good, content={**good.content, **change}), ON)
