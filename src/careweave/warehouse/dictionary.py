"""The data dictionary: every table and column of the warehouse in the words beside it, and every definition that counts.

It reads the text of `tables.py` instead of importing it, so that a page can show it without the libraries that count.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from careweave.definitions import Definition, all_definitions

KINDS = {
    "measures": "Measures",
    "measure-sets": "Sets of measures, by year",
    "scores": "Scores",
    "registers": "Registers",
    "models": "Trained models",
    "segments": "Segments",
    "conditions": "Lists of codes for a condition",
    "cohorts": "Words that groups are made of",
    "scorecards": "Scorecards",
    "surveys": "Surveys",
    "experience": "Staff beside the people they look after",
    "statements": "Statements beside the record",
    "client-level-data": "Tables of adult social care",
    "feeds": "When a source is late",
    "stays": "How hospital stays are joined",
}
_TYPES = {
    "KEY": "words",
    "DAY": "date",
    "INSTANT": "time",
    "YES": "yes or no",
    "NUMBER": "number",
    "COUNT": "whole number",
}


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    words: str


@dataclass(frozen=True)
class TableEntry:
    name: str
    columns: tuple[Column, ...]


def tables() -> tuple[TableEntry, ...]:
    """Every table of the warehouse, in the order in which they are declared."""
    text = files("careweave.warehouse").joinpath("tables.py").read_text(encoding="utf-8")
    return read_tables(text)


def read_tables(text: str) -> tuple[TableEntry, ...]:
    """From the text of the module that declares them."""
    lists, comments = _lists(ast.parse(text)), _comments(text)
    named = next(
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SCHEMAS"
    )
    assert isinstance(named, ast.Dict)
    return tuple(
        TableEntry(ast.literal_eval(key), tuple(_columns(lists[ast.unparse(value)], lists, comments)))
        for key, value in zip(named.keys, named.values, strict=True)
        if key is not None
    )


def definitions() -> tuple[tuple[str, tuple[Definition, ...]], ...]:
    """Every version of every definition that a number can come from, by kind."""
    found = ((words, all_definitions(kind)) for kind, words in KINDS.items())
    return tuple((words, each) for words, each in found if each)


def _lists(module: ast.Module) -> dict[str, ast.List]:
    """The lists of columns by name: plain, or inside `pa.schema(…)`."""
    found = {}
    for node in module.body:
        if isinstance(node, ast.Assign):
            value = node.value
            if isinstance(value, ast.Call) and value.args:
                value = value.args[0]
            if isinstance(value, ast.List):
                found[ast.unparse(node.targets[0])] = value
    return found


def _columns(
    listed: ast.List, lists: Mapping[str, ast.List], comments: Mapping[int, str]
) -> Iterator[Column]:
    for each in listed.elts:
        if isinstance(each, ast.Starred):
            yield from _columns(lists[ast.unparse(each.value)], lists, comments)
        elif isinstance(each, ast.Tuple):
            name, kind = ast.literal_eval(each.elts[0]), ast.unparse(each.elts[1])
            yield Column(name, _TYPES.get(kind, "whole number"), comments.get(each.lineno, ""))


def _comments(text: str) -> dict[int, str]:
    read = tokenize.generate_tokens(io.StringIO(text).readline)
    return {
        token.start[0]: token.string.removeprefix("#").strip()
        for token in read
        if token.type == tokenize.COMMENT
    }
