"""Delivery that is real: notices that name nobody, sent at least once, a provider's word for what came of them, paper."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from careweave.definitions import DefinitionError, load_definition
from tests.fixtures.database import Database
from tests.fixtures.mail_server import mail_server
from tests.fixtures.notify_server import KEY, NotifyServer, notify_server

if TYPE_CHECKING:
    from careweave.care.teams.delivering_ways import Way
    from careweave.record import Gate
    from tests.journeys.place import Place

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture(scope="module")
def place(database: Database) -> Place:
    from tests.journeys.place import build, take_joe_on

    built = build()
    take_joe_on(built)
    return built


@pytest.fixture
def gate(place: Place) -> Gate:
    return place.gate("priya", "coordinator")


@pytest.fixture
def notify() -> Iterator[NotifyServer]:
    with notify_server() as made:
        yield made


@pytest.fixture
def out(notify: NotifyServer, tmp_path: Path) -> Way:
    from careweave.care.teams.delivering_ways import Notify

    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    settings = {"notify_url": notify.url, "notify_key_file": str(tmp_path / "key")}
    return Notify({**settings, "email_template": "e-1", "text_template": "t-1"})


def send_word(gate: Gate, place: Place, party: str = "") -> str:
    """A message to Joe, and its delivery."""
    from careweave.care.teams.delivering import queue_delivery
    from careweave.care.teams.shapes import about, code, instant

    party = party or f"person:{place.joe}"
    with gate.transaction():
        body = {
            "resourceType": "Communication",
            "status": "in-progress",
            "category": [code("answer", "An answer")],
            "subject": about(place.joe),
            "sent": instant(),
            "payload": [{"contentString": "The frame comes on Tuesday"}],
        }
        sent = gate.create(body, subject=place.joe, parties=(party,))
        queue_delivery(gate, person_id=place.joe, entity=sent.id, party=party)
    return sent.id


def delivery_of(place: Place, entity: str) -> Any:
    from django.db import connection

    from careweave.record import deliveries

    gate = deliveries.worker_gate()
    with gate.transaction():
        gate.door.open_everyone()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id::text, state, tries, told, sent_by FROM record.delivery WHERE entity = %s",
                [entity],
            )
            return cursor.fetchone()


def receipts_of(gate: Gate, entity: str) -> list[str]:
    stored = gate.read("Communication", entity)
    assert stored is not None
    parts = [one for one in stored.body.get("extension", []) if one["url"].endswith("/receipt")]
    return [one["extension"][0]["valueCode"] for one in parts]


def work(out: Way, *, later: timedelta = timedelta()) -> int:
    from careweave.care.teams.delivering_work import send_due

    return send_due(datetime.now(UTC) + later, way=out)


@pytest.fixture(autouse=True)
def _nothing_waits(place: Place) -> Iterator[None]:
    """Each test begins with an empty queue."""
    yield
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM record.delivery")


def test_a_notice_names_nobody_and_is_delivered_by_the_providers_word(
    place: Place, gate: Gate, notify: NotifyServer, out: Way
) -> None:
    entity = send_word(gate, place)
    assert work(out) == 1
    (message,) = notify.messages
    assert message["path"] == "/v2/notifications/email" and message["email_address"] == place.emails["joe"]
    text = json.dumps(message["personalisation"])
    assert "There is something new in your care record. Sign in at http" in text
    assert not [word for word in ("Joe", "Harper", "Tuesday", "Priya", place.joe) if word in text]
    id_, state, *_ = delivery_of(place, entity)
    assert (state, message["reference"]) == ("sent", id_) and receipts_of(gate, entity) == []
    assert work(out) == 0  # not asked again at once
    assert work(out, later=timedelta(minutes=6)) == 1
    assert delivery_of(place, entity)[1] == "delivered" and receipts_of(gate, entity) == ["delivered"]
    assert work(out, later=timedelta(days=2)) == 0 and len(notify.messages) == 1


def test_a_temporary_failure_is_tried_again_and_one_for_good_becomes_a_task_with_a_clock(
    place: Place, gate: Gate, notify: NotifyServer, out: Way
) -> None:
    from careweave.record import clocks

    entity = send_word(gate, place)
    notify.breaks = "down"
    work(out)
    assert delivery_of(place, entity)[1:3] == ("queued", 1)
    notify.breaks, notify.after = "", "temporary-failure"
    work(out, later=timedelta(minutes=2))
    work(out, later=timedelta(minutes=10))
    assert delivery_of(place, entity)[1] == "queued" and len(notify.messages) == 1
    notify.after = "permanent-failure"
    work(out, later=timedelta(minutes=20))
    assert delivery_of(place, entity)[1] == "failed" and receipts_of(gate, entity) == ["bounced"]
    task = next(
        one
        for one in gate.about(place.joe, ["Task"])
        if one.body.get("reasonReference", {}).get("reference", "").endswith(entity)
    )
    assert task.body["owner"]["display"] == "Priya Shah" and "@" not in json.dumps(task.body)
    clock = clocks.of_entity(gate, place.joe, task.id, "not-delivered")
    assert clock is not None and clock.stopped_at is None


def test_a_provider_that_is_silent_does_not_hold_up_the_rest_of_the_work(
    place: Place, gate: Gate, notify: NotifyServer, out: Way
) -> None:
    entities = [send_word(gate, place) for _ in range(3)]
    notify.breaks = "down"
    assert work(out) == 1
    notify.breaks = ""
    assert work(out, later=timedelta(minutes=3)) == 3
    assert {delivery_of(place, each)[1] for each in entities} == {"sent"}


def test_one_that_never_gets_through_is_given_up_after_the_last_try(
    place: Place, gate: Gate, notify: NotifyServer, out: Way
) -> None:
    entity = send_word(gate, place)
    notify.breaks = "down"
    for day in range(8):
        work(out, later=timedelta(days=day))
    assert delivery_of(place, entity)[1:3] == ("failed", 6) and receipts_of(gate, entity) == ["bounced"]


def test_killed_after_the_provider_took_it_it_is_not_sent_a_second_time(
    place: Place, gate: Gate, notify: NotifyServer, out: Way
) -> None:
    from careweave.care.teams import delivering_work

    entity = send_word(gate, place)

    def killed(*_: Any) -> None:
        raise SystemExit("kill -9")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivering_work, "_settle", killed)
        with pytest.raises(SystemExit):
            work(out)
    assert delivery_of(place, entity)[1] == "sending" and len(notify.messages) == 1
    assert work(out) == 0  # the lease of the worker that died still runs
    assert work(out, later=timedelta(minutes=3)) == 1
    assert len(notify.messages) == 1 and delivery_of(place, entity)[1] == "delivered"


@pytest.mark.usefixtures("own_home")
def test_kill_9_in_the_middle_of_sending_loses_nothing_and_doubles_nothing(
    place: Place, gate: Gate, notify: NotifyServer, out: Way, tmp_path: Path, database: Database
) -> None:
    entity = send_word(gate, place)
    notify.breaks = "is slow"
    told = {"NOTIFY_URL": notify.url, "NOTIFY_KEY_FILE": str(tmp_path / "key"), "EMAIL_TEMPLATE": "e-1"}
    environment = database.environment | {f"CAREWEAVE_DELIVERY_{name}": value for name, value in told.items()}
    with subprocess.Popen(
        [sys.executable, "-m", "careweave.cli", "work", "--once"], env=environment
    ) as worker:
        until = time.monotonic() + 60
        while not notify.messages and worker.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        worker.kill()
    notify.breaks = ""
    notify.goes_on.set()
    assert delivery_of(place, entity)[1] == "sending"
    assert work(out, later=timedelta(minutes=3)) == 1
    assert len(notify.messages) == 1 and delivery_of(place, entity)[1] == "delivered"


def test_an_answer_that_got_lost_is_asked_for_by_reference(
    place: Place, gate: Gate, notify: NotifyServer, out: Way
) -> None:
    entity = send_word(gate, place)
    notify.breaks = "forgets to answer"
    work(out)
    assert delivery_of(place, entity)[1] == "queued"
    notify.breaks = ""
    work(out, later=timedelta(minutes=2))
    assert len(notify.messages) == 1 and delivery_of(place, entity)[1] == "delivered"


def test_what_the_provider_says_of_an_address_is_not_kept(
    place: Place, gate: Gate, notify: NotifyServer, out: Way
) -> None:
    entity = send_word(gate, place)
    notify.breaks = "refuses"
    work(out)
    _, state, _, told, _ = delivery_of(place, entity)
    assert state == "failed" and told == "permanent-failure 400 ValidationError"


def test_nothing_is_sent_when_what_it_tells_of_was_not_kept(place: Place, gate: Gate, out: Way) -> None:
    with pytest.raises(RuntimeError), gate.transaction():
        send_word(gate, place)
        raise RuntimeError("the page failed")
    assert work(out) == 0


def test_whoever_has_no_address_becomes_a_task(
    place: Place, gate: Gate, notify: NotifyServer, out: Way
) -> None:
    from tests import factories as make

    unknown = make.resource_id("test", "Person", "nobody")
    entity = send_word(gate, place, party=f"person:{unknown}")
    work(out)
    assert delivery_of(place, entity)[1] == "failed" and not notify.messages


def test_a_mail_server_takes_it_over_or_says_why_not(place: Place, gate: Gate) -> None:
    from django.conf import settings
    from django.core.mail import get_connection

    from careweave.care.teams.delivering_ways import MailServer

    with mail_server() as box:
        smtp = "django.core.mail.backends.smtp.EmailBackend"
        out = MailServer(get_connection(smtp, host="127.0.0.1", port=box.port))
        entity = send_word(gate, place)
        work(out)
        (mail,) = box.messages
        id_ = delivery_of(place, entity)[0]
        assert mail["To"] == place.emails["joe"] and mail["Subject"] == "Something new in your care record"
        assert mail["Message-ID"] == f"<{id_}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2]}>"
        assert "There is something new in your care record." in mail.get_content()
        box.refuses[place.emails["joe"]] = 550
        refused = send_word(gate, place)
        work(out, later=timedelta(seconds=1))
        assert delivery_of(place, refused)[1] == "failed" and receipts_of(gate, refused) == ["bounced"]
        box.refuses[place.emails["joe"]] = 451
        later = send_word(gate, place)
        work(out, later=timedelta(seconds=2))
        assert delivery_of(place, later)[1] == "queued"


def test_the_demonstration_sends_nothing_and_keeps_an_outbox(
    place: Place, gate: Gate, tmp_path: Path
) -> None:
    from django.conf import settings

    from careweave.care.teams.delivering_ways import Outbox, way_out

    (tmp_path / "demonstration-place").touch()
    made_up = replace(settings.CONFIGURATION, home=tmp_path, mail_server="smtp://mail.example:25")
    out = way_out(made_up)
    assert isinstance(out, Outbox)
    entity = send_word(gate, place)
    work(out)
    (file,) = (tmp_path / "outbox").iterdir()
    assert json.loads(file.read_text())["text"].startswith("There is something new")
    assert delivery_of(place, entity)[1] == "delivered"
    assert way_out(replace(settings.CONFIGURATION, home=tmp_path / "other")) is None


def test_a_definition_that_would_name_the_person_is_refused() -> None:
    from careweave.care.teams.delivering_rules import rules_of

    found = load_definition("delivery", "notices", date(2026, 11, 26))
    notices = [{**one, "text": one["text"] + " {first_name}"} for one in found.content["notice"]]
    spoilt = replace(found, content=MappingProxyType({**found.content, "notice": notices}))
    with pytest.raises(DefinitionError, match=r"would name something of the person: \{first_name\}"):
        rules_of(spoilt)


def test_an_answer_and_each_copy_of_the_plan_are_on_their_way(
    place: Place, gate: Gate, notify: NotifyServer, out: Way
) -> None:
    from careweave.care.plans.copies import copies_of, open_plan
    from careweave.care.teams import telling
    from tests import factories as make
    from tests.scenarios.crisis import TODAY, publish_plan, write_plan

    joe = make.own_gate(place.joe)
    to = telling.Recipient(place.staff["priya"].party, "Priya Shah")
    asked = telling.tell(
        joe, person_id=place.joe, kind="question", to=to, words="When does it come?", today=TODAY
    )
    assert isinstance(asked, telling.Told)
    answered = telling.answer(gate, message_id=asked.id, version=1, words="On Tuesday")
    work(out)
    assert [one["email_address"] for one in notify.messages] == [place.emails["joe"]]
    assert answered.id and delivery_of(place, answered.id)[1] == "sent"  # type: ignore[union-attr]
    write_plan(gate, place)
    publish_plan(gate, place)
    mine, hers = (
        next(copy for copy in copies_of(gate, place.joe) if copy.role == role)
        for role in ("person", "coordinator")
    )
    work(out, later=timedelta(seconds=1))
    assert delivery_of(place, mine.id)[1] == "queued"  # large print: paper, until he opens it on screen
    assert delivery_of(place, hers.id)[1] == "sent"
    open_plan(joe, person_id=place.joe)
    assert delivery_of(place, mine.id)[1] == "stopped"
    open_plan(gate, person_id=place.joe)
    for hours in (1, 2, 3):  # a provider that does not answer in time is asked again
        work(out, later=timedelta(hours=hours))
    assert delivery_of(place, hers.id)[1] == "delivered"
    assert receipts_of(gate, hers.id) == ["opened"]  # who has read it is not said to have been told


def test_after_a_backup_is_restored_what_was_sent_before_is_not_sent_again(
    place: Place, gate: Gate, notify: NotifyServer, out: Way
) -> None:
    from django.db import connections

    entity = send_word(gate, place)
    work(out)
    with connections["owner"].cursor() as cursor:  # as the backup of before held it
        cursor.execute(
            "UPDATE record.delivery SET state = 'queued', tries = 0, provider_id = NULL, next_try = now()"
        )
    assert work(out, later=timedelta(hours=1)) == 1
    assert len(notify.messages) == 1 and delivery_of(place, entity)[1] == "delivered"
