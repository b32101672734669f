"""Worklists: claimed by one, passed on in bulk with each failure in words, opened from their tiles and as saved."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from careweave.care.teams import worklists
from careweave.care.teams.notes import NextStep, add_task
from careweave.identity import absences
from careweave.identity.models import Account, Staff
from careweave.record import Conflict, Refusal
from tests import factories as make
from tests.scenarios.test_clocks import Place

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


def browser(member: Staff) -> Client:
    """Signed in as a coordinator."""
    client = Client(HTTP_HOST="127.0.0.1")
    account = Account.objects.get(staff=member)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = {"id": member.party, "role": "coordinator", "organisation": "", "name": member.name}
    session.save()
    return client


def tasks(place: Place, *days: int) -> list[str]:
    """A task of Priya's for each of these days from today, as ticked on the page."""
    found, today = [], timezone.localdate()
    for number, days_off in enumerate(days):
        step = NextStep(f"Step {number}", place.priya.party, "Priya Shah", today + timedelta(days=days_off))
        with place.gate.transaction():
            found.append(f"{add_task(place.gate, person_id=place.person, step=step).id}:1")
    return found


def said(client: Client) -> str:
    """The banner of the next page, without its markup."""
    page = client.get("/day").content.decode()
    region = page.partition("nhsuk-notification-banner__content")[2][:900]
    return " ".join(re.sub("<[^>]*>", " ", region.partition(">")[2]).split())


def test_three_of_four_are_passed_on_and_the_fourth_is_named() -> None:
    place = Place()
    ticked = tasks(place, 0, 0, 1, 1)
    taken = make.gate(place.amina, "coordinator")
    worklists.take(taken, task_id=ticked[3].partition(":")[0], version=1)
    client = browser(place.priya)
    client.post("/day/pass", {"task": ticked, "to": place.tom.party})
    words = said(client)
    assert words.startswith("3 of 4 passed to Tom Reid. Joseph Holloway: Amina Khan took this at ")
    assert "It has left your list." in words
    mine = worklists.mine(
        worklists.waiting(make.gate(place.tom, "coordinator")).work, make.gate(place.tom, "coordinator")
    )
    assert sorted(one.what for one in mine) == ["Step 0", "Step 1", "Step 2"]


def test_bulk_acts_have_a_limit_and_undo() -> None:
    place = Place()
    client, ticked = browser(place.priya), tasks(place, 0, 0)
    client.post("/day/done-with", {"task": ticked * 13})
    assert "Tick at most 25 rows at once. You ticked 26, and nothing was changed." in said(client)
    client.post("/day/done-with", {"task": []})
    assert "Tick at least one row first." in said(client)
    client.post("/day/done-with", {"task": ticked})
    assert said(client).startswith("2 of 2 done.")
    client.post("/day/pass/undo")
    mine = worklists.mine(worklists.waiting(place.gate).work, place.gate)
    assert {"Step 0", "Step 1"} <= {one.what for one in mine}


def test_nothing_is_passed_to_someone_who_is_away() -> None:
    place, today = Place(), timezone.localdate()
    away = absences.be_away(
        place.tom.party, deputy=place.amina.party, starts_on=today, ends_on=today, by="x", today=today
    )
    assert not isinstance(away, Refusal)
    client = browser(place.priya)
    client.post("/day/pass", {"task": tasks(place, 0), "to": place.tom.party})
    words = said(client)
    assert words.startswith("0 of 1 passed to Tom Reid. Joseph Holloway: Tom Reid is away until")
    assert "Amina Khan stands in." in words


def test_what_nobody_has_is_taken_by_one_alone() -> None:
    place = Place()
    [ticked] = tasks(place, 0)
    task = place.gate.read("Task", ticked.partition(":")[0])
    assert task is not None
    body = {key: value for key, value in task.body.items() if key != "owner"}
    team = f"team:{place.team}"
    free = place.gate.update(body, version=1, parties=(team,))
    amina, tom = (make.gate(one, "coordinator") for one in (place.amina, place.tom))
    assert [one.task_id for one in worklists.nobodys(worklists.waiting(tom).work)] == [task.id]
    worklists.take(amina, task_id=task.id, version=free.version)
    with pytest.raises(Conflict):
        worklists.take(tom, task_id=task.id, version=free.version)
    client = browser(place.tom)
    client.post(f"/day/tasks/{task.id}/take", {"version": free.version})
    assert said(client).startswith("Amina Khan took this at ")


def test_tiles_open_their_list_and_a_saved_filter_keeps_its_part() -> None:
    place = Place()
    tasks(place, -3, 0, 0, 5)
    client = browser(place.priya)
    page = client.get("/day").content.decode()
    for tile, link, rows in (("Late", "late", ["3 days late"]), ("Today", "today", ["Today", "Today"])):
        href = re.search(r'href="([^"]*)"><span class="app-count">\d+</span>' + tile, page)
        assert href is not None and href[1].endswith(f"due={link}")
        shown = client.get(href[1].replace("&amp;", "&")).content.decode()
        assert re.findall(r'data-label="Due"><strong[^>]*>([^<]*)<', shown) == rows
    client.post("/day/filter", {"show": "mine", "due": "late"})
    opened = client.get("/day").content.decode()
    assert "Saved. My day opens with “Mine: late” on this computer." in opened
    assert re.findall(r'data-label="Due"><strong[^>]*>([^<]*)<', opened) == ["3 days late"]
