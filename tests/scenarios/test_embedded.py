"""The embedded database keeps its promises on this machine: closed, private, checked, and hard to kill."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from careweave.configuration import Configuration, ConfigurationError, embedded_url, from_environment
from careweave.record.embedded import ensure_running, is_running, stop
from careweave.record.embedded.account import UNPRIVILEGED
from careweave.record.embedded.lifecycle import current_server
from careweave.record.embedded.place import Place

ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Configuration]:
    """A home inside a folder that nobody else may enter."""
    parent = tmp_path_factory.mktemp("private")
    parent.chmod(0o700)
    made = from_environment({**os.environ, "CAREWEAVE_HOME": str(parent / "home")})
    ensure_running(made)
    yield made
    stop(made)


def ask(url: str, query: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return str(row[0])


def postmaster(configuration: Configuration) -> int:
    pid = current_server(Place(configuration)).postmaster.pid
    assert pid is not None
    return pid


@pytest.mark.database
class TestPromises:
    def test_it_listens_to_no_network_address(self, configuration: Configuration) -> None:
        assert ask(ensure_running(configuration).serving, "SHOW listen_addresses") == ""
        inodes = {os.readlink(link) for link in Path(f"/proc/{postmaster(configuration)}/fd").iterdir()}
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{postmaster(configuration)}/net/{table}").read_text().splitlines()[1:]:
                assert f"socket:[{line.split()[9]}]" not in inodes

    def test_its_socket_lies_in_a_folder_of_its_account_alone(self, configuration: Configuration) -> None:
        folder = configuration.socket_folder.lstat()
        assert stat.S_IMODE(folder.st_mode) == 0o700
        assert folder.st_uid == (UNPRIVILEGED if ROOT else os.geteuid())

    def test_every_password_is_a_file_that_only_its_owner_may_read(
        self, configuration: Configuration
    ) -> None:
        keys = configuration.home / "keys"
        assert stat.S_IMODE(keys.stat().st_mode) == 0o700
        files = list(keys.iterdir())
        assert {"password-postgres", "password-careweave_owner"} <= {file.name for file in files}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}

    def test_its_data_are_private_and_the_folders_above_stay_shut(self, configuration: Configuration) -> None:
        data = current_server(Place(configuration)).data
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        for folder in (configuration.home, configuration.home.parent):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_it_never_runs_as_root(self, configuration: Configuration) -> None:
        owner = Path(f"/proc/{postmaster(configuration)}").stat().st_uid
        assert owner == (UNPRIVILEGED if ROOT else os.geteuid())
        assert owner != 0

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("data_checksums", "on"),
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("synchronous_commit", "on"),
            ("password_encryption", "scram-sha-256"),
            ("server_encoding", "UTF8"),
            ("jit", "off"),
        ],
    )
    def test_it_is_durable_and_checked(self, configuration: Configuration, setting: str, value: str) -> None:
        assert ask(ensure_running(configuration).serving, f"SHOW {setting}") == value

    def test_it_wants_a_password_from_everyone(self, configuration: Configuration) -> None:
        for role in ("postgres", "careweave_owner", "careweave_serving"):
            wrong = f"postgresql://{role}:wrong@/postgres?host={configuration.socket_folder}"
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(wrong)
        rules = "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules WHERE type = 'local'"
        assert ask(embedded_url(configuration, "postgres"), rules) == "scram-sha-256"

    def test_the_serving_role_is_an_ordinary_one(self, configuration: Configuration) -> None:
        flags = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles"
        serving = ensure_running(configuration).serving
        assert ask(serving, f"{flags} WHERE rolname = current_user") == "False"


@pytest.mark.database
class TestLife:
    def test_starting_again_finds_it_running(self, configuration: Configuration) -> None:
        ensure_running(configuration)
        before = postmaster(configuration)
        began = time.monotonic()
        ensure_running(configuration)
        assert postmaster(configuration) == before
        assert time.monotonic() - began < 1

    def test_committed_rows_survive_kill_9_and_it_starts_again(self, configuration: Configuration) -> None:
        owner = ensure_running(configuration).owner
        with psycopg.connect(owner) as connection:
            connection.execute("CREATE TABLE survived AS SELECT generate_series(1, 1000) AS n")
        for kept in range(1000, 1003):
            killed = postmaster(configuration)
            os.kill(killed, signal.SIGKILL)
            assert ask(ensure_running(configuration).owner, "SELECT count(*) FROM survived") == str(kept)
            assert postmaster(configuration) != killed
            with psycopg.connect(owner) as connection:
                connection.execute("INSERT INTO survived VALUES (0)")

    def test_a_lock_file_that_names_another_program_is_no_obstacle(
        self, configuration: Configuration
    ) -> None:
        """A container that starts again gives the old number to somebody else."""
        ensure_running(configuration)
        lock = current_server(Place(configuration)).postmaster.lock_file
        lines = lock.read_text().splitlines()
        stop(configuration)
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        os.chown(lock, lock.parent.stat().st_uid, lock.parent.stat().st_gid)
        ensure_running(configuration)
        assert is_running(configuration)

    def test_two_processes_that_start_it_at_once_share_one(self, tmp_path: Path) -> None:
        environment = {**os.environ, "CAREWEAVE_HOME": str(tmp_path / "home")}
        code = (
            "import os; from careweave.configuration import from_environment as f;"
            "from careweave.record.embedded import ensure_running as e; import psycopg;"
            "print(psycopg.connect(e(f(os.environ)).serving).execute("
            "'SELECT pg_postmaster_start_time()').fetchone()[0])"
        )
        running = [
            subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        try:
            answers = [process.communicate(timeout=120)[0] for process in running]
            assert [process.returncode for process in running] == [0, 0, 0]
            assert len(set(answers)) == 1
        finally:
            stop(from_environment(environment))

    def test_stop_stops_it_and_says_so(self, configuration: Configuration) -> None:
        ensure_running(configuration)
        pid = postmaster(configuration)
        assert stop(configuration) is True
        assert not Path(f"/proc/{pid}/cwd").exists()
        assert not is_running(configuration)
        assert stop(configuration) is False

    @pytest.mark.skipif(not ROOT, reason="only root can give a folder away")
    def test_data_of_another_account_are_refused(self, configuration: Configuration) -> None:
        stop(configuration)
        data = current_server(Place(configuration)).data
        os.chown(data, 1, 1)
        try:
            with pytest.raises(ConfigurationError, match="belongs to account 1"):
                ensure_running(configuration)
        finally:
            os.chown(data, UNPRIVILEGED, UNPRIVILEGED)

    def test_a_socket_folder_that_others_may_enter_is_refused(self, configuration: Configuration) -> None:
        ensure_running(configuration)
        stop(configuration)
        configuration.socket_folder.mkdir(mode=0o700)
        configuration.socket_folder.chmod(0o755)
        try:
            with pytest.raises(Exception, match="not a private folder"):
                ensure_running(configuration)
        finally:
            configuration.socket_folder.rmdir()

    def test_a_server_whose_setting_up_was_killed_is_set_up_afresh(self, tmp_path: Path) -> None:
        environment = {**os.environ, "CAREWEAVE_HOME": str(tmp_path / "home")}
        made = from_environment(environment)
        code = (
            "import os; from careweave.configuration import from_environment as f;"
            "from careweave.record.embedded import ensure_running as e; e(f(os.environ))"
        )
        try:
            for delay in (0.2, 0.35, 0.5, 0.65, 0.8, 1.0):
                process = subprocess.Popen([sys.executable, "-c", code], env=environment)
                threading.Timer(delay, process.kill).start()
                process.wait()
            assert ask(ensure_running(made).serving, "SELECT 1") == "1"
        finally:
            stop(made)
