"""A person asks for a copy of their record: checked, read, words of others taken out, judged, released, fetched."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from pypdf import PdfReader

from careweave.identity.models import Account
from careweave.record import Gate, Purpose, Refusal, Refused, agreements, subject_access
from careweave.record.ids import resource_id
from careweave.record.subject_access_rules import rules
from careweave.record.subject_access_state import Entry, Request
from careweave.web.staff.governance.subject_access import printed
from tests import factories as make
from tests.fixtures.database import Database
from tests.scenarios.fhir_api.reading_place import signed_in

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PRACTICE, HOSPITAL, COMMUNITY = "Y90001", "RVR", "RVC"
TODAY = datetime.now(UTC).date()


@dataclass(frozen=True)
class Asked:
    """A person with entries at a practice, a lead, and a doctor who knows them."""

    person: str
    lead: Gate
    doctor: Gate


def condition(patient: str, local: str, words: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": resource_id(PRACTICE, "Condition", local),
        "subject": {"reference": f"Patient/{patient}"},
        "code": {"text": words},
        "note": [{"text": f"{words}. His daughter Annie Holloway rang."}],
    }


@pytest.fixture
def asked() -> Asked:
    local = uuid.uuid4().hex
    here = make.patient(PRACTICE, local, gp=PRACTICE)
    person = make.person((PRACTICE, here))
    make.load(PRACTICE, condition(here["id"], f"{local} plain", "Heart failure"))
    make.load(
        PRACTICE, condition(here["id"], f"{local} third", "Told by a neighbour"), labels=["third-party"]
    )
    make.load(PRACTICE, condition(here["id"], f"{local} harm", "Prognosis"), labels=["held-from-person"])
    terms = agreements.Terms("Answering requests", PRACTICE, purposes=("subject-access",))
    assert isinstance(agreements.agree(agreements.keeping(), terms, signed_by="The factory"), str)
    lead, doctor = (
        make.staff("Grace Lead", "governance-lead", COMMUNITY),
        make.staff("Ed Read", "gp", PRACTICE),
    )
    actor = make.gate(lead, "governance-lead", COMMUNITY).actor
    return Asked(person, subject_access.answering(actor), make.gate(doctor, "gp", PRACTICE))


def now(gate: Gate, id_: str) -> Request:
    held = subject_access.request(gate, id_)
    assert held is not None
    return held


def own_request(person: str) -> Request:
    made = subject_access.ask(make.own_gate(person), person, asked_on=TODAY, how="On my page")
    assert not isinstance(made, Refusal), made
    return made


def taken(asked: Asked) -> str:
    made = own_request(asked.person)
    assert subject_access.take(asked.lead, now(asked.lead, made.id)) is None
    return made.id


def the(asked: Asked, id_: str, words: str) -> Entry:
    found = subject_access.record_of(asked.lead, now(asked.lead, id_))
    return next(each for each in found if each.resource.body.get("code", {}).get("text") == words)


def decided(asked: Asked, id_: str) -> None:
    """Everything that must be decided is: the neighbour's words are left out, the prognosis is judged harmful."""
    neighbour, prognosis = the(asked, id_, "Told by a neighbour"), the(asked, id_, "Prognosis")
    held = now(asked.lead, id_)
    assert subject_access.decide(asked.lead, held, neighbour, include=False, reason="someone-else") is None
    assert (
        subject_access.ask_opinion(asked.lead, held, prognosis, of=asked.doctor.actor.id, why="Despair")
        is None
    )
    entry = prognosis.resource.id
    assert subject_access.give_opinion(asked.doctor, id_, entry, is_harm=True, words="I know him") is None
    out = subject_access.remove_words(
        asked.lead, now(asked.lead, id_), words="Annie Holloway", reason="someone-else", entry=None
    )
    assert out is None


def files(asked: Asked, id_: str) -> dict[str, bytes]:
    content = subject_access.fetch(make.own_gate(asked.person), now(asked.lead, id_))
    assert content is not None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_redacted_words_are_in_no_file_that_leaves_and_the_entries_stay(asked: Asked) -> None:
    id_ = taken(asked)
    decided(asked, id_)
    assert subject_access.release(asked.lead, now(asked.lead, id_), printed=printed) is None
    made = files(asked, id_)
    assert set(made) == {"your-record.pdf", "your-record.json", "index.json"}
    read = {
        name: content.decode() if name.endswith("json") else text_of(content)
        for name, content in made.items()
    }
    for name, text in read.items():
        for gone in ("Annie", "neighbour", "Prognosis", "someone-else", "harm", asked.doctor.actor.name):
            assert gone.casefold() not in text.casefold(), (name, gone)
    assert b"Annie" not in b"".join(made.values())
    for name in ("your-record.pdf", "your-record.json"):
        assert "Heart failure" in read[name] and "Holloway" in read[name], "the person's own name stays"
    index = json.loads(made["index.json"])
    assert index["kinds"]["Condition"] == 1 and index["left_out"] == [
        "Words about other people were left out.",
        "Some information was left out for a reason that the law allows.",
    ]
    assert "Words about other people were left out." in read["your-record.pdf"]
    kept = asked.doctor.about(asked.person, ["Condition"])
    assert len(kept) == 3 and all("Annie Holloway" in each.body["note"][0]["text"] for each in kept)
    assert {each.version for each in kept} == {1}


