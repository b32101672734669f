"""What happens to people, gathered as tables: one list of columns a kind of event, joined at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Table:
    """Equal columns by name. A table without rows still knows its columns."""

    def __init__(self, columns: dict[str, NDArray[Any]]) -> None:
        self.columns = columns

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def where(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Table:
        return Table({name: values[keep] for name, values in self.columns.items()})

    def by(self, *names: str) -> Table:
        """In order of these columns."""
        return self.where(np.lexsort([self.columns[name] for name in reversed(names)]))

    def with_columns(self, **more: NDArray[Any]) -> Table:
        return Table({**self.columns, **more})

    def rows(self) -> Iterator[dict[str, Any]]:
        lists = {name: values.tolist() for name, values in self.columns.items()}
        for place in range(len(self)):
            yield {name: values[place] for name, values in lists.items()}


class Events:
    """Tables under construction."""

    def __init__(self) -> None:
        self._parts: dict[str, list[dict[str, NDArray[Any]]]] = defaultdict(list)

    def add(self, table: str, **columns: Any) -> None:
        """Append rows; single values are repeated for all of them."""
        arrays = {name: np.asarray(value) for name, value in columns.items()}
        length = max((len(value) for value in arrays.values() if value.ndim), default=1)
        self._parts[table].append(
            {name: np.full(length, value) if value.ndim == 0 else value for name, value in arrays.items()}
        )

    def table(self, name: str, *columns: str) -> Table:
        parts = self._parts[name]
        if not parts:
            return Table({column: np.zeros(0, dtype=np.int64) for column in columns})
        return Table({column: np.concatenate([part[column] for part in parts]) for column in parts[0]})
