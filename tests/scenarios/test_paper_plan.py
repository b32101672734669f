"""“Bring my people”: what a plan on paper says comes along, as it was typed."""

from __future__ import annotations

import pytest

from careweave.care.plans import papers
from tests.scenarios.test_clocks import Place
from tests.scenarios.test_worklists import browser

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


def test_a_plan_on_paper_is_kept_as_it_was_typed() -> None:
    place = Place()
    client, address = browser(place.priya), f"/people/{place.person}/paper-plan"
    assert address in client.get(f"/people/{place.person}/plan").content.decode()
    empty = client.post(address, {})
    assert empty.status_code == 422
    for words in ("Type what the paper plan says.", "Say who wrote it.", "Enter the day on the plan."):
        assert words in empty.content.decode()
    day = {"written_on-day": "3", "written_on-month": "3", "written_on-year": "2026"}
    said = "Joe wants to walk to the club.\nIf Annie is ill: ring Helen, 01632 960312."
    kept = client.post(address, {**day, "by": "Sister Mensah", "words": said})
    assert kept.status_code == 302
    [paper] = papers.papers_of(place.gate, place.person)
    assert (paper.title, paper.written_on, paper.kind) == (
        "Plan on paper, by Sister Mensah",
        "2026-03-03",
        "Text",
    )
    assert "Plan on paper, by Sister Mensah" in client.get(kept["Location"]).content.decode()
    assert "walk to the club" in client.get(f"/people/{place.person}/papers/{paper.id}").content.decode()
