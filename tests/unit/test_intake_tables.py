"""CSV as it really comes: each damaged row is refused with its line and reason, its neighbours come in."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careweave.intake.reading.lines import Line
from careweave.intake.reading.rows import Limits
from careweave.intake.reading.tables import Record, TableReader
from tests.unit.intake_files import outcomes, reasons, table, write

HEADERS = [
    "visit_id",
    "record_updated",
    "referral_id",
    "member_ref",
    "volunteer_name",
    "visit_at",
    "minutes",
    "happened",
    "wellbeing",
    "note",
    "worried",
]
GOOD = {
    "visit_id": "v1",
    "record_updated": "2026-11-01T10:00:00Z",
    "member_ref": "m1",
    "visit_at": "01/11/2026 10:30",
    "minutes": "45",
    "happened": "yes",
}


def row(number: int, **other: str) -> dict[str, str]:
    return {**GOOD, "visit_id": f"v{number}", **other}


def visits(tmp_path: Path, content: bytes, limits: Limits | None = None):  # type: ignore[no-untyped-def]
    return outcomes(write(tmp_path, "visits.csv", content), source="RVV01", limits=limits)


def rows_of(text: str, width: int = 0) -> list[Record]:
    source = (Line(n, each.encode(), len(each)) for n, each in enumerate(text.split("\n"), 1))
    return [each for each in TableReader(source, Limits(), width=width) if isinstance(each, Record)]


def test_a_good_file(tmp_path: Path) -> None:
    found = visits(tmp_path, table(HEADERS, row(1), row(2, note="He was glad")))
    assert found.read == 2
    assert not found.refusals
    assert [each.type for each in found.rows] == ["Encounter", "Encounter", "Communication"]
    assert [each.counts for each in found.rows] == [True, True, False]
    assert found.rows[0].body["period"] == {"start": "2026-11-01T10:30:00Z"}


def test_a_quoted_value_may_run_over_lines(tmp_path: Path) -> None:
    content = table(HEADERS, row(1), row(2, note='"First line\r\nsecond ""line"", with a comma"'), row(3))
    found = visits(tmp_path, content)
    assert not found.refusals
    assert [each.line for each in found.rows if each.counts] == [2, 3, 5]
    notes = [each.body["payload"][0]["contentString"] for each in found.rows if each.type == "Communication"]
    assert notes == ['First line\nsecond "line", with a comma']


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    content = table(
        HEADERS, row(1), row(2, note='"never closed'), row(3), row(4, note='"closed, here"'), row(5)
    )
    found = visits(tmp_path, content)
    assert reasons(found) == [(3, "", "A quotation mark is opened and never closed")]
    assert [each.line for each in found.rows if each.counts] == [2, 4, 5, 6]


@pytest.mark.parametrize(
    ("bad", "field", "reason"),
    [
        (row(2, visit_at="30/02/2026 10:00"), "visit_at", "Visit time is not a date and time that exists"),
        (row(2, visit_at="yesterday"), "visit_at", "Visit time is not a date and time"),
        (row(2, visit_at=""), "visit_at", "Visit time is missing"),
        (row(2, happened="maybe"), "happened", "Happened holds a code that is not in its list"),
        (row(2, minutes="4000"), "minutes", "Minutes is out of range"),
        (row(2, minutes="some"), "minutes", "Minutes is not a whole number"),
        (row(2, visit_at="01/11/2031 10:30"), "visit_at", "The start is in the future"),
        (row(2, note="\x07bell"), "note", "note holds a control character"),
        (
            row(2, volunteer_name="Ann, Smith"),
            "",
            "The row has more or fewer values than the header has columns",
        ),
        (row(2, note="nul \x00 here"), "", "There is a null character in the row"),
    ],
)
def test_a_bad_row_is_refused_and_its_neighbours_come_in(
    bad: dict[str, str], field: str, reason: str, tmp_path: Path
) -> None:
    found = visits(tmp_path, table(HEADERS, row(1), bad, row(3)))
    assert reasons(found) == [(3, field, reason)]
    assert [each.line for each in found.rows if each.counts] == [2, 4]
    assert found.refusals[0].expected


def test_bytes_that_are_not_utf8_cost_one_row(tmp_path: Path) -> None:
    content = table(HEADERS, row(1), row(2, note="caf#"), row(3)).replace(b"#", b"\xe9")
    found = visits(tmp_path, content)
    assert reasons(found) == [(3, "", "The text is not UTF-8")]
    assert "é in Windows-1252" in found.refusals[0].value


def test_a_row_too_long_is_refused_without_being_read(tmp_path: Path) -> None:
    found = visits(tmp_path, table(HEADERS, row(1), row(2, note="x" * 3_000_000), row(3)))
    assert reasons(found) == [(3, "", "The line is longer than 1 MB")]
    assert found.refusals[0].value == "3 MB"
    assert len([each for each in found.rows if each.counts]) == 2


def test_the_header_again_in_the_middle_is_refused_in_words(tmp_path: Path) -> None:
    content = table(HEADERS, row(1)) + table(HEADERS, row(2))
    assert reasons(visits(tmp_path, content)) == [
        (3, "", "The header stands again in the middle of the file")
    ]


def test_a_file_without_rows_is_read_and_holds_none(tmp_path: Path) -> None:
    found = visits(tmp_path, table(HEADERS))
    assert (found.read, found.rows, found.refusals) == (0, [], [])


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (
            table([h for h in HEADERS if h != "visit_at"], row(1)),
            1,
            "A column that is needed is missing from the header",
        ),
        (table([*HEADERS, "note"], row(1)), 1, "A column stands twice in the header"),
        (
            b"v1,2026-11-01T10:00:00Z,,m1,Ann,01/11/2026 10:30,45,yes,,,\r\n",
            1,
            "The file has no header line that is known here",
        ),
        (b"", 0, "The file is empty"),
        (table(HEADERS, row(1)).decode().encode("utf-16"), 0, "The file is written in UTF-16"),
    ],
)
def test_a_header_that_cannot_be_used_refuses_the_file(
    content: bytes, line: int, reason: str, tmp_path: Path
) -> None:
    found = visits(tmp_path, content)
    assert [(each.line, each.reason) for each in found.refusals] == [(line, reason)]
    assert found.rows == []


def test_semicolons_other_cases_of_headers_and_extra_columns_are_read(tmp_path: Path) -> None:
    headers = [each.upper().replace("_", " ") for each in HEADERS]
    content = table(
        [*headers, "Our own"], {h: row(1).get(n, "") for h, n in zip(headers, HEADERS, strict=True)}
    )
    found = visits(tmp_path, content.replace(b",", b";"))
    assert not found.refusals
    assert len(found.rows) == 1


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r")),
            min_size=2,
            max_size=4,
        ),
        max_size=6,
    )
)
def test_what_a_csv_writer_wrote_is_read_back(rows: list[list[str]]) -> None:
    import csv
    import io

    width = 3
    rows = [[*each, "", "", ""][:width] for each in rows]
    rows = [["start", *each] for each in rows]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    text = out.getvalue()
    if not text or text.count("\n") > 90:
        return
    found = rows_of(text.removesuffix("\n"), width=width + 1)
    assert [each.fields for each in found] == rows
