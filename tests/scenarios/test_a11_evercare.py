"""A11 (Evercare): what there is instead of hospital, with its age; what others found, “not significant” in so many words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from careweave.care.contacts import alternatives
from careweave.definitions import DefinitionError
from careweave.identity.models import FreePlaces
from careweave.measures import evidence
from careweave.record import Refusal
from careweave.web import directory
from tests import factories as make
from tests.scenarios.crisis import signed_in, words_of
from tests.scenarios.test_b07_single_contact import Zone, edith, looked_after, taken

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
TODAY = datetime.now(UTC).date()


@pytest.fixture
def council() -> Any:
    make.organisation("900", name="Riverside Council")
    make.organisation("RVR", name="Riverside General")
    FreePlaces.objects.all().delete()
    directory.forget()
    return make.staff("Alan Peel", "social-care-worker", "900")


def test_a11_step_up_alternatives_say_how_many_places_are_free_and_how_old_that_is(council: Any) -> None:
    zone = Zone()
    person_id = edith(zone)
    looked_after(zone, person_id)
    priya, alan = signed_in(zone.priya, "coordinator", "RVC"), signed_in(council, "social-care-worker", "900")
    assert "has not said how many places are free. Call first" in words_of(priya.get("/alternatives"))

    refused = alan.post("/alternatives/short-stay/free", {"free": "some"})
    assert refused.status_code == 422 and "a whole number from 0 to 500" in words_of(refused)
    kept = alan.post("/alternatives/short-stay/free", {"free": "2"}, follow=True)
    assert "2 places free now" in words_of(kept)
    assert priya.post("/alternatives/short-stay/free", {"free": "9"}).status_code == 404
    FreePlaces.objects.filter(alternative="short-stay").update(
        said_at=datetime.now(UTC) - timedelta(minutes=25)
    )

    held = taken(zone.gate(), person_id)
    for page in (f"/contacts/{held.task.id}", f"/people/{person_id}/crisis", f"/people/{person_id}"):
        shown = words_of(priya.get(page))
        assert "Instead of hospital" in shown and "2 places free" in shown, page
        assert "Said 25 minutes ago by Alan Peel, " in shown, page
    chosen = priya.get(f"/contacts/{held.task.id}?care=home-care").content.decode()
    assert 'value="home-care" checked' in chosen, "from the list to the commitment in one click"

    FreePlaces.objects.filter(alternative="short-stay").update(said_at=datetime.now(UTC) - timedelta(hours=5))
    stale = words_of(priya.get("/alternatives"))
    assert "Said 5 hours ago by Alan Peel, " in stale and "That is old: call first" in stale
    assert alan.post("/alternatives/short-stay/free", {"free": "0"}).status_code == 302
    assert "Full" in words_of(priya.get("/alternatives"))
    last = alternatives.offered(datetime.now(UTC), TODAY)[-1]
    assert last.alternative.id == "short-stay" and last.is_full, "what is full comes last"


def test_a11_only_the_provider_keeps_its_places(council: Any) -> None:
    gate = make.gate(council, "social-care-worker", "900")
    refused = alternatives.keep_free(gate, alternative="same-day-clinic", free="3", today=TODAY)
    assert isinstance(refused, Refusal) and "Only whoever provides this" in refused.reason
    assert not FreePlaces.objects.exists()


def test_a11_what_others_found_says_not_significant(council: Any) -> None:
    page = signed_in(council, "social-care-worker", "900").get("/what-others-found")
    shown = words_of(page)
    found = {one.id: one for one in evidence.evidence(TODAY)}
    admissions = found["evercare"].findings[0]
    assert admissions.verdict == "Not significant" and admissions.is_not_significant
    assert "no significant effect on admissions, bed days or mortality" in shown
    assert "Not significant" in shown and "Requirement A11" in shown
    assert (
        "/what-others-found"
        in signed_in(council, "social-care-worker", "900").get("/caseload").content.decode()
    )
    assert {"north-west-london", "newquay", "alto-vicentino"} <= set(found)


def test_a11_evidence_without_a_figure_or_with_a_verdict_of_nobodys_is_refused(
    tmp_path: Any, monkeypatch: Any
) -> None:
    from careweave.definitions import forget_definitions
    from tests.unit.test_definitions import write

    monkeypatch.setenv("CAREWEAVE_HOME", str(tmp_path))
    forget_definitions()
    row = '[{ measure = "Beds", figure = "", significance = "surely", words = "So they say" }]'
    write(tmp_path / "definitions", "ours.toml", evidence.KIND, what='"Care"', found=row)
    with pytest.raises(DefinitionError) as refused:
        evidence.evidence(date(2026, 11, 23))
    assert "figure of Beds is missing" in str(refused.value)
    assert "significance is one of" in str(refused.value)
    monkeypatch.undo()
    forget_definitions()
