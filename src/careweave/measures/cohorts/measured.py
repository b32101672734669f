"""The people behind published measures and populations: what a group's number could be taken from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from careweave.measures.suppression import THRESHOLD
from careweave.warehouse.cohorts.evaluating import Evaluated, Keys, Members

FOLDER = "measures/people"
ADULTS, OLDER = ("18 to 64", "65 to 74", "75 to 84", "85 and over"), ("65 to 74", "75 to 84", "85 and over")
POPULATIONS = ("age", "sex", "fifth")  # that measures and the page of the population tell of


def keep_measured(home: Path, measure: str, key: str, groups: Mapping[str, Keys]) -> None:
    """Who was counted, and to whom it happened; `key` is that of the pseudonyms."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{measure}.npz"
    arrays: dict[str, Any] = {"key": np.array(key), **groups}
    np.savez(fresh, **arrays)
    fresh.replace(folder / f"{measure}.npz")


def measured(home: Path, found: Evaluated, key: str) -> tuple[Members, ...]:
    """Every group of people whose number is published, over the people of today; hidden numbers are none."""
    order = np.argsort(found.people)
    groups = [*_populations(found), *_of_measures(home, found.people[order], order, key)]
    return tuple(each for each in groups if int(each.sum()) >= THRESHOLD)


def _populations(found: Evaluated) -> list[Members]:
    made = [members for kind in POPULATIONS for members in found.told.get(kind, {}).values()]
    ages = found.told.get("age", {})
    for bands in (ADULTS, OLDER):
        of_age = [members for name, members in ages.items() if name in bands]
        made += [np.logical_or.reduce(of_age)] if of_age else []
    return made


def _of_measures(
    home: Path, people: Keys, order: np.ndarray[tuple[int], np.dtype[np.int64]], key: str
) -> list[Members]:
    made = []
    for file in sorted((home / FOLDER).glob("*.npz")):
        with np.load(file) as held:
            if str(held["key"]) == key:
                made += [_members(people, order, held[name]) for name in held.files if name != "key"]
    return made


def _members(people: Keys, order: np.ndarray[tuple[int], np.dtype[np.int64]], behind: Keys) -> Members:
    """`people` are in order; who is no longer counted is in no group of today."""
    made = np.zeros(len(people), dtype=np.bool_)
    places = np.searchsorted(people, behind)
    known = places < len(people)
    places, behind = places[known], behind[known]
    made[order[places[people[places] == behind]]] = True
    return made
