"""A07: paid by head and by the day, in a ledger by network that every network sees, beside everyone's scorecard."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings

from careweave.definitions import load_definition
from careweave.money import statements
from careweave.money.contract import KIND, read_contract
from careweave.money.publishing_capitation import publish_capitation
from careweave.money.statements import Statement
from tests.scenarios.test_place_pages import of_role, text_of
from tests.unit.warehouse_record import ODS, FakeGate, build, patient

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
NORTH, QUAYS, NOWHERE = "Y90001", "Y90003", "Y90077"
TODAY = date(2026, 11, 26)
CONTRACT = read_contract(load_definition(KIND, "riverside-shared-care", TODAY))
PRICE = CONTRACT.price("male", 85)  # of everyone here, born in March 1941


def registered(gate: FakeGate, number: int, *spans: tuple[str, str, str | None]) -> None:
    told = [
        {
            "identifier": {
                "system": ODS,
                "value": practice,
                "period": {"start": start} | ({"end": end} if end else {}),
            }
        }
        for practice, start, end in spans
    ]
    body = patient(spans[-1][0], f"one-{number}", gender="male", generalPractitioner=told)
    gate.put(f"p{number}", spans[-1][0], body)


def place(home: Path, *, mover: bool, opted_out: bool = False) -> Statement:
    """Six people in the north, six at the quays, and a seventh who leaves the north on 1 July; one list in no network."""
    gate = FakeGate()
    for number in range(6):
        registered(gate, number, (NORTH, "2020-01-01", None))
        registered(gate, 10 + number, (QUAYS, "2020-01-01", None))
    if mover:
        registered(gate, 20, (NORTH, "2020-01-01", "2026-06-30"), (QUAYS, "2026-07-01", None))
    registered(gate, 30, (NOWHERE, "2020-01-01", None))
    build(gate, home, **({"counting": FakeGate()} if opted_out else {}))
    (found,) = publish_capitation(home, TODAY)
    return found


def paid(found: Statement) -> dict[str, int]:
    return {each.code: each.expected_pence for each in found.networks if each.people}


def test_a07_capitation_is_pro_rated_by_day_when_a_person_moves_between_networks_mid_year(
    tmp_path: Path,
) -> None:
    without, found = place(tmp_path / "before", mover=False), place(tmp_path / "after", mover=True)
    more = {code: paid(found)[code] - paid(without)[code] for code in ("north", "quays")}

    # 91 days from 1 April to 30 June, 274 from 1 July to 31 March; each month is whole pence by itself.
    assert abs(more["north"] - PRICE * 91 / 365) <= 12
    assert abs(more["quays"] - PRICE * 274 / 365) <= 12
    assert abs(sum(more.values()) - PRICE) <= 12
    assert {each.code: each.days for each in found.networks} == {
        "north": 6 * 214 + 91,
        "quays": 6 * 214 + 123,
        "marl": 0,
        "bridge": 0,
    }  # until 31 October, the last month that is over
    assert found.owed_until == date(2026, 10, 31)
    assert all(sum(each.pence for each in month.postings) == 0 for month in found.ledger)


def test_who_opted_out_is_paid_for(tmp_path: Path) -> None:
    assert paid(place(tmp_path / "a", mover=True, opted_out=True)) == paid(place(tmp_path / "b", mover=True))


def test_a_practice_of_no_network_is_named_and_paid_nothing(tmp_path: Path) -> None:
    found = place(tmp_path, mover=True)

    assert [(each.practice, each.people, each.days) for each in found.unpaid] == [(NOWHERE, 1, 214)]


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Statement]:
    found = place(tmp_path, mover=True)
    statements.keep(settings.CONFIGURATION.home, (found,))
    yield found
    (settings.CONFIGURATION.home / statements.FOLDER / statements.FILE).unlink()


@pytest.mark.parametrize("role", ["coordinator", "gp", "analyst", "administrator", "governance-lead"])
def test_a07_the_ledger_is_visible_to_all_networks(published: Statement, role: str) -> None:
    page = text_of(of_role(role, QUAYS), "/place/capitation")

    for network in ("North Riverside", "The Quays"):
        assert network in page
    assert "From 1 April 2026 to 31 October 2026" in page and "Practices in no network" in page
    assert "Y90077: fewer than 5 people" in page


def test_the_file_has_the_same_pence_as_the_ledger(published: Statement) -> None:
    text = text_of(of_role("analyst"), "/place/capitation.csv").lstrip("\ufeff")
    rows = list(csv.DictReader(StringIO(text)))

    for network in published.networks:
        mine = [row for row in rows if row["network"] == network.name]
        assert len(mine) == 12
        if network.people:
            assert sum(int(row["pence"]) for row in mine) == network.expected_pence
    assert {row["is_owed"] for row in rows if row["month"] <= "2026-10-01"} == {"yes"}


def test_a_list_of_fewer_than_five_is_hidden_and_cannot_be_worked_out(tmp_path: Path) -> None:
    gate = FakeGate()
    for number, practice in enumerate([NORTH] * 3 + [QUAYS] * 8 + ["Y90005"] * 9):
        registered(gate, number, (practice, "2020-01-01", None))
    build(gate, tmp_path)
    statements.keep(settings.CONFIGURATION.home, publish_capitation(tmp_path, TODAY))
    page, text = (text_of(of_role("analyst"), f"/place/capitation{end}") for end in ("", ".csv"))
    hidden = {row["network"] for row in csv.DictReader(StringIO(text.lstrip("\ufeff"))) if row["why_hidden"]}
    (settings.CONFIGURATION.home / statements.FOLDER / statements.FILE).unlink()

    assert "North Riverside" in hidden and len(hidden) >= 2
    assert page.count("Hidden") >= 8


def test_before_anything_was_worked_out_the_page_says_how() -> None:
    assert "careweave refresh" in text_of(of_role("analyst"), "/place/capitation")


def test_who_does_not_look_after_the_place_has_no_such_page() -> None:
    assert of_role("volunteer", "VOL1").get("/place/capitation").status_code in (302, 403, 404)
