"""A wait that is late goes to the deputy exactly once, whatever is killed and however many work at it."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from careweave.care.teams import clocks, worklists
from careweave.care.teams.enrolment import take_on
from careweave.care.teams.notes import NextStep, add_task
from careweave.configuration import SERVING_ROLE
from careweave.identity import absences, staffing
from careweave.identity.models import StaffRole
from careweave.record import Gate, Purpose, Refusal, Resource
from careweave.record import clocks as stored
from careweave.record.clocks import WORKER
from careweave.record.invariants import broken_invariants
from tests import factories as make
from tests.fixtures.database import Database

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
LONG_AGO = datetime(2026, 1, 5, 10, tzinfo=UTC)
KIND = "hand-over"


class Place:
    """Priya looks after Joe; Tom manages the team; Amina works in it."""

    def __init__(self) -> None:
        key = uuid.uuid4().hex
        team = f"team-{key[:8]}"
        code = f"Y{key[:4].upper()}"
        self.tom = make.staff("Tom Reid", "coordinator", code)
        made = staffing.add_team(
            id=team,
            name="Weir Road",
            organisation=code,
            manager=self.tom,
            telephone="01632 960000",
            out_of_hours="01632 960001",
            practices=[code],
        )
        assert not isinstance(made, Refusal), made
        self.priya = make.staff("Priya Shah", "coordinator", code, team=team)
        self.amina = make.staff("Amina Khan", "coordinator", code, team=team)
        staffing.add_staff(
            staffing.administering(),
            name="Tom Reid",
            email=self.tom.email,
            role="coordinator",
            organisation=code,
            team=team,
        )
        self.team = team
        self.person = make.person((code, make.patient(code, key, gp=code)))
        self.gate = make.gate(self.priya, "coordinator", code)
        make.suggestion(self.person, f"team:{team}")
        me = make.worker(self.priya, "coordinator", team=team)
        taken = take_on(self.gate, person_id=self.person, coordinator=me)
        assert not isinstance(taken, Refusal), taken
        self.task = self.a_task()

    def a_task(self) -> Resource:
        step = NextStep("Ring the surgery", self.priya.party, "Priya Shah", None)
        with self.gate.transaction():
            return add_task(self.gate, person_id=self.person, step=step)

    def late(self, *, at: datetime = LONG_AGO) -> Resource:
        clocks.start_clock(self.gate, person_id=self.person, entity=self.task.id, kind=KIND, at=at)
        return self.task

    def escalated(self) -> list[Resource]:
        system = Gate(WORKER, Purpose.SYSTEM)
        return [
            one
            for one in system.about(self.person, ["Task"])
            if any(c["code"] == clocks.ESCALATED for c in one.body["code"].get("coding", []))
        ]

    def log(self) -> list[tuple[str | None, str]]:
        clock = stored.of_entity(self.gate, self.person, self.task.id, KIND)
        assert clock is not None
        return [(one.was, one.now) for one in self.gate.transitions(self.person, clock.id)]


def test_what_is_late_goes_once_to_the_manager_in_words() -> None:
    place = Place()
    place.late()
    assert clocks.escalate_due() >= 1
    assert clocks.escalate_due() == 0
    [task] = place.escalated()
    found = worklists.waiting(make.gate(place.tom, "coordinator")).work
    [item] = [one for one in found if one.task_id == task.id]
    assert item.owner_name == "Tom Reid"
    assert item.what == "Find out who will be in charge"
    assert item.why == (
        "Priya Shah was asked on Monday 5 January, 10am to be in charge, and has not answered by"
        " Wednesday 7 January, 5pm."
    )
    assert place.log() == [(None, "running"), ("running", "escalated")]


def test_the_colleague_who_stands_in_comes_before_the_manager() -> None:
    place, today = Place(), timezone.localdate()
    away = absences.be_away(
        place.priya.party, deputy=place.amina.party, starts_on=today, ends_on=today, by="x", today=today
    )
    assert not isinstance(away, Refusal)
    place.late()
    clocks.escalate_due()
    assert [one.body["owner"]["display"] for one in place.escalated()] == ["Amina Khan"]


def test_whoever_may_not_see_it_is_passed_over() -> None:
    place = Place()
    StaffRole.objects.filter(staff=place.tom).update(until=timezone.localdate())
    place.late()
    clocks.escalate_due()
    [task] = place.escalated()
    assert task.body["owner"]["display"] == "Weir Road"
    assert [one.startswith("team:") for one in task.parties] == [True]


def test_two_workers_at_once_make_one_task() -> None:
    place = Place()
    place.late()
    [clock] = [one for one in stored.overdue(datetime.now(UTC)) if one.person_id == place.person]
    together, done = threading.Barrier(2), []

    def work() -> None:
        try:
            together.wait()
            done.append(clocks._escalate(clock, datetime.now(UTC)))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(done) == [False, True]
    assert len(place.escalated()) == 1


def test_work_that_is_killed_in_between_is_done_once_afterwards(database: Database) -> None:
    place = Place()
    place.late()
    killed = subprocess.run(
        [sys.executable, "-c", DIES_HALF_WAY], env=database.environment, capture_output=True, check=False
    )
    assert killed.returncode == -9, killed.stderr.decode()[-500:]
    assert place.escalated() == []
    assert clocks.escalate_due() >= 1
    assert len(place.escalated()) == 1
    assert place.log().count(("running", "escalated")) == 1


DIES_HALF_WAY = """
import os, signal
os.environ["DJANGO_SETTINGS_MODULE"] = "careweave.settings"
import django
django.setup()
from careweave.care.teams import clocks
from careweave.record import Gate
made = Gate.create
def create(self, *args, **kept):
    made(self, *args, **kept)
    os.kill(os.getpid(), signal.SIGKILL)  # the clock is marked and the task written, and nothing is committed
