"""B24 under attack: two at once, a feed that lies, what somebody keeps back; nobody outside learns more for it."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections

from careweave.care.directory.keeping import entries
from careweave.care.plans.voices import say
from careweave.care.referrals import after_discharge, community
from careweave.care.referrals.after_discharge import ask_networks
from careweave.care.teams import worklists
from careweave.care.teams.delivering_work import send_due
from careweave.identity.services import EXTENSION, service_of
from careweave.intake.loading import load
from careweave.intake.reading.open_referral import corrected
from careweave.record import Actor, Gate, Purpose, Refusal, Resource
from careweave.record.choices import choose
from careweave.record.wishes import Wish
from tests.scenarios.coordination import TODAY
from tests.scenarios.neighbourhood import Neighbourhood
from tests.scenarios.test_a31_a32_networks import HOSPITAL, a_plan, home_from_hospital
from tests.scenarios.test_b10_plan_pages import own
from tests.scenarios.test_b24_neighbourhood import Way
from tests.scenarios.test_handover_pages import staff
from tests.scenarios.test_news import until_it_is_visible

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def place(tmp_path: Path) -> Neighbourhood:
    return Neighbourhood(tmp_path)


def test_b24_a_service_is_asked_once_though_two_ask_at_the_same_moment(place: Neighbourhood) -> None:
    place.sent(place.service())
    person_id = place.edith()

    def ask(_: int) -> Resource | Refusal:
        try:
            return place.referred(person_id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert sum(isinstance(one, Resource) for one in answers) == 1, answers
    assert len(community.referrals_to_services(place.gate(place.priya), person_id)) == 1


def test_a32_who_keeps_the_hospital_back_from_a_network_is_asked_before_it_learns_of_a_stay(
    place: Neighbourhood,
) -> None:
    place.sent(place.service())
    person_id = place.edith()
    a_plan(place, person_id, "She is lonely since the club closed")
    edith = Gate(Actor(f"person:{person_id}", "person", name="Edith"), Purpose.OWN_CARE)
    kept = choose(edith, person_id, Wish((f"source:{HOSPITAL}",), (f"org:{place.code}",)))
    assert not isinstance(kept, Refusal), kept
    home_from_hospital(person_id, place)
    until_it_is_visible(ask_networks)
    priya = place.gate(place.priya)
    assert community.referrals_to_services(priya, person_id) == []
    said = [item.what for item in worklists.mine(worklists.waiting(priya).work, priya)]
    assert any("ring, ask whether Weir Neighbours may come" in what for what in said)


@pytest.mark.parametrize("by_goal", [True, False], ids=["of the goal", "of the whole plan"])
def test_a32_who_wants_to_change_what_they_agreed_to_is_asked_before_a_network_is(
    place: Neighbourhood, by_goal: bool
) -> None:
    place.sent(place.service())
    person_id = place.edith()
    goal = a_plan(place, person_id, "She is lonely since the club closed")
    edith = Gate(Actor(f"person:{person_id}", "person", name="Edith"), Purpose.OWN_CARE)
    part, about_goal = ("", goal) if by_goal else ("agreement", "")
    told = say(edith, person_id=person_id, said="change", part=part, goal=about_goal, today=TODAY)
    assert not isinstance(told, Refusal), told
    home_from_hospital(person_id, place)
    until_it_is_visible(ask_networks)
    priya = place.gate(place.priya)
    assert community.referrals_to_services(priya, person_id) == []
    mine = [item.what for item in worklists.mine(worklists.waiting(priya).work, priya)]
    assert any("ring, ask whether Weir Neighbours may come" in what for what in mine)


@pytest.mark.parametrize("failures", [1, 9], ids=["failing once", "failing again"])
def test_a32_a_visit_that_could_not_be_asked_for_is_tried_again_and_then_stands_on_a_list(
    place: Neighbourhood, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    place.sent(place.service())
    person_id = place.edith()
    a_plan(place, person_id, "She is lonely since the club closed")
    home_from_hospital(person_id, place)
    tried = []

    def fails(*args: object, **more: object) -> Resource:
        tried.append(1)
        if len(tried) <= failures:
            raise RuntimeError("something that nobody has thought of")
        return community.write_referral(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(after_discharge, "write_referral", fails)
    until_it_is_visible(lambda: ask_networks() or len(tried) >= 2)
    priya = place.gate(place.priya)
    asked = community.referrals_to_services(priya, person_id)
    mine = [item.what for item in worklists.mine(worklists.waiting(priya).work, priya)]
    if failures == 1:
        assert len(tried) == 2 and len(asked) == 1
    else:
        assert not asked and any("could not be asked for here" in what for what in mine)


def test_b24_an_entry_that_makes_no_sense_leaves_the_rest_of_the_directory_standing(
    place: Neighbourhood,
) -> None:
    place.sent(place.service())
    wrong = {
        "resourceType": "HealthcareService",
        "id": str(uuid.uuid4()),
        "name": f"Odd {place.code}",
        "extension": [
            {"url": f"{EXTENSION}youngest", "valueString": "young"},
            {"url": f"{EXTENSION}assured-on", "valueString": "lately"},
            {"url": f"{EXTENSION}places-free", "valueBoolean": True},
        ],
    }
    path = place.folder / "odd.ndjson"
    path.write_text(json.dumps(wrong) + "\n")
    assert load([path], source=place.code, workers=1, today=TODAY).accepted == 1
    odd = next(
        one for one in entries(place.gate(place.priya)) if one.service.name == f"Odd {place.code}"
    ).service
    assert (odd.youngest, odd.assured_on, odd.places_free) == (None, None, None)
    assert place.match().service.name == "Befriending"
    assert (
        service_of("x", {"type": [{"coding": [{"system": "https://careweave.org/code/need"}]}]}).needs == ()
    )


@pytest.mark.parametrize(
    "email",
    ["far@example.org\nBcc: all@example.net", "far@example.org, all@example.net", "Far <far@example.org>"],
)
def test_b24_an_address_that_is_more_than_one_address_gets_no_word_and_somebody_calls(
    place: Neighbourhood, email: str
) -> None:
    organisation = {"id": "x", "name": "Far Friends"}
    place.sent(place.service(organization=organisation, email=email, id=f"{place.code}-far"))
    gate, person_id = place.gate(place.priya), place.edith()
    found = [
        one for one in entries(gate) if one.service.email == email and place.district in one.service.area
    ]
    place.listed = lambda: found  # type: ignore[method-assign]
    assert isinstance(place.referred(person_id), Resource)
    sent = Way()
    send_due(datetime.now(UTC) + timedelta(seconds=1), way=sent)
    assert not [one for one in sent.notices if "example.net" in one.to or "<" in one.to]
    waiting = [one.what for one in worklists.mine(worklists.waiting(gate).work, gate)]
    assert any("A service could not be told" in one for one in waiting)


@pytest.mark.parametrize("typed", ["²", "9" * 5000, "99999999999"])
def test_b24_what_only_looks_like_a_number_is_answered_and_breaks_no_page(
    place: Neighbourhood, typed: str
) -> None:
    [entry] = place.sent(place.service())
    person_id = place.edith()
    task = place.referred(person_id)
    assert isinstance(task, Resource)
    priya = staff(place.priya)
    form = {"act": "change", "name": "Befriending", "area": "Weir", "youngest": typed, "places_free": typed}
    assert priya.post(f"/directory/{entry.id}", form).status_code == 422
    assert priya.post(f"/support/{task.id}", {"act": "yes", "version": typed}).status_code == 422
    assert own(person_id).get("/my/record", {"page": typed}).status_code == 200
    row = json.dumps(place.service())
    parcel, _ = corrected(row, {"service.minimum_age": "²"}, "services.json", 1, TODAY)
    assert [one.field for one in parcel.refusals] == ["service.minimum_age"]
