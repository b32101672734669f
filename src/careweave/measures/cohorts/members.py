"""The people behind each answer, as keys beside it: what the next question is compared with."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from careweave.measures.cohorts.remembering import Answer, folder_of, write
from careweave.warehouse.cohorts.evaluating import Keys, Members


def keep(home: Path, answer: Answer, people: Keys) -> None:
    """The people first: an answer without them could not be compared with the next."""
    np.save(folder_of(home) / f"{answer.id}.npy", np.sort(people))
    write(home, answer)


def people_behind(home: Path, one: Answer) -> Keys:
    found: Keys = np.load(folder_of(home) / f"{one.id}.npy")
    return found


def members_among(people: Keys, behind: Keys) -> Members:
    """Which of these people were in a group; who is no longer counted is in no group of today."""
    return np.isin(people, behind)
