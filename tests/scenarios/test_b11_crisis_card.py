"""B11: whoever meets Joe at night knows what matters, what to do and whom to call; nothing overdue or lacking is hidden."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
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


FIELDS = {
    "lives_with": "Annie, who also needs help",
    "talks": "Slowly; hears with the left ear",
    "please_do": "Sit where he can see you\nCall him Joe",
    "please_dont": "Do not take him out of the house without Annie",
    "get_in": "Ring twice, Annie opens",
    "key_code": "2580",
    "medicines": "Rescue pack in the kitchen drawer",
}


def in_days(name: str, days: int) -> dict[str, str]:
    from tests.scenarios.crisis import TODAY

    day = TODAY + timedelta(days=days)
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


@pytest.mark.parametrize(
    ("lacking", "words"),
    [("action", "Say what to do"), ("number", "Give a number that is answered day and night")],
)
def test_b11_a_trigger_lacking_action_or_reachable_contact_is_refused(
    place: Place, lacking: str, words: str
) -> None:
    from careweave.care.plans.publishing import NotYet
    from tests.scenarios.crisis import ROWS, publish_plan, write_plan

    gate = place.gate("priya", "coordinator")
    write_plan(gate, place, if_then=[{**ROWS[0], lacking: ""}])
    refused = publish_plan(gate, place)
    assert isinstance(refused, NotYet)
    assert any(words in one.words for one in refused.missing)
    gate.discard_draft(place.joe, "plan")


def test_b11_what_an_imported_plan_lacks_is_said_in_its_place(place: Place) -> None:
    from careweave.care.plans.fhir import Plan
    from careweave.care.plans.parts import IfThen, PlanDraft
    from careweave.web.presenters import crisis
    from tests.unit.test_web_plan import person
    from tests.unit.web_samples import SOURCES

    draft = PlanDraft(if_then=(IfThen("If Joe falls", "", "the team", ""),))
    card = crisis.crisis(person(), Plan("p", 1, "2026-11-01", "", draft), [], SOURCES.names, today=the_day())
    assert card.rows[0].is_lacking and card.rows[0].number == "01632 960111"
    assert card.rows[0].action == "No action is written here: call and ask"


def the_day() -> Any:
    from tests.scenarios.crisis import TODAY

    return TODAY


def test_b11_the_card_says_everything_on_one_screen(place: Place, priya: Any) -> None:
    from tests.scenarios.crisis import words_of

    address = f"/people/{place.joe}/crisis"
    refused = priya.post(f"{address}/edit", {**FIELDS, "version": "0"})
    assert refused.status_code == 422 and "Choose the day by which this is looked at again." in words_of(
        refused
    )
    assert "Rescue pack in the kitchen drawer" in words_of(refused)  # what was typed is kept
    saved = priya.post(f"{address}/edit", {**FIELDS, **in_days("review_on", 90), "version": "0"})
    assert saved.status_code == 302, words_of(saved)
    shown = words_of(priya.get(address))
    for words in (
        "Allergy: penicillin, rash",
        "Resuscitation: no decision recorded",
        "Lives with Annie, who also needs help",
        "If Joe falls and cannot get up",
        "Slowly; hears with the left ear",
        "Sit where he can see you",
        "Do not take him out of the house without Annie",
        "Ring twice, Annie opens",
        "2580",
        "Priya Shah",
        "Reviewed",
    ):
        assert words in shown, words
    stale = priya.post(f"{address}/edit", {**FIELDS, **in_days("review_on", 80), "version": "0"})
    assert stale.status_code == 422 and "Both texts are below" in words_of(stale)


def test_b11_an_expired_review_is_shown_as_out_of_date_and_hides_nothing(place: Place, priya: Any) -> None:
    from django.utils import timezone

    from careweave.web.presenters import crisis
    from tests.scenarios.crisis import TODAY, words_of

    later = TODAY + timedelta(days=400)
    real = timezone.localdate
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "localdate", lambda *a, **k: later if not a else real(*a, **k))
        shown = words_of(priya.get(f"/people/{place.joe}/crisis"))
    assert "Out of date: review was due" in shown and "It may still help." in shown
    assert "If Joe falls and cannot get up" in shown and crisis.MOST_ROWS == 5


def test_b11_own_and_network_contributions_and_the_first_call_come_from_the_plan() -> None:
    from careweave.care.plans.fhir import Plan
    from careweave.care.plans.parts import Contribution, PlanDraft
    from careweave.web.presenters import crisis
    from tests.unit.test_web_plan import CHANGES, person
    from tests.unit.web_samples import SOURCES, joe

    draft = PlanDraft(
        if_then=CHANGES,
        own_contributions=("I ring Susan before I go to bed",),
        network=(Contribution("Mr Ali, Flat 5", "has a key and comes at once"),),
        first_call="Weir team",
        first_call_number="01632 960199",
    )
    plan = Plan("p", 1, "2026-11-01", "", draft)
    card = crisis.crisis(person(), plan, joe(), SOURCES.names, today=the_day())
    assert card.helps == (
        ("What Joe does alone", "I ring Susan before I go to bed"),
        ("Who would help", "Mr Ali, Flat 5: has a key and comes at once"),
    )
    assert card.calls[:2] == (("First: Weir team", "01632 960199"), ("Annie Harper", "01632 960313"))


def test_b11_without_a_card_it_says_who_to_call(place: Place) -> None:
    from tests.scenarios.crisis import signed_in, words_of

    gp = signed_in(place.staff["gp"], "gp", "Y90001")
    shown = words_of(gp.get(f"/people/{place.annie}/crisis"))
    assert "There is no crisis card. Here is who to call:" in shown
    assert "Resuscitation: no decision recorded" in shown and "Allergies: not known" in shown


def test_b11_the_card_is_printed_on_one_side_and_the_fridge_shows_no_key_code(
    place: Place, priya: Any
) -> None:
    address = f"/people/{place.joe}/crisis.pdf"
    ambulance = pypdf.PdfReader(io.BytesIO(priya.get(address).content))
    fridge = pypdf.PdfReader(io.BytesIO(priya.get(f"{address}?fridge=1").content))
    on_paper = ambulance.pages[0].extract_text()
    assert len(ambulance.pages) == 1 and "2580" in on_paper and "Weir team 01632\u00a0960101" in on_paper
    large = "".join(page.extract_text() for page in fridge.pages)
    assert "2580" not in large and "Resuscitation: no decision recorded" in " ".join(large.split())


def test_b11_who_is_not_in_the_team_is_asked_why_and_learns_nothing_about_who_is_known(place: Place) -> None:
    from tests.scenarios.crisis import signed_in, words_of

    stranger = signed_in(place.staff["stranger"], "gp", "Y90009")
    known, unknown = (stranger.get(f"/people/{each}/crisis") for each in (place.joe, str(uuid.uuid4())))
    assert known.status_code == unknown.status_code == 302
    page = stranger.get(known.url)
    shown = words_of(page)
    for words in (
        "Why do you need this?",
        "I am treating the person now",
        "Life at risk",
        "Open for 60 minutes",
    ):
        assert words in shown
    assert "Harper" not in shown
    opened = stranger.post(known.url, {"reason": "treating-now", "words": "He was found in the street"})
    record = words_of(stranger.get(opened.url))
    assert "If Joe falls and cannot get up" in record and "2580" in record
    assert "the governance lead see that you looked" in record


def test_b11_the_hospital_tells_the_coordinator_from_the_card(place: Place) -> None:
    from tests.scenarios.crisis import signed_in, words_of

    gp = signed_in(place.staff["gp"], "gp", "Y90001")
    assert "Tell Priya Shah that Joe is here" in words_of(gp.get(f"/people/{place.joe}/crisis"))
    sent = gp.post(f"/people/{place.joe}/is-here", {"how": "home"}, follow=True)
    assert "Priya Shah is told that Joe is here." in words_of(sent)


def test_b11_the_card_asks_the_same_few_questions_however_long_the_record(place: Place, priya: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert priya.get(f"/people/{place.joe}/crisis").status_code == 200
        return len(queries)

    asked()
    before = asked()
    gate = place.gate("priya", "coordinator")
    for number in range(30):
        gate.create(
            {
                "resourceType": "Flag",
                "status": "inactive",
                "code": {"text": f"An old alert {number}"},
                "subject": {"reference": f"Patient/{place.joe}"},
            },
            subject=place.joe,
        )
    assert asked() == before <= 25, before
