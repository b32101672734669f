"""Who the people are: rounded, and small numbers hidden with what would give them away."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from careweave.measures.population import AGES, ALL, Parted, Population, cells_of, keep, read
from careweave.web.presenters import population as presenter

NAMES = ("Well", "Long-term condition", "Frail")
COUNTS = st.lists(st.integers(0, 60), min_size=6, max_size=6)


def rows_of(counts: list[int]) -> list[dict[str, Any]]:
    cells = [(name, age) for name in NAMES for age in AGES[:2]]
    return [
        {"segment": name, "age": age, "count": count}
        for (name, age), count in zip(cells, counts, strict=True)
        if count
    ]


@given(COUNTS)
def test_a_small_cell_is_hidden_and_never_alone_in_its_row_or_column(counts: list[int]) -> None:
    ages, cells = cells_of(rows_of(counts), NAMES, fewest=10, base=5)
    for row in rows_of(counts):
        assert row["count"] >= 10 or cells[row["segment"], row["age"]] is None
    for name in (*NAMES, ALL):
        assert sum(cells[name, age] is None for age in (*ages, ALL)) != 1
    for age in (*ages, ALL):
        assert sum(cells[name, age] is None for name in (*NAMES, ALL)) != 1
    assert all(count is None or count % 5 == 0 for count in cells.values())


def test_the_page_and_the_file_say_the_same(tmp_path: Path) -> None:
    ages, cells = cells_of(rows_of([40, 4, 30, 12, 50, 20]), NAMES, fewest=10, base=5)
    parted = Parted("bridges", "1", "Segments", ("A paper",), NAMES, ages, cells)
    keep(tmp_path, Population(date(2026, 11, 22), 10, 5, None, (parted,)))
    found = read(tmp_path)
    assert found is not None and found.parted == (parted,)
    page = presenter.page(found)
    assert page is not None and (page.everyone, page.left_out) == ("155", "Fewer than 10")
    assert page.parted[0].rows[0][0] == "Well" and page.parted[0].rows[0][1][1] == "Hidden"
    told = {(row[3], row[4]): (row[5], row[6]) for row in presenter.rows_of(found)}
    assert told["Well", "18 to 64"][0] is None
    assert str(told["Well", "18 to 64"][1]).startswith("Hidden: fewer than 10")
    assert told[ALL, ALL] == (155, "")
    assert presenter.page(read(tmp_path / "nothing")) is None
