"""Verifies the audit against its seals and against the signed anchors, and names every row that does not hold."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from careweave.record.audit_anchor import BEGINNING, Anchor, BadAnchor, anchor_files, read_anchor
from careweave.record.audit_seal import ROW, START, AuditRow, Connection, chain, digest

CHUNK = 5_000
MOST_PROBLEMS = 1_000

CHANGED = "changed after it was sealed"
REMOVED = "removed after it was sealed"
BODY_REMOVED = "its body was removed without a disposal that names it"
SEAL_CHANGED = "its seal was changed"
SEAL_MISSING = "a seal before this one is missing"
ADDED_BEHIND = "added behind the chain, never sealed"
NOT_AS_ANCHORED = "not what was signed: changed, and the chain recomputed"
NOT_IN_CHAIN = "signed, but no longer in the chain"
ADDED_TO_CHAIN = "in the chain, but not among what was signed"


@dataclass(frozen=True)
class Problem:
    """`audit_id` names the audit row; None when what is wrong is not one row, such as an anchor file."""

    audit_id: int | None
    what: str


def verify(connection: Connection, public_key: Ed25519PublicKey, anchors: Path) -> list[Problem]:
    """Everything that does not hold, in one consistent view of the database; empty when all is well.

    Needs SELECT on record.audit and record.audit_seal. Reads in chunks: memory does not grow with the audit.
    """
    found: dict[Problem, None] = {}
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for check in (_seals_hold, _nothing_behind, lambda c: _anchors_hold(c, public_key, anchors)):
            for problem in check(connection):
                found[problem] = None
                if len(found) >= MOST_PROBLEMS:
                    return [*found, Problem(None, f"stopped after {MOST_PROBLEMS} problems")]
    return list(found)


def _seals_hold(connection: Connection) -> Iterator[Problem]:
    disposed = _disposed(connection)
    link, expected = START, 1
    for seq, audit_id, sealed, stored, row in _sealed_rows(connection):
        if seq != expected:
            yield Problem(audit_id, f"{SEAL_MISSING} ({expected})")
        elif chain(link, sealed) != stored:
            yield Problem(audit_id, SEAL_CHANGED)
        link, expected = stored, seq + 1
        if row is None:
            yield Problem(audit_id, REMOVED)
        elif digest(row) != sealed:
            yield Problem(audit_id, CHANGED)
        elif row.is_disposed and not disposed.names(audit_id):
            yield Problem(audit_id, BODY_REMOVED)


def _sealed_rows(connection: Connection) -> Iterator[tuple[int, int, bytes, bytes, AuditRow | None]]:
    """In the order of sealing, a chunk at a time: each is two index ranges, never a sort of the whole."""
    query = f"""SELECT s.seq, s.audit_id, s.digest, s.chain, {ROW}
        FROM (SELECT * FROM record.audit_seal WHERE seq > %s ORDER BY seq LIMIT {CHUNK}) AS s
        LEFT JOIN record.audit a ON a.id = s.audit_id ORDER BY s.seq"""
    after: int = -(2**63)
    while rows := connection.execute(query, [after]).fetchall():
        for seq, audit_id, sealed, stored, *values in rows:
            yield (
                seq,
                audit_id,
                bytes(sealed),
                bytes(stored),
                AuditRow(*values) if values[0] is not None else None,
            )
        after = rows[-1][0]


@dataclass(frozen=True)
class _Disposed:
    """The rows that sealed disposals name, as first and last of each run."""

    firsts: list[int]
    lasts: list[int]

    def names(self, audit_id: int) -> bool:
        place = bisect_right(self.firsts, audit_id)
        return place > 0 and audit_id <= self.lasts[place - 1]


def _disposed(connection: Connection) -> _Disposed:
    rows = connection.execute(
        """SELECT a.detail -> 'runs' FROM record.audit a JOIN record.audit_seal s ON s.audit_id = a.id
           WHERE a.act = 'dispose' AND jsonb_typeof(a.detail -> 'runs') = 'array'"""
    ).fetchall()
    runs = sorted((first, last) for (listed,) in rows for first, last in filter(_is_run, listed))
    return _Disposed([first for first, _ in runs], list(accumulate((last for _, last in runs), max)))


def _is_run(found: object) -> bool:
    return isinstance(found, list) and len(found) == 2 and all(isinstance(each, int) for each in found)


def _nothing_behind(connection: Connection) -> Iterator[Problem]:
    """A row in the past of the chain that no seal covers was put there afterwards."""
    query = f"""
        WITH last AS (SELECT a.xid, a.id FROM record.audit_seal s JOIN record.audit a ON a.id = s.audit_id
                      ORDER BY s.seq DESC LIMIT 1)
        SELECT a.id FROM record.audit a, last
        WHERE (a.xid, a.id) < (last.xid, last.id)
          AND NOT EXISTS (SELECT FROM record.audit_seal s WHERE s.audit_id = a.id)
        ORDER BY a.id LIMIT {MOST_PROBLEMS}"""
    for (audit_id,) in connection.execute(query).fetchall():
        yield Problem(audit_id, ADDED_BEHIND)


def _anchors_hold(connection: Connection, key: Ed25519PublicKey, folder: Path) -> Iterator[Problem]:
    previous: Anchor | None = None
    covered: int | None = 0
    is_silent = True
    for file in anchor_files(folder):
        try:
            each = read_anchor(file, key)
        except BadAnchor as bad:
            yield Problem(None, f"anchor {bad}")
            previous, covered = None, None
            continue
        if each.previous != (previous.mark if previous else "") and covered is not None:
            yield Problem(None, f"anchor {file.name}: an anchor before it is missing")
            covered = None
        for problem in (found := _Covered(connection, covered)).problems(each):
            is_silent = False
            yield problem
        # Once a row is named, every later link differs too: that says nothing new.
        if is_silent and _chain_at(connection, each.seq) != each.chain:
            is_silent = False
            yield Problem(
                None, f"anchor {file.name}: the chain at seal {each.seq} is not the one that was signed"
            )
        previous, covered = each, found.last


class _Covered:
    """Compares an anchor with the seals row by row, not number by number: one row taken out accuses no other."""

    def __init__(self, connection: Connection, last: int | None) -> None:
        self.connection = connection
        self.last = last  # number of the last seal that anchors so far cover; None after a gap in the anchors

    def problems(self, each: Anchor) -> Iterator[Problem]:
        for start in range(0, len(each.rows), CHUNK):
            yield from self._part(dict(each.rows[start : start + CHUNK]))

    def _part(self, part: dict[int, bytes]) -> Iterator[Problem]:
        query = "SELECT audit_id, seq, substr(digest, 1, %s) FROM record.audit_seal WHERE audit_id = ANY (%s)"
        rows = self.connection.execute(query, [BEGINNING, list(part)]).fetchall()
        stored = {audit_id: bytes(found) for audit_id, _, found in rows}
        for audit_id, signed in part.items():
            if audit_id not in stored:
                yield Problem(audit_id, NOT_IN_CHAIN)
            elif stored[audit_id] != signed:
                yield Problem(audit_id, NOT_AS_ANCHORED)
        if rows:
            numbers = [seq for _, seq, _ in rows]
            after = min(numbers) - 1 if self.last is None else self.last
            yield from self._added(part, after, max(numbers))
            self.last = max(numbers)

    def _added(self, part: dict[int, bytes], after: int, last: int) -> Iterator[Problem]:
        query = (
            "SELECT audit_id FROM record.audit_seal WHERE seq > %s AND seq <= %s AND NOT audit_id = ANY (%s)"
        )
        for (audit_id,) in self.connection.execute(query, [after, last, list(part)]).fetchall():
            yield Problem(audit_id, ADDED_TO_CHAIN)


def _chain_at(connection: Connection, seq: int) -> bytes | None:
    found = connection.execute("SELECT chain FROM record.audit_seal WHERE seq = %s", [seq]).fetchone()
    return bytes(found[0]) if found else None
