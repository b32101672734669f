"""Seals audit rows into a chain of salted digests, a batch at a time, behind the oldest running transaction.

A seal makes any later change to a row visible: see `audit_check`. What a change of the whole chain would hide,
signed anchors outside the database keep: see `audit_anchor`.

Runs on the owner's connection inside `careweave work`. It needs SELECT on record.audit, SELECT and INSERT on
record.audit_seal; `dispose_of_bodies` and `adopt_restored_rows` need INSERT and UPDATE on record.audit as well.
The serving role needs none of these, and can neither read nor change a seal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[Any]

START = bytes(32)
LOCK = 0x43415245_5345414C  # "CARESEAL": one sealer at once in a database
BATCH = 10_000
FETCHED_AT_ONCE = 500  # a row of a bulk load names thousands of subjects
SALT_BYTES = 16
DISPOSED_BYTES = 32  # a disposed row keeps the digest of its body where its salt was

# Text and exact integers only, so that what is digested never depends on a driver or a time zone.
ROW = """a.id, trunc(extract(epoch FROM a.at) * 1000000)::text, a.actor, a.role, a.organisation, a.purpose, a.act,
    a.subjects::text, a.detail::text, a.salt"""


@dataclass(frozen=True)
class AuditRow:
    """One audit row as it is digested; `at` is in microseconds since 1970, `subjects` and `detail` are texts."""

    id: int
    at: str
    actor: str
    role: str
    organisation: str
    purpose: str
    act: str
    subjects: str
    detail: str | None
    salt: bytes

    @property
    def is_disposed(self) -> bool:
        return self.detail is None and self.subjects == "{}" and len(self.salt) == DISPOSED_BYTES


def digest(row: AuditRow) -> bytes:
    """Digest of the row's head and of its salted body. The salt keeps a disposed body from being guessed."""
    head = (str(row.id), row.at, row.actor, row.role, row.organisation, row.purpose, row.act)
    return sha256(b"careweave audit 1" + _packed(*head) + body_digest(row)).digest()


def body_digest(row: AuditRow) -> bytes:
    if row.is_disposed:
        return row.salt
    return sha256(b"careweave audit body 1" + _packed(row.subjects, row.detail) + row.salt).digest()


def chain(previous: bytes, digest: bytes) -> bytes:
    return sha256(b"careweave audit chain 1" + previous + digest).digest()


def _packed(*texts: str | None) -> bytes:
    """Each text with its length before it, so that no two different rows pack to the same bytes."""
    parts = [None if text is None else text.encode() for text in texts]
    return b"".join(b"\xff" * 8 if part is None else len(part).to_bytes(8, "big") + part for part in parts)


def seal(connection: Connection, limit: int = BATCH) -> int:
    """Seal up to `limit` finished rows, oldest first; how many. 0 while another sealer works."""
    with only_sealer(connection) as alone:
        if not alone:
            return 0
        if _has_rows_of_another_cluster(connection):
            return _adopt(connection)
        return _seal_rows(connection, FINISHED_SINCE_THE_LAST_SEAL, {"limit": limit})


# Transactions older than every running one have ended, so no row can appear before those read here.
FINISHED_SINCE_THE_LAST_SEAL = f"""
WITH last AS MATERIALIZED (
    SELECT a.xid, a.id FROM record.audit_seal s JOIN record.audit a ON a.id = s.audit_id ORDER BY s.seq DESC LIMIT 1)
SELECT {ROW} FROM record.audit a
WHERE (a.xid, a.id) > (coalesce((SELECT xid FROM last), '0'), coalesce((SELECT id FROM last), 0))
  AND a.xid < pg_snapshot_xmin(pg_current_snapshot())
  AND NOT EXISTS (SELECT FROM record.audit_seal s WHERE s.audit_id = a.id)
ORDER BY a.xid, a.id LIMIT %(limit)s"""

