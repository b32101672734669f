"""Reading at full size: the person page, the worklist, and `GET Patient/{id}` beside a bare view."""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.kit.machine import Span, watched
from bench.kit.people import FEW, TASKS, Ready, make_ready
from bench.kit.place import ask
from bench.kit.report import Report

SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
PORT = 8417
LUA = """local paths, i = {}, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
local headers = {["Cookie"] = os.getenv("COOKIE"), ["Accept"] = "application/fhir+json"}
function request() i = i % #paths + 1; return wrk.format("GET", paths[i], headers) end
function done(s, l, r)
  io.write(string.format("JSON [%f,%f,%f,%d]\\n", s.requests / s.duration * 1e6, l:percentile(50) / 1e3,
    l:percentile(95) / 1e3, s.errors.status + s.errors.connect + s.errors.read + s.errors.timeout))
end
"""


def measure(report: Report, home: Path, server: int) -> None:
    from careweave.web import wsgi  # noqa: F401 - as in a serving process: it also tells the garbage collector to be calm

    ready = make_ready()
    ask("ANALYZE")
    pages(report, server, ready)
    worklist(report, server, ready)
    single_reads(report, home, server, ready)


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def timed(call: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each call."""
    found = []
    for _ in range(times):
        before = time.perf_counter()
        call()
        found.append(1000 * (time.perf_counter() - before))
    return found


def said(times: list[float], span: Span) -> str:
    """The clock's answer, and what all our processes worked for it, which noise changes less."""
    each = 1000 * span.ours / len(times)
    return f"median {median(times):.0f} ms, p95 {p95(times):.0f} ms; {each:.0f} ms processor each"


# -- pages --------------------------------------------------------------------------------------------------------


def pages(report: Report, server: int, ready: Ready) -> None:
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    (count,) = ask("SELECT count(*) FROM record.resource")[0]
    report.section(
        "Person page",
        f"""`GET /people/{{id}}` in process, with Django's test client: middleware, session, gate, audit and template
        are in the time, the network is not. {int(str(count)):,} resources, {len(ready.people):,} people, each with one
        source record and a golden record; 200 people drawn at random with seed 1, each read for the first time.""",
    )
    client = Client(HTTP_HOST="localhost")
    client.cookies[settings.SESSION_COOKIE_NAME] = ready.cookie

    def get(person: str) -> None:
        answer = client.get(f"/people/{person}")
        assert answer.status_code == 200, answer.status_code

    get(ready.people[-1])
    chosen = random.Random(1).sample(ready.people, min(200, len(ready.people)))  # noqa: S311
    with watched(server) as span:
        times = [timed(lambda one=one: get(one), 1)[0] for one in chosen]  # type: ignore[misc]
    report.figure(f"{len(times)} people, first look", said(times, span), "< 60 and < 150 ms", span)
    with watched(server) as span:
        longest = timed(lambda: get(ready.people[0]), 21)
    report.figure(
        f"The longest record, first look {longest[0]:.0f} ms", said(longest, span), "< 60 and < 150 ms", span
    )
    asked = []
    for person in (ready.people[0], chosen[0]):
        with CaptureQueriesContext(connection) as queries:
            get(person)
        asked.append(len(queries))
    report.figure(
        "Statements, session and transactions included", f"{asked[0]} longest, {asked[1]} another", "bounded"
    )


def worklist(report: Report, server: int, ready: Ready) -> None:
    from django.conf import settings
    from django.test import Client

    from careweave.care.teams.worklists import waiting
    from careweave.record import Actor, Gate, Purpose

    report.section(
        "Worklist",
        f"""{TASKS:,} open tasks of a coordinator of {FEW:,} people, and as many of one who looks after all
        {len(ready.people):,}, each of them with a second record; a gate of its own for each call.""",
    )

    def work(party: str) -> None:
        gate = Gate(Actor(party, "coordinator", "RVR", ready.name), Purpose.DIRECT_CARE)
        assert len(waiting(gate).work) == TASKS

    for party, about in ((ready.of_few, FEW), (ready.party, len(ready.people))):
        work(party)
        with watched(server) as span:
            times = timed(lambda party=party: work(party), 7)  # type: ignore[misc]
        report.figure(f"All that waits, sorted: about {about:,} people", said(times, span), "< 300 ms", span)
    client = Client(HTTP_HOST="localhost")
    client.cookies[settings.SESSION_COOKIE_NAME] = ready.cookie
    with watched(server) as span:
        times = timed(lambda: client.get("/day"), 7)
    report.figure("My day, the whole page", said(times, span), "", span)


# -- one resource over HTTP ---------------------------------------------------------------------------------------


def single_reads(report: Report, home: Path, server: int, ready: Ready) -> None:
    from django.conf import settings
    from django.db import connections

    tool = "wrk" if shutil.which("wrk") else "a Python client with a thread a connection"
    report.section(
        "GET Patient/{id}",
        f"""`GET /fhir/R4/Patient/{{id}}` of golden records over loopback, by {tool}, from gunicorn as `careweave serve`
        runs it (2 processes of 4 threads): session and account read from the database, gate, audit row committed with
        fsync on. Beside it a bare view in the same processes, behind the same middleware: one row by its key, no
        session, no gate, no audit. Cold: gunicorn has just started and nobody has been read yet.""",
    )
    connections.close_all()
    cookie = f"{settings.SESSION_COOKIE_NAME}={ready.cookie}"
    people = random.Random(2).sample(ready.people, len(ready.people))  # noqa: S311
    reads = [f"/fhir/R4/Patient/{person}" for person in people]
    bare = [f"/bare/{person}" for person in people]
    with serving() as process:
        for words, clients in (("cold, 1 client", 1), ("warm, 1 client", 1), ("warm, 8 clients", 8)):
            with watched(server) as span:
                ours, plain = load(reads, clients, cookie), load(bare, clients, cookie)
            target = "≥ 600/s" if clients > 1 else "p50 +1 ms, p95 +5 ms at most"
            report.figure(
                f"Patient, {words}",
                f"{ours[0]:,.0f}/s, p50 {ours[1]:.2f} ms, p95 {ours[2]:.2f} ms; bare {plain[0]:,.0f}/s,"
                f" p50 {plain[1]:.2f} ms, p95 {plain[2]:.2f} ms; difference {ours[1] - plain[1]:.2f} and"
                f" {ours[2] - plain[2]:.2f} ms",
                target,
                span,
            )
        process.terminate()


@contextmanager
def serving() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.kit.server", str(PORT)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield process
    finally:
        process.terminate()
        process.wait(30)


def load(paths: list[str], clients: int, cookie: str) -> tuple[float, float, float]:
    """Requests a second, median and 95th percentile in milliseconds; fails when an answer is not 200."""
    found = _wrk(paths, clients, cookie) if shutil.which("wrk") else _threads(paths, clients, cookie)
    assert not found[3], f"{found[3]} answers were not 200"
    return found[0], found[1], found[2]


def _wrk(paths: list[str], clients: int, cookie: str) -> tuple[float, float, float, int]:
    with tempfile.TemporaryDirectory() as folder:
        script, listed = Path(folder, "paths.lua"), Path(folder, "paths")
        script.write_text(LUA, encoding="utf-8")
        listed.write_text("\n".join(paths), encoding="utf-8")
        done = subprocess.run(
            [
                "wrk",
                "-t1",
                f"-c{clients}",
                f"-d{SECONDS:.0f}s",
                "-s",
                str(script),
                f"http://127.0.0.1:{PORT}",
            ],
            env={**os.environ, "PATHS": str(listed), "COOKIE": cookie},
            capture_output=True,
            text=True,
            check=True,
        )
    line = next(line for line in done.stdout.splitlines() if line.startswith("JSON "))
    rate, middle, high, errors = json.loads(line[5:])
    return rate, middle, high, int(errors)


def _threads(paths: list[str], clients: int, cookie: str) -> tuple[float, float, float, int]:
    times: list[float] = []
    errors: list[int] = []
    until = time.monotonic() + SECONDS

    def ask_on(number: int) -> None:
        link = http.client.HTTPConnection("127.0.0.1", PORT)
        while time.monotonic() < until:
            before = time.perf_counter()
            link.request("GET", paths[(number + len(times)) % len(paths)], headers={"Cookie": cookie})
            answer = link.getresponse()
            answer.read()
            times.append(1000 * (time.perf_counter() - before))
            if answer.status != 200:
                errors.append(answer.status)

    threads = [threading.Thread(target=ask_on, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / SECONDS, median(times), p95(times), len(errors)
