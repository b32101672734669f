"""Paper: copies wait, go into one batch with cover sheets or a post file, and are handed to post by someone by name."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING, Any

import pypdf
import pytest

from tests.fixtures.database import Database

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture(scope="module")
def place(database: Database) -> Place:
    from tests.journeys.place import build
    from tests.scenarios.crisis import with_a_plan

    built = build()
    with_a_plan(built)
    return built


@pytest.fixture
def priya(place: Place) -> Any:
    from tests.scenarios.crisis import signed_in

    return signed_in(place.staff["priya"], "coordinator", "RVC")


def batch_of(place: Place) -> Any:
    from careweave.care.teams.delivering_paper import paper_of

    return paper_of(place.gate("priya", "coordinator"))


def test_a_batch_is_printed_behind_cover_sheets_and_handed_to_post_by_name(place: Place, priya: Any) -> None:
    from careweave.care.plans.copies import copies_of
    from tests.scenarios.crisis import words_of

    shown = words_of(priya.get("/letters"))
    assert "plan, version 1, large print" in shown and "Joe Harper" in shown
    refused = priya.post("/letters/batch", {})
    assert refused.status_code == 422 and "Choose at least one letter." in words_of(refused)
    waiting = batch_of(place).waiting
    assert priya.post("/letters/batch", {"letter": [one.id for one in waiting]}).status_code == 302
    (batch,) = batch_of(place).batches
    pages = pypdf.PdfReader(io.BytesIO(priya.get(f"/letters/{batch.id}.pdf").content)).pages
    cover = pages[0].extract_text()
    assert "Private and confidential" in cover and "12 Weir Road" in cover and "ZZ99 3WR" in cover
    assert "plan" not in cover.lower() and "Joe’s plan" in pages[1].extract_text()
    _the_post_file(priya, batch)
    assert priya.post(f"/letters/{batch.id}/handed", {"how": "back"}).status_code == 302
    assert len(batch_of(place).waiting) == len(waiting)
    priya.post("/letters/batch", {"letter": [one.id for one in waiting]})
    (batch,) = batch_of(place).batches
    done = priya.post(f"/letters/{batch.id}/handed", {"how": "posted"}, follow=True)
    assert "1 handed to post by Priya Shah." in words_of(done) and "Nothing waits to be printed." in words_of(
        done
    )
    (copy,) = (
        one for one in copies_of(place.gate("priya", "coordinator"), place.joe) if one.role == "person"
    )
    assert [(one.how, one.by_name) for one in copy.receipts] == [("posted", "Priya Shah")]
    assert (
        not copy.is_received
    )  # post is on its way; only Joe's own act, or who hands it over, says that it arrived
    assert priya.get(f"/letters/{batch.id}.pdf").status_code == 404


def _the_post_file(priya: Any, batch: Any) -> None:
    archive = zipfile.ZipFile(io.BytesIO(priya.get(f"/letters/{batch.id}.zip").content))
    (row,) = csv.DictReader(io.StringIO(archive.read("letters.csv").decode("utf-8-sig")))
    assert (row["name"], row["address_line_1"], row["address_line_2"]) == (
        "Joe Harper",
        "12 Weir Road",
        "Riverside",
    )
    letter = pypdf.PdfReader(io.BytesIO(archive.read(row["file"])))
    assert len(letter.pages) == int(row["pages"]) and letter.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_a_letter_that_a_newer_version_has_overtaken_is_not_printed(place: Place, priya: Any) -> None:
    from tests.scenarios.crisis import publish_plan, words_of, write_plan

    gate = place.gate("priya", "coordinator")
    for _ in range(2):
        write_plan(gate, place, strengths="He knows his garden")
        publish_plan(gate, place)
    shown = words_of(priya.get("/letters"))
    assert "version 3" in shown and "version 2" not in shown
    assert len(batch_of(place).waiting) == 1


def test_nobody_else_sees_or_prints_the_letters(place: Place) -> None:
    from tests.scenarios.crisis import signed_in, words_of

    stranger = signed_in(place.staff["stranger"], "gp", "Y90009")
    assert "Nothing waits to be printed." in words_of(stranger.get("/letters"))
    waiting = batch_of(place).waiting
    taken = stranger.post("/letters/batch", {"letter": [one.id for one in waiting]})
    assert taken.status_code == 422 and batch_of(place).waiting == waiting
