"""Someone who owns the database changes the audit: each way of doing it is found, and the row is named."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from careweave.record import audit_check as told
from careweave.record import work
from careweave.record.audit_anchor import (
    BrokenChain,
    anchor,
    anchor_files,
    read_last_anchor,
    set_aside_anchors_after,
)
from careweave.record.audit_check import Problem, verify
from careweave.record.audit_seal import (
    ROW,
    START,
    AuditRow,
    Connection,
    adopt_restored_rows,
    chain,
    digest,
    dispose_of_bodies,
    seal,
)
from tests.fixtures.database import Database

pytestmark = pytest.mark.database
KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key()
LOOKS = """
INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)
SELECT 'staff:' || n, 'gp', 'Y90001', 'direct-care', 'read', ARRAY[gen_random_uuid()],
       jsonb_build_object('type', 'Patient', 'n', n)
FROM generate_series(1, %s) AS n RETURNING id"""


@pytest.fixture
def owner(database: Database) -> Iterator[Connection]:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("TRUNCATE record.audit, record.audit_seal")
        yield connection


@pytest.fixture
def anchors(tmp_path: Path) -> Path:
    return tmp_path / "anchors"


def looks(connection: Connection, count: int) -> list[int]:
    return [audit_id for (audit_id,) in connection.execute(LOOKS, [count]).fetchall()]


def settle(connection: Connection) -> None:
    """Until no transaction of the whole server is older than our rows: tests of another database may run one now."""
    deadline = time.monotonic() + 60
    settled = "SELECT coalesce(max(xid) < pg_snapshot_xmin(pg_current_snapshot()), true) FROM record.audit"
    while connection.execute(settled).fetchone() != (True,) and time.monotonic() < deadline:
        time.sleep(0.05)


def seal_all(connection: Connection) -> int:
    settle(connection)
    total = 0
    while sealed := seal(connection, 1000):
        total += sealed
    return total


@pytest.fixture
def sealed(owner: Connection, anchors: Path) -> list[int]:
    """Thirty looks, sealed and anchored in three parts; then five sealed and not yet anchored."""
    ids = []
    for count in (10, 12, 8):
        ids += looks(owner, count)
        seal_all(owner)
        assert anchor(owner, KEY, anchors)
    ids += looks(owner, 5)
    assert seal_all(owner) == 5
    assert verify(owner, PUBLIC, anchors) == []
    return ids


def recompute_chain(connection: Connection) -> None:
    """What a clever owner of the database does: number and chain everything afresh."""
    rows = connection.execute(
        f"SELECT {ROW} FROM record.audit a JOIN record.audit_seal s ON s.audit_id = a.id ORDER BY s.seq"
    ).fetchall()
    connection.execute("DELETE FROM record.audit_seal")
    link = START
    for seq, values in enumerate(rows, start=1):
        row = AuditRow(*values)
        link = chain(link, digest(row))
        connection.execute(
            "INSERT INTO record.audit_seal (seq, audit_id, digest, chain) VALUES (%s, %s, %s, %s)",
            [seq, row.id, digest(row), link],
        )


def test_nothing_is_wrong_with_an_empty_audit(owner: Connection, anchors: Path) -> None:
    assert seal(owner) == 0
    assert anchor(owner, KEY, anchors) is None
    assert verify(owner, PUBLIC, anchors) == []


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'staff:x' || substr(actor, 8)",
        "role = 'gq'",
        "organisation = 'Y90002'",
        "purpose = 'direct-carf'",
        "act = 'reae'",
        "at = at + interval '1 microsecond'",
        "at = 'infinity'",
        "subjects = ARRAY[gen_random_uuid()]",
        """detail = jsonb_set(detail, '{n}', '999')""",
        "salt = set_byte(salt, 0, (get_byte(salt, 0) + 1) %% 256)",
    ],
)
def test_one_changed_byte_names_the_row(
    owner: Connection, anchors: Path, sealed: list[int], change: str
) -> None:
    owner.execute(f"UPDATE record.audit SET {change} WHERE id = %s", [sealed[11]])
    assert verify(owner, PUBLIC, anchors) == [Problem(sealed[11], told.CHANGED)]


def test_a_removed_row_is_named(owner: Connection, anchors: Path, sealed: list[int]) -> None:
    owner.execute("DELETE FROM record.audit WHERE id = %s", [sealed[4]])
    assert verify(owner, PUBLIC, anchors) == [Problem(sealed[4], told.REMOVED)]


def test_a_row_removed_with_its_seal_is_named(owner: Connection, anchors: Path, sealed: list[int]) -> None:
    owner.execute("DELETE FROM record.audit_seal WHERE audit_id = %s", [sealed[4]])
    owner.execute("DELETE FROM record.audit WHERE id = %s", [sealed[4]])
    assert Problem(sealed[4], told.NOT_IN_CHAIN) in verify(owner, PUBLIC, anchors)
    assert {each.audit_id for each in verify(owner, PUBLIC, anchors)} <= {sealed[4], sealed[5]}


def test_a_changed_seal_is_named(owner: Connection, anchors: Path, sealed: list[int]) -> None:
    owner.execute("UPDATE record.audit_seal SET digest = sha256('x') WHERE audit_id = %s", [sealed[32]])
    assert {each.audit_id for each in verify(owner, PUBLIC, anchors)} == {sealed[32]}


def test_a_changed_row_is_named_although_the_chain_was_recomputed(
    owner: Connection, anchors: Path, sealed: list[int]
) -> None:
    owner.execute("UPDATE record.audit SET actor = 'staff:nobody' WHERE id = %s", [sealed[13]])
    recompute_chain(owner)
    assert verify(owner, PUBLIC, anchors) == [Problem(sealed[13], told.NOT_AS_ANCHORED)]


def test_a_removed_row_is_named_although_the_chain_was_recomputed(
    owner: Connection, anchors: Path, sealed: list[int]
) -> None:
    owner.execute("DELETE FROM record.audit WHERE id = %s", [sealed[13]])
    recompute_chain(owner)
    assert verify(owner, PUBLIC, anchors) == [Problem(sealed[13], told.NOT_IN_CHAIN)]


def test_a_row_slipped_into_a_recomputed_chain_is_named(
    owner: Connection, anchors: Path, sealed: list[int]
) -> None:
    (added,) = looks(owner, 1)
    owner.execute("UPDATE record.audit_seal SET seq = -seq WHERE seq > 10")
    owner.execute("UPDATE record.audit_seal SET seq = 1 - seq WHERE seq < 0")
    owner.execute(
        "INSERT INTO record.audit_seal (seq, audit_id, digest, chain) VALUES (11, %s, '', '')", [added]
    )
    recompute_chain(owner)
    assert verify(owner, PUBLIC, anchors) == [Problem(added, told.ADDED_TO_CHAIN)]


def test_a_row_put_into_the_past_is_named(owner: Connection, anchors: Path, sealed: list[int]) -> None:
    (added,) = looks(owner, 1)
    owner.execute("UPDATE record.audit SET xid = '1' WHERE id = %s", [added])
    assert seal(owner) == 0
    assert verify(owner, PUBLIC, anchors) == [Problem(added, told.ADDED_BEHIND)]


def test_rows_cut_off_at_the_end_are_named(owner: Connection, anchors: Path, sealed: list[int]) -> None:
    owner.execute("DELETE FROM record.audit_seal WHERE seq > 28")
    owner.execute("DELETE FROM record.audit WHERE id > %s", [sealed[27]])
    assert set(verify(owner, PUBLIC, anchors)) == {
        Problem(sealed[28], told.NOT_IN_CHAIN),
        Problem(sealed[29], told.NOT_IN_CHAIN),
    }


def test_everything_gone_is_not_well(owner: Connection, anchors: Path, sealed: list[int]) -> None:
    owner.execute("TRUNCATE record.audit, record.audit_seal")
    assert {each.audit_id for each in verify(owner, PUBLIC, anchors)} == set(sealed[:30])


def test_a_changed_chain_is_never_signed(owner: Connection, anchors: Path, sealed: list[int]) -> None:
    owner.execute("UPDATE record.audit SET actor = 'staff:nobody' WHERE id = %s", [sealed[13]])
    recompute_chain(owner)
    with pytest.raises(BrokenChain, match="not the one that was anchored"):
        anchor(owner, KEY, anchors)
    assert len(anchor_files(anchors)) == 3


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (lambda file: file.write_bytes(file.read_bytes().replace(b'"seq":22', b'"seq":21')), "signature"),
        (lambda file: file.write_bytes(file.read_bytes()[:-10]), "cannot be read"),
        (lambda file: file.write_bytes(b"[]"), "cannot be read"),
        (lambda file: file.unlink(), "an anchor before it is missing"),
    ],
    ids=["changed", "cut", "other", "removed"],
)
def test_a_tampered_anchor_is_named(
    owner: Connection, anchors: Path, sealed: list[int], tamper: Callable[[Path], object], found: str
) -> None:
    tamper(anchor_files(anchors)[1])
    (problem,) = verify(owner, PUBLIC, anchors)
    assert problem.audit_id is None and found in problem.what


def test_an_anchor_signed_with_another_key_is_named(
    owner: Connection, anchors: Path, sealed: list[int]
) -> None:
    other = Ed25519PrivateKey.generate().public_key()
    problems = verify(owner, other, anchors)
    assert len(problems) == 3 and all("the signature is not ours" in each.what for each in problems)


def test_bodies_can_be_disposed_of_and_the_chain_still_holds(
    owner: Connection, anchors: Path, sealed: list[int]
) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert dispose_of_bodies(owner, before=tomorrow, actor="system:retention", why="8 years", limit=20) == 20
    seal_all(owner)
    assert verify(owner, PUBLIC, anchors) == []
    left = owner.execute(
        "SELECT count(*) FROM record.audit WHERE act = 'read' AND (detail IS NOT NULL OR subjects <> '{}')"
    ).fetchone()
    assert left == (15,)
    assert dispose_of_bodies(owner, before=tomorrow, actor="system:retention", why="8 years") == 15
    seal_all(owner)
    assert anchor(owner, KEY, anchors)
    assert verify(owner, PUBLIC, anchors) == []


def test_a_body_taken_out_without_a_disposal_is_named(
    owner: Connection, anchors: Path, sealed: list[int]
) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    dispose_of_bodies(owner, before=tomorrow, actor="system:retention", why="8 years", limit=2)
    owner.execute("DELETE FROM record.audit WHERE act = 'dispose'")
    assert verify(owner, PUBLIC, anchors) == [
        Problem(sealed[0], told.BODY_REMOVED),
        Problem(sealed[1], told.BODY_REMOVED),
    ]


def test_a_row_of_a_transaction_that_still_runs_is_waited_for(
    database: Database, owner: Connection, anchors: Path
) -> None:
    """Ids are given before commit: whoever seals the later id first would leave a hole for the earlier one."""
    with psycopg.connect(database.owner_url) as slow:
        (early,) = looks(slow, 1)
        (late,) = looks(owner, 1)
        assert early < late
        assert seal(owner) == 0
        slow.commit()
    settle(owner)
    assert seal(owner) == 2
    assert owner.execute("SELECT array_agg(audit_id ORDER BY seq) FROM record.audit_seal").fetchone() == (
        [early, late],
    )
    assert verify(owner, PUBLIC, anchors) == []


def test_one_sealer_at_once(database: Database, owner: Connection, anchors: Path) -> None:
    looks(owner, 3000)

    def work() -> None:
        with psycopg.connect(database.owner_url, autocommit=True) as connection:
            for _ in range(50):
                seal(connection, 100)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    seal_all(owner)
    assert owner.execute("SELECT count(*), max(seq) FROM record.audit_seal").fetchone() == (3000, 3000)
    assert verify(owner, PUBLIC, anchors) == []


def test_rows_of_a_restored_dump_are_sealed_and_later_ones_after_them(
    owner: Connection, anchors: Path, sealed: list[int]
) -> None:
    """A dump keeps the transaction numbers of the old server, which a new one has not reached."""
    waiting = looks(owner, 3)
    owner.execute("UPDATE record.audit SET xid = (xid::text::numeric + 1000000000)::text::xid8")
    assert seal(owner) == 3
    later = looks(owner, 2)
    settle(owner)
    assert seal(owner) == 2
    assert owner.execute(
        "SELECT array_agg(audit_id ORDER BY seq) FROM record.audit_seal WHERE seq > 35"
    ).fetchone() == ([*waiting, *later],)
    assert adopt_restored_rows(owner) == 0
    assert anchor(owner, KEY, anchors)
    assert verify(owner, PUBLIC, anchors) == []


def test_restoring_an_older_copy_sets_later_anchors_aside(
    owner: Connection, anchors: Path, sealed: list[int]
) -> None:
    owner.execute("DELETE FROM record.audit_seal WHERE seq > 22")
    owner.execute("DELETE FROM record.audit WHERE id > %s", [sealed[21]])
    assert verify(owner, PUBLIC, anchors)
    with pytest.raises(BrokenChain):
        anchor(owner, KEY, anchors)
    assert set_aside_anchors_after(anchors, 22) == 1
    looks(owner, 2)
    seal_all(owner)
    anchor(owner, KEY, anchors)
    last = read_last_anchor(anchors, PUBLIC)
    assert last and last.seq == 24
    assert verify(owner, PUBLIC, anchors) == []


def test_the_serving_role_can_neither_read_nor_change_the_audit(
    database: Database, owner: Connection, sealed: list[int]
) -> None:
    with psycopg.connect(database.serving_url, autocommit=True) as serving:
        for statement in (
            "SELECT * FROM record.audit",
            "SELECT * FROM record.audit_seal",
            "UPDATE record.audit SET actor = 'x'",
            "DELETE FROM record.audit",
            "TRUNCATE record.audit",
            "INSERT INTO record.audit_seal (seq, audit_id, digest, chain) VALUES (99, 99, '', '')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                serving.execute(statement)


def test_ten_thousand_rows_are_sealed_and_verified_quickly(owner: Connection, anchors: Path) -> None:
    """Loose bounds against a slow plan, not a benchmark: a full table scan a batch would take minutes."""
    for _ in range(3):
        looks(owner, 10_000)
    settle(owner)
    started = time.monotonic()
    assert [seal(owner) for _ in range(4)] == [10_000, 10_000, 10_000, 0]
    sealing = time.monotonic() - started
    assert anchor(owner, KEY, anchors)
    started = time.monotonic()
    assert verify(owner, PUBLIC, anchors) == []
    print(
        f"sealed {30_000 / sealing:.0f} rows/s, verified {30_000 / (time.monotonic() - started):.0f} rows/s"
    )
    assert sealing < 30 and time.monotonic() - started < 30


def test_a_new_key_signs_the_chain_from_its_start(
    owner: Connection, anchors: Path, sealed: list[int]
) -> None:
    new = Ed25519PrivateKey.generate()
    assert set_aside_anchors_after(anchors, 0) == 3
    signed = anchor(owner, new, anchors)
    assert signed and signed.seq == len(sealed)
    assert verify(owner, new.public_key(), anchors) == []


def test_the_background_work_goes_on_when_the_chain_is_broken(
    owner: Connection,
    anchors: Path,
    sealed: list[int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(work, "_last_anchor", float("-inf"))
    monkeypatch.setattr(work, "anchor_key", lambda: KEY)
    monkeypatch.setattr(work, "anchors_folder", lambda: anchors)
    owner.execute("UPDATE record.audit SET actor = 'staff:nobody' WHERE id = %s", [sealed[13]])
    recompute_chain(owner)
    looks(owner, 2)
    assert work.tick() == {"sealed": 2, "anchored": 0}
    assert "The audit is not anchored" in caplog.text and "careweave check" in caplog.text
