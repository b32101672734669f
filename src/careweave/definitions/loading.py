"""Finds definitions: the ones that come with the program, and a place's own, which win."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import combinations
from pathlib import Path

from careweave.configuration import from_environment
from careweave.definitions.definition import Definition, DefinitionError, read_definition

__all__ = [
    "Definition",
    "DefinitionError",
    "all_definitions",
    "definition_problems",
    "forget_definitions",
    "kinds_of_definition",
    "load_definition",
    "overdue_reviews",
]


def load_definition(kind: str, id: str, on: date) -> Definition:
    """The version that holds on a day. A place's own version wins over the one that came with the program."""
    holding = [each for each in all_definitions(kind) if each.id == id and each.holds_on(on)]
    if not holding:
        raise DefinitionError([f"{kind}/{id}: no version holds on {on.isoformat()}"])
    return max(holding, key=lambda each: each.is_the_places_own)


def all_definitions(kind: str) -> tuple[Definition, ...]:
    """Every version of every definition of a kind, by id and then by first day; refused if one is wrong."""
    return _all_definitions(kind, place_folder())


def kinds_of_definition() -> tuple[str, ...]:
    """The folders that hold definitions."""
    layers = [files("careweave.definitions"), *_place_layer(place_folder())]
    found = {
        child.name
        for layer in layers
        for child in layer.iterdir()
        if child.is_dir() and any(_toml_files(child))
    }
    return tuple(sorted(found))


def definition_problems() -> list[str]:
    """What is wrong with any definition of any kind, each problem with the name of its file."""
    problems: list[str] = []
    for kind in kinds_of_definition():
        try:
            all_definitions(kind)
        except DefinitionError as error:
            problems += error.problems
    return problems


def overdue_reviews(on: date) -> list[Definition]:
    """Definitions still in use whose review day has passed: a warning, not a refusal."""
    every = [each for kind in kinds_of_definition() for each in all_definitions(kind)]
    return [each for each in every if each.holds_on(on) and each.review_on < on]


def forget_definitions() -> None:
    """Read the files again at the next call (a long-running process after a place changed its own)."""
    _all_definitions.cache_clear()


def place_folder() -> Path:
    """`CAREWEAVE_HOME/definitions`, or wherever the place keeps its own; read without a release."""
    configuration = from_environment(os.environ)
    return (
        Path(configuration.definitions) if configuration.definitions else configuration.home / "definitions"
    )


@lru_cache(maxsize=64)
def _all_definitions(kind: str, place: Path) -> tuple[Definition, ...]:
    problems: list[str] = []
    shipped = _read_layer(kind, files("careweave.definitions"), "", problems)
    own: list[Definition] = []
    for layer in _place_layer(place):
        own = _read_layer(kind, layer, f"{layer}/", problems)
    superseded = {(each.id, each.version) for each in own}
    kept = [each for each in shipped if (each.id, each.version) not in superseded] + own
    if problems:
        raise DefinitionError(problems)
    return tuple(sorted(kept, key=lambda each: (each.id, each.valid_from, each.is_the_places_own)))


def _place_layer(place: Path) -> list[Traversable]:
    return [place] if place.is_dir() else []


def _read_layer(kind: str, layer: Traversable, prefix: str, problems: list[str]) -> list[Definition]:
    folder = layer / kind
    read: list[Definition] = []
    for holder, file, path in _toml_files(folder) if folder.is_dir() else ():
        try:
            read.append(read_definition(kind, file, holder, f"{prefix}{kind}/{path}", bool(prefix)))
        except DefinitionError as error:
            problems += error.problems
    problems += [
        f"{other.name}: overlaps {one.name} (both are {kind}/{one.id} on the same days)"
        for one, other in combinations(read, 2)
        if one.id == other.id and (one.overlaps(other) or one.version == other.version)
    ]
    return read


def _toml_files(folder: Traversable, path: str = "") -> Iterator[tuple[Traversable, Traversable, str]]:
    for child in sorted(folder.iterdir(), key=lambda each: each.name):
        if child.is_dir():
            yield from _toml_files(child, f"{path}{child.name}/")
        elif child.name.endswith(".toml"):
            yield folder, child, f"{path}{child.name}"
