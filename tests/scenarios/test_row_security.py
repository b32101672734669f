"""Raw SQL on the serving connection: nothing without a gate, nothing of B through A's, nothing for a forger."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from careweave.record import Actor, Gate, Purpose
from careweave.record.door import session_key
from careweave.record.relations import party_reference
from careweave.record.session import SessionKey
from tests import factories as make
from tests.fixtures.database import Database

pytestmark = pytest.mark.database
PRACTICE = "Y90001"
DENIED = psycopg.errors.InsufficientPrivilege
READING = "SELECT count(*) FROM record.{}"


@dataclass(frozen=True)
class Pair:
    """Two people; the doctor of the practice is in the team of both, so only the session stands between them."""

    joe: str
    colin: str
    subjects: dict[str, set[str]]
    doctor: Actor
    secret: str


@pytest.fixture(scope="module")
def pair(database: Database) -> Pair:
    secret = uuid.uuid4().hex
    people, subjects = {}, {}
    for name, number in (("joe", "9990000018"), ("colin", "9990000026")):
        body = make.patient(PRACTICE, name, given=name, family=secret, nhs_number=number, gp=PRACTICE)
        elsewhere = make.patient("RVR", name, given=name, family=secret)
        people[name] = make.person((PRACTICE, body), ("RVR", elsewhere))
        subjects[name] = {people[name], body["id"], elsewhere["id"]}
        make.load("RVR", condition(elsewhere["id"], f"{name} {secret}"))
        make.load("RVR", condition(elsewhere["id"], f"{name} {secret}"), labels=["mental-health"])
    member = make.staff("Dr Rao", "gp", PRACTICE)
    gate = make.gate(member, "gp", PRACTICE)
    for person_id in people.values():
        gate.create(note(person_id), subject=person_id, parties=[member.party])
        gate.save_draft(person_id, "note", {"words": secret})
    return Pair(people["joe"], people["colin"], subjects, gate.actor, secret)


@pytest.fixture
def serving(database: Database, pair: Pair) -> Iterator[psycopg.Connection]:
    """One transaction of the serving role, as an intruder in the web process would have it."""
    with psycopg.connect(database.serving_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def tables(database: Database) -> list[str]:
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'record'::regnamespace"
            " AND relkind IN ('r', 'p', 'v', 'm') ORDER BY 1"
        ).fetchall()
    return [name for (name,) in found]


def condition(subject: str, text: str) -> dict[str, object]:
    return {
        "resourceType": "Condition",
        "id": str(uuid.uuid4()),
        "subject": {"reference": f"Patient/{subject}"},
        "code": {"text": text},
    }


def note(person_id: str) -> dict[str, object]:
    return {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"text": "note"}],
        "subject": {"reference": f"Patient/{person_id}"},
        "sender": party_reference("staff:x"),
        "payload": [{"contentString": "Visited"}],
    }


def open_for(connection: psycopg.Connection, pair: Pair, *names: str, **changes: object) -> str:
    claims = {
        "labels": ["held-from-person"],
        "subjects": sorted({subject for name in names for subject in pair.subjects[name]}),
        **changes,
    }
    token = session_key().token(pair.doctor, Purpose.DIRECT_CARE, **claims)  # type: ignore[arg-type]
    use(connection, token)
    return token


def use(connection: psycopg.Connection, token: str) -> None:
    connection.execute("SELECT set_config('careweave.session', %s, true)", [token])


def visible(connection: psycopg.Connection, tables: list[str]) -> dict[str, int]:
    """How many rows of each table this connection sees; tables it may not read at all are left out."""
    counts = {}
    for table in tables:
        try:
            with connection.transaction():
                row = connection.execute(sql.SQL(READING).format(sql.Identifier(table))).fetchone()
                counts[table] = row[0] if row else 0
        except DENIED:
            continue
    return counts


def subjects_seen(connection: psycopg.Connection, table: str, column: str = "subject") -> set[str]:
    query = sql.SQL("SELECT DISTINCT {}::text FROM record.{}").format(
        sql.Identifier(column), sql.Identifier(table)
    )
    return {found for (found,) in connection.execute(query)}


# What holds no person at all, only how far a background reader has come.
ABOUT_NOBODY = {"outbox_reader"}


def test_without_a_gate_no_table_shows_a_row(serving: psycopg.Connection, tables: list[str]) -> None:
    seen = visible(serving, tables)
    assert {"resource", "resource_version", "token", "finder", "relationship", "membership"} <= set(seen)
    assert {table: count for table, count in seen.items() if count and table not in ABOUT_NOBODY} == {}


def test_every_table_that_can_be_read_has_row_security(database: Database, tables: list[str]) -> None:
    """A new table is covered before it holds anything."""
    with psycopg.connect(database.owner_url) as owner:
        open_tables = owner.execute(
            """SELECT relname FROM pg_class WHERE relnamespace = 'record'::regnamespace AND NOT relrowsecurity
               AND relkind IN ('r', 'p', 'v', 'm')
               AND has_table_privilege('careweave_serving', oid, 'SELECT, UPDATE, DELETE, TRUNCATE')"""
        ).fetchall()
    assert {name for (name,) in open_tables} <= ABOUT_NOBODY


def test_with_a_gate_for_joe_nothing_of_colin(
    serving: psycopg.Connection, pair: Pair, tables: list[str]
) -> None:
    open_for(serving, pair, "joe")
    assert subjects_seen(serving, "resource") == pair.subjects["joe"]
    for table in ("finder", "token", "relationship", "membership", "draft", "outbox", "resource_version"):
        assert subjects_seen(serving, table) <= pair.subjects["joe"]
    assert subjects_seen(serving, "person", "id") == {pair.joe}
    for body in serving.execute("SELECT body::text FROM record.resource").fetchall():
        assert "colin" not in body[0]


def test_with_a_gate_for_joe_nothing_of_colin_can_be_written(serving: psycopg.Connection, pair: Pair) -> None:
    open_for(serving, pair, "joe")
    colin = min(pair.subjects["colin"])
    for table in ("resource", "draft", "membership"):
        changed = serving.execute(
            sql.SQL("UPDATE record.{} SET subject = subject WHERE subject = %s").format(
                sql.Identifier(table)
            ),
            [colin],
        )
        assert changed.rowcount == 0
    with pytest.raises(DENIED), serving.transaction():
        serving.execute(
            "INSERT INTO record.relationship (subject, party, kind, resource) VALUES (%s, 'staff:x', 'team', %s)",
            [colin, uuid.uuid4()],
        )
    with pytest.raises(DENIED), serving.transaction():
        serving.execute(
            "INSERT INTO record.resource (id, type, subject, source, content, body)"
            " VALUES (%s, 'Flag', %s, 'careweave', '', '{}')",
            [uuid.uuid4(), colin],
        )
    assert serving.execute("DELETE FROM record.relationship WHERE subject = %s", [colin]).rowcount == 0


def test_labels_that_the_gate_does_not_name_stay_closed(serving: psycopg.Connection, pair: Pair) -> None:
    open_for(serving, pair, "joe")
    assert serving.execute("SELECT count(*) FROM record.resource WHERE labels <> '{}'").fetchone() == (0,)
    open_for(serving, pair, "joe", labels=["mental-health"])
    assert serving.execute("SELECT count(*) FROM record.resource WHERE labels <> '{}'").fetchone() == (1,)


def test_a_session_ends_with_its_transaction(serving: psycopg.Connection, pair: Pair) -> None:
    open_for(serving, pair, "joe")
    assert subjects_seen(serving, "resource")
    serving.commit()
    assert subjects_seen(serving, "resource") == set()


def forged(good: str, pair: Pair) -> dict[str, str]:
    mac, payload = good.split("|", 1)
    fields = payload.split("|")
    everyone = "|".join([*fields[:6], "*"])
    return {
        "nothing": "",
        "no signature": payload,
        "empty signature": f"|{payload}",
        "other subjects": f"{mac}|{payload},{pair.colin}",
        "everyone": f"{mac}|{everyone}",
        "other labels": f"{mac}|" + "|".join([*fields[:5], "mental-health", fields[6]]),
        "later": f"{mac}|" + "|".join([*fields[:4], str(int(time.time()) + 10**6), *fields[5:]]),
        "upper case": f"{mac.upper()}|{payload}",
        "own key": SessionKey(b"k" * 32).token(
            pair.doctor, Purpose.DIRECT_CARE, subjects=sorted(pair.subjects["colin"])
        ),
        "empty key": f"{'0' * 64}|{everyone}",
        "more fields": f"{mac}|{payload}|*",
        "null byte": f"{mac}|{everyone}\\0",
        "not hex": f"{'zz' * 32}|{everyone}",
        "long": "f" * 100_000,
    }


def test_a_forged_session_shows_nothing(serving: psycopg.Connection, pair: Pair, tables: list[str]) -> None:
    good = open_for(serving, pair, "joe")
    for name, token in forged(good, pair).items():
        use(serving, token)
        assert subjects_seen(serving, "resource") == set(), name
        assert sum(c for t, c in visible(serving, tables).items() if t not in ABOUT_NOBODY) == 0, name


def test_a_session_that_is_out_of_date_shows_nothing(
    serving: psycopg.Connection, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("careweave.record.session.LIFETIME_SECONDS", -1)
    open_for(serving, pair, "joe")
    assert subjects_seen(serving, "resource") == set()


def test_the_functions_of_the_door_answer_nothing_to_a_forged_token(
    serving: psycopg.Connection, pair: Pair
) -> None:
    good = open_for(serving, pair, "joe")
    person = uuid.UUID(pair.joe)
    calls: list[tuple[str, list[object]]] = [
        ("SELECT * FROM record.gate_open(%s, %s)", [[person]]),
        ("SELECT * FROM record.gate_read(%s, 'Patient', %s)", [person]),
        ("SELECT * FROM record.gate_find(%s, %s, NULL, '', 20)", [[pair.secret]]),
        ("SELECT * FROM record.gate_people(%s, %s)", [["practice", "provider", "team"]]),
        ("SELECT * FROM record.gate_trace(%s, '9990000018', '{}', NULL)", []),
        ("SELECT * FROM record.gate_audit(%s, '', '-infinity', 100)", []),
        ("SELECT * FROM record.gate_standing(%s)", []),
        ("SELECT * FROM record.gate_emergency(%s, %s, 'law', 'in my own words', 3)", [person]),
    ]
    for name, token in forged(good, pair).items():
        use(serving, token)
        for call, arguments in calls:
            assert serving.execute(call, [token, *arguments]).fetchall() == [], (name, call)
        assert serving.execute("SELECT record.gate_parties(%s)", [token]).fetchall() in (
            [(None,)],
            [([None],)],
            [([],)],
        ), name


def test_what_would_open_the_doors_is_refused(serving: psycopg.Connection) -> None:
    for statement in (
        "SELECT * FROM record.gate_key",
        "UPDATE record.gate_key SET inner_pad = outer_pad",
        "SET ROLE careweave_owner",
        "SET SESSION AUTHORIZATION careweave_owner",
        "ALTER TABLE record.resource DISABLE ROW LEVEL SECURITY",
        "DROP POLICY gate ON record.resource",
        "CREATE POLICY mine ON record.resource USING (true)",
        "ALTER ROLE careweave_serving BYPASSRLS",
        "GRANT careweave_owner TO careweave_serving",
        "CREATE OR REPLACE FUNCTION record.session_everyone() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE FUNCTION record.mine() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE FUNCTION public.mine() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION dblink",
        "COPY record.resource TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "TRUNCATE record.resource",
        "DELETE FROM record.resource",
        "DELETE FROM record.resource_version",
        "UPDATE record.resource_version SET version = 1",
        "UPDATE record.outbox SET news = true",
        "DELETE FROM record.person",
        "SELECT * FROM record.parties_of('staff:x')",
        "SELECT record.person_of(gen_random_uuid())",
        "SELECT record.is_known_to(gen_random_uuid(), '{}')",
        "SELECT * FROM record.audit",
        "UPDATE record.audit SET act = 'x'",
    ):
        with pytest.raises(DENIED), serving.transaction():
            serving.execute(statement)


def test_row_security_cannot_be_switched_off(serving: psycopg.Connection) -> None:
    serving.execute("SET row_security = off")
    with pytest.raises(DENIED):
        serving.execute("SELECT * FROM record.resource")


def test_a_spying_function_is_called_for_visible_rows_only(serving: psycopg.Connection, pair: Pair) -> None:
    """PostgreSQL calls what is not leakproof after the policy, however cheap it claims to be."""
    serving.execute(
        """CREATE FUNCTION pg_temp.spy(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
           $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"""
    )
    heard: list[str] = []
    serving.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
    open_for(serving, pair, "joe")
    for table, column in (("resource", "body::text"), ("finder", "value"), ("draft", "content::text")):
        serving.execute(f"SELECT count(*) FROM record.{table} WHERE pg_temp.spy(subject::text || {column})")
    assert heard
    assert all(any(subject in line for subject in pair.subjects["joe"]) for line in heard)
    assert not any(subject in line for line in heard for subject in pair.subjects["colin"])


def test_a_temporary_table_cannot_stand_in_for_the_key(serving: psycopg.Connection, pair: Pair) -> None:
    key = SessionKey(b"k" * 32)
    inner, outer = key.pads()
    serving.execute('CREATE TEMP TABLE gate_key ("only" boolean, inner_pad bytea, outer_pad bytea)')
    serving.execute("INSERT INTO pg_temp.gate_key VALUES (true, %s, %s)", [inner, outer])
    serving.execute("SET search_path = pg_temp, record, public")
    use(serving, key.token(pair.doctor, Purpose.DIRECT_CARE, subjects=sorted(pair.subjects["colin"])))
    assert subjects_seen(serving, "resource") == set()


def test_statistics_tell_nothing(database: Database, serving: psycopg.Connection, pair: Pair) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE record.resource, record.finder, record.relationship")
    for view in ("pg_stats", "pg_stats_ext"):
        rows = serving.execute(f"SELECT * FROM {view} WHERE schemaname = 'record'").fetchall()
        assert pair.secret not in str(rows)
        assert not any(subject in str(rows) for subject in pair.subjects["colin"])


def test_an_audit_row_names_its_true_actor(serving: psycopg.Connection, pair: Pair) -> None:
    insert = "INSERT INTO record.audit (actor, role, purpose, act) VALUES (%s, 'gp', 'direct-care', 'read')"
    with pytest.raises(DENIED), serving.transaction():
        serving.execute(insert, [pair.doctor.id])
    open_for(serving, pair, "joe")
    serving.execute(insert, [pair.doctor.id])
    with pytest.raises(DENIED), serving.transaction():
        serving.execute(insert, ["staff:someone-else"])


@pytest.mark.parametrize("column", ["id", "at", "xid", "salt"])
def test_what_seals_an_audit_row_is_not_the_writer_s_to_choose(
    serving: psycopg.Connection, pair: Pair, column: str
) -> None:
    value = {"id": "7", "at": "'2020-01-01'", "xid": "'1'", "salt": "''"}[column]
    open_for(serving, pair, "joe")
    with pytest.raises(DENIED):
        serving.execute(
            f"INSERT INTO record.audit (actor, role, purpose, act, {column}) OVERRIDING SYSTEM VALUE"
            f" VALUES (%s, 'gp', 'direct-care', 'read', {value})",
            [pair.doctor.id],
        )


def test_the_gate_itself_shows_the_doctor_both(pair: Pair) -> None:
    """So that the tests above do not pass because nothing is there."""
    gate = Gate(pair.doctor, Purpose.DIRECT_CARE)
    for person_id in (pair.joe, pair.colin):
        assert gate.read("Patient", person_id)
        assert len(gate.about(person_id, ["Condition"])) == 2
