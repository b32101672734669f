"""What the warehouse holds of social care, as events of Client Level Data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from careweave.definitions import DefinitionError, load_definition
from careweave.warehouse.client_level import events as shape
from careweave.warehouse.client_level.definition import ID, KIND, read_rules
from careweave.warehouse.client_level.held import held_events
from careweave.warehouse.engine import Engine
from careweave.warehouse.tables import SCHEMAS, declared_tables

DAY = date(2026, 11, 1)
AT = datetime(2026, 2, 2, tzinfo=UTC)


def filled(name: str, **told: Any) -> pa.Table:
    return pa.Table.from_pylist([{**dict.fromkeys(SCHEMAS[name].names), **told}], schema=SCHEMAS[name])


def test_a_request_and_a_service_become_events_under_the_pseudonym() -> None:
    engine = Engine()
    try:
        engine.fill(
            "person",
            filled("person", person="p", sex="female", accommodation="Tenant", birth_month=date(1950, 1, 1)),
        )
        contact = {"person": "p", "kind": "social-care", "type": "request", "organisation": "900"}
        engine.fill(
            "event",
            filled(
                "event", **contact, event="e", start=AT, end=AT, client="Service User", outcome="NFA- Other"
            ),
        )
        package = {"person": "p", "organisation": "900", "type": "Long Term Support: Community"}
        engine.fill("service", filled("service", **package, start=DAY, client="Service User"))

        rows = engine.rows(held_events(declared_tables(is_map_loaded=False), DAY).order_by("type"))
    finally:
        engine.close()

    asked, service = rows
    assert list(asked) == shape.EVENTS.names
    assert (asked["type"], asked["nhs"], asked["local"], asked["gender"]) == ("Request", "p", None, "Female")
    assert (asked["start"], asked["outcome"], asked["service"]) == (AT.date(), "NFA- Other", None)
    assert (service["type"], service["service"], service["end"]) == ("Service", package["type"], None)
    assert {row["accommodation"] for row in rows} == {"Tenant"}
    assert {row["received"] for row in rows} == {DAY}


def test_rules_that_lack_something_are_refused_by_name_with_everything_wrong() -> None:
    held = load_definition(KIND, ID, DAY)
    content = {**held.content, "request_gap": -1, "settled": ["Tenant", "tenant "]}
    del content["long_term"]

    with pytest.raises(DefinitionError) as refused:
        read_rules(replace(held, content=content))

    assert refused.value.problems == [
        f"{held.name}: request_gap is not a number of days",
        f"{held.name}: long_term is missing",
        f"{held.name}: settled lists 'tenant' twice",
    ]
