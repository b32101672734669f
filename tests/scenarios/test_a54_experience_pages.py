"""Experience pages: what is hidden stays hidden in every file; staff alone are labelled everywhere (A54)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.scenarios.test_place_pages import of_role, text_of
from tests.unit.test_experience_results import asked

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
TODAY = date(2026, 11, 22)


@pytest.fixture
def home() -> Iterator[Path]:
    folder: Path = settings.CONFIGURATION.home
    yield folder
    (folder / "experience" / "place.json").unlink(missing_ok=True)


def published(home: Path, *, with_people: bool = True) -> Any:
    from careweave.measures.experience import gap, published, statements
    from careweave.measures.experience.counts import Said
    from careweave.measures.experience.definition import load_experience

    ids = ("worked-together", "one-person", "in-charge", "know-whom-to-ring")
    surveys = [asked("working-together", "staff", {id: Said(50, 10) for id in ids}, 70)]
    if with_people:
        surveys.append(
            asked("whole-journey", "person", {"worked-together": Said(40, 40), "one-person": Said(78, 2)}, 90)
        )
        surveys.append(asked("national-voices", "person", {"in-charge": Said(30, 20)}, 60))
    results = {one.instrument.id: one for one in surveys}
    definition = load_experience(TODAY)
    told = [statements.ByRecord("in-charge", "I always knew", "One person in charge", 40, 40)]
    made = published.PublishedExperience(
        as_at=TODAY,
        definition="place",
        version="1",
        source=("A source",),
        fewest=5,
        surveys=tuple(surveys),
        statements=statements.statement_results(
            told, results.get("national-voices"), gap_points=20, fewest=5
        ),
        gap=gap.gap_report(definition, results),
    )
    published.keep(home, made)
    assert published.read(home) == made
    return made


def rows(client: Any, path: str) -> list[dict[str, str]]:
    text = client.get(path).content.decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def test_a54_no_page_file_or_scorecard_shows_staff_without_patients_but_as_staff_view_only(
    home: Path,
) -> None:
    published(home, with_people=False)
    analyst = of_role("analyst")
    for path in ("/place/experience", "/place/experience/working-together", "/place/parts"):
        assert "Staff view only" in text_of(analyst, path), path
    for path in ("/place/experience.csv", "/place/experience/working-together.csv", "/place/parts.csv"):
        told = [row for row in rows(analyst, path) if row.get("survey") != "statements"]
        assert told and {row["label"] for row in told} == {"Staff view only"}, path
    published(home)
    for path in ("/place/experience", "/place/experience/working-together", "/place/parts"):
        assert "Staff view only" not in text_of(analyst, path), path
    for path in ("/place/experience.csv", "/place/experience/working-together.csv", "/place/parts.csv"):
        assert {row["label"] for row in rows(analyst, path)} == {""}, path


def test_a54_the_gap_is_drawn_and_stands_in_a_table_beside_it(home: Path) -> None:
    published(home)
    page = text_of(of_role("coordinator"), "/place/experience")
    assert '<svg class="app-chart"' in page and "People they look after" in page
    assert "staff say it more often, by 33 points" in page  # 83% and 50%
    assert "83%" in page and "50%" in page


def test_a47_the_statements_stand_beside_the_record_with_the_gap_in_words(home: Path) -> None:
    published(home)
    page = text_of(of_role("coordinator"), "/place/experience/national-voices")
    assert "the record says 100%, and 60% of people agree. Ask them why" in page


def test_a_hidden_number_has_its_reason_in_the_file_and_no_value(home: Path) -> None:
    published(home)
    told = rows(of_role("analyst"), "/place/experience/whole-journey.csv")
    small = [row for row in told if row["item"] == "one-person"]
    few = next(row for row in small if row["what"] == "do not agree")
    assert few["count"] == "" and few["why_hidden"].startswith("Hidden: fewer than 5, or")
    assert {row["value"] for row in small} == {""}  # no share of which one side is hidden
    first = told[0]
    assert (first["survey"], first["version"], first["in_force_from"]) == ("whole-journey", "1", "2026-11-22")
    shown = next(row for row in told if row["what"] == "agree" and row["item"] == "worked-together")
    assert (shown["count"], shown["of"], shown["value"]) == ("40", "80", "0.5")


def test_a51_the_scorecard_says_what_staff_say_of_the_whole_place_and_what_people_say(home: Path) -> None:
    published(home)
    page = text_of(of_role("analyst"), "/place/parts")
    assert page.count("whom-to-ring") >= 1 and "share of staff who agree" in page
    assert "share of people who agree" in page
    culture = page[page.index("Culture: how people work together") :]
    assert "Not measured" not in culture[: culture.index("<h3", 10)]


def test_nothing_is_counted_yet_is_said(home: Path) -> None:
    analyst = of_role("analyst")
    assert "Nothing has been counted yet" in text_of(analyst, "/place/experience")
    assert analyst.get("/place/experience/ctm-15").status_code == 404
    assert rows(analyst, "/place/experience.csv") == []
