"""B33, B23: a survey is answered on one's own pages or by a link without an account, and says plainly who sees what."""

from __future__ import annotations

import io
import json
import uuid
from datetime import timedelta
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.utils import timezone

from careweave.care.experience import asking, inviting
from careweave.care.experience.answers import response_id
from careweave.care.teams.delivering_links import token_of
from careweave.care.teams.delivering_paper import paper_of
from careweave.definitions.survey_definition import load_survey
from careweave.identity.models import Account
from careweave.record import invitations
from careweave.record.invitations import Invitation, worker_gate
from tests.scenarios.test_a47_statements import also_looked_after
from tests.scenarios.test_clocks import Place
from tests.scenarios.test_worklists import browser

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
ALL = {
    f"q-{id}": "agree" for id in ("tests", "next-steps", "in-charge", "plan", "leaving", "moving", "choice")
}


@pytest.fixture(scope="module")
def place(database: Any) -> Place:
    return Place()


def asked(place: Place, *, has_account: bool = False) -> Invitation:
    person = also_looked_after(place)
    if has_account:
        Account.objects.create(email=f"{uuid.uuid4().hex}@example.org", person_id=person)
    today = timezone.localdate()
    moment = asking.Moment("conference", today - timedelta(days=14), uuid.uuid4().hex)
    (one,) = asking.invited(person, moment, [load_survey("national-voices", today)], asking.rules_on(today))
    assert invitations.plan(worker_gate(), one)
    inviting.send_surveys(max(timezone.now(), one.opens_at))
    return next(each for each in invitations.of_people(worker_gate(), [person]) if each.id == one.id)


def own_browser(person: str) -> Client:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(
        Account.objects.get(person_id=person), backend="django.contrib.auth.backends.ModelBackend"
    )
    session = client.session
    session["actor"] = {"id": f"person:{person}", "role": "person", "organisation": "", "name": "Joe"}
    session.save()
    return client


def state_of(one: Invitation) -> str:
    return next(
        each.state for each in invitations.of_people(worker_gate(), [one.person_id]) if each.id == one.id
    )


def test_a_letter_s_link_is_answered_once_without_an_account(place: Place) -> None:
    one, client = asked(place), Client(HTTP_HOST="127.0.0.1")
    address = f"/survey/{token_of(one.id)}"
    page = client.get(address).content.decode()
    assert (
        "Who sees what you say" in page
        and "do not see what you said" in page
        and "I would rather not say" in page
    )
    assert "999" not in page and one.person_id not in page, "nothing of the record is on it"
    refused = client.post(address, {**ALL, "act": "send"})
    assert refused.status_code == 422 and "Say who is answering." in refused.content.decode()
    assert 'value="agree" checked' in refused.content.decode(), "what was ticked is kept"
    thanks = client.post(address, {**ALL, "act": "send", "who": "self", "shown": "no"})
    assert "Thank you. Your answers are sent." in thanks.content.decode()
    again = client.get(address).content.decode()
    assert "This survey has been answered. Each survey is answered once." in again
    assert state_of(one) == invitations.ANSWERED


def test_a_letter_that_cannot_be_stored_is_left_out_of_who_answers(place: Place) -> None:
    one, client = asked(place), Client(HTTP_HOST="127.0.0.1")
    sent = {**ALL, "act": "send", "who": "proxy", "relation": "daugh\x00ter"}
    assert "Thank you." in client.post(f"/survey/{token_of(one.id)}", sent).content.decode()
    kept = worker_gate().read("QuestionnaireResponse", response_id(one.id))
    assert kept and kept.body["source"]["display"] == "daughter"


def test_a_link_that_was_made_up_opens_nothing(place: Place) -> None:
    answer = Client(HTTP_HOST="127.0.0.1").get("/survey/bcdf-bcdf-bcdf-bcdf")
    assert answer.status_code == 404 and "for somebody else, or is not there" in answer.content.decode()


def test_a_part_is_kept_and_finished_later(place: Place) -> None:
    one, client = asked(place), Client(HTTP_HOST="127.0.0.1")
    address = f"/survey/{token_of(one.id)}"
    kept = client.post(address, {"q-plan": "disagree", "act": "keep"}, follow=True).content.decode()
    assert "Kept. It is not sent yet." in kept and 'value="disagree" checked' in kept
    assert state_of(one) == invitations.ASKED
    assert 'value="disagree" checked' in client.get(address).content.decode()


def test_who_printed_the_letter_cannot_read_by_its_link_what_was_kept(place: Place) -> None:
    one, client = asked(place), Client(HTTP_HOST="127.0.0.1")
    address = f"/survey/{token_of(one.id)}"
    client.post(address, {"q-plan": "disagree", "act": "keep"})
    for cookie in ({}, {"careweave_survey": f"{one.id} 1"}):  # none, or one that was made by hand
        other = Client(HTTP_HOST="127.0.0.1")
        other.cookies.load(cookie)
        assert 'value="disagree" checked' not in other.get(address).content.decode()


def test_who_kept_something_by_the_link_first_does_not_read_what_is_kept_after_it(place: Place) -> None:
    one, printer, person = asked(place), Client(HTTP_HOST="127.0.0.1"), Client(HTTP_HOST="127.0.0.1")
    address = f"/survey/{token_of(one.id)}"
    printer.post(address, {"q-plan": "agree", "act": "keep"})
    assert 'value="agree" checked' in printer.get(address).content.decode(), "their own"
    assert 'value="agree" checked' not in person.get(address).content.decode()
    person.post(address, {"q-choice": "disagree", "act": "keep"})
    assert 'value="disagree" checked' not in printer.get(address).content.decode()
    assert 'value="disagree" checked' in person.get(address).content.decode()


