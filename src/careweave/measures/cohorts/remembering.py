"""What was counted for whom, kept in the place: each answer, and the log of every question."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

FOLDER, LOG = "cohorts", "asked.ndjson"
LONGEST_NAME = 80


@dataclass(frozen=True)
class Cell:
    """Part of a group; `count` is rounded, or None where `why_hidden` says why."""

    kind: str
    name: str
    count: int | None
    why_hidden: str = ""


@dataclass(frozen=True)
class Answer:
    """What was said of one group: never changed, and given again to whoever asks for the same or nearly the same."""

    id: str
    rule: str
    definition: str
    version: str
    asked_by: str
    asked_at: datetime
    as_at: date
    fewest: int
    rounded_to: int
    count: int
    everyone: int
    steps: tuple[int | None, ...] = ()
    cells: tuple[Cell, ...] = ()
    is_step: bool = False  # shown only as a number on the way to another group
    name: str = ""
    key: str = field(default="", repr=False)  # under which the people behind it are known


@contextmanager
def one_at_a_time(home: Path) -> Iterator[None]:
    """Two who ask at once could each be told what both together must not be."""
    folder = folder_of(home)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def log(home: Path, *, rule: str, by: str, outcome: str) -> None:
    """Each question, answered or not."""
    line = {"at": datetime.now(UTC).isoformat(), "by": by, "rule": rule, "outcome": outcome}
    with open(folder_of(home) / LOG, "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def answers(home: Path, *, with_steps: bool = False) -> tuple[Answer, ...]:
    """Every group that was counted, oldest first."""
    found = [_read(json.loads(file.read_text(encoding="utf-8"))) for file in (home / FOLDER).glob("*.json")]
    kept = [each for each in found if with_steps or not each.is_step]
    return tuple(sorted(kept, key=lambda each: (each.asked_at, each.id)))


def answer(home: Path, id: str) -> Answer | None:
    return next((each for each in answers(home) if each.id == id), None)


def saved(home: Path) -> tuple[Answer, ...]:
    """The groups that someone gave a name, by name."""
    return tuple(sorted((each for each in answers(home) if each.name), key=lambda each: each.name.lower()))


def name_group(home: Path, id: str, name: str) -> Answer | None:
    """Keep a group under a name; an empty one takes it from the list, and what was counted stays remembered."""
    with one_at_a_time(home):
        found = answer(home, id)
        if found is None:
            return None
        named = replace(found, name=" ".join(name.split())[:LONGEST_NAME])
        write(home, named)
        return named


def folder_of(home: Path) -> Path:
    """Readable by the place alone."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write(home: Path, answer: Answer) -> None:
    """Whole or not at all."""
    fresh = folder_of(home) / f".{answer.id}"
    fresh.write_text(json.dumps(asdict(answer), default=_plain), encoding="utf-8")
    fresh.replace(folder_of(home) / f"{answer.id}.json")


def _plain(value: Any) -> str:
    return str(value.isoformat())


def _read(told: dict[str, Any]) -> Answer:
    return Answer(
        **{
            **told,
            "asked_at": datetime.fromisoformat(told["asked_at"]),
            "as_at": date.fromisoformat(told["as_at"]),
            "steps": tuple(told["steps"]),
            "cells": tuple(Cell(**each) for each in told["cells"]),
        }
    )
