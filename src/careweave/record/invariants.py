"""What must always hold in the record, each as a question to the database whose answer should be empty.

Runs on the owner's connection: it looks across everyone, and shows nothing but ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from .ids import DIRECTORY
from .policy import compile_sql, load_policy

SHOWN = 10


@dataclass(frozen=True)
class Invariant:
    """`finds` selects one text for each thing that breaks it. A `told` one is worth knowing and breaks nothing."""

    name: str
    words: str
    finds: str
    is_only_told: bool = False


@dataclass(frozen=True)
class Broken:
    """How many break an invariant, with the first few; `is_only_told` when nothing is wrong yet."""

    name: str
    words: str
    count: int
    examples: tuple[str, ...]
    is_only_told: bool

    def __str__(self) -> str:
        more = ", …" if self.count > len(self.examples) else ""
        return f"{self.words}: {self.count} ({', '.join(self.examples)}{more})"


ACTIVE_ENROLMENTS = """SELECT subject, id, body FROM record.resource
    WHERE type = 'EpisodeOfCare' AND source = 'careweave' AND body ->> 'status' = 'active'"""

INVARIANTS = (
    Invariant(
        "one-in-charge",
        "enrolled without exactly one person in charge",
        f"""SELECT e.subject::text FROM ({ACTIVE_ENROLMENTS}) AS e
            WHERE (SELECT count(*) FROM record.responsibility r
                   WHERE r.subject = e.subject AND r.valid @> clock_timestamp()) <> 1""",
    ),
    Invariant(
        "charge-as-enrolled",
        "enrolments that name another coordinator than the one in charge",
        f"""SELECT e.id::text FROM ({ACTIVE_ENROLMENTS}) AS e
            JOIN record.responsibility r ON r.subject = e.subject AND r.valid @> clock_timestamp()
            WHERE e.body #>> '{{careManager,identifier,value}}' IS DISTINCT FROM r.holder""",
    ),
    Invariant(
        "one-enrolment",
        "joined people in charge of whom different people were, who have been asked to agree",
        f"""SELECT coalesce(m.person, e.subject)::text FROM ({ACTIVE_ENROLMENTS}) AS e
            LEFT JOIN record.membership m ON m.subject = e.subject AND upper_inf(m.valid)
            GROUP BY coalesce(m.person, e.subject)
            HAVING count(DISTINCT e.body #>> '{{careManager,identifier,value}}') > 1""",
        is_only_told=True,
    ),
    Invariant(
        "plan-complete",
        "published plans without agreement, reviewer, review date or what to do if things change",
        """SELECT id::text FROM record.resource WHERE type = 'CarePlan' AND source = 'careweave'
           AND record.plan_is_complete(body) IS NOT TRUE""",
    ),
    Invariant(
        "versions-kept",
        "resources whose earlier versions are not all there",
        """SELECT r.id::text FROM record.resource r LEFT JOIN (
               SELECT id, count(*) AS kept, min(version) AS first, max(version) AS last
               FROM record.resource_version GROUP BY id) AS v USING (id)
           WHERE r.version > 1 AND (v.kept, v.first, v.last) IS DISTINCT FROM (r.version - 1, 1, r.version - 1)
              OR r.version = 1 AND v.id IS NOT NULL""",
    ),
    Invariant(
        "versions-of-something",
        "versions of resources that are not there",
        """SELECT DISTINCT v.id::text FROM record.resource_version v
           WHERE NOT EXISTS (SELECT FROM record.resource r WHERE r.id = v.id)""",
    ),
    *(
        Invariant(
            f"{table}-of-something",
            f"{words} of resources that are not there",
            f"""SELECT DISTINCT t.{column}::text FROM record.{table} t
                WHERE NOT EXISTS (SELECT FROM record.resource r WHERE r.id = t.{column} AND r.subject = t.subject)
                {beside}""",
        )
        for table, column, words, beside in (
            ("token", "id", "search tokens", ""),
            ("finder", "resource", "names and numbers", ""),
            ("choice", "resource", "choices", ""),
            (
                "relationship",
                "resource",
                "relationships",
                "AND NOT EXISTS (SELECT FROM record.emergency e WHERE e.id = t.resource AND e.subject = t.subject)"
                " AND NOT EXISTS (SELECT FROM record.access_request a WHERE a.id = t.resource AND a.subject = t.subject)",
            ),
        )
    ),
    Invariant(
        "every-token",
        "resources that a search would miss",
        """SELECT r.id::text FROM record.resource r
           WHERE cardinality(r.tokens) > 0 AND EXISTS (
               SELECT FROM unnest(r.tokens) AS wanted WHERE NOT EXISTS (
                   SELECT FROM record.token t WHERE t.token = wanted AND t.subject = r.subject AND t.id = r.id))""",
    ),
    Invariant(
        "one-golden-record",
        "people without the place's own record of them",
        """SELECT p.id::text FROM record.person p WHERE p.joined_to IS NULL
           AND EXISTS (SELECT FROM record.membership m WHERE m.person = p.id AND upper_inf(m.valid))
           AND NOT EXISTS (SELECT FROM record.resource r
                           WHERE r.id = p.id AND r.type = 'Patient' AND r.source = 'careweave')""",
    ),
    Invariant(
        "joined-once",
        "people joined to someone who is joined back to them",
        """WITH RECURSIVE walk AS (
               SELECT id AS start, joined_to AS at, ARRAY[id] AS seen FROM record.person WHERE joined_to IS NOT NULL
               UNION ALL
               SELECT w.start, p.joined_to, w.seen || p.id FROM walk w JOIN record.person p ON p.id = w.at
               WHERE p.joined_to IS NOT NULL AND NOT p.id = ANY (w.seen))
           SELECT DISTINCT start::text FROM walk WHERE at = ANY (seen)""",
    ),
    Invariant(
        "row-security",
        "tables that the serving role reads without row security",
        """SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'record'::regnamespace AND c.relkind IN ('r', 'p')
           AND NOT c.relrowsecurity AND c.relname <> 'outbox_reader'
           AND has_table_privilege(%(serving)s, c.oid, 'SELECT, UPDATE, DELETE, TRUNCATE')""",
    ),
    Invariant(
        "guards-armed",
        "guards of the database that are switched off",
        """SELECT c.relname || '.' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
           WHERE c.relnamespace = 'record'::regnamespace AND t.tgenabled <> 'O'
           UNION ALL
           SELECT c.relname || '.' || k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
           WHERE c.relnamespace = 'record'::regnamespace AND NOT k.convalidated""",
    ),
    Invariant(
        "late-told",
        "waits that are late by more than an hour and were passed on to nobody (is `careweave work` running?)",
        """SELECT id::text FROM record.clock WHERE stopped_at IS NULL AND escalated_at IS NULL AND paused_at IS NULL
           AND due_at < clock_timestamp() - interval '1 hour'""",
        is_only_told=True,
    ),
    Invariant(
        "subject-known",
        "records with entries but no Patient (the Patient may still come)",
        f"""SELECT DISTINCT r.subject::text FROM record.resource r WHERE r.subject <> '{DIRECTORY}'
            AND NOT EXISTS (SELECT FROM record.resource p WHERE p.id = r.subject AND p.type = 'Patient')""",
        is_only_told=True,
    ),
)