def test_the_record_is_open_only_between_taking_it_on_and_the_answer(asked: Asked) -> None:
    made = own_request(asked.person)
    assert made.identity is not None, "who asks on their own page is known"
    assert subject_access.record_of(asked.lead, now(asked.lead, made.id)) == []
    assert subject_access.take(asked.lead, now(asked.lead, made.id)) is None
    assert len(subject_access.record_of(asked.lead, now(asked.lead, made.id))) >= 4
    other = make.staff("Another Lead", "governance-lead", COMMUNITY)
    elsewhere = subject_access.answering(make.gate(other, "governance-lead", COMMUNITY).actor)
    assert subject_access.record_of(elsewhere, now(elsewhere, made.id)) == []
    assert Gate(asked.lead.actor, Purpose.GOVERNANCE).about(asked.person, ["Condition"]) == []
    assert (
        subject_access.refuse(asked.lead, now(asked.lead, made.id), words="Asked for the third time") is None
    )
    again = subject_access.answering(asked.lead.actor)
    assert subject_access.record_of(again, now(again, made.id)) == []


def test_what_was_not_looked_at_is_not_released(asked: Asked) -> None:
    id_ = taken(asked)
    states = {
        each.resource.body.get("code", {}).get("text"): each.state
        for each in subject_access.record_of(asked.lead, now(asked.lead, id_))
    }
    assert states["Told by a neighbour"] == states["Prognosis"] == "to-decide"
    refused = subject_access.release(asked.lead, now(asked.lead, id_), printed=printed)
    assert isinstance(refused, Refusal) and "still to be decided" in refused.reason


def my_day(gate: Gate) -> str:
    account = Account.objects.get(staff__id=gate.actor.id.removeprefix("staff:"))
    return signed_in(account, gate.actor).get("/day").content.decode()


def test_serious_harm_is_for_a_health_professional_to_say(asked: Asked) -> None:
    id_ = taken(asked)
    prognosis, held = the(asked, id_, "Prognosis"), now(asked.lead, id_)
    for include in (True, False):
        refused = subject_access.decide(asked.lead, held, prognosis, include=include, reason="someone-else")
        assert isinstance(refused, Refusal) and "health professional" in refused.reason
    assert (
        subject_access.ask_opinion(asked.lead, held, prognosis, of=asked.doctor.actor.id, why="Despair")
        is None
    )
    waits = subject_access.release(asked.lead, now(asked.lead, id_), printed=printed)
    assert isinstance(waits, Refusal)
    stranger = make.gate(make.staff("Una Stranger", "gp", "Y90009"), "gp", "Y90009")
    unasked = subject_access.give_opinion(stranger, id_, prognosis.resource.id, is_harm=False, words="Fine")
    assert isinstance(unasked, Refusal)
    ((request_id, question),) = subject_access.opinions_asked(asked.doctor)
    assert (request_id, question.words) == (id_, "Despair")
    assert "asked for 1 opinion" in my_day(asked.doctor)
    said = subject_access.give_opinion(
        asked.doctor, id_, question.entry, is_harm=False, words="He knows already"
    )
    assert said is None and subject_access.opinions_asked(asked.doctor) == []
    assert "asked for" not in my_day(asked.doctor)
    assert (
        subject_access.decide(asked.lead, now(asked.lead, id_), the(asked, id_, "Prognosis"), include=True)
        is None
    )
    assert the(asked, id_, "Prognosis").state == "included"


def test_the_lead_cannot_give_the_opinion_in_the_database_either(asked: Asked) -> None:
    id_ = taken(asked)
    entry = the(asked, id_, "Prognosis").resource
    held = now(asked.lead, id_)
    assert (
        subject_access.ask_opinion(
            asked.lead, held, the(asked, id_, "Prognosis"), of=asked.doctor.actor.id, why="x"
        )
        is None
    )
    with (
        pytest.raises(Exception, match="only the health professional who was asked"),
        asked.lead.transaction(),
    ):
        asked.lead.door.open([asked.person])
        subject_access._say(asked.lead, id_, "no-harm", resource=entry, words="I think so")


def test_an_entry_changed_since_is_decided_about_again(asked: Asked) -> None:
    id_ = taken(asked)
    entry = the(asked, id_, "Told by a neighbour")
    assert subject_access.decide(asked.lead, now(asked.lead, id_), entry, include=True) is None
    assert the(asked, id_, "Told by a neighbour").state == "included"
    make.load(
        PRACTICE,
        {**entry.resource.body, "meta": {}, "note": [{"text": "More words"}]},
        labels=["third-party"],
    )
    assert the(asked, id_, "Told by a neighbour").state == "to-decide"


