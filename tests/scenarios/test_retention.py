"""Records are destroyed when their time is over, by two people, whole or not at all, and never under a legal hold."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careweave.definitions import load_definition
from careweave.record import Gate, Purpose, Refusal, Refused, holds, retention
from careweave.record.allowing import Denied
from careweave.record.changes import Act, Change
from careweave.record.ids import resource_id
from careweave.record.invariants import broken_invariants
from tests import factories as make
from tests.fixtures.database import Database

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PRACTICE, HOSPITAL, COMMUNITY, HOME = "Y90001", "RVR", "RVC", "E90001"
SECTORS = {PRACTICE: "gp", HOSPITAL: "hospital", HOME: "social-care"}
RULES = {
    each["key"]: each for each in load_definition("retention", "records", date(2026, 11, 1)).content["rule"]
}


def lead(name: str) -> Gate:
    return make.gate(
        make.staff(name, "governance-lead", COMMUNITY), "governance-lead", COMMUNITY, Purpose.GOVERNANCE
    )


@pytest.fixture
def first() -> Gate:
    return lead("Grace First")


@pytest.fixture
def second() -> Gate:
    return lead("Sol Second")


def stay(source: str, patient: str, when: str) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": resource_id(source, "Encounter", f"{patient} {when}"),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": {"reference": f"Patient/{patient}"},
        "period": {"start": f"{when}T09:00:00+00:00", "end": f"{when}T10:00:00+00:00"},
    }


def person(source: str, last: str, *, died: str = "", born: str = "1941-03-04") -> str:
    """Someone whose last contact was then."""
    body = make.patient(source, uuid.uuid4().hex, birth_date=born, gp=source if source == PRACTICE else None)
    if died:
        body["deceasedDateTime"] = died
    made = make.person((source, body))
    make.load(source, stay(source, body["id"], last))
    return made


def is_due(gate: Gate, person_id: str) -> bool:
    return person_id in {each.person_id for each in retention.due(gate, SECTORS).people}


def proposed(gate: Gate, person_id: str) -> str:
    made = retention.propose(gate, SECTORS, person_id, words="No inquiry needs it")
    assert not isinstance(made, Refusal), made
    return made


@pytest.mark.parametrize(
    ("source", "last", "died", "born", "due"),
    [
        (PRACTICE, "2001-05-01", "2010-05-01", "1941-03-04", True),
        (PRACTICE, "2001-05-01", "2020-05-01", "1941-03-04", False),
        (PRACTICE, "2001-05-01", "", "1941-03-04", False),  # a GP's record is kept for life
        (HOSPITAL, "2015-05-01", "", "1941-03-04", True),
        (HOSPITAL, "2022-05-01", "", "1941-03-04", False),
        (HOSPITAL, "2010-05-01", "", "2004-01-01", False),  # a child's: to the 25th birthday
        (HOSPITAL, "2010-05-01", "", "2000-01-01", True),
        (HOME, "2015-05-01", "", "1941-03-04", True),
        ("VOL", "2015-05-01", "", "1941-03-04", False),  # no rule: as long as the longest
    ],
)
def test_the_due_list_follows_the_schedule(
    first: Gate, source: str, last: str, died: str, born: str, due: bool
) -> None:
    assert is_due(first, person(source, last, died=died, born=born)) is due


def kept_by_hand(rule: dict[str, Any], born: date | None, died: date | None, last: date) -> date | None:
    """The schedule once more, in plain words of Python; None is for ever."""

    def later(day: date, years: int) -> date:
        try:
            return day.replace(year=day.year + years)
        except ValueError:
            return day.replace(year=day.year + years, day=28)

    if rule.get("needs_death") and died is None:
        return None
    days = []
    if "years_after_last" in rule:
        days.append(later(last, rule["years_after_last"]))
    if died and "years_after_death" in rule:
        days.append(later(died, rule["years_after_death"]))
    if "child_until" in rule:
        if born is None:
            days.append(later(last, rule["child_until"]))
        elif last < later(born, 18):
            days.append(later(born, rule["child_until"] + (last >= later(born, 17))))
    return max(days)


@pytest.fixture(scope="module")
def owner(database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.owner_url, autocommit=True) as opened:
        yield opened


days = st.dates(date(1950, 1, 1), date(2040, 12, 31))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(sorted(RULES)), born=st.none() | days, died=st.none() | days, last=days)
def test_the_database_and_the_schedule_by_hand_agree(
    owner: psycopg.Connection, key: str, born: date | None, died: date | None, last: date
) -> None:
    rule = RULES[key]
    row = owner.execute(
        "SELECT nullif(record.keep_until(%s::jsonb, %s, %s, %s), 'infinity')",
        [json.dumps(rule), born, died, last],
    ).fetchone()
    assert row is not None and row[0] == kept_by_hand(rule, born, died, last)


def test_every_period_names_its_source_and_says_that_it_is_from_memory() -> None:
    assert all(each["recalled"] for each in RULES.values())
    assert all("confirm first" in title for title in retention.rule_titles().values())


def test_two_people_destroy_a_record_and_the_certificate_and_the_audit_stay(
    first: Gate, second: Gate, database: Database
) -> None:
    who = person(HOSPITAL, "2015-05-01")
    doctor = make.gate(make.staff("Ed Read", "hospital-clinician", HOSPITAL), "hospital-clinician", HOSPITAL)
    assert doctor.about(who, ["Encounter"])
    (entry,) = doctor.about(who, ["Encounter"])
    id_ = proposed(first, who)
    own = retention.decide(first, SECTORS, id_, destroys=True, words="I agree with myself")
    assert isinstance(own, Refusal) and "second person" in own.reason
    assert retention.decide(second, SECTORS, id_, destroys=True, words="I looked too") is None
    again = make.gate(make.staff("Ed Anew", "hospital-clinician", HOSPITAL), "hospital-clinician", HOSPITAL)
    assert again.read("Encounter", entry.id) is None and again.person(who) is None
    (done,) = [each for each in retention.disposals(first) if each.id == id_]
    assert done.decision == "destroyed" and done.certificate is not None
    assert done.certificate["rows"]["resource"] >= 3 and done.certificate["backups_until"]
    assert (done.certificate["proposed_by"], done.certificate["agreed_by"]) == (
        first.actor.id,
        second.actor.id,
    )
    assert any(look.act == "disposed" and who in look.subjects for look in first.looks(actor=second.actor.id))
    with psycopg.connect(database.owner_url) as connection:
        left = connection.execute(
            "SELECT count(*) FROM record.audit WHERE %s = ANY (subjects)", [uuid.UUID(who)]
        ).fetchone()
        assert left and left[0] >= 3, "who looked before is still known"
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        assert broken_invariants(connection, serving_role="careweave_serving") == []


def test_nothing_is_left_in_any_table_that_keeps_by_person(
    first: Gate, second: Gate, database: Database
) -> None:
    who = person(HOSPITAL, "2014-05-01")
    assert retention.decide(second, SECTORS, proposed(first, who), destroys=True, words="Yes") is None
    with psycopg.connect(database.owner_url) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'record' AND column_name = 'subject'"
            " AND table_name NOT IN ('disposal', 'legal_hold')"
        ).fetchall()
        assert len(tables) > 10
        for (table,) in tables:
            row = connection.execute(
                f"SELECT count(*) FROM record.{table} WHERE subject = %s", [who]
            ).fetchone()
            assert row == (0,), table


def test_what_was_kept_by_the_second_person_is_kept(first: Gate, second: Gate) -> None:
    who = person(HOSPITAL, "2015-05-01")
    id_ = proposed(first, who)
    assert retention.decide(second, SECTORS, id_, destroys=False, words="The family may ask") is None
    assert is_due(first, who)
    late = retention.decide(second, SECTORS, id_, destroys=True, words="After all")
    assert isinstance(late, Refusal) and "decided about this already" in late.reason


def test_a_contact_since_the_proposal_stops_it(first: Gate, second: Gate) -> None:
    body = make.patient(HOSPITAL, uuid.uuid4().hex)
    who = make.person((HOSPITAL, body))
    make.load(HOSPITAL, stay(HOSPITAL, body["id"], "2015-05-01"))
    id_ = proposed(first, who)
    make.load(HOSPITAL, stay(HOSPITAL, body["id"], "2026-05-01"))
    refused = retention.decide(second, SECTORS, id_, destroys=True, words="Yes")
    assert isinstance(refused, Refusal) and "time is not over" in refused.reason


def test_a_hold_stops_a_disposal_at_once(first: Gate, second: Gate) -> None:
    who = person(HOSPITAL, "2015-05-01")
    id_ = proposed(first, who)
    hold = holds.place(first, who, reason="Inquest of 3 May")
    assert not isinstance(hold, Refusal)
    refused = retention.decide(second, SECTORS, id_, destroys=True, words="Yes")
    assert isinstance(refused, Refusal) and "legal hold" in refused.reason
    assert isinstance(retention.propose(first, SECTORS, who, words="Again"), Refusal)
    (shown,) = [each for each in retention.due(first, SECTORS).people if each.person_id == who]
    assert shown.is_held
    own = holds.lift(first, hold, because="I think it is over")
    assert isinstance(own, Refusal)
    assert holds.lift(second, hold, because="The inquest is over") is None
    assert retention.decide(second, SECTORS, id_, destroys=True, words="Yes") is None


def test_nothing_under_hold_is_destroyed_by_any_way(first: Gate, second: Gate, database: Database) -> None:
    body = make.patient(HOSPITAL, uuid.uuid4().hex)
    who = make.person((HOSPITAL, body))
    make.load(HOSPITAL, stay(HOSPITAL, body["id"], "2015-05-01"))
    assert not isinstance(holds.place(first, who, reason="A claim is expected"), Refusal)
    sender = Gate(make.Actor("system:hospital", "system", HOSPITAL), Purpose.INTAKE)
    entry = resource_id(HOSPITAL, "Encounter", f"{body['id']} 2015-05-01")
    with pytest.raises(Denied):
        sender.transact([Change(Act.DELETE, "Encounter", id=entry)])
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        tag = '{"tag": [{"system": "https://careweave.org/fhir/CodeSystem/kept", "code": "deleted"}]}'
        for statement in (
            f"DELETE FROM record.resource WHERE id = '{entry}'",
            f"DELETE FROM record.resource WHERE subject = '{who}'",
            "TRUNCATE record.resource",
            "TRUNCATE record.resource_version",
            f"UPDATE record.resource SET version = 2, body = body || '{{\"meta\": {tag}}}' WHERE id = '{entry}'",
        ):
            with pytest.raises(psycopg.errors.CheckViolation, match="legal hold"):
                owner.execute(statement)
        row = owner.execute(
            "SELECT count(*) FROM record.resource WHERE subject = %s", [body["id"]]
        ).fetchone()
        assert row == (2,)


def test_a_hold_covers_a_record_that_is_parted_from_the_person_later(first: Gate, database: Database) -> None:
    body = make.patient(HOSPITAL, uuid.uuid4().hex)
    who = make.person((HOSPITAL, body))
    assert not isinstance(holds.place(first, who, reason="A claim is expected"), Refusal)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM record.membership WHERE subject = %s", [body["id"]])
        with pytest.raises(psycopg.errors.CheckViolation, match="legal hold"):
            owner.execute("DELETE FROM record.resource WHERE id = %s", [body["id"]])


def test_a_disposal_killed_half_way_is_whole_or_not_at_all(
    first: Gate, second: Gate, database: Database
) -> None:
    who = person(HOSPITAL, "2015-05-01")
    id_ = proposed(first, who)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            "CREATE FUNCTION record.test_slow() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(20); RETURN OLD; END $$;"
            "CREATE TRIGGER zz_test_slow BEFORE DELETE ON record.resource FOR EACH ROW EXECUTE FUNCTION record.test_slow()"
        )
        before = owner.execute("SELECT count(*) FROM record.token WHERE subject = %s", [who]).fetchone()

        def destroy() -> None:
            from django.db import connection

            with pytest.raises(Exception, match=r"terminat|closed"):
                retention.decide(lead("Tess Third"), SECTORS, id_, destroys=True, words="Yes")
            connection.close()

        at_work = threading.Thread(target=destroy)
        at_work.start()
        with psycopg.connect(database.serving_url, autocommit=True) as same_role:
            for _ in range(200):
                killed = same_role.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE wait_event = 'PgSleep' AND datname = current_database()"
                ).fetchall()
                if killed:
                    break
                time.sleep(0.05)
        at_work.join()
        owner.execute("DROP TRIGGER zz_test_slow ON record.resource; DROP FUNCTION record.test_slow()")
        assert killed
        row = owner.execute("SELECT decision FROM record.disposal WHERE id = %s", [id_]).fetchone()
        assert row == (None,)
        assert (
            owner.execute("SELECT count(*) FROM record.token WHERE subject = %s", [who]).fetchone() == before
        )
    assert is_due(first, who)
    assert retention.decide(second, SECTORS, id_, destroys=True, words="Yes") is None


@pytest.mark.parametrize(
    ("role", "purpose"),
    [
        ("gp", Purpose.DIRECT_CARE),
        ("administrator", Purpose.ADMINISTRATION),
        ("governance-lead", Purpose.DIRECT_CARE),
    ],
)
def test_nobody_else_keeps_holds_or_destroys(role: str, purpose: Purpose) -> None:
    gate = make.gate(make.staff("Somebody Else", role, COMMUNITY), role, COMMUNITY, purpose)
    for ask in (
        lambda: holds.holds(gate),
        lambda: retention.due(gate, SECTORS),
        lambda: retention.disposals(gate),
    ):
        with pytest.raises(Refused):
            ask()
    with gate.transaction():
        token = gate.door.token()
        assert gate.door.rows(
            "SELECT record.gate_hold(%s, %s, 'long enough')", [token, str(uuid.uuid4())]
        ) == [(None,)]
        sql = "SELECT * FROM record.gate_retention_due(%s, '[]', '{}', now()::date, NULL, 5, 5)"
        assert gate.door.rows(sql, [token]) == []


def test_the_list_goes_on_where_it_stopped(first: Gate) -> None:
    for _ in range(3):
        person(HOSPITAL, "2015-05-01")
    found, after = set(), None
    while True:
        part = retention.due(first, SECTORS, after=after, look_at=2)
        found |= {each.person_id for each in part.people}
        after = part.go_on
        if after is None:
            break
    assert found == {each.person_id for each in retention.due(first, SECTORS).people}
