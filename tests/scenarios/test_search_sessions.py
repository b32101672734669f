"""A search is opened by the database: whoever has the serving role alone opens nobody, and bent facts open no row."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from careweave.record import Actor, Purpose
from careweave.record.door import session_key
from careweave.record.session import REACH, SessionKey
from tests import factories as make
from tests.fixtures.database import Database

pytestmark = pytest.mark.database
PRACTICE, HOSPITAL = "Y90001", "RVR"
ENTER = "SELECT record.gate_search(%s, true, '{}', '{}', '{}', '', 200)"
SEEN = "SELECT array_agg(DISTINCT subject::text) FROM record.resource"


@pytest.fixture(scope="module")
def people(database: Database) -> tuple[str, str]:
    """Joe is at the practice; Colin is known to the hospital alone."""
    key = uuid.uuid4().hex
    joe = make.person((PRACTICE, make.patient(PRACTICE, f"{key} joe", gp=PRACTICE)))
    colin = make.person((HOSPITAL, make.patient(HOSPITAL, f"{key} colin")))
    return joe, colin


@pytest.fixture(scope="module")
def doctor(database: Database, people: tuple[str, str]) -> Actor:
    return make.gate(make.staff("Dr Rao", "gp", PRACTICE), "gp", PRACTICE).actor


@pytest.fixture
def serving(database: Database, people: tuple[str, str]) -> Iterator[psycopg.Connection]:
    """One transaction of the serving role, as an intruder in the web process would have it."""
    with psycopg.connect(database.serving_url) as connection:
        yield connection
        connection.rollback()


def token(doctor: Actor, where: str, key: SessionKey | None = None) -> str:
    return (key or session_key()).token(doctor, Purpose.DIRECT_CARE, subjects=where)


def seen(serving: psycopg.Connection) -> set[str]:
    (subjects,) = serving.execute(SEEN).fetchone() or (None,)
    return set(subjects or ())


def test_a_search_opens_the_actors_reach_and_no_more(
    serving: psycopg.Connection, doctor: Actor, people: tuple[str, str]
) -> None:
    joe, colin = people
    serving.execute(ENTER, [token(doctor, REACH)])
    assert joe in seen(serving)
    assert colin not in seen(serving)


def test_a_search_of_named_people_opens_all_their_records_and_nobody_elses(
    serving: psycopg.Connection, doctor: Actor, people: tuple[str, str]
) -> None:
    joe, colin = people
    serving.execute(ENTER, [token(doctor, f"+{colin}")])
    assert colin in seen(serving)
    assert joe not in seen(serving)


@pytest.mark.parametrize("where", ["", "*?", "~~"])
def test_a_token_that_names_no_search_opens_none(
    serving: psycopg.Connection, doctor: Actor, where: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        serving.execute(ENTER, [token(doctor, where)])


def test_a_forged_token_opens_no_search(serving: psycopg.Connection, doctor: Actor) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        serving.execute(ENTER, [token(doctor, REACH, SessionKey(b"x" * 32))])


def test_a_token_of_a_search_is_not_itself_a_session(serving: psycopg.Connection, doctor: Actor) -> None:
    serving.execute("SELECT set_config('careweave.session', %s, true)", [token(doctor, REACH)])
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        serving.execute(SEEN)


def test_bent_facts_open_no_row_of_anyone_else(
    serving: psycopg.Connection, doctor: Actor, people: tuple[str, str]
) -> None:
    joe, colin = people
    serving.execute(ENTER, [token(doctor, f"+{joe}")])
    facts = {"subjects": f"{{{joe},{colin}}}", "held": {colin: "team"}, "said": "", "people": {}}
    bent = json.dumps({**facts, "mine": "{}", "agreed": "{}"})
    serving.execute("SELECT set_config('careweave.facts', %s, true)", [bent])
    found = serving.execute(
        "SELECT count(*) FROM record.session_facts() f JOIN record.resource r ON r.subject = ANY (f.subjects)"
        " WHERE r.subject = %s",
        [colin],
    ).fetchone()
    assert found == (0,)


def test_who_has_something_rare_is_not_told_to_the_serving_role(serving: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        serving.execute("SELECT record.few_subjects('{}', '{}', '{}', '{1941-03-04}', '', 200)")
