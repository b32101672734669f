"""The people behind published measures, kept for the groups that someone asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from careweave.measures.cohorts.measured import keep_measured, measured
from careweave.warehouse.cohorts.evaluating import Evaluated

PEOPLE = np.array([30, 10, 20, 50, 40, 60, 70], dtype=np.uint64)


def found(told: dict[str, dict[str, np.ndarray]] | None = None) -> Evaluated:
    return Evaluated(PEOPLE, (), told or {})


def test_a_measure_s_people_are_found_again_among_those_of_today(tmp_path: Path) -> None:
    behind = np.array([10, 30, 40, 50, 60, 99], dtype=np.uint64)  # 99 is counted no longer
    keep_measured(tmp_path, "falls-65", "key", {"counted": behind})
    (made,) = measured(tmp_path, found(), "key")
    assert sorted(PEOPLE[made].tolist()) == [10, 30, 40, 50, 60]


def test_a_number_too_small_to_be_published_and_another_key_are_nothing(tmp_path: Path) -> None:
    keep_measured(tmp_path, "few", "key", {"counted": PEOPLE[:4]})
    keep_measured(tmp_path, "old", "another", {"counted": PEOPLE})
    assert measured(tmp_path, found(), "key") == ()


def test_the_populations_that_are_published_count_too(tmp_path: Path) -> None:
    ages = {"0 to 17": PEOPLE < 15, "18 to 64": PEOPLE == 20, "65 to 74": PEOPLE > 20}
    sizes = sorted(int(each.sum()) for each in measured(tmp_path, found({"age": ages}), "key"))
    assert sizes == [5, 5, 6]  # 65 to 74, all of 65 and over, all of 18 and over
