"""News about my people stays until it is seen, reaches whoever stands in, and goes once to the manager when it is not."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from careweave.care.teams import clocks, news, telling
from careweave.identity import absences
from careweave.identity.models import Account
from careweave.record import Gate, Refusal
from tests import factories as make
from tests.scenarios.test_background_work import until_it_is_visible
from tests.scenarios.test_clocks import Place

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


def sent_by_hospital(place: Place, kind: str, *, ago: timedelta, ended: timedelta | None = None) -> str:
    """An encounter as the hospital sends it now; its id."""
    now, key = datetime.now(UTC), str(uuid.uuid4())
    patient = make.patient("RVR", key)
    make.load("RVR", patient)
    from careweave.record.joining import place as join

    join(
        Gate(make.LINKER, make.Purpose.IDENTITY),
        {patient["id"]: place.person},
        sources={patient["id"]: "RVR"},
        rule="x",
    )
    period = {"start": (now - ago).isoformat()} | ({"end": (now - ended).isoformat()} if ended else {})
    make.load(
        "RVR",
        {
            "resourceType": "Encounter",
            "id": key,
            "status": "finished" if ended else "in-progress",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": kind},
            "subject": {"reference": f"Patient/{patient['id']}"},
            "period": period,
        },
    )
    return key


def kinds(gate: Gate) -> list[str]:
    return sorted(one.kind for one in news.unseen(gate, now=datetime.now(UTC)))


def test_news_comes_once_and_stays_until_it_is_seen() -> None:
    place = Place()
    sent_by_hospital(place, "EMER", ago=timedelta(hours=5), ended=timedelta(hours=1))
    sent_by_hospital(place, "IMP", ago=timedelta(days=3), ended=timedelta(hours=1))
    sent_by_hospital(place, "IMP", ago=timedelta(days=60), ended=timedelta(days=50))
    told = [until_it_is_visible(news.tell_news)]  # each was sent by itself, and may become visible by itself
    while sum(told) < 2 and told[-1]:
        told.append(until_it_is_visible(news.tell_news))
    assert (sum(told), news.tell_news()) == (2, 0)
    assert kinds(place.gate) == kinds(place.gate) == ["a-and-e", "home"]
    assert kinds(make.gate(place.amina, "coordinator")) == []
    before = datetime.now(UTC)
    sent_by_hospital(place, "IMP", ago=timedelta(minutes=1))
    until_it_is_visible(news.tell_news)
    assert news.see(place.gate, until=before) == 2
    assert kinds(place.gate) == ["in-hospital"]
    clocks.escalate_due(datetime.now(UTC) + timedelta(days=10))
    assert len(place.escalated()) == 1, "what was seen is not passed on; what was not is"
    assert place.escalated()[0].body["owner"]["display"] == "Tom Reid"


def test_while_i_am_away_news_and_messages_reach_who_stands_in_and_me() -> None:
    place, today = Place(), timezone.localdate()
    away = absences.be_away(
        place.priya.party, deputy=place.amina.party, starts_on=today, ends_on=today, by="x", today=today
    )
    assert not isinstance(away, Refusal)
    sent_by_hospital(place, "EMER", ago=timedelta(hours=5))
    until_it_is_visible(news.tell_news)
    amina = make.gate(place.amina, "coordinator")
    [one] = news.unseen(amina, now=datetime.now(UTC))
    assert (one.kind, one.for_name) == ("a-and-e", "Priya Shah")
    assert news.see(amina, until=datetime.now(UTC)) == 1
    assert kinds(amina) == []
    assert kinds(place.gate) == ["a-and-e"], "I see it too when I am back"
    clocks.escalate_due(datetime.now(UTC) + timedelta(days=10))
    assert place.escalated() == []
    own = make.own_gate(place.person)
    told = telling.tell(
        own,
        person_id=place.person,
        kind="question",
        to=telling.in_charge_of(own, place.person),
        words="When do you come?",
        today=today,
    )
    assert isinstance(told, telling.Told) and told.name == "Amina Khan"
    for gate in (amina, place.gate):
        assert [one.words for one in telling.waiting_for_me(gate)] == ["When do you come?"]


def test_a_question_that_is_answered_in_time_goes_nowhere_and_a_late_one_once() -> None:
    place, today = Place(), timezone.localdate()
    own, sent = make.own_gate(place.person), []
    for words in ("Is my frame ordered?", "Who comes on Friday?"):
        told = telling.tell(
            own,
            person_id=place.person,
            kind="question",
            to=telling.in_charge_of(own, place.person),
            words=words,
            today=today,
        )
        assert isinstance(told, telling.Told)
        sent.append(told.id)
    done = telling.answer(place.gate, message_id=sent[0], version=1, words="Yes, it is.")
    assert not isinstance(done, Refusal)
    later = datetime.now(UTC) + timedelta(days=12)
    clocks.escalate_due(later)
    assert clocks.escalate_due(later) == 0
    [task] = place.escalated()
    assert task.body["focus"] == {"reference": f"Communication/{sent[1]}"}
    assert task.body["description"] == "Answer a question that has waited too long"


def test_an_absence_is_refused_in_words() -> None:
    place, today = Place(), timezone.localdate()
    said = {"party": place.priya.party, "by": "x", "today": today}
    days = {"starts_on": today, "ends_on": today + timedelta(days=7)}
    assert absences.be_away(**said, deputy="", **days) == Refusal(
        "Choose a colleague who stands in for you", "deputy"
    )
    back_to_front = {"starts_on": days["ends_on"], "ends_on": days["starts_on"]}
    refused = absences.be_away(**said, deputy=place.amina.party, **back_to_front)
    assert isinstance(refused, Refusal) and refused.field == "ends_on"
    assert not isinstance(absences.be_away(**said, deputy=place.amina.party, **days), Refusal)
    again = absences.be_away(**said, deputy=place.tom.party, **days)
    assert isinstance(again, Refusal) and again.reason.startswith("You are away already")
    hers = absences.be_away(place.amina.party, deputy=place.priya.party, by="x", today=today, **days)
    assert isinstance(hers, Refusal) and hers.reason.startswith("Priya Shah is away too")


def test_my_day_says_who_stands_in_and_i_can_come_back() -> None:
    place, today = Place(), timezone.localdate()
    client = Client(HTTP_HOST="127.0.0.1")
    account = Account.objects.get(staff=place.priya)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = {
        "id": place.priya.party,
        "role": "coordinator",
        "organisation": "",
        "name": "Priya Shah",
    }
    session.save()
    day = {"day": today.day, "month": today.month, "year": today.year}
    answer = client.post(
        "/day/away",
        {f"{name}-{part}": value for name in ("starts_on", "ends_on") for part, value in day.items()}
        | {"deputy": place.amina.party},
    )
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    page = client.get("/day").content.decode()
    assert "You are away until" in page and "Amina Khan stands in for you." in page
    [absence] = absences.coming(place.priya.party, today)
    client.post(f"/day/away/{absence.id}/back")
    assert "You are away" not in client.get("/day").content.decode()
