"""A ViewDefinition as rows (SQL on FHIR v2, https://sql-on-fhir.org): columns, unnesting, recursion and unions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from careweave.warehouse.views.parsing import PathError
from careweave.warehouse.views.paths import Path, compiled, is_true, plain

Row = dict[str, Any]
Rows = Callable[[Any], list[Row]]


class ViewError(ValueError):
    """The view cannot be used, or one of its paths met what it cannot mean; the message says which."""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    is_list: bool


@dataclass(frozen=True)
class View:
    """`rows` of one resource, which must be of type `resource`; none where a condition of the view does not hold."""

    name: str
    resource: str
    columns: tuple[Column, ...]
    rows: Rows


def read_view(told: Mapping[str, Any]) -> View:
    """Raises ViewError with what is wrong."""
    if not isinstance(told.get("resource"), str):
        raise ViewError("A view names the type of resource that it is of: resource")
    if not isinstance(told.get("select"), Sequence) or not told["select"]:
        raise ViewError("A view selects something: select")
    try:
        constants = {each["name"]: _constant(each) for each in told.get("constant", ())}
        conditions = [(each["path"], compiled(each["path"], constants)) for each in told.get("where", ())]
        columns, select = _selects(told["select"], constants)
    except PathError as error:
        raise ViewError(str(error)) from error
    _refuse_twice(columns)
    return View(told.get("name", "view"), told["resource"], columns, _guarded(conditions, select))


def _constant(each: Mapping[str, Any]) -> Any:
    values = [value for key, value in each.items() if key.startswith("value")]
    if len(values) != 1:
        raise ViewError(f"%{each.get('name')} needs one value")
    return values[0]


def _refuse_twice(columns: Sequence[Column]) -> None:
    names = [column.name for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ViewError(f"The column “{twice[0]}” is there twice")


def _guarded(conditions: Sequence[tuple[str, Path]], select: Rows) -> Rows:
    def rows(resource: Any) -> list[Row]:
        try:
            if all(is_true(path(resource), expression) for expression, path in conditions):
                return select(resource)
        except PathError as error:
            raise ViewError(str(error)) from error
        return []

    return rows


def _selects(
    told: Sequence[Mapping[str, Any]], constants: Mapping[str, Any]
) -> tuple[tuple[Column, ...], Rows]:
    """Everything beside each other: each row of one part with each row of the others."""
    parts = [_select(each, constants) for each in told]
    columns = tuple(column for found, _ in parts for column in found)
    return columns, _crossed([rows for _, rows in parts])


def _crossed(parts: Sequence[Rows]) -> Rows:
    def rows(item: Any) -> list[Row]:
        return [
            {k: v for row in each for k, v in row.items()}
            for each in product(*(part(item) for part in parts))
        ]

    return rows


def _select(told: Mapping[str, Any], constants: Mapping[str, Any]) -> tuple[tuple[Column, ...], Rows]:
    columns: list[Column] = []
    parts: list[Rows] = []
    if told.get("column"):
        read = [_column(each, constants) for each in told["column"]]
        columns += [column for column, _ in read]
        parts.append(_of_columns(read))
    for found, rows in [_select(each, constants) for each in told.get("select", ())]:
        columns += found
        parts.append(rows)
    if told.get("unionAll"):
        found, rows = _union(told["unionAll"], constants)
        columns += found
        parts.append(rows)
    return tuple(columns), _over(told, constants, tuple(columns), _crossed(parts))


def _over(
    told: Mapping[str, Any], constants: Mapping[str, Any], columns: tuple[Column, ...], inner: Rows
) -> Rows:
    """Once for each item that forEach, forEachOrNull or repeat finds, or once for the item itself."""
    named = [name for name in ("forEach", "forEachOrNull", "repeat") if name in told]
    if not named:
        return inner
    if len(named) > 1:
        raise ViewError(f"{' and '.join(named)} cannot stand in one select")
    if named == ["repeat"]:
        paths = [compiled(each, constants) for each in told["repeat"]]
        return lambda item: [row for each in _repeated(item, paths) for row in inner(each)]
    path = compiled(told[named[0]], constants)
    nothing: Row = {column.name: [] if column.is_list else None for column in columns}

    def rows(item: Any) -> list[Row]:
        found = plain(path(item))
        if not found and named == ["forEachOrNull"]:
            return [dict(nothing)]
        return [row for each in found for row in inner(each)]

    return rows


def _repeated(item: Any, paths: Sequence[Path]) -> Iterator[Any]:
    for path in paths:
        for each in plain(path(item)):
            yield each
            yield from _repeated(each, paths)


def _union(
    told: Sequence[Mapping[str, Any]], constants: Mapping[str, Any]
) -> tuple[tuple[Column, ...], Rows]:
    branches = [_select(each, constants) for each in told]
    first = [column.name for column in branches[0][0]]
    for columns, _ in branches:
        if [column.name for column in columns] != first:
            raise ViewError("The parts of a unionAll must have the same columns in the same order")
    return branches[0][0], lambda item: [row for _, rows in branches for row in rows(item)]


def _column(told: Mapping[str, Any], constants: Mapping[str, Any]) -> tuple[Column, Path]:
    name = told.get("name", "")
    if not isinstance(name, str) or not name.replace("_", "a").isalnum() or name[:1].isdigit():
        raise ViewError(f"“{name}” cannot be the name of a column")
    return Column(name, told.get("type", ""), bool(told.get("collection"))), compiled(told["path"], constants)


def _of_columns(columns: Sequence[tuple[Column, Path]]) -> Rows:
    def rows(item: Any) -> list[Row]:
        return [{column.name: _value(column, plain(path(item))) for column, path in columns}]

    return rows


def _value(column: Column, found: list[Any]) -> Any:
    if column.is_list:
        return found
    if len(found) > 1:
        raise ViewError(f"The column “{column.name}” met {len(found)} values where one was expected")
    return found[0] if found else None
