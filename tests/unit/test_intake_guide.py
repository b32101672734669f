"""The guide to loading data says what is so: its example mapping works, and its formats are those that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from careweave.definitions import forget_definitions
from careweave.intake.reading.columns import TYPES
from careweave.intake.reading.mappings import mapping_problems, mappings
from tests.unit.intake_files import TODAY, outcomes, table, write

GUIDE = (Path(__file__).parents[2] / "docs/how-to/loading-data.md").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place with definitions of its own."""
    monkeypatch.setenv("CAREWEAVE_HOME", str(tmp_path))
    monkeypatch.delenv("CAREWEAVE_DEFINITIONS", raising=False)
    folder = tmp_path / "definitions" / "intake"
    folder.mkdir(parents=True)
    _forget()
    yield folder
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    forget_definitions()
    mappings.cache_clear()


def test_the_example_mapping_reads_a_row(place: Path, tmp_path: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    (place / "day-centre.toml").write_text(example, encoding="utf-8")
    row = {
        "Centre": "NT1",
        "Person": "7",
        "Number": "999 000 0018",
        "Born": "04/03/1941",
        "Came": "20/11/2026 09:30",
        "Changed": "20/11/2026 16:00",
        "Mood": "good",
    }
    late = {**row, "Born": "21/11/2026"}
    found = outcomes(write(tmp_path, "list.csv", table(list(row), row, late)), source="NT1")
    visit, person = (each.body for each in found.rows)
    assert visit["reasonCode"] == [{"text": "Better than last week"}]
    assert person["identifier"][0]["value"] == "9990000018"
    assert [each.reason for each in found.refusals] == ["Time of arrival is before Date of birth"]


def test_a_mistake_in_a_places_own_mapping_is_named(place: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert mapping_problems(TODAY) == []
    (place / "day-centre.toml").write_text(
        example.replace('codes = "mood"', 'codes = "moods"'), encoding="utf-8"
    )
    _forget()
    [problem] = mapping_problems(TODAY)
    assert "day-centre.toml" in problem


def test_every_format_and_every_type_of_column_is_in_the_guide() -> None:
    told = {
        name
        for line in GUIDE.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([a-z-]+)`", line)
    }
    assert {each.format for each in mappings(TODAY)} <= told
    assert all(f"`{name}`" in GUIDE for name in TYPES)
