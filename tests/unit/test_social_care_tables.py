"""A council's own Client Level Data file is checked by row, and its tables hide what is small."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from careweave.cli import social_care
from careweave.cli.social_care import ends_early
from careweave.intake.client_level import read_files
from careweave.intake.reading.mappings import mapping
from careweave.measures.publishing_social_care import last_year, social_care_of
from careweave.measures.social_care import Sum, keep, read, table_of
from careweave.warehouse.client_level.events import EVENTS, Period

TODAY = date(2026, 11, 23)
GOOD = {
    "LA Code": "900",
    "Reporting Period Start Date": "01/11/2025",
    "Reporting Period End Date": "31/10/2026",
    "LA Person Unique Identifier": "5000001",
    "Gender": "Female",
    "Date of Birth": "01/02/1950",
    "Client Type": "Service User",
    "Event Type": "Request",
    "Event Reference": "R1",
    "Event Start Date": "02/02/2026",
    "Event End Date": "03/02/2026",
    "Event Outcome": "NFA - Support declined",
    "Request: Route of Access": "Community / Other route",
}
SERVICE = {
    **GOOD,
    "Event Type": "Service",
    "Event End Date": "",
    "Service Type": "Long Term Support: Community",
}


def written(folder: Path, *rows: dict[str, str]) -> Path:
    columns = [each.name for each in mapping("client-level-data", TODAY).columns]
    file = folder / "client_level_data.csv"
    with file.open("w", newline="", encoding="utf-8") as sheet:
        writer = csv.DictWriter(sheet, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({**GOOD, "Event Outcome": "Sent home"}, "Event outcome holds a code that is not in its list"),
        ({**SERVICE, "Service Type": "Home care"}, "Service type holds a code that is not in its list"),
        ({**SERVICE, "Service Type": ""}, "Service type is missing of a service"),
        ({**GOOD, "Event End Date": ""}, "Event end date is missing of a request"),
        ({**GOOD, "Event Outcome": ""}, "Event outcome is missing of a request"),
        ({**GOOD, "Request: Route of Access": ""}, "Route of access is missing of a request"),
        ({**GOOD, "Event End Date": "01/02/2026"}, "Event end date is before Event start date"),
    ],
)
def test_a_wrong_row_is_refused_by_name_with_its_line_and_what_is_right(
    tmp_path: Path, row: dict[str, str], reason: str
) -> None:
    found = read_files([written(tmp_path, GOOD, row)], "900", TODAY)

    assert [(each.line, each.reason) for each in found.refused] == [(3, reason)]
    assert found.refused[0].expected
    assert (found.rows, len(found.events)) == (2, 1)


def test_a_carers_service_is_one_of_the_list(tmp_path: Path) -> None:
    carer = {**SERVICE, "Client Type": "Carer", "Service Type": "Carer Support: Direct to Carer"}

    assert read_files([written(tmp_path, carer)], "900", TODAY).refused == []


def test_a_councils_own_file_makes_the_official_tables(tmp_path: Path) -> None:
    rows = [{**GOOD, "LA Person Unique Identifier": f"50000{number:02}"} for number in range(12)]
    rows += [
        {**SERVICE, "LA Person Unique Identifier": "5000099", "Accommodation Status": "Tenant"},
    ]
    read_rows = read_files([written(tmp_path, *rows)], "900", TODAY)
    period = Period(date(2025, 11, 1), date(2026, 10, 31), TODAY, date.max)

    found = social_care_of(pa.Table.from_pylist(read_rows.events, schema=EVENTS), TODAY, period)
    requests, living = found.tables[0], next(each for each in found.tables if each.id == "ascof-2e")
    assert [(line.label, line.count) for line in requests.lines] == [
        ("Nothing after: No Services Provided - other reason", 10),
        ("All", 10),
    ]
    assert {line.count for line in living.lines} == {0, None}

    keep(tmp_path, found)
    assert read(tmp_path) == found


def test_a_small_number_cannot_be_worked_out_from_the_others() -> None:
    table = table_of(
        "t", "T", "S", {"a": 3, "b": 20, "c": 40}, [Sum("All", ("a", "b", "c"))], [("share", "a", "All")]
    )
    shown = {line.label: line.count for line in table.lines}

    assert shown["a"] is None and list(shown.values()).count(None) == 2
    assert shown["c"] == 40
    assert table.shares[0].value is None


@given(st.lists(st.integers(0, 90), min_size=3, max_size=3))
def test_a_share_tells_nothing_that_the_numbers_beside_it_do_not(counts: list[int]) -> None:
    cells = dict(zip("abc", counts, strict=True))
    sums = [Sum("a or b", ("a", "b")), Sum("All", ("a or b", "c"))]
    pairs = [("a", "a or b"), ("a or b", "All"), ("a", "All")]
    table = table_of("t", "T", "S", cells, sums, [(f"{of}, {among}", of, among) for of, among in pairs])
    shown = {line.label: line.count for line in table.lines}

    for (of, among), share in zip(pairs, table.shares, strict=True):
        one, all_of = shown[of], shown[among]
        assert share.value == (round(100 * one / all_of, 1) if one is not None and all_of else None)


def test_the_year_is_the_twelve_whole_months_before() -> None:
    period = last_year(date(2026, 3, 14))

    assert (period.start, period.end) == (date(2025, 3, 1), date(2026, 2, 28))


def test_a_file_that_ends_before_the_period_is_said_to() -> None:
    last = date(2026, 10, 31)

    assert (
        "The files end on 30 September 2026, before the period does."
        in ends_early(date(2026, 9, 30), last)[0]
    )
    assert ends_early(last, last) == []


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", None])
def test_a_file_of_something_else_gets_no_tables_of_zeros(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    """Nor does an empty folder: it may be the wrong one."""
    monkeypatch.setattr(social_care, "ready_place", lambda: None)
    given = tmp_path if content is None else tmp_path / "other.csv"
    if content is not None:
        given.write_text(content, encoding="utf-8")
    about = ["--source", "900", "--from", "2025-04-01", "--to", "2026-03-31"]

    told = CliRunner().invoke(social_care.command, [str(given), *about])

    assert told.exit_code == 1
    assert "No row can be counted" in told.output and "ASCOF" not in told.output
