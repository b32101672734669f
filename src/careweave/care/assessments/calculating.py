"""Values that are worked out from answers: a small language of whole numbers, read once and never `eval`ed; pure.

`{id}` is another answer, `sum({list.id})` adds a column of a list, `count({list})` its rows; `+ - * ( ) min max`.
Money is pence, so that every result is a whole number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*(?:(\d+)|\{([a-z0-9-]+(?:\.[a-z0-9-]+)?)\}|(sum|count|min|max)\b|([-+*(),]))")
_LONGEST = 500


class FormulaError(ValueError):
    """A formula that cannot be read; the message says where."""


@dataclass(frozen=True)
class Formula:
    """A formula as written, and as read: a number, a name, or an operation on parts."""

    text: str
    tree: tuple[object, ...]

    @property
    def names(self) -> frozenset[str]:
        """The answers it needs, each `id` or `list.id`."""
        return frozenset(_names(self.tree))

    @property
    def fhirpath(self) -> str:
        """The same for other systems (SDC calculatedExpression)."""
        return _fhirpath(self.tree)


@dataclass(frozen=True)
class Values:
    """Where a formula finds its numbers: one answer, a column or the number of rows; None is not known."""

    one: Callable[[str], int | None]
    column: Callable[[str], list[int] | None]
    rows: Callable[[str], int | None]


def read_formula(text: str) -> Formula:
    """Read a formula; raises FormulaError."""
    if len(text) > _LONGEST:
        raise FormulaError(f"longer than {_LONGEST} letters")
    tokens = list(_tokens(text))
    tree, rest = _sum(tokens)
    if rest:
        raise FormulaError(f"cannot read ‘{rest[0][1]}’ in ‘{text}’")
    return Formula(text, tree)


def work_out(formula: Formula, values: Values) -> int | None:
    """The result, or None while something it needs is not known."""
    return _value(formula.tree, values)


Token = tuple[str, str]


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise FormulaError(f"cannot read ‘{text[at:]}’")
        kind = ("number", "name", "function", "sign")[(found.lastindex or 1) - 1]
        yield kind, str(found.group(found.lastindex or 1))
        at = found.end()


def _sum(tokens: list[Token]) -> tuple[tuple[object, ...], list[Token]]:
    left, tokens = _product(tokens)
    while tokens and tokens[0] in (("sign", "+"), ("sign", "-")):
        sign = tokens[0][1]
        right, tokens = _product(tokens[1:])
        left = (sign, left, right)
    return left, tokens


def _product(tokens: list[Token]) -> tuple[tuple[object, ...], list[Token]]:
    left, tokens = _part(tokens)
    while tokens and tokens[0] == ("sign", "*"):
        right, tokens = _part(tokens[1:])
        left = ("*", left, right)
    return left, tokens


def _part(tokens: list[Token]) -> tuple[tuple[object, ...], list[Token]]:
    if not tokens:
        raise FormulaError("ends too early")
    (kind, text), rest = tokens[0], tokens[1:]
    if kind == "number":
        return ("number", int(text)), rest
    if kind == "name":
        return ("name", text), rest
    if kind == "function":
        return _function(text, rest)
    if text == "(":
        inner, rest = _sum(rest)
        return inner, _after(rest, ")")
    raise FormulaError(f"cannot read ‘{text}’")


def _function(name: str, tokens: list[Token]) -> tuple[tuple[object, ...], list[Token]]:
    tokens = _after(tokens, "(")
    if name in ("sum", "count"):
        if not tokens or tokens[0][0] != "name" or ("." in tokens[0][1]) != (name == "sum"):
            wanted = "a column, as in sum({list.id})" if name == "sum" else "a list, as in count({list})"
            raise FormulaError(f"{name} takes {wanted}")
        return (name, tokens[0][1]), _after(tokens[1:], ")")
    first, tokens = _sum(tokens)
    parts = [first]
    while tokens and tokens[0] == ("sign", ","):
        each, tokens = _sum(tokens[1:])
        parts.append(each)
    return (name, *parts), _after(tokens, ")")


def _after(tokens: list[Token], sign: str) -> list[Token]:
    if not tokens or tokens[0] != ("sign", sign):
        raise FormulaError(f"‘{sign}’ is missing")
    return tokens[1:]


def _names(tree: tuple[object, ...]) -> Iterator[str]:
    if tree[0] in ("name", "sum", "count"):
        yield str(tree[1])
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from _names(part)


def _value(tree: tuple[object, ...], values: Values) -> int | None:
    kind = tree[0]
    if kind == "number":
        return int(str(tree[1]))
    if kind == "name":
        return values.one(str(tree[1]))
    if kind == "sum":
        column = values.column(str(tree[1]))
        return None if column is None else sum(column)
    if kind == "count":
        return values.rows(str(tree[1]))
    parts = [_value(part, values) for part in tree[1:] if isinstance(part, tuple)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return _combined(str(kind), known)


def _combined(kind: str, parts: list[int]) -> int:
    if kind in ("min", "max"):
        return min(parts) if kind == "min" else max(parts)
    left, right = parts
    return left + right if kind == "+" else left - right if kind == "-" else left * right


def _fhirpath(tree: tuple[object, ...]) -> str:
    kind = tree[0]
    if kind == "number":
        return str(tree[1])
    found = "%resource.descendants().where(linkId = '{}')"
    if kind == "name":
        return found.format(tree[1]) + ".answer.value"
    if kind == "sum":
        return found.format(tree[1]) + ".answer.value.aggregate($this + $total, 0)"
    if kind == "count":
        return found.format(tree[1]) + ".where(item.exists()).count()"
    parts = [_fhirpath(part) for part in tree[1:] if isinstance(part, tuple)]
    if kind in ("min", "max"):
        sign = "<" if kind == "min" else ">"
        return f"({' | '.join(parts)}).aggregate(iif($total.empty(), $this, iif($this {sign} $total, $this, $total)))"
    return f"({f' {kind} '.join(parts)})"