def test_the_person_answers_on_their_own_pages_and_reads_what_they_said(place: Place) -> None:
    one = asked(place, has_account=True)
    client = own_browser(one.person_id)
    home = client.get("/my").content.decode()
    assert f"/my/surveys/{one.id}" in home
    sent = client.post(
        f"/my/surveys/{one.id}",
        {**ALL, "q-choice": "declined", "act": "send", "who": "self", "shown": "no"},
        follow=True,
    ).content.decode()
    assert "Thank you. Your answers are sent." in sent and "Nothing is waiting for you." in sent
    assert "Only counted." in sent and "I would rather not say" in sent
    assert "answered once" in client.get(f"/my/surveys/{one.id}").content.decode()


def test_somebody_else_s_survey_is_not_there(place: Place) -> None:
    mine, theirs = asked(place, has_account=True), asked(place)
    answer = own_browser(mine.person_id).get(f"/my/surveys/{theirs.id}")
    assert answer.status_code == 404 and "for somebody else" in answer.content.decode()
    posted = own_browser(mine.person_id).post(
        f"/my/surveys/{theirs.id}", {**ALL, "act": "send", "who": "self"}
    )
    assert posted.status_code == 404 and state_of(theirs) == invitations.ASKED


def test_the_team_sees_that_somebody_answered_and_not_what(place: Place) -> None:
    hidden, shown, no = asked(place), asked(place), asked(place)
    for one, may in ((hidden, "no"), (shown, "yes")):
        said = {
            **ALL,
            "q-plan": "strongly-disagree",
            "act": "send",
            "who": "proxy",
            "relation": "niece",
            "shown": may,
        }
        Client(HTTP_HOST="127.0.0.1").post(f"/survey/{token_of(one.id)}", said)
    Client(HTTP_HOST="127.0.0.1").post(f"/survey/{token_of(no.id)}", {"act": "decline"})
    priya = browser(place.priya)
    pages = {
        one.id: priya.get(f"/people/{one.person_id}/surveys").content.decode() for one in (hidden, shown, no)
    }
    assert ">Answered<" in pages[hidden.id] and "Strongly disagree" not in pages[hidden.id]
    assert "niece" not in pages[hidden.id]
    assert "Strongly disagree" in pages[shown.id] and "Answered by niece" in pages[shown.id]
    assert ">Declined<" in pages[no.id] and ">Not asked<" in pages[no.id]
    whole = priya.get(f"/people/{hidden.person_id}").content.decode()
    assert "Strongly disagree" not in whole and response_id(hidden.id) not in whole


def test_no_search_count_include_or_history_of_the_api_tells_the_team_of_an_answer(place: Place) -> None:
    one, priya = asked(place), browser(place.priya)
    sent = {**ALL, "q-plan": "strongly-agree", "act": "send", "who": "proxy", "relation": "great-aunt"}
    Client(HTTP_HOST="127.0.0.1").post(f"/survey/{token_of(one.id)}", sent)
    whose, kept = f"subject=Patient/{one.person_id}", response_id(one.id)
    totals = {
        f"QuestionnaireResponse?{whose}&_total=accurate": 0,
        f"QuestionnaireResponse?{whose}&_summary=count": 0,
        f"Patient?_id={one.person_id}&_has:QuestionnaireResponse:subject:status=completed&_total=accurate": 0,
        f"Patient?_id={one.person_id}&_revinclude=QuestionnaireResponse:subject&_total=accurate": 1,
    }
    others = (
        *(f"QuestionnaireResponse/{kept}", f"QuestionnaireResponse/{kept}/_history"),
        *("QuestionnaireResponse/_history", f"Patient/{one.person_id}/$everything?_count=1000"),
        *(
            f"Communication?{whose}&_revinclude:iterate=*:*",
            f"Provenance?target=QuestionnaireResponse/{kept}",
        ),
    )
    for shape in (*totals, *others):
        told = priya.get(f"/fhir/R4/{shape}").content.decode()
        for secret in (kept, "great-aunt", "strongly-agree"):
            assert secret not in told.replace(shape, ""), shape
        assert shape not in totals or json.loads(told)["total"] == totals[shape], shape


def test_whoever_has_no_account_gets_one_side_of_paper_with_the_link(place: Place) -> None:
    one, priya = asked(place), browser(place.priya)
    page = priya.get("/letters").content.decode()
    assert "survey, large print" in page
    (waiting,) = [each for each in paper_of(place.gate).waiting if each.entity == one.id]
    assert priya.post("/letters/batch", {"letter": [waiting.id]}).status_code == 302
    (batch,) = paper_of(place.gate).batches
    sheets = pypdf.PdfReader(io.BytesIO(priya.get(f"/letters/{batch.id}.pdf").content)).pages
    letter = "".join(sheets[1].extract_text().split())
    assert len(sheets) == 2 and token_of(one.id) in letter and "Howwasyourcare?" in letter
    assert priya.post(f"/letters/{batch.id}/handed", {"how": "posted"}).status_code == 302
    assert Client(HTTP_HOST="127.0.0.1").get(f"/survey/{token_of(one.id)}").status_code == 200


def test_everyone_who_was_asked_is_counted_however_they_are_fetched(place: Place) -> None:
    sent = {asked(place).id for _ in range(3)}
    whole = list(invitations.ever_asked())
    assert sent <= {one.id for one in whole}
    assert list(invitations.ever_asked(batch=1)) == whole
    assert list(invitations.ever_asked(batch=len(whole))) == whole
