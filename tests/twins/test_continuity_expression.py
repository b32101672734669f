"""Continuity over everyone's contacts at once is the published formula of each person's sequence."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.measures.continuity import coc, handovers, mmci, secon, upc
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.continuity import ORGANISATION, SECTOR, continuity
from careweave.warehouse.tables import EVENT, declared_tables

SINCE, UNTIL = date(2026, 1, 1), date(2026, 3, 31)
SECTORS = {"RVR": "hospital", "Y90001": "primary", "RIV": "council"}
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def compiled(by: str) -> tuple[Engine, str]:
    engine = Engine(threads=1)
    engine.fill("event", EVENT.empty_table())
    table = continuity(declared_tables(False).event, SINCE, UNTIL, by=by)
    return engine, engine.backend.compile(table)


def rows_of(contacts: dict[str, list[tuple[int, str]]]) -> pa.Table:
    rows = [
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
    return pa.Table.from_pylist(rows, EVENT)


def test_the_published_sequence() -> None:
    """Five contacts A A B A C: COC .30, UPC .60, SECON .25, MMCI .512."""
    engine, sql = compiled(ORGANISATION)
    order = ["RVR", "RVR", "Y90001", "RVR", "RIV"]
    engine.fill("event", rows_of({"p": list(enumerate(order))}))
    (row,) = engine.backend.con.sql(sql).to_arrow_table().to_pylist()
    assert (row["contacts"], row["providers"], row["handovers"]) == (5, 3, 3)
    told = [round(row[name], 3) for name in ("coc", "upc", "secon", "mmci")]
    assert told == [0.3, 0.6, 0.25, 0.512]


@pytest.mark.parametrize("by", [ORGANISATION, SECTOR])
def test_everyones_continuity_is_that_of_the_formulas(by: str) -> None:
    engine, sql = compiled(by)
    one = st.tuples(st.integers(-3, 95), st.sampled_from(sorted(SECTORS)))

    @settings(max_examples=20, deadline=None)
    @given(contacts=st.fixed_dictionaries({f"p{n}": st.lists(one, max_size=7) for n in range(5)}))
    def agrees(contacts: dict[str, list[tuple[int, str]]]) -> None:
        table = rows_of(contacts)
        engine.fill("event", table)
        found = {row["person"]: row for row in engine.backend.con.sql(sql).to_arrow_table().to_pylist()}
        for who in contacts:
            mine = [row for row in table.to_pylist() if row["person"] == who]
            in_time = [row for row in mine if SINCE <= row["start"].date() <= UNTIL]
            order = [row[by] for row in sorted(in_time, key=lambda row: row["start"])]
            row = found.get(who)
            if len(order) < 2:
                assert row is None
                continue
            assert row is not None
            told = [row[name] for name in ("coc", "upc", "secon", "mmci")]
            assert told == pytest.approx([formula(order) for formula in (coc, upc, secon, mmci)])
            assert row["handovers"] == handovers(order)

    agrees()