Gate.create = create
clocks.escalate_due()
"""


def test_editing_the_task_never_makes_it_younger() -> None:
    place = Place()
    clock = clocks.start_clock(
        place.gate, person_id=place.person, entity=place.task.id, kind=KIND, at=LONG_AGO
    )
    today = timezone.localdate()
    worklists.change_date(
        place.gate, task_id=place.task.id, version=1, by=today + timedelta(days=30), today=today
    )
    again = clocks.start_clock(place.gate, person_id=place.person, entity=place.task.id, kind=KIND)
    assert again == clock
    assert clocks.stop_clock(place.gate, person_id=place.person, entity=place.task.id, kind=KIND)
    reopened = clocks.start_clock(place.gate, person_id=place.person, entity=place.task.id, kind=KIND)
    assert (reopened.started_at, reopened.due_at) == (clock.started_at, clock.due_at)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction.atomic():
        place.gate.door.open([place.person])
        with connection.cursor() as cursor:
            try:
                cursor.execute("UPDATE record.clock SET started_at = now() WHERE id = %s", [clock.id])
            except Exception as error:
                raise error.__cause__ or error from None


def test_a_pause_has_a_reason_and_puts_the_end_off() -> None:
    place = Place()
    place.late()
    me = {"person_id": place.person, "entity": place.task.id, "kind": KIND}
    with pytest.raises(ValueError, match="reason"):
        clocks.pause_clock(place.gate, **me, reason=" ")
    paused = clocks.pause_clock(place.gate, **me, reason="Joe is in hospital")
    assert paused is not None and paused.pause_reason == "Joe is in hospital"
    clocks.escalate_due()
    assert place.escalated() == []
    assert clocks.pause_clock(place.gate, **me, reason="again") is None
    resumed = clocks.resume_clock(place.gate, **me)
    assert resumed is not None and resumed.paused_at is None and resumed.started_at == paused.started_at
    assert clocks.stop_clock(place.gate, **me) is not None
    clocks.escalate_due()
    assert place.escalated() == []
    assert [now for _, now in place.log()] == ["running", "paused", "running", "stopped"]


def test_what_was_done_in_the_meantime_is_not_passed_on() -> None:
    place = Place()
    task = place.late()
    place.gate.update({**task.body, "status": "completed"}, version=task.version)
    clocks.escalate_due()
    assert place.escalated() == []
    assert [now for _, now in place.log()] == ["running", "stopped"]


def test_a_clock_that_cannot_be_passed_on_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, other = Place(), Place()
    monkeypatch.setattr(clocks, "_resting", {})
    for place in (broken, other):
        place.late()
    real = clocks.receiver

    def breaks(gate: Gate, person_id: str, *rest: Any, **kept: Any) -> Any:
        if person_id == broken.person:
            raise RuntimeError("nobody has thought of this")
        return real(gate, person_id, *rest, **kept)

    monkeypatch.setattr(clocks, "receiver", breaks)
    clocks.escalate_due()
    assert broken.escalated() == []
    assert len(other.escalated()) == 1
    monkeypatch.setattr(clocks, "receiver", real)
    clocks.escalate_due()
    assert broken.escalated() == [], "it rests"
    monkeypatch.setattr(clocks, "_resting", dict.fromkeys(clocks._resting, 0.0))
    clocks.escalate_due()
    assert len(broken.escalated()) == 1


def test_a_late_wait_that_nobody_was_told_of_shows_in_the_check(database: Database) -> None:
    place = Place()
    place.late()

    def told() -> list[str]:
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            found = broken_invariants(owner, serving_role=SERVING_ROLE)
        return [each.name for each in found if each.is_only_told]

    assert "late-told" in told()
    clocks.escalate_due()
    assert "late-told" not in told()
