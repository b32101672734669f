"""Controls of the hazard log that no other test shows: who is taken on once, and what a printed day leaves out."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.test import Client

from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.care.teams.notes import NextStep, NoteSaved, add_note
from careweave.care.teams.visits import ask_visitor
from careweave.record import Actor, Refusal
from tests import factories as make
from tests.fixtures.database import Database

if TYPE_CHECKING:
    from careweave.identity.models import Staff

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]

PRACTICE = "Y90001"


def someone() -> str:
    return make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, gp=PRACTICE)))


def test_someone_is_taken_on_once_however_often_it_is_pressed() -> None:
    person_id, priya = someone(), make.staff("Priya Nair", "coordinator", "RVC")
    gate = make.gate(priya, "coordinator", "RVC")
    make.suggestion(person_id, priya.party)
    first = take_on(gate, person_id=person_id, coordinator=make.worker(priya, "coordinator"))
    again = take_on(gate, person_id=person_id, coordinator=make.worker(priya, "coordinator"))
    assert isinstance(first, Enrolled)
    assert isinstance(again, Refusal) and again.reason.startswith("This person is already taken on")
    assert len(gate.about(person_id, ["EpisodeOfCare"])) == len(gate.charge_history(person_id)) == 1


def test_two_in_charge_at_one_time_are_refused_by_the_database(database: Database) -> None:
    person_id, priya = someone(), make.staff("Priya Nair", "coordinator", "RVC")
    make.suggestion(person_id, priya.party)
    gate = make.gate(priya, "coordinator", "RVC")
    assert isinstance(
        take_on(gate, person_id=person_id, coordinator=make.worker(priya, "coordinator")), Enrolled
    )
    with psycopg.connect(database.owner_url) as owner, pytest.raises(psycopg.errors.ExclusionViolation):
        owner.execute(
            "INSERT INTO record.responsibility (subject, holder, accepted_by, valid)"
            " VALUES (%s, 'staff:another', 'staff:another', tstzrange(now() - interval '1 day', NULL))",
            [person_id],
        )


def test_a_printed_day_holds_no_key_code_and_says_as_at_when_and_to_shred_it() -> None:
    from django.utils import timezone

    person_id, priya, sam = (
        someone(),
        make.staff("Priya Nair", "coordinator", "RVC"),
        make.staff("Sam Lee", "volunteer", "RVV01"),
    )
    make.suggestion(person_id, priya.party)
    gate, now = make.gate(priya, "coordinator", "RVC"), timezone.now()
    take_on(gate, person_id=person_id, coordinator=make.worker(priya, "coordinator"))
    step = NextStep("Ring about the walking frame", priya.party, priya.name, timezone.localdate())
    noted = add_note(
        gate,
        person_id=person_id,
        kind="call",
        with_whom="",
        what_happened="We spoke of it",
        next_step=step,
        today=timezone.localdate(),
    )
    visit = ask_visitor(
        gate,
        person_id=person_id,
        volunteer=make.worker(sam, "volunteer"),
        first_name="Joe",
        starts=now,
        ends=now + timedelta(hours=1),
        address="1 River Lane",
        how_to_get_in="Key safe 4711",
        what_to_do=["Have tea"],
        please_do=[],
        please_dont=[],
        coordinator=priya.name,
        coordinator_telephone="01632 960101",
    )
    assert isinstance(noted, NoteSaved) and not isinstance(visit, Refusal)
    page = signed_in(priya, "coordinator", "RVC").get("/day/print").content.decode()
    assert "Ring about the walking frame" in page and "Allergies: none shown to you, so ask" in page
    assert "4711" not in page and "We spoke of it" not in page
    assert "Printed by Priya Nair. Later changes are not shown." in page and "Shred after use." in page


def signed_in(staff: Staff, role: str, organisation: str) -> Client:
    from django.utils import timezone

    from careweave.identity.models import Account

    client = Client(HTTP_HOST="localhost")
    account = Account.objects.get(staff=staff)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = asdict(Actor(staff.party, role, organisation, staff.name))
    session["seen"] = timezone.now().timestamp()
    session.save()
    return client
