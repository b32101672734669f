"""`careweave serve` answers, keeps its background work alive, and goes when it is told to or killed."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from careweave.configuration import from_environment
from careweave.record.embedded import is_running, stop
from tests.fixtures.database import Database

CAREWEAVE = [sys.executable, "-m", "careweave.cli"]


def processes(mark: str, command: str = "") -> list[int]:
    """Those started with this home in their environment, and this word in their command."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            said = (folder / "cmdline").read_bytes()  # empty for a zombie
            if said and command.encode() in said and mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> bool:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A place on a machine where nothing has ever run."""
    environment = {**os.environ, "CAREWEAVE_HOME": str(tmp_path_factory.mktemp("served") / "home")}
    yield environment
    stop(from_environment(environment))


@pytest.fixture
def served(home: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [*CAREWEAVE, "serve", "--port", "0", "--json"]
    process = subprocess.Popen(command, env=home, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.database
def test_one_command_on_an_empty_machine_serves_and_stop_stops_it(
    home: dict[str, str], served: tuple[subprocess.Popen[str], str]
) -> None:
    process, url = served
    assert status(f"{url}/sign-in") == 200
    with urllib.request.urlopen(f"{url}/fhir/R4/metadata", timeout=20) as told:
        assert json.loads(told.read())["implementation"]["url"] == f"{url}/fhir/R4"  # links lead here unasked
    stopped = subprocess.run(
        [*CAREWEAVE, "stop", "--json"], env=home, capture_output=True, text=True, check=True
    )
    assert json.loads(stopped.stdout)["database"] is True
    assert process.wait(timeout=30) == 0
    assert not is_running(from_environment(home))
    assert wait_until(lambda: processes(home["CAREWEAVE_HOME"]) == [])


@pytest.mark.database
def test_the_background_work_is_started_again_when_it_is_killed_and_ends_with_its_parent(
    home: dict[str, str], served: tuple[subprocess.Popen[str], str]
) -> None:
    process, _ = served

    def work() -> list[int]:
        return processes(home["CAREWEAVE_HOME"], "work\0--parent")

    assert wait_until(lambda: len(work()) == 1)
    (first,) = work()
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: len(work()) == 1 and work() != [first])
    process.kill()
    process.wait()
    assert wait_until(lambda: processes(home["CAREWEAVE_HOME"]) == [])


@pytest.mark.database
def test_a_monitor_on_this_machine_reads_figures_that_name_views_alone(
    served: tuple[subprocess.Popen[str], str],
) -> None:
    _, url = served
    assert (status(f"{url}/alive"), status(f"{url}/ready")) == (200, 200)
    status(f"{url}/people/6f1d4b52-0000-4000-8000-000000000001")
    status(f"{url}/fhir/R4/Patient/6f1d4b52-0000-4000-8000-000000000001")

    def figures() -> str:
        with urllib.request.urlopen(f"{url}/metrics", timeout=20) as answer:
            return str(answer.read().decode())

    assert wait_until(lambda: "careweave_work_last_done_seconds" in figures())
    assert 'careweave_request_seconds_count{method="GET",status="200",view="ready"} 1.0' in figures()
    assert 'careweave_request_seconds_count{method="GET",status="401",view="fhir"} 1.0' in figures()
    assert "6f1d4b52" not in figures()
    proxied = urllib.request.Request(f"{url}/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(proxied, timeout=20)
    refused.value.close()
    assert refused.value.code == 404


@pytest.mark.database
def test_pages_answer_again_after_the_database_was_killed(
    home: dict[str, str], served: tuple[subprocess.Popen[str], str]
) -> None:
    _, url = served
    assert status(f"{url}/sign-in") == 200
    lock = next((Path(home["CAREWEAVE_HOME"]) / "postgresql").glob("*/data/postmaster.pid"))
    os.kill(int(lock.read_text().splitlines()[0]), signal.SIGKILL)
    assert wait_until(lambda: is_running(from_environment(home)), 60)
    assert wait_until(lambda: status(f"{url}/sign-in") == 200)


@pytest.mark.database
def test_it_does_not_serve_through_a_role_that_could_step_around_row_level_security(
    fresh_database: Database,
) -> None:
    with psycopg.connect(fresh_database.owner_url) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO careweave_serving")
    command = [*CAREWEAVE, "serve", "--port", "0"]
    refused = subprocess.run(
        command, env=fresh_database.environment, capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 1
    assert "may create things in the schema public" in refused.stderr


@pytest.mark.database
def test_a_process_that_only_serves_need_not_know_the_owner(fresh_database: Database) -> None:
    environment = {
        name: value for name, value in fresh_database.environment.items() if name != "CAREWEAVE_OWNER_URL"
    }
    command = [*CAREWEAVE, "serve", "--port", "0", "--no-work", "--json"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout:
        assert status(f"{json.loads(process.stdout.readline())['url']}/sign-in") == 200
        process.terminate()
    refused = subprocess.run(
        [*CAREWEAVE, "migrate"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 1
    assert "CAREWEAVE_OWNER_URL" in refused.stderr
