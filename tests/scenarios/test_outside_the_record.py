"""What stands in tables without row security: accounts, teams, meetings; ids of people, and no words about them."""

from __future__ import annotations

import psycopg
import pytest

from tests.fixtures.database import Database

pytestmark = pytest.mark.database

# Outside the record stand accounts, teams and meetings: there a person is an id at most, whose row the gate keeps.
IDS = {
    *{f"{table}.person_id" for table in ("account", "identitycheck", "letter")},
    *{f"{table}.patient" for table in ("connection", "launch")},
    *("meetingcase.case", "limituse.request", "limitreturn.request"),  # of rows of the record
}
WORDS = {
    *{
        f"{table}.hash"
        for table in ("authorizationcode", "accesstoken", "launch", "refreshtoken", "usedassertion")
    },
    *("client.redirect_uris", "client.scopes", "client.jwks", "connection.scopes", "accesstoken.scopes"),
    *("secondstep.sealed", "keptwords.sealed"),  # with a key that is not in the database
    *("identitycheck.seen", "delegatedlimit.services"),  # kinds of papers and of services
    *("variationtask.seen", "variationtask.reason"),  # of a practice's figure
    "staffanswers.answers",  # of nobody by name
}


def test_tables_outside_the_record_hold_ids_of_people_and_no_words_about_them(database: Database) -> None:
    """They have no row security, so a new column that could hold anything about a person is a decision."""
    with psycopg.connect(database.owner_url) as owner:
        found = owner.execute(
            """SELECT c.table_name || '.' || c.column_name, c.data_type = 'uuid' FROM information_schema.columns c
               WHERE c.table_schema = 'public' AND c.table_name LIKE 'identity\\_%%'
               AND c.data_type IN ('uuid', 'text', 'json', 'jsonb', 'bytea', 'ARRAY') AND c.column_name <> 'id'
               AND NOT EXISTS (
                   SELECT FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey)
                   WHERE k.contype = 'f' AND k.conrelid = c.table_name::regclass AND a.attname = c.column_name)"""
        ).fetchall()
    assert {name.removeprefix("identity_") for name, is_id in found if is_id} == IDS
    assert {name.removeprefix("identity_") for name, is_id in found if not is_id} == WORDS
