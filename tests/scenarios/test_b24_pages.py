"""B24, A31: the pages of the neighbourhood, as coordinator, network, volunteer and the person walk them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from careweave.care.referrals import community
from careweave.care.teams.notes import NextStep, add_task
from careweave.identity.models import Account
from careweave.web import directory
from tests.scenarios.coordination import TODAY
from tests.scenarios.neighbourhood import Neighbourhood
from tests.scenarios.test_a31_a32_networks import a_plan
from tests.scenarios.test_handover_pages import day, person, signed_in, staff, words_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def place(tmp_path: Path) -> Neighbourhood:
    directory.forget()
    return Neighbourhood(tmp_path)


def network(place: Neighbourhood) -> Client:
    worker = place.nasreen
    actor = {"id": worker.party, "role": "voluntary-worker", "organisation": place.code, "name": worker.name}
    return signed_in(Account.objects.get(staff=worker), actor)


def version_in(answer: Any) -> str:
    found = re.search(r'name="version" value="(\d+)"', answer.content.decode())
    assert found
    return found.group(1)


def test_b24_the_directory_page_says_which_service_is_not_offered_and_why(place: Neighbourhood) -> None:
    wrong = place.service(id=f"{place.code}-w", name="Garden gang", service_areas=[], assured_date=None)
    entries = place.sent(place.service(), wrong)
    garden = next(one for one in entries if one.service.name == "Garden gang")
    priya, jean = staff(place.priya), network(place)
    listed = words_of(priya.get("/directory"))
    assert "It does not say which area it covers. Nobody has assured it yet." in listed
    page = f"/directory/{garden.id}"
    refused = priya.post(page, {"act": "assure", "how": "Called Sue"})
    assert refused.status_code == 422 and "Write that first, then assure it." in words_of(refused)
    assert 'value="Garden gang"' in refused.content.decode(), "the rest of the page is not emptied"
    typed = {"act": "change", "name": "Garden gang", "area": f"Weir ({place.district})", "youngest": "50",
             "needs": ["loneliness"], "may_refer": ["self"]}  # fmt: skip
    assert "‘fifty’ is not a number" in words_of(jean.post(page, {**typed, "youngest": "fifty"}))
    assert "Saved. Assure it" in words_of(jean.post(page, typed, follow=True))
    assert "Assure it today" not in words_of(jean.get(page)), "nobody assures their own"
    assert "Assured today, in your name." in words_of(
        priya.post(page, {"act": "assure", "how": "Called Sue"}, follow=True)
    )
    assert sorted(place.offered()) == ["Befriending", "Garden gang"]
    assert "It has ended: No volunteers" in words_of(
        priya.post(page, {"act": "end", "because": "No volunteers"}, follow=True)
    )
    added = priya.post(
        "/directory/add", {**typed, "name": "Chess at home", "organisation": "Chess club"}, follow=True
    )
    assert "It is offered once it is assured." in words_of(added)


def test_b24_from_a_need_to_an_outcome_in_the_plan_through_the_pages(place: Neighbourhood) -> None:
    place.sent(place.service())
    edith = place.edith()
    goal = a_plan(place, edith, "She is lonely")
    priya, jean, own = staff(place.priya), network(place), person(edith)
    page = f"/people/{edith}/support"
    assert "“Hardly ever”" in words_of(priya.get(page))
    found = priya.get(f"{page}?need=loneliness")
    assert "Fits Age : For people 60 or older; the person is 85" in words_of(found)
    none = priya.post(f"{page}?need=loneliness", {"said": "Not now"}, follow=True)
    assert "wanted none of these" in words_of(none) and "Edith chose: none of these" in words_of(none)
    address = re.search(rf"{page}/[0-9a-f-]{{36}}", found.content.decode())
    assert address
    form = f"{address.group()}?need=loneliness"
    sent = {"words": "Someone for cards", "telephone": "01632 960031", "said": "Yes please", "goal": goal}
    assert "how they agreed" in words_of(priya.post(form, sent))
    asked = priya.post(form, {**sent, "agreed": "At home today"}, follow=True)
    assert "Befriending is asked." in words_of(asked)

    queue = jean.get("/network")
    assert "Waits for your answer (1)" in words_of(queue) and "Someone for cards" in words_of(queue)
    assert jean.get(f"/people/{edith}").status_code in (403, 404)
    [referral] = community.referrals_to_services(place.gate(place.priya), edith)
    answer = f"/support/{referral.id}"
    shown = jean.get(answer)
    assert "Can you help?" in words_of(shown) and "9990000018" not in words_of(shown)
    no = jean.post(answer, {"act": "no", "version": version_in(shown), "reason": "Too far", "instead": ""})
    assert "Say what they could do or try instead." in words_of(no)
    for typed in (
        {"act": "yes", "words": "From Tuesday"},
        {"act": "met", "how": "Visited", "words": "Two games of whist"},
        {"act": "outcome", "outcome": "helped", "words": "She comes to the club now"},
    ):
        done = jean.post(answer, {**typed, "version": version_in(jean.get(answer))}, follow=True)
        assert "Written down. Edith can read it." in words_of(done)
    assert "1 has news from a service" in words_of(priya.get("/day"))
    assert "It helped : She comes to the club now" in words_of(priya.get(f"/people/{edith}/plan"))
    assert "It helped : She comes to the club now" in words_of(own.get("/my/plan"))
    assert "She comes to the club now" in words_of(own.get("/my/support"))


def test_b24_the_person_asks_a_service_themself_where_it_allows_that(place: Neighbourhood) -> None:
    only_work = [
        {"taxonomy_term": {"taxonomy": "esdNeeds", "name": "Befriending"}},
        {"taxonomy_term": {"taxonomy": "who may refer", "name": "Professional"}},
    ]
    place.sent(
        place.service(), place.service(id=f"{place.code}-2", name="By letter only", attributes=only_work)
    )
    edith = place.edith()
    own = person(edith)
    found = own.get("/my/support?need=loneliness")
    assert "You told us this" in words_of(found)
    assert "Befriending" in words_of(found) and "By letter only" not in words_of(found)
    address = re.search(r"/my/support/[0-9a-f-]{36}", found.content.decode())
    assert address
    form = f"{address.group()}?need=loneliness"
    assert own.post(form, {"words": "", "telephone": "01632 960031"}).status_code == 422
    sent = own.post(form, {"words": "I would like company", "telephone": "01632 960031"}, follow=True)
    assert "Sent. Befriending will call you." in words_of(sent)
    [referral] = community.referrals_to_services(place.gate(place.priya), edith)
    assert (referral.owner, referral.state) == (f"org:{place.code}", "asked")
    assert "I would like company" in words_of(network(place).get("/network"))


def test_a31_the_team_view_and_passing_through_the_pages(place: Neighbourhood) -> None:
    edith, priya, jean = place.edith(), staff(place.priya), network(place)
    added = priya.post(f"/people/{edith}/team/add", {"other": place.nasreen.party}, follow=True)
    assert "Nasreen Shah can now see" in words_of(added)
    gate, me = place.gate(place.priya), place.worker(place.priya)
    for what in ("Dress the leg", "Take the library books back"):
        add_task(gate, person_id=edith, step=NextStep(what, me.party, me.name, TODAY))
    page = f"/people/{edith}/who-does-what"
    wound, books = (
        next(one.id for one in gate.about(edith, ["Task"]) if one.body.get("description") == what)
        for what in ("Dress the leg", "Take the library books back")
    )
    refused = priya.post(page, {"task": wound, "to": place.nasreen.party})
    assert "This is not for Nasreen Shah: care of the skin and wounds is for a nurse." in words_of(refused)
    assert "Choose who to pass it to." in words_of(priya.post(page, {"task": books}))
    assert "Passed to Nasreen Shah." in words_of(
        priya.post(page, {"task": books, "to": place.nasreen.party}, follow=True)
    )
    view = words_of(jean.get(f"/network/people/{edith}"))
    assert "6 Ferry Road" in view and "Take the library books back" in view and "Priya Nair" in view
    assert "Dress the leg" not in view
    assert "Done." in words_of(jean.post(f"/network/tasks/{books}/done", follow=True))
    again = add_task(gate, person_id=edith, step=NextStep("Play cards", me.party, me.name, TODAY))
    visit = {
        "task": again.id,
        "to": place.sam.party,
        "hour": "14:00",
        **day("visit", TODAY + timedelta(days=2)),
    }
    assert "Passed to Sam Okoro." in words_of(priya.post(page, visit, follow=True))
    assert "Passed to Priya Nair." in words_of(
        priya.post(page, {"task": again.id, "to": place.priya.party}, follow=True)
    )
