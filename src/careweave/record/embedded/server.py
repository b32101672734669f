"""Sets up one data folder, and starts and stops the server on it; ready means a real query was answered."""

import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import pq

from careweave.configuration import DATABASE, embedded_url, key_text, make_private_folder
from careweave.record.embedded.binaries import Binaries, runnable_by
from careweave.record.embedded.place import Place
from careweave.record.embedded.postmaster import Postmaster
from careweave.record.embedded.scram import verifier
from careweave.record.embedded.tuning import options

SUPERUSER = "postgres"
PAUSE = 0.25
PATIENCE = 90.0  # without any sign of life
PATIENCE_FOR_RECOVERY = 1800.0  # while it says that it is replaying its log


class DidNotStart(Exception):
    """The server could not be started; the message holds the end of what it said."""


@dataclass(frozen=True)
class Server:
    place: Place
    binaries: Binaries
    data: Path
    durable: bool = True
    is_private: bool = False  # during an upgrade nobody else may find it

    @property
    def sockets(self) -> Path:
        return self.place.sockets / "u" if self.is_private else self.place.sockets

    @property
    def superuser_url(self) -> str:
        return self.url(SUPERUSER, "postgres")

    def url(self, role: str, database: str = DATABASE) -> str:
        return embedded_url(self.place.configuration, role, database, self.sockets)

    @property
    def postmaster(self) -> Postmaster:
        return Postmaster(self.data, self.place.account)

    def control(self, *arguments: str, patience: float = 60.0) -> str:
        """Run pg_ctl as the server's account; what it said."""
        command = [self.binaries.tool("pg_ctl"), "-D", "{folder}", "-t", str(int(patience)), *arguments]
        done = self.place.account.run(command, folder=self.data)
        return done.stdout + done.stderr


def why_silent(url: str) -> str | None:
    """None when a real query is answered; otherwise what went wrong."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            connection.execute("SELECT 1").fetchone()
    except psycopg.OperationalError as error:
        return str(error)
    return None


def set_up(place: Place, binaries: Binaries, target: Path) -> None:
    """Make an empty data folder elsewhere, then rename it: a folder with the right name is always whole."""
    for abandoned in target.parent.glob("new-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    make_private_folder(target.parent)
    workshop = Path(tempfile.mkdtemp(prefix="new-", dir=target.parent))
    password = key_text(place.configuration, f"password-{SUPERUSER}")
    (workshop / "verifier").write_text(verifier(password) + "\n", encoding="ascii")
    place.setup_account.take(workshop)
    _initialise(place, runnable_by(binaries, place.setup_account), workshop)
    fresh = workshop / "data"
    place.account.take(fresh)
    sync(fresh)
    fresh.rename(target)
    sync(target.parent)
    shutil.rmtree(workshop)


def _initialise(place: Place, binaries: Binaries, workshop: Path) -> None:
    arguments = {
        "pgdata": "{folder}/data",
        "pwfile": "{folder}/verifier",
        "username": SUPERUSER,
        "encoding": "UTF8",
        "locale": "C.UTF-8",
        "auth-local": "scram-sha-256",
        "auth-host": "reject",
    }
    given = [f"--{name}={text}" for name, text in arguments.items()]
    done = place.setup_account.run([binaries.tool("initdb"), "--data-checksums", *given], folder=workshop)
    if done.returncode != 0:
        raise DidNotStart(f"The database could not be set up.\n{done.stdout}{done.stderr}".strip())


def sync(folder: Path) -> None:
    """Make a rename survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def start(server: Server) -> None:
    """Start until it answers: one killed a moment ago leaves a lock and orphans that pass by themselves."""
    server.place.make_socket_folder(server.sockets)
    server = replace(server, binaries=runnable_by(server.binaries, server.place.account))
    said, began, seen = "", time.monotonic(), time.monotonic()
    while (silence := why_silent(server.superuser_url)) is not None:
        now = time.monotonic()
        if now - seen > PATIENCE or now - began > PATIENCE_FOR_RECOVERY:
            words = "\n".join(filter(None, (said.strip(), _last_words(server), silence)))
            raise DidNotStart(f"The database in {server.data} did not start.\n{words}")
        if _is_recovering(server):
            seen = now
        elif not server.postmaster.is_running:
            server.postmaster.forget_the_dead()
            said = _launch(server)
        elif now - seen > PATIENCE / 3:
            stop(server)  # alive, but its socket was swept away
        time.sleep(PAUSE)


def stop(server: Server) -> bool:
    """Stop it, in a hurry only if it does not go; whether anything was running."""
    if not server.postmaster.is_running:
        return False
    for signal_number, patience in ((signal.SIGINT, 60.0), (signal.SIGQUIT, 30.0)):
        server.postmaster.send(signal_number)
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if not server.postmaster.is_running:
                return True
            time.sleep(0.02)
    raise DidNotStart(f"The database in {server.data} does not stop.")


def _launch(server: Server) -> str:
    arguments = options(server.binaries, server.sockets, durable=server.durable)
    return server.control("-w", "-l", "{folder}/startup.log", "-o", _one_line(arguments), "start")


def _one_line(arguments: list[str]) -> str:
    """pg_ctl hands this to a shell: each word is quoted as the shell wants it."""
    return " ".join("'" + argument.replace("'", "'\\''") + "'" for argument in arguments)


def _is_recovering(server: Server) -> bool:
    return pq.PGconn.ping(server.superuser_url.encode()) == pq.Ping.REJECT


def _last_words(server: Server) -> str:
    log = server.data / "startup.log"
    return log.read_text(errors="replace")[-2000:] if log.exists() else ""
