"""Linkage against the truth that lies beside the made-up place's files: how right it is on data as bad as real ones."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from bench.linkage_riverside import Riverside, read_place
from careweave.demonstration.place import write_place
from careweave.identity.matching import Linkage, link_records
from careweave.identity.matching.marking import mark

ON = date(2026, 11, 22)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("riverside")
    write_place(path, people=5_000, as_at=ON)
    return path


@pytest.fixture(scope="module")
def place(folder: Path) -> Riverside:
    return read_place(folder)


@pytest.fixture(scope="module")
def linkage(place: Riverside) -> Linkage:
    return link_records(place.records, on=ON)


def test_riverside_has_the_errors_that_real_feeds_have(place: Riverside, folder: Path) -> None:
    """At least 8 % of NHS numbers missing or wrong, 5 % of the surnames sent, 3 % of birth dates, 2 % duplicates."""
    found = Counter(kind.partition("-")[0] for kinds in place.errors.values() for kind in kinds)
    size = len(place.records)
    assert found["nhs"] >= 0.08 * size
    assert found["surname"] >= 0.05 * sum(record.family is not None for record in place.records)
    assert found["birth"] >= 0.03 * size
    with (folder / "truth" / "records.csv").open(encoding="utf-8", newline="") as file:
        kinds = Counter(row["kind"] for row in csv.DictReader(file))
    assert kinds["duplicate"] >= 0.02 * kinds["main"]


def test_riverside_is_linked_with_precision_999_and_recall_97(place: Riverside, linkage: Linkage) -> None:
    marked = mark(linkage.persons, place.truth)
    assert marked.precision >= 0.999
    assert marked.recall >= 0.97


def test_no_two_people_of_riverside_are_joined(place: Riverside, linkage: Linkage) -> None:
    """Neither twins, nor a mother and her baby, nor anyone else."""
    people: dict[str, set[str]] = {}
    for record, person in linkage.persons.items():
        people.setdefault(person, set()).add(place.truth[record])
    joined = [pair for true in people.values() for pair in combinations(sorted(true), 2)]
    assert joined == []


def test_superseded_numbers_are_read_from_the_practices(place: Riverside) -> None:
    assert sum(bool(record.former_nhs_numbers) for record in place.records) > 20
