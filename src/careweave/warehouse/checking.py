"""What `careweave check` asks of the warehouse: can each score, register and model be read, is the key's record whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

from careweave.definitions import Definition, DefinitionError, all_definitions
from careweave.warehouse.avoidable import KIND as AVOIDABLE
from careweave.warehouse.avoidable import read_avoidable
from careweave.warehouse.client_level.definition import KIND as CLIENT_LEVEL
from careweave.warehouse.client_level.definition import read_rules
from careweave.warehouse.cohorts.definition import KIND as COHORTS
from careweave.warehouse.cohorts.definition import read_words
from careweave.warehouse.models import read_model
from careweave.warehouse.pseudonyms import PseudonymError, uses
from careweave.warehouse.registers import read_register
from careweave.warehouse.scores import read_score
from careweave.warehouse.scores.list_definition import CODE_LISTS, read_code_list
from careweave.warehouse.segments.definition import KIND as SEGMENTS
from careweave.warehouse.segments.definition import read_segments


def warehouse_problems(home: Path, on: date) -> list[str]:
    """Each problem with the name of its file; a definition must hold together on every day that it holds."""
    problems = [problem for kind in READERS for problem in _unreadable(kind, on)]
    try:
        uses(home / "keys")
    except PseudonymError as error:
        problems.append(str(error))
    return problems


def _unreadable(kind: str, on: date) -> Iterator[str]:
    for definition in all_definitions(kind):
        try:
            READERS[kind](definition, max(definition.valid_from, min(on, definition.valid_to or on)))
        except DefinitionError as error:
            yield from error.problems


READERS: Mapping[str, Callable[[Definition, date], object]] = {
    "scores": read_score,
    "registers": read_register,
    "models": read_model,
    SEGMENTS: read_segments,
    COHORTS: read_words,
    CODE_LISTS: lambda definition, _: read_code_list(definition),
    AVOIDABLE: lambda definition, _: read_avoidable(definition),
    CLIENT_LEVEL: lambda definition, _: read_rules(definition),
}
