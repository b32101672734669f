"""Who told the team something hears back: a volunteer that it was answered, a crew in an emergency by being able to tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from careweave.care.contacts import worries
from careweave.care.teams import telling, thanking, visits
from careweave.record import Gate, Purpose, Refused
from tests import factories as make
from tests.scenarios.coordination import TODAY, Place
from tests.scenarios.crisis import signed_in, words_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
DETAIL = "Her warfarin was changed and the memory clinic will see her"


@pytest.fixture(scope="module")
def place(database: Any) -> Place:
    return Place()


def test_a_volunteer_who_was_worried_hears_that_it_was_answered_and_no_health_detail(place: Place) -> None:
    make.organisation("RVV01", "voluntary")
    grace = make.staff("Grace Mensah", "volunteer", "RVV01")
    person_id, priya = place.taken_on(), place.gate(place.priya)
    starts = timezone.now() + timedelta(hours=3)
    asked = visits.ask_visitor(
        priya,
        person_id=person_id,
        volunteer=make.worker(grace, "volunteer"),
        first_name="Joe",
        starts=starts,
        ends=starts + timedelta(hours=1),
        address="1 Quay",
        what_to_do=["Have tea"],
        please_do=[],
        please_dont=[],
        coordinator="Priya Nair",
        coordinator_telephone="01632 960100",
    )
    volunteer = make.gate(grace, "volunteer", "RVV01")
    told = telling.tell(
        volunteer,
        person_id=person_id,
        kind="concern",
        to=worries.receiver_of_volunteer(place.priya.party, "Priya Nair"),
        words="She did not know me",
        labels=["visit"],
        today=TODAY,
    )
    assert isinstance(told, telling.Told), (asked, told)
    waits = next(one for one in telling.waiting_for_me(priya) if one.id == told.id)
    answered = telling.answer(priya, message_id=told.id, version=waits.version, words=DETAIL)
    assert not hasattr(answered, "reason"), answered

    assert [one.words for one in thanking.thanks_for_me(volunteer, now=timezone.now())] == [
        "Priya Nair has answered. Thank you for telling us."
    ]
    page = words_of(signed_in(grace, "volunteer", "RVV01").get("/visits"))
    assert "Priya Nair has answered. Thank you for telling us." in page and "warfarin" not in page
    assert volunteer.read("Communication", answered.id) is None, "the answer itself is not for a volunteer"
    assert DETAIL in str([one.answers for one in telling.told_about(priya, person_id)])


def test_a_carer_who_was_worried_reads_the_answer(place: Place) -> None:
    from careweave.care.teams.membership import share_with_carer

    person_id, priya = place.taken_on(), place.gate(place.priya)
    annie = place.person("9990000026")
    share_with_carer(
        priya,
        person_id=person_id,
        carer_id=annie,
        name="Annie",
        relationship="wife",
        answer="all",
        evidence="said so",
    )
    carer = make.own_gate(annie, "carer")
    told = telling.tell(
        carer,
        person_id=person_id,
        kind="concern",
        to=telling.in_charge_of(carer, person_id),
        words="He fell",
        today=TODAY,
    )
    assert isinstance(told, telling.Told), told
    waits = next(one for one in telling.waiting_for_me(priya) if one.id == told.id)
    telling.answer(priya, message_id=told.id, version=waits.version, words="Maria comes today")
    mine = next(one for one in telling.told_about(carer, person_id) if one.id == told.id)
    assert [(by, words) for by, _, words in mine.answers] == [("Priya Nair", "Maria comes today")]


def test_a_crew_that_opened_a_record_in_an_emergency_tells_the_coordinator(place: Place) -> None:
    person_id = place.taken_on()
    crew = make.staff("Sam Doyle", "hospital-clinician", "RYA")
    client = signed_in(crew, "hospital-clinician", "RYA")
    tell = f"/emergency/{person_id}/tell"
    assert client.post(tell, {"words": "He is with us"})["Location"].endswith("/emergency/" + person_id)
    why = {"reason": "treating-now", "words": "He was found on the floor at home"}
    record = client.post(f"/emergency/{person_id}", why)["Location"]
    assert "Tell Priya Nair what is happening" in words_of(client.get(record))
    empty = client.post(tell, {"words": " "})
    assert empty.status_code == 422 and "Write a few words." in words_of(empty)
    sent = client.post(tell, {"words": "On the way to Riverside General, awake"}, follow=True)
    assert "Priya Nair is told, and will answer." in words_of(sent)
    waits = [one for one in telling.waiting_for_me(place.gate(place.priya)) if one.person_id == person_id]
    assert [(one.words, one.sender_name) for one in waits] == [
        ("On the way to Riverside General, awake", "Sam Doyle")
    ]
    outside = Gate(make.gate(crew, "hospital-clinician", "RYA").actor, Purpose.DIRECT_CARE)
    with pytest.raises(Refused):
        telling.tell(
            outside,
            person_id=person_id,
            kind="arrival",
            to=telling.in_charge_of(place.gate(place.priya), person_id),
            words="Still here",
            today=TODAY,
        )
