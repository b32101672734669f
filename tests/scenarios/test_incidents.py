"""An entry in the wrong record: everyone who saw it is known, told, and only then it is closed (B03)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import psycopg
import pytest

from careweave.care.teams import notes
from careweave.identity.doubting import say_wrong
from careweave.identity.models import Staff
from careweave.record import Gate, Purpose, Refusal, Refused, incidents
from careweave.record.incidents import Incident
from tests import factories as make
from tests.fixtures.database import Database

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PRACTICE, HOSPITAL, COMMUNITY = "Y90001", "RVR", "RVC"


@pytest.fixture
def keeper() -> Gate:
    lead = make.staff("Helen Ward", "governance-lead", COMMUNITY)
    return make.gate(lead, "governance-lead", COMMUNITY, Purpose.GOVERNANCE)


def person() -> str:
    return make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, gp=PRACTICE)))


def doctor(name: str) -> tuple[Staff, Gate]:
    member = make.staff(name, "gp", PRACTICE)
    return member, make.gate(member, "gp", PRACTICE)


def moved_note(gate: Gate, wrong: str, right: str, *readers: Gate) -> str:
    saved = notes.add_note(
        gate,
        person_id=wrong,
        kind="visit",
        with_whom="them",
        what_happened="We spoke about his fall",
        today=datetime.now(UTC).date(),
    )
    assert not isinstance(saved, Refusal), saved
    for each in readers:
        each.about(wrong, ["Communication"])
    moved = notes.wrong_person(
        gate, person_id=wrong, note_id=saved.note.id, right_person_id=right, reason="Same name"
    )
    assert not isinstance(moved, Refusal), moved
    return saved.note.id


def the(keeper: Gate, id_: str) -> Incident:
    return next(each for each in incidents.incidents(keeper) if each.id == id_)


def test_a_moved_note_names_who_saw_it_and_who_was_told(keeper: Gate) -> None:
    (writer, gate), (reader, other), (late, later) = (
        doctor("Ruth Cole"),
        doctor("Ed Read"),
        doctor("Lou Late"),
    )
    unread = doctor("Una Else")[1]
    wrong, right = person(), person()
    unread.about(wrong, ["Patient"])
    note = moved_note(gate, wrong, right, other)
    later.about(wrong, ["Communication"])
    held = the(keeper, note)
    assert (held.kind, held.person_id, held.found_by) == ("note", wrong, writer.party)
    saw = {each.reader: each for each in held.saw}
    assert reader.party in saw and late.party not in saw and set(saw) <= {writer.party, reader.party}
    assert saw[reader.party].told and held.outstanding == (), "a message told them when the note was moved"
    assert incidents.close(keeper, note, outcome="put-right", words="Both were told") is None
    ended = the(keeper, note).ended
    assert ended and (ended.outcome, ended.by) == ("put-right", keeper.actor.id)
    assert isinstance(incidents.close(keeper, note, outcome="put-right", words="Again"), Refusal)


def test_a_record_held_apart_is_closed_only_when_everyone_who_saw_it_was_told(keeper: Gate) -> None:
    local = uuid.uuid4().hex
    at_gp, at_hospital = (make.patient(source, local, gp=PRACTICE) for source in (PRACTICE, HOSPITAL))
    joined = make.person((PRACTICE, at_gp), (HOSPITAL, at_hospital))
    (finder, gate), (reader, other) = doctor("Ruth Cole"), doctor("Ed Read")
    for each in (gate, other):
        each.about(joined, ["Patient"])
    done = say_wrong(gate, person_id=joined, subjects=[str(at_hospital["id"])], reason="Another Joseph")
    assert not isinstance(done, Refusal), done
    other.about(joined, ["Patient"])
    (held,) = [each for each in incidents.incidents(keeper) if each.person_id == joined]
    assert (held.kind, held.found_by, held.reason) == ("record", finder.party, "Another Joseph")
    assert [each.reader for each in held.outstanding] == [reader.party]
    assert held.outstanding[0].looks == 1, "what was seen after the parting is not counted"
    early = incidents.close(keeper, held.id, outcome="put-right", words="Done")
    assert isinstance(early, Refusal) and "have not been told" in early.reason
    silent = incidents.say_told(keeper, held.id, reader=reader.party, words=" ")
    assert isinstance(silent, Refusal) and silent.field == "words"
    stranger = incidents.say_told(keeper, held.id, reader=finder.party, words="x")
    assert isinstance(stranger, Refusal) and stranger.field == "reader"
    assert incidents.say_told(keeper, held.id, reader=reader.party, words="I called Ed") is None
    held = the(keeper, held.id)
    assert held.outstanding == () and "I called Ed" in {each.told_words for each in held.saw}
    assert incidents.close(keeper, held.id, outcome="harm", words="Reported") is None
    acts = [look.act for look in keeper.looks(actor=keeper.actor.id)]
    assert {"incident-told", "incident-closed", "incidents"} <= set(acts)


def test_whoever_is_part_of_it_does_not_close_it(keeper: Gate) -> None:
    writer, gate = doctor("Gil Both")
    note = moved_note(gate, person(), person())
    own = make.gate(writer, "governance-lead", COMMUNITY, Purpose.GOVERNANCE)
    refused = incidents.close(own, note, outcome="not-wrong", words="Nothing happened")
    assert isinstance(refused, Refusal) and "someone else" in refused.reason


@pytest.mark.parametrize(
    ("role", "purpose"),
    [
        ("gp", Purpose.DIRECT_CARE),
        ("administrator", Purpose.ADMINISTRATION),
        ("data-clerk", Purpose.IDENTITY),
        ("governance-lead", Purpose.DIRECT_CARE),
    ],
)
def test_only_the_governance_lead_for_governance_sees_incidents(role: str, purpose: Purpose) -> None:
    gate = make.gate(make.staff("Somebody Else", role, COMMUNITY), role, COMMUNITY, purpose)
    with pytest.raises(Refused):
        incidents.incidents(gate)
    with pytest.raises(Refused):
        incidents.close(gate, str(uuid.uuid4()), outcome="harm", words="x")
    with gate.transaction():
        sql = "SELECT * FROM record.gate_incidents(%s, now() - interval '1 day')"
        assert gate.door.rows(sql, [gate.door.token()]) == []


def test_the_database_keeps_one_end_of_each(database: Database) -> None:
    ending = (
        "INSERT INTO record.incident_step (incident, act, outcome, words, said_by)"
        " VALUES ('00000000-0000-0000-0000-000000000001', 'closed', 'harm', 'x', 'staff:1')"
    )
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(ending)
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute(ending)
