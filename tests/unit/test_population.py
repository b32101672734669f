"""Who the people are: rounded, and small numbers hidden with what would give them away."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from careweave.measures.population import AGES, ALL, MANY, Population, cells_of, keep, read
from careweave.web.presenters import population as presenter

COUNTS = st.lists(st.integers(0, 60), min_size=8, max_size=8)


def rows_of(counts: list[int]) -> list[dict[str, Any]]:
    cells = [(age, many) for age in AGES[:2] for many in MANY]
    return [
        {"age": age, "many": many, "count": count}
        for (age, many), count in zip(cells, counts, strict=True)
        if count
    ]


@given(COUNTS)
def test_a_small_cell_is_hidden_and_never_alone_in_its_row_or_column(counts: list[int]) -> None:
    cells = cells_of(rows_of(counts), fewest=10, base=5)
    for row in rows_of(counts):
        assert row["count"] >= 10 or cells[row["age"], row["many"]] is None
    for age in {age for age, _ in cells}:
        of_row = [cells[age, many] for many in (*MANY, ALL)]
        assert sum(each is None for each in of_row) != 1
    assert all(count is None or count % 5 == 0 for count in cells.values())


def test_the_page_and_the_file_say_the_same(tmp_path: Path) -> None:
    cells = cells_of(rows_of([40, 4, 30, 12, 50, 20, 33, 21]), fewest=10, base=5)
    keep(tmp_path, Population(date(2026, 11, 22), ("diabetes", "COPD"), "planning", "1", 10, 5, cells, None))
    found = read(tmp_path)
    assert found is not None and found.cells == cells
    page = presenter.page(found)
    assert page is not None
    assert (page.everyone, page.left_out, page.conditions) == ("210", "Fewer than 10", "diabetes and COPD")
    assert page.rows[0][0] == "0 to 17" and page.rows[0][1][1] == "Hidden"
    told = {(row[3], row[4]): (row[5], row[6]) for row in presenter.rows_of(found)}
    assert told["0 to 17", "One"][0] is None and told["0 to 17", "One"][1].startswith("Hidden: fewer than 10")
    assert told["All", "All"] == (210, "")
    assert presenter.page(read(tmp_path / "nothing")) is None
