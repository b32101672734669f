"""`careweave check` names what is broken and ends with 1; `careweave explain` says why, without contents."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.configuration import SERVING_ROLE
from careweave.identity.models import Account, Staff
from careweave.record.invariants import broken_invariants, what_is_broken
from tests import factories as make
from tests.fixtures.database import Database

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("own_home")]
PRACTICE = "Y90001"


def careweave(database: Database, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "careweave.cli", *arguments, "--json"],
        env=database.environment,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def joe(database: Database) -> str:
    """Joe, enrolled with Priya in charge, with a condition and one that is marked. Tests leave him as he is."""
    return enrol_joe()


def enrol_joe() -> str:
    body = make.patient(PRACTICE, uuid.uuid4().hex, nhs_number="9990000018", gp=PRACTICE)
    person_id = make.person((PRACTICE, body))
    for labels in ([], ["sexual-health"]):
        make.load(PRACTICE, condition(body["id"]), labels=labels)
    priya = make.staff("Priya Nair", "coordinator", "RVC")
    make.suggestion(person_id, priya.party)
    gate = make.gate(priya, "coordinator", "RVC")
    taken = take_on(gate, person_id=person_id, coordinator=make.worker(priya, "coordinator"))
    assert isinstance(taken, Enrolled), taken
    return person_id


def condition(subject: str) -> dict[str, object]:
    return {
        "resourceType": "Condition",
        "id": str(uuid.uuid4()),
        "subject": {"reference": f"Patient/{subject}"},
        "code": {"text": "A secret of Joe"},
    }


def change(database: Database, *statements: str) -> None:
    """As someone who owns the database and minds none of its guards."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        for statement in statements:
            owner.execute(statement)


def test_all_is_well_and_what_waits_is_sealed(fresh_database: Database) -> None:
    enrol_joe()
    code, found = careweave(fresh_database, "check")
    assert (code, found["well"], found["broken"], found["audit"]) == (0, True, [], [])
    waiting = found["not_yet_sealed"]
    assert waiting > 0
    code, found = careweave(fresh_database, "check")
    assert code == 0 and found["sealed"] >= waiting and found["anchors"] >= 1


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE record.audit SET act = 'reae' WHERE id = 2",
        "DELETE FROM record.audit WHERE id = 2",
    ],
    ids=["changed", "removed"],
)
def test_a_tampered_audit_is_named(fresh_database: Database, tamper: str) -> None:
    enrol_joe()
    assert careweave(fresh_database, "check")[0] == 0
    change(fresh_database, tamper)
    code, found = careweave(fresh_database, "check")
    assert code == 1 and [each["audit_id"] for each in found["audit"]] == [2]


GUARDS_OFF = "ALTER TABLE record.{0} DISABLE TRIGGER USER"
GUARDS_ON = "ALTER TABLE record.{0} ENABLE TRIGGER USER"
OTHER_HOLDER = (
    f"{GUARDS_OFF.format('responsibility')}; UPDATE record.responsibility SET holder = 'staff:other';"
    f" {GUARDS_ON.format('responsibility')}"
)


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("one-in-charge", [GUARDS_OFF.format("responsibility"), "DELETE FROM record.responsibility"]),
        ("charge-as-enrolled", [OTHER_HOLDER]),
        (
            "versions-kept",
            [
                GUARDS_OFF.format("resource"),
                "UPDATE record.resource SET version = 2 WHERE type = 'Condition'",
                GUARDS_ON.format("resource"),
            ],
        ),
        ("every-token", ["DELETE FROM record.token"]),
        ("token-of-something", ["UPDATE record.token SET subject = gen_random_uuid()"]),
        (
            "relationship-of-something",
            [
                "INSERT INTO record.relationship (subject, party, kind, resource)"
                " VALUES (gen_random_uuid(), 'staff:x', 'team', gen_random_uuid())"
            ],
        ),
        (
            "one-golden-record",
            ["DELETE FROM record.resource WHERE type = 'Patient' AND source = 'careweave'"],
        ),
        ("row-security", ["ALTER TABLE record.resource DISABLE ROW LEVEL SECURITY"]),
        ("guards-armed", ["ALTER TABLE record.resource DISABLE TRIGGER keep_version"]),
        (
            "access-rules",
            [
                """CREATE OR REPLACE FUNCTION record.policy_allows(role text, purpose text, interaction text,
                   kinds text[], named boolean, type text, labels text[], own_source boolean, objected boolean,
                   agreed boolean, place_source boolean DEFAULT false)
                   RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'"""
            ],
        ),
    ],
)
def test_a_broken_invariant_is_named(database: Database, joe: str, name: str, statements: list[str]) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        assert [each.name for each in broken_invariants(owner, serving_role=SERVING_ROLE)] == []
        with owner.transaction(force_rollback=True):
            for statement in statements:
                owner.execute(statement)
            broken = what_is_broken(owner, serving_role=SERVING_ROLE)
    assert name in [each.name for each in broken if not each.is_only_told]