def test_the_clock_is_a_month_and_longer_only_once_in_time_and_with_a_reason(asked: Asked) -> None:
    long_ago = TODAY - timedelta(days=45)
    made = subject_access.ask(asked.lead, asked.person, asked_on=long_ago, how="A letter")
    assert not isinstance(made, Refusal) and made.due(rules()) < TODAY and made.is_pressing(rules(), TODAY)
    late = subject_access.extend(asked.lead, made, words="Much to read")
    assert isinstance(late, Refusal) and "before its end" in late.reason
    assert isinstance(subject_access.take(asked.lead, made), Refusal), "nobody checked who asked"
    twice = subject_access.ask(asked.lead, asked.person, asked_on=TODAY, how="Another letter")
    assert isinstance(twice, Refusal)


def test_a_longer_time_is_told_to_the_person_with_the_reason(asked: Asked) -> None:
    made = own_request(asked.person)
    assert isinstance(subject_access.extend(asked.lead, made, words=" "), Refusal)
    assert subject_access.extend(asked.lead, made, words="There is much to read") is None
    (mine,) = subject_access.requests_of(make.own_gate(asked.person), asked.person)
    told = mine.last("extended")
    assert told and told.words == "There is much to read"
    assert (mine.due(rules()) - TODAY).days > 80
    assert isinstance(subject_access.extend(asked.lead, now(asked.lead, made.id), words="Again"), Refusal)


def test_the_person_sees_that_it_was_made_and_not_what_was_decided(asked: Asked) -> None:
    id_ = taken(asked)
    decided(asked, id_)
    assert subject_access.release(asked.lead, now(asked.lead, id_), printed=printed) is None
    own = make.own_gate(asked.person)
    (mine,) = subject_access.requests_of(own, asked.person)
    assert {step.act for step in mine.steps} == {"identity", "released"}
    acts = {look.act for look in own.who_looked(asked.person)}
    assert {"access-request", "access-taken", "access-released"} <= acts


def test_other_organisations_entries_need_their_agreement(asked: Asked) -> None:
    there = make.patient(HOSPITAL, uuid.uuid4().hex)
    make.load(HOSPITAL, there)
    from careweave.record.joining import place

    identity = Gate(make.LINKER, Purpose.IDENTITY)
    place(identity, {there["id"]: asked.person}, sources={there["id"]: HOSPITAL}, rule="test")
    make.load(
        HOSPITAL,
        {
            **condition(there["id"], uuid.uuid4().hex, "Ward stay"),
            "id": resource_id(HOSPITAL, "Condition", there["id"]),
        },
    )
    id_ = taken(asked)
    found = {each.resource.source for each in subject_access.record_of(asked.lead, now(asked.lead, id_))}
    assert PRACTICE in found and HOSPITAL not in found
    terms = agreements.Terms("Answering too", HOSPITAL, purposes=("subject-access",))
    assert isinstance(agreements.agree(agreements.keeping(), terms, signed_by="The hospital"), str)
    again = subject_access.answering(asked.lead.actor)
    found = {each.resource.source for each in subject_access.record_of(again, now(again, id_))}
    assert {PRACTICE, HOSPITAL} <= found


def test_nobody_else_asks_for_or_fetches_a_persons_copy(asked: Asked) -> None:
    id_ = taken(asked)
    decided(asked, id_)
    assert subject_access.release(asked.lead, now(asked.lead, id_), printed=printed) is None
    other = make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, gp=PRACTICE)))
    stranger = make.own_gate(other)
    with pytest.raises(Refused):
        subject_access.ask(stranger, asked.person, asked_on=TODAY, how="x")
    with pytest.raises(Refused):
        subject_access.requests(asked.doctor)
    held = now(asked.lead, id_)
    with stranger.transaction():
        stranger.door.open([other])
        assert stranger.door.rows("SELECT 1 FROM record.access_copy WHERE request = %s", [held.id]) == []
        assert stranger.door.rows("SELECT 1 FROM record.access_request WHERE id = %s", [held.id]) == []


def test_the_relationship_cannot_be_made_without_a_request(asked: Asked, database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner, pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(
            "INSERT INTO record.relationship (subject, party, kind, resource) VALUES (%s, 'staff:1', 'subject-access', %s)",
            [asked.person, str(uuid.uuid4())],
        )


def test_a_copy_is_not_made_when_the_month_was_asked_in_the_future(asked: Asked) -> None:
    refused = subject_access.ask(asked.lead, asked.person, asked_on=date(2999, 1, 1), how="x")
    assert isinstance(refused, Refusal) and refused.field == "asked_on"
