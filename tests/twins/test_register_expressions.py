"""Registers in the warehouse: measures, rule and order are those of the plain twin, person by person."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.register import compiled, register_table
from careweave.warehouse.facts import facts_of
from careweave.warehouse.registers import Feature, find_person, holds, load_register
from careweave.warehouse.registers.features import PersonRows, plain_features
from careweave.warehouse.registers.rule import Both, Compare, Either, Has, Not, Rule
from careweave.warehouse.scores import score_person
from careweave.warehouse.tables import CONDITION, EVENT, PERSON, declared_tables

ON = date(2026, 11, 26)
REGISTER = load_register("riverside-proactive", ON)
SHAPES = {"person": PERSON, "condition": CONDITION, "event": EVENT}
PEOPLE = [f"p{number}" for number in range(12)]
CODED = [
    ("snomed", "44054006"),
    ("icd10", "E11.9"),
    ("snomed", "52448006"),
    ("icd10", "W19"),
    ("snomed", "1912002"),
    ("snomed", "68566005"),
    ("icd10", "N390"),
    ("icd10", "F059"),
    ("icd10", "Z00"),
    ("other", "44054006"),
]
DAYS = [ON - timedelta(days) for days in (-3, 0, 1, 4, 9, 16, 30, 90, 91, 182, 183, 364, 365, 4000)]


@st.composite
def conditions(draw: st.DrawFn) -> list[dict[str, Any]]:
    def one() -> dict[str, Any]:
        who = draw(st.sampled_from(PEOPLE))
        system, code = draw(st.sampled_from(CODED))
        return {
            "person": who,
            "system": system,
            "code": code,
            "role": draw(st.sampled_from(["problem", "diagnosis", "reason"])),
            "start": draw(st.sampled_from([None, *DAYS])),
            "ended": draw(st.sampled_from([None, None, ON, ON + timedelta(1)])),
            "is_active": draw(st.sampled_from([None, True, True, False])),
            "source": "Y90001",
            "event": draw(st.sampled_from([None, f"{who}-1", f"{who}-2"])),
        }

    return [one() for _ in range(draw(st.integers(0, 60)))]


@st.composite
def events(draw: st.DrawFn) -> list[dict[str, Any]]:
    kinds = draw(st.sampled_from([["admission"], ["admission", "emergency-department"], ["clinic"]]))
    return [
        {
            "event": f"{who}-{number}",
            "person": who,
            "kind": draw(st.sampled_from(kinds)),
            "start": datetime.combine(draw(st.sampled_from(DAYS)), time(12), UTC),
            "method": draw(st.sampled_from(["emergency", "emergency", "elective", None])),
        }
        for who in draw(st.lists(st.sampled_from(PEOPLE), unique=True))
        for number in range(1, draw(st.integers(1, 4)))
    ]


people = st.tuples(
    *(
        st.fixed_dictionaries(
            {
                "person": st.just(who),
                "age": st.sampled_from([None, 30, 75, 76, 90]),
                "practice": st.sampled_from([None, "Y90001"]),
                "is_dead": st.sampled_from([False, False, False, True]),
            }
        )
        for who in PEOPLE
    )
).map(list)


def frail(who: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Someone to whom happened what chance seldom draws together: two falls and two emergency stays."""
    fallen = [
        {"person": who, "system": "snomed", "code": "1912002", "role": "problem", "start": day, "ended": None}
        | {"is_active": True, "source": "Y90001", "event": None}
        for day in (ON - timedelta(30), ON - timedelta(90))
    ]
    stays = [
        {"event": f"{who}-{number}", "person": who, "kind": "admission", "method": "emergency"}
        | {"start": datetime.combine(ON - timedelta(number), time(12), UTC)}
        for number in (9, 91)
    ]
    return [{"person": who, "age": 90, "practice": "Y90001", "is_dead": False}], fallen, stays


def rows_of(register: Any, people: list, conditions: list, events: list) -> dict[str, PersonRows]:
    facts = facts_of(people, conditions, events)
    return {
        person["person"]: PersonRows(
            person=person,
            conditions=[row for row in conditions if row["person"] == person["person"]],
            events=[row for row in events if row["person"] == person["person"]],
            scores={each.id: score_person(each, facts[person["person"]], ON) for each in register.scores},
            kinds_received={row["kind"] for row in events},
        )
        for person in people
        if not person["is_dead"]
    }


def test_the_warehouse_agrees_with_the_twin() -> None:
    engine, drawn = Engine(threads=1), Counter[Any]()
    for name, shape in SHAPES.items():
        engine.fill(name, shape.empty_table())
    table = register_table(declared_tables(False), REGISTER, ON)
    engine.run(table)
    sql = engine.backend.compile(table)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(people=people, conditions=conditions(), events=events())
    @example(*frail("p0"))
    def agrees(people: list, conditions: list, events: list) -> None:
        for name, rows in (("person", people), ("condition", conditions), ("event", events)):
            engine.fill(name, pa.Table.from_pylist(rows, SHAPES[name]))
        wide = {row["person"]: row for row in engine.backend.con.sql(sql).to_arrow_table().to_pylist()}
        plain = rows_of(REGISTER, people, conditions, events)
        assert wide.keys() == plain.keys()
        for who, rows in plain.items():
            features = plain_features(REGISTER, rows, ON)
            finding = find_person(REGISTER, features, ON)
            drawn.update(finding.reasons)
            drawn[finding.is_on_register] += 1
            for id, feature in features.items():
                assert (id, wide[who][id]) == (id, feature.value)
                if REGISTER.measures[id].kind != "score":
                    assert (id, wide[who][f"{id}_first"]) == (id, feature.first)
            assert wide[who]["is_on_register"] is finding.is_on_register
            assert wide[who]["order"] == finding.order

    agrees()
    assert {True, False, None, "over 75", "diabetes", "dementia"} <= drawn.keys()
    assert any("falls since" in str(reason) for reason in drawn)
    assert any("emergency stays" in str(reason) for reason in drawn)


leaves = st.one_of(
    st.sampled_from(["age", "falls", "diabetes"]).map(Has),
    st.builds(
        Compare,
        st.sampled_from(["age", "falls", "frailty"]),
        st.sampled_from([">", ">=", "<", "<=", "="]),
        st.decimals(0, 3, places=1),
    ),
)
rules: st.SearchStrategy[Rule] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda rules: Both(tuple(rules))),
        st.lists(inner, min_size=2, max_size=3).map(lambda rules: Either(tuple(rules))),
    ),
    max_leaves=6,
)
values = st.sampled_from([None, 0, 1, 2, 3, 10, 15, 20])


def test_any_rule_means_the_same_in_sql_and_in_python() -> None:
    engine = Engine(threads=1)
    people = st.lists(
        st.fixed_dictionaries(dict.fromkeys(("age", "falls", "diabetes", "frailty"), values)), min_size=1
    )

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rule=rules, people=people)
    def agrees(rule: Rule, people: list[dict[str, Any]]) -> None:
        shape = pa.schema([(name, pa.int64()) for name in people[0]])
        wide = ibis.memtable(pa.Table.from_pylist(people, shape))
        answers = engine.run(wide.select(answer=compiled(rule, wide, REGISTER)))["answer"].to_pylist()
        features = [{name: Feature(value) for name, value in each.items()} for each in people]
        assert answers == [holds(rule, REGISTER.measures, each) for each in features]

    agrees()
