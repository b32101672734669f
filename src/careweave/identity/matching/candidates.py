"""Finds the pairs worth looking at and the level of every field in each, in DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from careweave.identity.matching.levels import Comparison, columns_needed
from careweave.identity.matching.prepare import Prepared
from careweave.identity.matching.rules import Candidates
from careweave.private_files import waiting_folder

Integers = npt.NDArray[np.int32]
Levels = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Pairs:
    """`left` < `right` are row numbers; `levels` has one array a comparison, -1 for missing.

    `same_source` says that one source holds both; never so where there is but one source.
    """

    left: Integers
    right: Integers
    levels: Mapping[str, Levels]
    years_apart: Levels
    newborn: npt.NDArray[np.bool_]
    same_source: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.left)

    def keys(self) -> npt.NDArray[np.int64]:
        return pair_keys(self.left, self.right)

    def where(self, mask: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Pairs:
        return Pairs(
            self.left[mask],
            self.right[mask],
            {name: found[mask] for name, found in self.levels.items()},
            self.years_apart[mask],
            self.newborn[mask],
            self.same_source[mask],
        )


def pair_keys(left: npt.NDArray[np.int32], right: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    return left.astype(np.int64) << 32 | right.astype(np.int64)


def connect(prepared: Prepared) -> duckdb.DuckDBPyConnection:
    # What does not fit into memory names people: it must not wait in the folder that the command was called from.
    connection = duckdb.connect(":memory:", config={"temp_directory": waiting_folder()})
    connection.execute("SET enable_progress_bar = false")
    connection.register("prepared", prepared.table)
    connection.execute("CREATE TABLE records AS SELECT * FROM prepared ORDER BY idx")
    connection.unregister("prepared")
    return connection


def find_pairs(connection: duckdb.DuckDBPyConnection, prepared: Prepared, rules: Candidates) -> None:
    """Leaves a table `pairs(left_idx, right_idx)`."""
    if prepared.table.num_rows <= rules.all_pairs_up_to:
        connection.execute(
            "CREATE OR REPLACE TABLE pairs AS SELECT l.idx AS left_idx, r.idx AS right_idx"
            " FROM records l JOIN records r ON l.idx < r.idx ORDER BY ALL"
        )
        return
    columns = set(prepared.table.column_names)
    keys = [key for written in rules.keys for key in _expanded(written, len(prepared.identifiers))]
    selects = [_block(key, rules.largest_block) for key in keys if set(key) <= columns]
    connection.execute(
        "CREATE OR REPLACE TABLE pairs AS SELECT DISTINCT left_idx, right_idx FROM ("
        + " UNION ALL ".join(selects)
        + ") ORDER BY ALL"
    )


def _expanded(key: Sequence[str], identifiers: int) -> list[tuple[str, ...]]:
    if "identifier" not in key:
        return [tuple(key)]
    return [
        tuple(f"ident_{number}" if part == "identifier" else part for part in key)
        for number in range(identifiers)
    ]


def _block(key: Sequence[str], largest: int) -> str:
    known = " AND ".join(f"{column} IS NOT NULL" for column in key)
    listed = ", ".join(key)
    grouped = (
        f"SELECT list(idx ORDER BY idx) AS members FROM records WHERE {known} GROUP BY {listed}"
        f" HAVING count(*) BETWEEN 2 AND {largest}"
    )
    return (
        "SELECT l.idx AS left_idx, r.idx AS right_idx FROM"
        f" (SELECT row_number() OVER () AS block, unnest(members) AS idx FROM ({grouped})) l JOIN"
        f" (SELECT row_number() OVER () AS block, unnest(members) AS idx FROM ({grouped})) r"
        " ON l.block = r.block AND l.idx < r.idx"
    )


def compare(
    connection: duckdb.DuckDBPyConnection, prepared: Prepared, comparisons: Sequence[Comparison], pairs: str
) -> Pairs:
    """The levels of every pair in a table of pairs, ordered by it."""
    found = connection.execute(levels_sql(prepared, comparisons, pairs)).fetchnumpy()
    return Pairs(
        left=_plain(found["left_idx"], np.int32),
        right=_plain(found["right_idx"], np.int32),
        levels={each.name: _plain(found[f"level_{each.name}"], np.int8) for each in comparisons},
        years_apart=_plain(found["years_apart"], np.int8),
        newborn=_plain(found["newborn"], np.bool_),
        same_source=_plain(found["same_source"], np.bool_),
    )


def _plain(values: Any, kind: type[np.generic]) -> Any:
    """DuckDB marks a column that could hold nulls as masked, though these never do."""
    return np.ascontiguousarray(np.ma.filled(values, 0), dtype=kind)


def levels_sql(prepared: Prepared, comparisons: Sequence[Comparison], pairs: str) -> str:
    texts = [each.case() for each in comparisons]
    names = [name for name in prepared.table.column_names if name != "idx"]
    carried = {*columns_needed(texts, names), "birth_year", "newborn", "source"}
    sides = ", ".join(f"{side}.{name} AS {name}_{side}" for name in sorted(carried) for side in ("l", "r"))
    cases = ", ".join(f"{each.case()} AS level_{each.name}" for each in comparisons)
    return (
        f"SELECT left_idx, right_idx, {cases},"
        " coalesce(least(abs(birth_year_l - birth_year_r), 120), 0)::TINYINT AS years_apart,"
        " newborn_l OR newborn_r AS newborn,"
        f" source_l = source_r AND {len(prepared.table.column('source').unique()) > 1} AS same_source"
        f" FROM (SELECT p.left_idx, p.right_idx, {sides} FROM {pairs} p"
        " JOIN records l ON l.idx = p.left_idx JOIN records r ON r.idx = p.right_idx)"
        " ORDER BY left_idx, right_idx"
    )
