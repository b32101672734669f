"""Stays that care outside hospital might have prevented: the published lists, and the tables against the plain twin."""

import random
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.definitions import DefinitionError, load_definition
from careweave.warehouse.avoidable import (
    NO_FIRST,
    AvoidableStays,
    StayDiagnosis,
    avoidable_condition,
    load_avoidable,
    read_avoidable,
)
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.avoidable import avoidable_stays
from careweave.warehouse.tables import SCHEMAS, declared_tables

ON = date(2026, 11, 26)
NHS_19, CHRONIC, ACUTE = (load_avoidable(id, ON) for id in ("nhs-19", "nhs-of-2.3.i", "nhs-of-3a"))


def flag(listed: AvoidableStays, *codes: str, method: str = "emergency") -> str | None:
    """The codes of one stay in their order, the first being what it was for."""
    told = [StayDiagnosis(code, number) for number, code in enumerate(codes, start=1)]
    return avoidable_condition(listed, method, told)[0]


def test_the_list_of_19_has_three_groups() -> None:
    assert {each.group for each in NHS_19.conditions} == {"acute", "chronic", "vaccine-preventable"}
    assert len(NHS_19.conditions) == 19


@pytest.mark.parametrize(
    ("codes", "condition"),
    [
        (("L031",), "cellulitis"),
        (("L031", "I10"), "cellulitis"),
        (("I10", "L031"), "congestive-heart-failure-or-hypertension"),  # what the stay was for counts
        (("J440",), "copd"),
        (("J209",), None),
        (("J209", "J449"), "copd-acute-bronchitis"),
        (("R020",), "gangrene"),
        (("S720", "R02"), "gangrene"),  # anywhere in the stay
        (("S720", "E112"), "diabetes-complications"),
        (("S720", "E119"), None),
        (("J181",), "influenza-and-pneumonia"),
        (("J181", "D570"), None),  # never with sickle cell disease
        (("K250",), "perforated-bleeding-ulcer"),
        (("K253",), None),
        (("N390",), None),  # not among the codes of the 19
    ],
)
def test_a_stay_is_flagged_by_the_published_list(codes: tuple[str, ...], condition: str | None) -> None:
    assert flag(NHS_19, *codes) == condition


def test_the_outcomes_framework_lists_part_long_term_from_acute() -> None:
    assert (flag(CHRONIC, "I48"), flag(ACUTE, "I48")) == ("atrial-fibrillation", None)
    assert (flag(CHRONIC, "N390"), flag(ACUTE, "N390")) == (None, "pyelonephritis")
    assert (flag(CHRONIC, "G409"), flag(ACUTE, "R568")) == ("epilepsy", "convulsions-and-epilepsy")
    assert (flag(CHRONIC, "I200"), flag(ACUTE, "I248")) == ("angina", "angina")
    assert all("not yet confirmed" in " ".join(each.caveats) for each in (CHRONIC, ACUTE))


def test_only_emergency_stays_are_flagged_and_what_nobody_says_is_said() -> None:
    assert flag(NHS_19, "L031", method="elective") is None
    assert avoidable_condition(NHS_19, "emergency", [StayDiagnosis("L031", None)]) == (None, NO_FIRST)
    assert avoidable_condition(NHS_19, "emergency", [StayDiagnosis("R020", None)]) == ("gangrene", "")


def test_a_list_with_a_wrong_code_is_refused_by_name() -> None:
    definition = load_definition("ambulatory-care", "nhs-19", ON)
    wrong = [{"id": "x", "words": "x", "group": "acute", "first": ["L03.1"]}]
    with pytest.raises(DefinitionError, match=r"condition 'x': 'L03.1' is no plain ICD-10 code"):
        read_avoidable(replace(definition, content={**definition.content, "conditions": wrong}))


CODES = ["L031", "J209", "J449", "R020", "E112", "J181", "D570", "I10", "I500", "S720", "N390", "K250"]


def test_the_tables_agree_with_the_twin_of_a_stay() -> None:
    engine = Engine(threads=1)
    for name, schema in SCHEMAS.items():
        engine.fill(name, schema.empty_table())
    made = {}
    for listed in (NHS_19, CHRONIC, ACUTE):
        expression = avoidable_stays(declared_tables(False), listed)
        engine.run(expression)
        made[listed.id] = engine.backend.compile(expression)

    @settings(max_examples=15, deadline=None)
    @given(seed=st.integers(0, 2**32), listed=st.sampled_from([NHS_19, CHRONIC, ACUTE]))
    def agrees(seed: int, listed: AvoidableStays) -> None:
        chance = random.Random(seed)
        stays = [
            {"event": f"e{n}", "person": f"p{n % 9}", "method": chance.choice(["emergency", "emergency", "elective", None])}
            for n in range(60)
        ]  # fmt: skip
        told = [
            {
                "person": stay["person"],
                "event": stay["event"],
                "system": "icd10",
                "code": chance.choice(CODES),
                "role": chance.choice(["diagnosis", "diagnosis", "reason"]),
                "position": chance.choice([1, 2, 3, None]),
            }
            for stay in stays
            for _ in range(chance.randrange(5))
        ]
        engine.fill("admission", pa.Table.from_pylist(stays, SCHEMAS["admission"]))
        engine.fill("condition", pa.Table.from_pylist(told, SCHEMAS["condition"]))
        rows = engine.backend.con.sql(made[listed.id]).to_arrow_table().to_pylist()
        found = {row["event"]: (row["condition"], row["why_not"]) for row in rows}
        plain = {
            stay["event"]: avoidable_condition(
                listed,
                stay["method"],
                [
                    StayDiagnosis(row["code"], row["position"])
                    for row in told
                    if row["event"] == stay["event"] and row["role"] != "reason"
                ],
            )
            for stay in stays
            if stay["method"] == "emergency"
        }
        assert found == plain

    agrees()