def broken_invariants(connection: psycopg.Connection[Any], *, serving_role: str) -> list[Broken]:
    """Everything that does not hold now, in one consistent view."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return what_is_broken(connection, serving_role=serving_role)


def what_is_broken(connection: psycopg.Connection[Any], *, serving_role: str) -> list[Broken]:
    """The same inside a transaction of the caller's."""
    found = [_ask(connection, each, serving_role) for each in INVARIANTS]
    return [each for each in (*found, *_access_rules(connection)) if each is not None]


def _ask(connection: psycopg.Connection[Any], asked: Invariant, serving_role: str) -> Broken | None:
    query = f"SELECT count(*), (array_agg(what ORDER BY what))[1:{SHOWN}] FROM ({asked.finds}) AS found(what)"
    row = connection.execute(query, {"serving": serving_role}).fetchone()
    count, examples = row or (0, None)
    if not count:
        return None
    return Broken(asked.name, asked.words, count, tuple(examples or ()), asked.is_only_told)


def _access_rules(connection: psycopg.Connection[Any]) -> Iterator[Broken]:
    """The rule in the database must be the rule of the definitions, word for word."""
    row = connection.execute(
        "SELECT prosrc FROM pg_proc WHERE oid = to_regproc('record.policy_allows')"
    ).fetchone()
    if row is None or compile_sql(load_policy()) not in row[0]:
        words = "the access rules in the database are not those of the definitions (run: careweave migrate)"
        yield Broken("access-rules", words, 1, ("record.policy_allows",), False)
