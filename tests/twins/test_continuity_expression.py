"""Continuity over everyone's contacts at once is the published formula of each person's sequence, quarter by quarter."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.spread import spread
from careweave.warehouse.indicators.conditions import SPREAD_AMOUNTS
from careweave.warehouse.tables import EVENT, declared_tables
from tests.twins.plain_indicators import plain_spreads

SECTORS = {"RVR": "hospital", "Y90001": "primary", "RIV": "council"}
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def compiled(over: str, since: date | None = None) -> tuple[Engine, str]:
    engine = Engine(threads=1)
    engine.fill("event", EVENT.empty_table())
    table = spread(declared_tables(False).event, over, since)
    return engine, engine.backend.compile(table)


def rows_of(contacts: dict[str, list[tuple[int, str]]]) -> list[dict[str, Any]]:
    return [
        {
            "event": f"{who}-{number}",
            "person": who,
            "start": BEGAN + timedelta(days=day, minutes=number),
            "organisation": organisation,
            "sector": SECTORS[organisation],
        }
        for who, each in contacts.items()
        for number, (day, organisation) in enumerate(each)
    ]


def found_in(engine: Engine, sql: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    engine.fill("event", pa.Table.from_pylist(rows, EVENT))
    found: list[dict[str, Any]] = engine.backend.con.sql(sql).to_arrow_table().to_pylist()
    return found


def test_the_published_sequence() -> None:
    """Five contacts A A B A C: COC .30, UPC .60, SECON .25, MMCI .512; three handovers."""
    engine, sql = compiled("organisation")
    order = ["RVR", "RVR", "Y90001", "RVR", "RIV"]
    (row,) = found_in(engine, sql, rows_of({"p": list(enumerate(order))}))
    assert (row["c_contacts"], row["c_providers"], row["c_handovers"]) == (5, 3, 3)
    told = [round(row[f"c_{name}"] / 10_000, 3) for name in ("coc", "upc", "secon", "mmci", "fragmentation")]
    assert told == [0.3, 0.6, 0.25, 0.512, 0.7]
    assert (row["start"], row["day"], row["end"]) == (date(2026, 1, 1), date(2026, 3, 1), date(2026, 3, 31))


def test_care_density_is_of_the_pairs_that_people_share() -> None:
    """Two people share RVR and Y90001, one of them RIV too: his three pairs have two, one and one."""
    engine, sql = compiled("organisation")
    contacts = {
        "a": [(1, "RVR"), (2, "Y90001"), (3, "RIV")],
        "b": [(1, "Y90001"), (5, "RVR")],
        "c": [(1, "RVR")] * 2,
    }
    found = {row["person"]: row["c_density"] for row in found_in(engine, sql, rows_of(contacts))}
    assert found == {"a": 13_333, "b": 20_000, "c": None}


def test_fewer_than_two_contacts_in_a_quarter_have_no_number() -> None:
    engine, sql = compiled("organisation")
    assert found_in(engine, sql, rows_of({"p": [(1, "RVR"), (95, "RVR")]})) == []
    engine, sql = compiled("organisation", date(2026, 5, 9))
    contacts = rows_of({"p": [(1, "RVR"), (2, "RVR"), (95, "RVR"), (96, "RIV")]})
    assert [row["day"] for row in found_in(engine, sql, contacts)] == [date(2026, 6, 1)]


@pytest.mark.parametrize("over", ["organisation", "sector"])
def test_everyones_continuity_is_that_of_the_formulas(over: str) -> None:
    engine, sql = compiled(over)
    one = st.tuples(st.integers(-3, 95), st.sampled_from(sorted(SECTORS)))

    @settings(max_examples=20, deadline=None)
    @given(contacts=st.fixed_dictionaries({f"p{n}": st.lists(one, max_size=7) for n in range(5)}))
    def agrees(contacts: dict[str, list[tuple[int, str]]]) -> None:
        rows = rows_of(contacts)
        found = {
            (row["person"], row["day"]): {name: row[f"c_{name}"] for name in SPREAD_AMOUNTS}
            for row in found_in(engine, sql, rows)
        }
        assert found == {(each.person, each.start): each.own for each in plain_spreads(rows, over)}

    agrees()
