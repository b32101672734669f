"""One definition: a TOML file that says what it is, whose it is, where it comes from and when it holds."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

TEXTS = ("id", "version", "title", "author", "checked_by")
DATES = ("valid_from", "review_on")
ABOUT = frozenset({*TEXTS, *DATES, "source", "valid_to"})
SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")


class DefinitionError(Exception):
    """Definitions that cannot be used, each problem with the name of its file."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


@dataclass(frozen=True)
class Definition:
    """`valid_from` and `valid_to` are the first and the last day it holds; `content` is all the rest."""

    kind: str
    id: str
    version: str
    title: str
    author: str
    source: tuple[str, ...]
    checked_by: str
    valid_from: date
    valid_to: date | None
    review_on: date
    content: Mapping[str, Any]
    name: str
    is_the_places_own: bool
    folder: Traversable

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def overlaps(self, other: Definition) -> bool:
        starts_in_time = other.valid_to is None or self.valid_from <= other.valid_to
        return starts_in_time and (self.valid_to is None or other.valid_from <= self.valid_to)

    def beside(self, filename: str) -> Traversable:
        """A file that lies in the same folder, such as a code list too long for TOML."""
        if "/" in filename or "\\" in filename or filename.startswith("."):
            raise DefinitionError([f"{self.name}: {filename!r} is not a plain file name"])
        return self.folder / filename


def read_definition(
    kind: str, file: Traversable, folder: Traversable, name: str, is_the_places_own: bool
) -> Definition:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError([f"{name}: cannot be read as TOML ({error})"]) from error
    problems = [f"{name}: {problem}" for problem in _problems_about(table)]
    if problems:
        raise DefinitionError(problems)
    source = table["source"]
    return Definition(
        kind=kind,
        **{key: table[key] for key in TEXTS},
        **{key: table[key] for key in DATES},
        valid_to=table.get("valid_to"),
        source=(source,) if isinstance(source, str) else tuple(source),
        content=MappingProxyType({key: value for key, value in table.items() if key not in ABOUT}),
        name=name,
        is_the_places_own=is_the_places_own,
        folder=folder,
    )


def _problems_about(table: Mapping[str, Any]) -> list[str]:
    problems = [f"{key} is missing" for key in TEXTS if not _is_text(table.get(key))]
    problems += [f"{key} is not a date" for key in DATES if not _is_date(table.get(key))]
    sources = table.get("source")
    listed = sources if isinstance(sources, list) else [sources]
    if not listed or not all(_is_text(source) for source in listed):
        problems.append("source is missing")
    if _is_text(table.get("id")) and not SLUG.match(table["id"]):
        problems.append("id may hold small letters, digits, '.', '_' and '-' only")
    ends = table.get("valid_to")
    if ends is not None and not _is_date(ends):
        problems.append("valid_to is not a date")
    elif ends is not None and _is_date(table.get("valid_from")) and ends < table["valid_from"]:
        problems.append("valid_to is before valid_from")
    return problems


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_date(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)
