"""Unusual looks become questions, worked out from the audit; nobody answers one about themselves (B03)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from careweave.identity.models import Staff
from careweave.identity.readers import readers
from careweave.record import Actor, Gate, Purpose, Refusal, Refused, emergencies, unusual
from careweave.record.relations import party_reference
from tests import factories as make
from tests.fixtures.database import Database

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PRACTICE, COMMUNITY = "Y90001", "RVC"
NOW = datetime.now(UTC)


@pytest.fixture
def keeper() -> Gate:
    lead = make.staff("Helen Ward", "governance-lead", COMMUNITY)
    return make.gate(lead, "governance-lead", COMMUNITY, Purpose.GOVERNANCE)


@pytest.fixture
def owner(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        yield connection


def person(family: str = "Holloway", given: str = "Joseph") -> str:
    body = make.patient(PRACTICE, uuid.uuid4().hex, family=family, given=given, gp=PRACTICE)
    return make.person((PRACTICE, body))


def asked_of(gate: Gate, member: Staff) -> dict[str, unusual.Question]:
    return {each.reason: each for each in unusual.questions(gate, readers()) if each.actor == member.party}


def looked(
    owner: psycopg.Connection[Any],
    member: Staff,
    role: str,
    people: list[str],
    at: datetime,
    act: str = "read",
) -> None:
    """As the audit would say it of an earlier day."""
    owner.execute(
        "INSERT INTO record.audit (at, actor, role, organisation, purpose, act, subjects, detail)"
        " VALUES (%s, %s, %s, %s, 'direct-care', %s, %s::uuid[], '{}')",
        [at, member.party, role, PRACTICE, act, people],
    )


def test_everyday_looks_raise_no_question(keeper: Gate) -> None:
    doctor = make.staff("Ruth Cole", "gp", PRACTICE)
    make.gate(doctor, "gp", PRACTICE).about(person(), ["Patient"])
    assert asked_of(keeper, doctor) == {}


def test_a_person_of_the_readers_own_name_or_last_name(keeper: Gate) -> None:
    doctor = make.staff("Dr Zoë Quill-Marsh", "gp", PRACTICE)
    gate = make.gate(doctor, "gp", PRACTICE)
    own, relative = person("Quill-Marsh", "Zoe"), person("Quill-Marsh", "Ada")
    for each in (own, relative):
        gate.about(each, ["Patient"])
    found = asked_of(keeper, doctor)
    assert {key: each.people for key, each in found.items()} == {
        "own-record": (own,),
        "same-name": (relative,),
    }
    assert "Quill" not in repr(found), "the governance lead meets ids and no names of people"


def test_the_account_of_someone_who_has_left(keeper: Gate, owner: psycopg.Connection[Any]) -> None:
    nurse, someone = make.staff("Nell Gone", "practice-nurse", PRACTICE), person()
    nurse.left_on = NOW.date() - timedelta(days=5)
    nurse.save()
    looked(owner, nurse, "practice-nurse", [someone], NOW - timedelta(days=9))
    assert "left" not in asked_of(keeper, nurse)
    looked(owner, nurse, "practice-nurse", [someone], NOW - timedelta(days=2))
    assert asked_of(keeper, nurse)["left"].looks == 1


def test_volume_is_compared_with_the_usual_day_of_others_in_the_role(
    keeper: Gate, owner: psycopg.Connection[Any]
) -> None:
    role, day = "community-matron", NOW - timedelta(days=3)
    many, few, busy = (make.staff(name, role, COMMUNITY) for name in ("Ida Many", "Fay Few", "Bea Busy"))
    crowd = [str(uuid.uuid4()) for _ in range(100)]
    looked(owner, many, role, crowd, day)
    assert "volume" not in asked_of(keeper, many), "without others in the role nothing can be compared"
    looked(owner, few, role, crowd[:10], day)
    looked(owner, busy, role, crowd[:12], day)
    found = asked_of(keeper, many)["volume"]
    assert (found.most, found.usual, found.people) == (100, 11.0, ())
    assert "volume" not in asked_of(keeper, busy)
    for back in (1, 2):  # the usual day of the others becomes 35.5, and 100 is less than four times that
        looked(owner, busy, role, crowd[:59], day - timedelta(days=back))
    assert "volume" not in asked_of(keeper, many)


def test_a_record_opened_without_any_relationship_and_one_whose_relationship_ended(
    keeper: Gate, owner: psycopg.Connection[Any]
) -> None:
    someone = person()
    nurse = make.staff("Nia Stranger", "district-nurse", COMMUNITY)
    looked(owner, nurse, "district-nurse", [someone], NOW - timedelta(minutes=5))
    assert asked_of(keeper, nurse)["unrelated"].people == (someone,)

    colleague = make.staff("Cal Once", "district-nurse", COMMUNITY)
    team = {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": {"reference": f"Patient/{someone}"},
        "participant": [{"role": [{"text": "nurse"}], "member": party_reference(colleague.party)}],
    }
    intake = Gate(Actor("system:intake", "system"), Purpose.INTAKE)
    intake.create(team, subject=someone)
    gate = make.gate(colleague, "district-nurse", COMMUNITY)
    (held,) = gate.about(someone, ["CareTeam"])
    other = {"role": [{"text": "nurse"}], "member": party_reference(nurse.party)}
    gate.update({**held.body, "participant": [other]}, version=held.version)
    assert make.gate(colleague, "district-nurse", COMMUNITY).person(someone) is None
    assert "unrelated" not in asked_of(keeper, colleague), "there was a relationship at the time"


def test_an_emergency_is_reviewed_as_such_and_raises_no_second_question(keeper: Gate) -> None:
    someone, doctor = person(), make.staff("Ben Hale", "hospital-clinician", "RVR")
    gate = make.gate(doctor, "hospital-clinician", "RVR", Purpose.EMERGENCY)
    opened = emergencies.open_in_emergency(
        gate, someone, reason="life-at-risk", words="He fell in the street"
    )
    assert not isinstance(opened, Refusal)
    gate.about(someone, ["Patient"])
    assert asked_of(keeper, doctor) == {}


def test_a_question_is_asked_then_closed_and_a_later_look_opens_it_again(
    keeper: Gate, owner: psycopg.Connection[Any]
) -> None:
    someone, nurse = person(), make.staff("Ann Later", "district-nurse", COMMUNITY)
    looked(owner, nurse, "district-nurse", [someone], NOW - timedelta(days=2))
    found = asked_of(keeper, nurse)["unrelated"]
    said: dict[str, Any] = {"actor": nurse.party, "reason": "unrelated", "until": found.last}
    refused = unusual.answer(keeper, **said, outcome="asked", words=" ")
    assert isinstance(refused, Refusal) and refused.field == "words"
    assert unusual.answer(keeper, **said, outcome="asked", words="I wrote to Ann") is None
    waiting = asked_of(keeper, nurse)["unrelated"].asked
    assert waiting and waiting.words == "I wrote to Ann" and waiting.by == keeper.actor.id
    assert unusual.answer(keeper, **said, outcome="explained", words="She covered for Maria") is None
    assert asked_of(keeper, nurse) == {}
    assert unusual.answered(keeper)[0].words == "She covered for Maria"
    looked(owner, nurse, "district-nurse", [someone], NOW - timedelta(hours=1))
    again = asked_of(keeper, nurse)["unrelated"]
    assert again.looks == 1 and again.asked is None
    acts = [look.act for look in keeper.looks(actor=keeper.actor.id)]
    assert acts.count("unusual-answer") == 2 and "unusual" in acts


def test_nobody_answers_a_question_about_themselves(keeper: Gate, owner: psycopg.Connection[Any]) -> None:
    answer = unusual.answer(
        keeper, actor=keeper.actor.id, reason="unrelated", until=NOW, outcome="explained", words="It was me"
    )
    assert isinstance(answer, Refusal) and "someone else" in answer.reason
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(
            "INSERT INTO record.access_question (actor, reason, covers_until, outcome, words, said_by)"
            " VALUES ('staff:1', 'left', now(), 'explained', 'mine', 'staff:1')"
        )


@pytest.mark.parametrize(
    ("role", "purpose"),
    [
        ("gp", Purpose.DIRECT_CARE),
        ("administrator", Purpose.ADMINISTRATION),
        ("data-clerk", Purpose.IDENTITY),
        ("analyst", Purpose.SECONDARY_USE),
        ("coordinator", Purpose.GOVERNANCE),
        ("governance-lead", Purpose.DIRECT_CARE),
    ],
)
def test_only_the_governance_lead_for_governance_asks(role: str, purpose: Purpose) -> None:
    gate = make.gate(make.staff("Somebody Else", role, COMMUNITY), role, COMMUNITY, purpose)
    with pytest.raises(Refused):
        unusual.questions(gate, readers())
    with pytest.raises(Refused):
        unusual.answer(gate, actor="staff:1", reason="left", until=NOW, outcome="explained", words="x")
    with gate.transaction():
        assert (
            gate.door.rows(
                "SELECT * FROM record.gate_unusual(%s, now() - interval '1 day', '{}', '{}', '{}', '{}', 1, 1)",
                [gate.door.token()],
            )
            == []
        )


def test_the_list_reads_only_its_own_stretch_of_the_audit(owner: psycopg.Connection[Any]) -> None:
    owner.execute(
        "INSERT INTO record.audit (at, actor, role, purpose, act)"
        " SELECT now() - interval '1000 days' + n * interval '20 minutes', 'system:test', 'system', 'system', 'read'"
        " FROM generate_series(1, 60000) AS n"
    )
    owner.execute("SELECT brin_summarize_new_values('record.audit_by_time')")
    owner.execute("ANALYZE record.audit")
    (plan,) = owner.execute(
        "EXPLAIN (FORMAT JSON) SELECT a.at, a.actor, a.subjects FROM record.audit a"
        " WHERE a.at >= now() - interval '28 days' AND a.actor LIKE 'staff:%'"
    ).fetchone() or (None,)
    assert "audit_by_time" in json.dumps(plan) and "Seq Scan" not in json.dumps(plan)