def test_a_broken_invariant_ends_the_command_with_1(fresh_database: Database) -> None:
    enrol_joe()
    change(fresh_database, OTHER_HOLDER)
    code, found = careweave(fresh_database, "check")
    assert code == 1 and [each["name"] for each in found["broken"]] == ["charge-as-enrolled"]


def test_a_record_whose_patient_has_not_come_yet_is_told_and_breaks_nothing(fresh_database: Database) -> None:
    enrol_joe()
    stranger = str(uuid.uuid4())
    make.load("RVR", condition(stranger))
    code, found = careweave(fresh_database, "check")
    assert code == 0 and found["told"][0]["examples"] == [stranger]


def test_a_wrong_definition_of_the_place_is_named(
    database: Database, joe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores" / "mine.toml").write_text('id = "mine"\n')
    monkeypatch.setenv("CAREWEAVE_DEFINITIONS", str(tmp_path))
    code, found = careweave(database, "check")
    assert code == 1 and any("scores/mine.toml: source is missing" in each for each in found["definitions"])


def test_with_wrong_access_rules_nothing_runs(
    database: Database, joe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "access").mkdir()
    (tmp_path / "access" / "rules.toml").write_text('id = "rules"\n')
    monkeypatch.setenv("CAREWEAVE_DEFINITIONS", str(tmp_path))
    code, found = careweave(database, "check")
    assert code == 1 and "access/rules.toml: source is missing" in found["error"]


def account_of(person_id: str) -> str:
    email = f"{uuid.uuid4().hex}@example.org"
    return Account.objects.get_or_create(person_id=person_id, defaults={"email": email})[0].email


def test_explain_says_why_without_contents(database: Database, joe: str) -> None:
    priya = Staff.objects.get(name="Priya Nair")
    email = priya.email
    if not Account.objects.filter(staff=priya).exists():
        Account.objects.create(email=email, staff=priya)
    code, found = careweave(database, "explain", joe, "--as", email, "--purpose", "direct-care")
    assert code == 0 and "coordinator" in found["relationships"]
    by_label = {tuple(each["labels"]): each for each in found["entries"] if each["type"] == "Condition"}
    assert by_label[()]["allowed"] and by_label[()]["rule"] == "team-reads"
    marked = by_label[("sexual-health",)]
    assert not marked["allowed"] and marked["rule"] == "label-sexual-health"
    assert "secret" not in json.dumps(found)


def test_explain_names_the_rule_that_comes_nearest(database: Database, joe: str) -> None:
    stranger = account_of(str(uuid.uuid4()))
    code, found = careweave(database, "explain", joe, "--as", stranger, "--purpose", "own-care")
    assert code == 0 and found["relationships"] == []
    entry = next(each for each in found["entries"] if each["type"] == "Condition" and not each["labels"])
    assert not entry["allowed"]
    assert entry["nearest"] == "person-reads, which asks that relationship is self"


def test_explain_tries_every_rule_on_one_entry(database: Database, joe: str) -> None:
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute("SELECT id::text FROM record.resource WHERE type = 'Condition'").fetchone()
    assert row
    email = account_of(joe)
    code, found = careweave(database, "explain", row[0], "--as", email, "--purpose", "own-care")
    assert code == 0 and found["allowed"] and found["rule"] == "person-reads"
    assert len(found["rules"]) > 30 and "secret" not in json.dumps(found)


def test_explaining_is_itself_in_the_person_s_log(database: Database, joe: str) -> None:
    email = account_of(joe)
    careweave(database, "explain", joe, "--as", email, "--purpose", "own-care")
    looks = make.own_gate(joe).who_looked(joe)
    assert "explain" in [look.act for look in looks]


def test_an_unknown_id_is_refused(database: Database, joe: str) -> None:
    email = account_of(joe)
    code, found = careweave(database, "explain", str(uuid.uuid4()), "--as", email, "--purpose", "own-care")
    assert code == 1 and found["found"] is False
