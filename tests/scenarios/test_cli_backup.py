"""A backup is one moment, whole and without secrets; a restore that is killed leaves what was there."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from careweave.configuration import from_environment, key_bytes
from careweave.record.backup import tools
from tests.fixtures.database import Database

ROWS = 2_000


def careweave(database: Database, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "careweave.cli", *arguments]
    return subprocess.run(command, env=database.environment, capture_output=True, text=True, timeout=120)


def fill(database: Database, kind: str) -> None:
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("TRUNCATE identity_organisation CASCADE")
        connection.execute(
            "INSERT INTO identity_organisation (code, name, kind, telephone) "
            "SELECT 'Y' || n, 'Practice ' || n, %s, '' FROM generate_series(1, %s) n",
            [kind, ROWS],
        )


def kinds(database: Database) -> list[tuple[str, int]]:
    with psycopg.connect(database.owner_url) as connection:
        return connection.execute("SELECT kind, count(*) FROM identity_organisation GROUP BY 1").fetchall()


def home_of(database: Database) -> Path:
    return from_environment(database.environment).home


def keep_a_group(home: Path) -> None:
    (home / "cohorts").mkdir(parents=True, exist_ok=True)
    (home / "cohorts" / "0001.json").write_text("told before")
    (home / "cohorts" / "asked.ndjson").write_text('{"at": "2026-11-01"}\n')


@pytest.mark.database
def test_what_is_restored_is_what_was_backed_up(fresh_database: Database, tmp_path: Path) -> None:
    fill(fresh_database, "practice")
    keep_a_group(home_of(fresh_database))
    file = tmp_path / "whole.backup"
    made = careweave(fresh_database, "backup", str(file), "--json")
    assert made.returncode == 0, made.stderr
    assert "keys_not_included" in made.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    fill(fresh_database, "housing")
    told = home_of(fresh_database) / "cohorts"
    (told / "0001.json").unlink()
    (told / "0002.json").write_text("told since")
    (told / "asked.ndjson").write_text('{"at": "2026-11-02"}\n')
    restored = careweave(fresh_database, "restore", str(file))
    assert restored.returncode == 0, restored.stderr
    assert kinds(fresh_database) == [("practice", ROWS)]
    assert list(tmp_path.iterdir()) == [file]
    assert (told / "0001.json").read_text() == "told before", "counted groups are in the backup and come back"
    assert (told / "0002.json").read_text() == "told since", "what was told since cannot be untold"
    assert (told / "asked.ndjson").read_text() == '{"at": "2026-11-01"}\n{"at": "2026-11-02"}\n'


@pytest.mark.database
def test_after_a_restore_the_serving_role_has_exactly_the_rights_that_it_had(
    fresh_database: Database, tmp_path: Path
) -> None:
    rights = (
        "SELECT table_schema, table_name, privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee IN ('careweave_serving', 'PUBLIC') AND table_schema IN ('public', 'record') ORDER BY 1, 2, 3"
    )
    functions = (
        "SELECT p.oid::regprocedure::text, has_function_privilege('careweave_serving', p.oid, 'EXECUTE') "
        "FROM pg_proc p WHERE pronamespace = 'record'::regnamespace ORDER BY 1"
    )

    def held() -> list[object]:
        with psycopg.connect(fresh_database.owner_url) as connection:
            return [connection.execute(query).fetchall() for query in (rights, functions)]

    before = held()
    file = tmp_path / "rights.backup"
    assert careweave(fresh_database, "backup", str(file)).returncode == 0
    assert careweave(fresh_database, "restore", str(file)).returncode == 0
    assert held() == before
    with (
        psycopg.connect(fresh_database.serving_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT * FROM record.gate_key")


@pytest.mark.database
def test_the_gate_key_is_not_in_the_backup_and_is_put_back_from_its_file(
    fresh_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "secret.backup"
    assert careweave(fresh_database, "backup", str(file)).returncode == 0
    configuration = from_environment(fresh_database.environment)
    text = tools.run(configuration, "pg_restore", "--file=-", str(file))
    pad = bytes(byte ^ 0x36 for byte in key_bytes(configuration, "gate").ljust(64, b"\0")).hex()
    assert "CREATE TABLE record.gate_key" in text
    assert pad not in text
    assert careweave(fresh_database, "restore", str(file)).returncode == 0
    with psycopg.connect(fresh_database.owner_url) as connection:
        held = connection.execute("SELECT encode(inner_pad, 'hex') FROM record.gate_key").fetchall()
    assert held == [(pad,)]


@pytest.mark.database
@pytest.mark.parametrize("damage", ["cut short", "not a backup", "empty"])
def test_a_damaged_file_is_refused_and_the_database_stays(
    fresh_database: Database, tmp_path: Path, damage: str
) -> None:
    fill(fresh_database, "practice")
    file = tmp_path / "damaged.backup"
    assert careweave(fresh_database, "backup", str(file)).returncode == 0
    content = file.read_bytes()
    file.write_bytes(
        {"cut short": content[: len(content) * 2 // 3], "not a backup": b"Hello", "empty": b""}[damage]
    )
    fill(fresh_database, "housing")
    refused = careweave(fresh_database, "restore", str(file), "--json")
    assert refused.returncode == 1
    assert '"error"' in refused.stdout
    assert kinds(fresh_database) == [("housing", ROWS)]


def kill_restores(database: Database, file: Path, moments: list[float]) -> set[str]:
    """Restore again and again, killed after so many seconds; which whole states were seen afterwards."""
    seen = set()
    command = [sys.executable, "-m", "careweave.cli", "restore", str(file)]
    for moment in moments:
        process = subprocess.Popen(
            command, env=database.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(moment)
        process.kill()
        process.wait()
        ((kind, count),) = kinds(database)
        assert count == ROWS
        seen.add(kind)
        fill(database, "housing")
    return seen


@pytest.mark.database
def test_a_restore_killed_at_some_moments_leaves_one_state_or_the_other(
    fresh_database: Database, tmp_path: Path
) -> None:
    fill(fresh_database, "practice")
    file = tmp_path / "killed.backup"
    assert careweave(fresh_database, "backup", str(file)).returncode == 0
    fill(fresh_database, "housing")
    assert kill_restores(fresh_database, file, [0.7, 1.2, 1.7]) <= {"practice", "housing"}
    assert careweave(fresh_database, "restore", str(file)).returncode == 0
    assert kinds(fresh_database) == [("practice", ROWS)]
    with psycopg.connect(fresh_database.owner_url) as connection:
        left = connection.execute(
            "SELECT datname FROM pg_database WHERE datname ~ %s",
            [f"^{fresh_database.name}_(restoring|replaced)_"],
        ).fetchall()
    assert left == []


@pytest.mark.long
@pytest.mark.database
def test_a_restore_killed_at_50_random_moments_leaves_one_state_or_the_other(
    fresh_database: Database, tmp_path: Path
) -> None:
    fill(fresh_database, "practice")
    file = tmp_path / "killed.backup"
    assert careweave(fresh_database, "backup", str(file)).returncode == 0
    began = time.monotonic()
    assert careweave(fresh_database, "restore", str(file)).returncode == 0
    whole = time.monotonic() - began
    fill(fresh_database, "housing")
    draw = random.Random(50)
    moments = [draw.uniform(0.3, 1.1) * whole for _ in range(50)]
    assert kill_restores(fresh_database, file, moments) == {"practice", "housing"}
    assert careweave(fresh_database, "restore", str(file)).returncode == 0
    assert kinds(fresh_database) == [("practice", ROWS)]


@pytest.mark.database
@pytest.mark.parametrize(
    "lost", ["DELETE FROM record.gate_key", "REVOKE SELECT ON record.resource FROM careweave_serving"]
)
def test_a_database_whose_migration_was_killed_before_its_end_is_finished_by_the_next_run(
    fresh_database: Database, lost: str
) -> None:
    wanted = described(fresh_database.owner_url)
    with psycopg.connect(fresh_database.owner_url) as connection:
        connection.execute("COMMENT ON SCHEMA record IS NULL")
        connection.execute(lost)
    refused = careweave(fresh_database, "account", "leave", "nobody@example.org")
    assert "Run: careweave migrate" in refused.stderr
    assert careweave(fresh_database, "migrate", "--json").stdout == '{"migrated": true}\n'
    assert described(fresh_database.owner_url) == wanted
    assert careweave(fresh_database, "migrate", "--json").stdout == '{"migrated": false}\n'


@pytest.mark.long
@pytest.mark.database
def test_a_migration_killed_at_50_random_moments_ends_in_the_same_schema(fresh_database: Database) -> None:
    """Each time from an empty database; what was not finished is finished by the next run."""
    name = f"{fresh_database.name}_empty"
    urls = {
        "CAREWEAVE_OWNER_URL": fresh_database.owner_url.replace(f"/{fresh_database.name}", f"/{name}"),
        "CAREWEAVE_SERVING_URL": fresh_database.serving_url.replace(f"/{fresh_database.name}", f"/{name}"),
    }
    command = [sys.executable, "-m", "careweave.cli", "migrate"]
    draw = random.Random(51)
    wanted = described(fresh_database.owner_url)
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as connection:
        for _ in range(50):
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            connection.execute(f"GRANT CONNECT ON DATABASE {name} TO careweave_serving")
            try:
                process = subprocess.Popen(command, env={**os.environ, **urls}, stderr=subprocess.DEVNULL)
                time.sleep(draw.uniform(0.2, 3.0))
                process.kill()
                process.wait()
                done = subprocess.run(command, env={**os.environ, **urls}, capture_output=True, text=True)
                assert done.returncode == 0, done.stderr
                assert described(urls["CAREWEAVE_OWNER_URL"]) == wanted
            finally:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def described(url: str) -> list[tuple[object, ...]]:
    """Every column, constraint, index, function and policy of our schemas."""
    queries = (
        "SELECT table_schema, table_name, column_name, data_type, is_nullable FROM information_schema.columns "
        "WHERE table_schema IN ('public', 'record') ORDER BY 1, 2, 3",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace IN ('public'::regnamespace, 'record'::regnamespace) ORDER BY 1, 2",
        "SELECT indexdef FROM pg_indexes WHERE schemaname IN ('public', 'record') ORDER BY 1",
        "SELECT oid::regprocedure::text, md5(prosrc) FROM pg_proc WHERE pronamespace = 'record'::regnamespace ORDER BY 1",
        "SELECT tablename, policyname, qual, with_check FROM pg_policies ORDER BY 1, 2",
        "SELECT app, name FROM django_migrations ORDER BY 1, 2",
        "SELECT nspname, nspacl::text, obj_description(oid) FROM pg_namespace WHERE nspname = 'record'",
        "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants "
        "WHERE table_schema IN ('public', 'record') ORDER BY 1, 2, 3",
        "SELECT encode(inner_pad, 'hex') FROM record.gate_key",
    )
    with psycopg.connect(url) as connection:
        return [row for query in queries for row in connection.execute(query).fetchall()]
