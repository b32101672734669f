"""Reads the part of FHIRPath that views need, as a tree (http://hl7.org/fhirpath, the profile of SQL on FHIR v2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*|`[^`]+`|\$this)"
    r"|%(?P<constant>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|!=|[=<>+\-*/&|.,()\[\]]))"
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}
# From the loosest to the tightest.
OPERATORS = (
    ("or", "xor"),
    ("and",),
    ("=", "!="),
    ("<", ">", "<=", ">="),
    ("|",),
    ("+", "-", "&"),
    ("*", "/"),
)


class PathError(ValueError):
    """The expression is not one that views know; the message says where."""


@dataclass(frozen=True)
class Node:
    """`kind`: value | constant | this | member | call | index | one of the operators."""

    kind: str
    name: str = ""
    value: str | int | float | bool | None = None
    inside: tuple[Node, ...] = field(default=())


def parse(expression: str) -> Node:
    if not isinstance(expression, str):
        raise PathError(f"{expression!r} is no path")
    reader = _Reader(expression)
    node = reader.operation(0)
    if reader.here is not None:
        raise PathError(f"“{expression}”: cannot read on from “{reader.here}”")
    return node


class _Reader:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = _tokens(expression)
        self.at = 0

    @property
    def here(self) -> str | None:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else None

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else "end"

    def take(self, *wanted: str) -> str:
        found = self.here
        if found is None or (wanted and (found not in wanted or self.kind not in ("sign", "name"))):
            raise PathError(f"“{self.expression}”: {' or '.join(wanted) or 'more'} is missing")
        self.at += 1
        return found

    def is_next(self, signs: Sequence[str]) -> bool:
        return self.here in signs and self.kind in ("sign", "name")

    def operation(self, level: int) -> Node:
        if level == len(OPERATORS):
            return self.path()
        node = self.operation(level + 1)
        while self.is_next(OPERATORS[level]):
            sign = self.take()
            node = Node(sign, inside=(node, self.operation(level + 1)))
        return node

    def path(self) -> Node:
        node = self.term()
        while self.is_next((".", "[")):
            if self.take() == ".":
                node = self.step(node)
            else:
                node = Node("index", inside=(node, self.operation(0)))
                self.take("]")
        return node

    def term(self) -> Node:
        kind = self.kind
        if kind == "name":
            return self.step(Node("this"))
        if kind == "sign" and self.here == "(":
            self.take("(")
            node = self.operation(0)
            self.take(")")
            return node
        if kind == "sign" and self.here == "-":
            self.take("-")
            return Node("-", inside=(Node("value", value=0), self.path()))
        told = self.take()
        if kind == "text":
            return Node("value", value=re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), told[1:-1]))
        if kind == "number":
            return Node("value", value=float(told) if "." in told else int(told))
        if kind == "constant":
            return Node("constant", told)
        raise PathError(f"“{self.expression}”: “{told}” stands where a value should")

    def step(self, before: Node) -> Node:
        if self.kind != "name":
            raise PathError(f"“{self.expression}”: a name is missing")
        name = self.take().strip("`")
        if name == "$this":
            return before
        if name in ("true", "false") and before.kind == "this":
            return Node("value", value=name == "true")
        if not self.is_next(("(",)):
            return Node("member", name, inside=(before,))
        self.take("(")
        arguments: list[Node] = []
        while not self.is_next((")",)):
            arguments.append(self.operation(0))
            if not self.is_next((")",)):
                self.take(",")
        self.take(")")
        return Node("call", name, inside=(before, *arguments))


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while expression[at:].strip():
        match = TOKEN.match(expression, at)
        if match is None or match.lastgroup is None:
            raise PathError(f"“{expression}”: cannot read “{expression[at:].strip()}”")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found
