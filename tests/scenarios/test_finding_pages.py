"""“How well does this find people?”: the pages of lists as judged, for those who plan and those who are asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings

from careweave.measures import performance
from careweave.measures.judged import month
from tests.scenarios.test_measure_pages import signed_in
from tests.unit.test_judged import many, performance_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PATHS = ("/place/finding", "/place/finding/one-year", "/place/finding/one-year.csv")


@pytest.fixture
def published() -> Iterator[None]:
    home = settings.CONFIGURATION.home
    places = {"What the place’s coordinators can hold": 200}
    performance.keep(home, performance_of(month(many(), places)))
    rules = performance_of(month(many(is_model=False), places), id="by-rules", kind=performance.REGISTER)
    performance.keep(home, rules)
    performance.keep(home, performance_of(id="not-yet"))
    yield
    for id in ("one-year", "by-rules", "not-yet"):
        (home / performance.FOLDER / f"{id}.json").unlink()


def test_an_analyst_reads_how_well_each_list_finds_people(published: None) -> None:
    client = signed_in("analyst")
    page = client.get("/place/finding").content.decode()
    assert "How well does this find people?" in page and "the right one first in" in page
    assert "There is no whole year behind any of its days yet" in page
    one = client.get("/place/finding/one-year").content.decode()
    assert one.count('<svg class="app-chart"') == 2 and "Tenths of the list" in one
    for words in ("Told apart (AUC", "Calibration slope", "Calibration intercept", "Brier", "coordinators can hold",
                  "Of all to whom it happened", "85 and over", "The highest fall by themselves", "quite different",
                  "Valid to", "It must not be used", "To refuse anyone a service", "People who die without it"):  # fmt: skip
        assert words in one, words


def test_a_list_of_rules_says_no_chance(published: None) -> None:
    page = signed_in("analyst").get("/place/finding/by-rules").content.decode()
    assert (
        "says nobody’s chance" in page and "Calibration slope" not in page and page.count("<svg class=") == 1
    )


def test_a_list_without_a_year_behind_it_says_so(published: None) -> None:
    page = signed_in("analyst").get("/place/finding/not-yet").content.decode()
    assert "nothing can be said of how well it finds people" in page


@pytest.mark.parametrize(
    ("off", "words"),
    [
        ({"pull": 1.8}, "The chances it gives lie too close together"),
        ({"pull": 0.5}, "The chances it gives lie too far apart"),
        ({"more": 0.5}, "It foresees too few"),
        ({"more": -0.5}, "It foresees too many"),
    ],
)
def test_a_model_whose_chances_do_not_hold_says_so_by_direction(
    published: None, off: dict[str, float], words: str
) -> None:
    client = signed_in("analyst")
    held = client.get("/place/finding/one-year").content.decode()
    assert "do not hold" not in held and "did not hold" not in held
    performance.keep(settings.CONFIGURATION.home, performance_of(month(many(**off), {"places": 200})))
    one = client.get("/place/finding/one-year").content.decode()
    assert one.count(words) == 2, "over its figures, and on its card"
    assert "Its chances do not hold here" in client.get("/place/finding").content.decode()
    assert words in client.get("/place/finding/one-year.csv").content.decode()


def test_the_file_has_list_version_dates_and_outcome_in_each_row(published: None) -> None:
    file = signed_in("analyst").get("/place/finding/one-year.csv").content.decode("utf-8-sig")
    head, *rows = file.strip().split("\r\n")
    assert head.startswith("list,version,as_at,outcome,month,held_out") and len(rows) > 15
    assert all(row.startswith("one-year,1,2026-11-22,an unplanned stay,2025-11-22,yes") for row in rows)


def test_whoever_is_asked_by_a_list_may_read_how_good_it_is(published: None) -> None:
    assert signed_in("coordinator").get("/place/finding/one-year").status_code == 200
    for role in ("administrator", "data-clerk", "volunteer"):
        assert [signed_in(role).get(path).status_code for path in PATHS] == [404] * 3
    assert signed_in("analyst").get("/place/finding/no-such-list").status_code == 404