EVERY_UNSEALED = f"""
SELECT {ROW} FROM record.audit a LEFT JOIN record.audit_seal s ON s.audit_id = a.id
WHERE s.audit_id IS NULL AND NOT (a.xid >= pg_snapshot_xmin(pg_current_snapshot())
                                  AND a.xid < pg_snapshot_xmax(pg_current_snapshot()))
ORDER BY a.xid, a.id"""


def _seal_rows(connection: Connection, query: str, parameters: dict[str, Any]) -> int:
    found = connection.execute(
        "SELECT seq, chain FROM record.audit_seal ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    seq, link = found or (0, START)
    seals: list[tuple[int, int, bytes, bytes]] = []
    for row in _rows(connection, query, parameters):
        own = digest(row)
        seq, link = seq + 1, chain(link, own)
        seals.append((seq, row.id, own, link))
    if seals:
        into = "COPY record.audit_seal (seq, audit_id, digest, chain) FROM STDIN (FORMAT BINARY)"
        with connection.cursor().copy(into) as copy:
            copy.set_types(["int8", "int8", "bytea", "bytea"])
            for each in seals:
                copy.write_row(each)
    return len(seals)


def _rows(connection: Connection, query: str, parameters: dict[str, Any]) -> Iterator[AuditRow]:
    with connection.cursor(name="audit_rows") as cursor:
        cursor.itersize = FETCHED_AT_ONCE
        cursor.execute(query, parameters)
        for values in cursor:
            yield AuditRow(*values)


@contextmanager
def only_sealer(connection: Connection) -> Iterator[bool]:
    """A transaction in which nobody else seals or anchors; False when someone else does so now."""
    with connection.transaction():
        (alone,) = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK]).fetchone() or (False,)
        yield bool(alone)


def _has_rows_of_another_cluster(connection: Connection) -> bool:
    """A visible row whose transaction this server has not reached yet came with a restored dump."""
    query = """SELECT EXISTS (SELECT FROM record.audit
                              WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))"""
    return bool((connection.execute(query).fetchone() or (False,))[0])


def adopt_restored_rows(connection: Connection) -> int:
    """After restoring a dump: seal what was not yet sealed, and forget the old server's transaction numbers."""
    with only_sealer(connection) as alone:
        return _adopt(connection) if alone else 0


def _adopt(connection: Connection) -> int:
    sealed = _seal_rows(connection, EVERY_UNSEALED, {})
    connection.execute(
        """UPDATE record.audit SET xid = '0'
           WHERE xid <> '0' AND id IN (SELECT audit_id FROM record.audit_seal)"""
    )
    return sealed


def dispose_of_bodies(
    connection: Connection, *, before: datetime, actor: str, why: str, limit: int = BATCH
) -> int:
    """Take subjects and detail out of sealed rows older than a day, at most `limit`; the chain still holds.

    The disposal is itself an audit row that names the rows: without it, a body that is gone counts as removed.
    """
    with connection.transaction():
        query = f"""SELECT {ROW} FROM record.audit a JOIN record.audit_seal s ON s.audit_id = a.id
            WHERE a.at < %(before)s AND length(a.salt) = {SALT_BYTES} AND a.act <> 'dispose'
            ORDER BY a.id LIMIT %(limit)s FOR UPDATE OF a"""
        rows = list(_rows(connection, query, {"before": before, "limit": limit}))
        connection.cursor().executemany(
            "UPDATE record.audit SET subjects = '{}', detail = NULL, salt = %s WHERE id = %s",
            [(body_digest(row), row.id) for row in rows],
        )
        if rows:
            connection.execute(
                """INSERT INTO record.audit (actor, role, organisation, purpose, act, detail)
                   VALUES (%s, 'system', '', 'governance', 'dispose', jsonb_build_object('why', %s::text, 'runs', %s))""",
                [actor, why, Jsonb(runs(row.id for row in rows))],
            )
        return len(rows)


def runs(ids: Iterable[int]) -> list[list[int]]:
    """Ascending numbers as [first, last] of each unbroken run."""
    found: list[list[int]] = []
    for each in ids:
        if found and found[-1][1] == each - 1:
            found[-1][1] = each
        else:
            found.append([each, each])
    return found
