"""The pages of being in charge, walked as each of those concerned: asking, answering, told, who it was, ending."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from careweave.identity.models import Account, Staff
from careweave.identity.staffing import give_portal_account
from careweave.web import directory
from tests.scenarios.coordination import SOON, TODAY, TRUST, Place

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def place() -> Place:
    directory.forget()
    return Place()


def signed_in(account: Account, actor: dict[str, str]) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = actor
    session.save()
    return client


def staff(member: Staff) -> Client:
    actor = {"id": member.party, "role": "coordinator", "organisation": TRUST, "name": member.name}
    return signed_in(Account.objects.get(staff=member), actor)


def person(person_id: str) -> Client:
    email = f"{person_id}@example.org"
    give_portal_account(person_id=person_id, email=email, password="made up words 1")
    actor = {"id": f"person:{person_id}", "role": "person", "organisation": "", "name": "Joe"}
    return signed_in(Account.objects.get(email=email), actor)


def words_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def day(name: str, on: date) -> dict[str, str]:
    return {f"{name}-day": str(on.day), f"{name}-month": str(on.month), f"{name}-year": str(on.year)}


def test_b09_pass_to_answer_told_and_history_through_the_pages(place: Place) -> None:
    joe = place.taken_on()
    priya, tom, his = staff(place.priya), staff(place.tom), person(joe)
    wrong = priya.post(f"/people/{joe}/pass-on", {"to": "", "note": ""})
    assert wrong.status_code == 422 and "Choose who to pass this person to." in words_of(wrong)
    sent = {"to": place.tom.party, "note": "Likes to be rung before ten", **day("starts_on", SOON)}
    asked = priya.post(f"/people/{joe}/pass-on", sent, follow=True)
    assert "Tom Reid is asked. Priya Nair stays in charge until Tom Reid accepts." in words_of(asked)
    task = re.search(r"/handovers/([0-9a-f-]{36})", asked.content.decode())
    assert task
    page = f"/handovers/{task.group(1)}"
    assert page in tom.get("/day").content.decode()
    assert "Likes to be rung before ten" in words_of(tom.get(page))
    assert "Only Tom Reid can answer this." in words_of(priya.get(page))
    assert "Only Tom Reid can accept this." in words_of(priya.post(f"{page}/accept"))
    no = tom.post(f"{page}/decline", {"reason": "Too far"})
    assert no.status_code == 422 and "Say who should be asked next" in words_of(no)
    yes = tom.post(f"{page}/accept", {"deputy": place.amir.party}, follow=True)
    assert f"From {SOON:%A} {SOON.day} {SOON:%B %Y} you are in charge" in words_of(yes)
    told = words_of(his.get("/my"))
    assert f"From {SOON.day} {SOON:%B} Tom Reid will be in charge of your care instead of Priya Nair." in told
    notice = re.search(r"/my/in-charge/([0-9a-f-]{36})/read", his.get("/my").content.decode())
    assert notice
    his.post(f"/my/in-charge/{notice.group(1)}/read")
    assert "I have read this" not in words_of(his.get("/my"))
    shown = words_of(
        priya.get(f"/people/{joe}/in-charge?on-day={TODAY.day}&on-month={TODAY.month}&on-year=2020")
    )
    assert "nobody. " in shown and "read it" in shown


def test_b17_care_does_not_end_on_the_page_without_what_happens_next(place: Place) -> None:
    joe = place.taken_on()
    priya, his = staff(place.priya), person(joe)
    page = f"/people/{joe}/end-care"
    assert "nobody will be in charge" in words_of(priya.get(page)).lower()
    wrong = priya.post(page, {"reason": "Goals met", "what": "", "who": "", "if_wrong": ""})
    assert "Say what happens next, so that the person is not left without." in words_of(wrong)
    sent = {"reason": "Goals met", "what": "Look at the leg", "who": "Practice nurse",
            "if_wrong": "Ring 01632 960000", **day("by", SOON)}  # fmt: skip
    assert priya.post(page, sent).status_code == 302
    own = words_of(his.get("/my"))
    assert "Look at the leg. Practice nurse, by" in own and "If things go wrong: Ring 01632 960000" in own
    assert "Nobody is in charge any more" in words_of(priya.get(f"/people/{joe}/in-charge"))


def test_b09_the_managers_balance_page_shows_people_limit_and_absence(place: Place) -> None:
    place.taken_on()
    shown = words_of(staff(place.marta).get("/caseload"))
    assert "1 person with 4 workers, room for 239 more" in shown and "Room for 59" in shown


def test_b09_a_deputy_and_coordinating_by_choice_are_written_down_on_the_page(place: Place) -> None:
    colin = place.taken_on()
    priya, his = staff(place.priya), person(colin)
    done = priya.post(f"/people/{colin}/in-charge/deputy", {"deputy": place.amir.party}, follow=True)
    assert "Amir Khan answers when whoever is in charge is away." in words_of(done)
    choice = {"who": f"person:{colin}", "evidence": "He said so at home on 3 November"}
    done = priya.post(f"/people/{colin}/in-charge/by-choice", choice, follow=True)
    assert "Contact for change Priya Nair" in words_of(done)
    assert "You coordinate your care." in words_of(his.get("/my"))


def test_a48_the_person_adds_takes_away_and_says_what_is_wrong_and_nobodys_words_change(place: Place) -> None:
    joe = place.taken_on()
    his, priya = person(joe), staff(place.priya)
    assert his.post("/my/people/add", {"name": "", "what": ""}).status_code == 422
    his.post("/my/people/add", {"name": "Ted Moss", "what": "friend"})
    his.post("/my/people/say", {"name": "Priya Nair", "act": "remove"})
    page = words_of(his.get("/my/people"))
    assert "Ted Moss , friend" in page and "You took these away Priya Nair" in page
    staffs = words_of(priya.get(f"/people/{joe}/around"))
    assert "added this" in staffs and "not one of the people around me" in staffs and "Priya Nair" in staffs
    his.post("/my/people/say", {"name": "Priya Nair", "act": "back"})
    his.post("/my/people/say", {"name": "Priya Nair", "act": "wrong", "words": "She is my cousin"})
    assert "You said: this is wrong. She is my cousin" in words_of(his.get("/my/people"))
    assert "this is wrong. She is my cousin" in words_of(priya.get(f"/people/{joe}/around"))
    assert "She is my cousin" in words_of(priya.get("/day/messages"))
