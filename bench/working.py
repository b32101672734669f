"""A hundred people at their work at once, as browsers would ask, in a Riverside of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.kit.machine import watched
from bench.kit.place import postmaster_of, scratch_place
from bench.kit.report import Report

PEOPLE = int(os.environ.get("BENCH_PEOPLE", "5000"))
THINK, WARM_UP, SECONDS = 10, 60, 240
AT_WORK = {  # who, doing what, in how many browsers
    "priya": ("coordinating", 10),
    "tom": ("coordinating", 10),
    "shazia": ("coordinating", 10),
    "amina": ("at the practice", 12),
    "carol": ("at the practice", 10),
    "maria": ("coordinating", 6),
    "alan": ("coordinating", 6),
    "angela": ("coordinating", 4),
    "daniel": ("at the door", 8),
    "grace": ("visiting", 6),
    "ben": ("counting", 2),
    "joe": ("at home", 6),
    "annie": ("at home", 5),
    "marie": ("caring", 5),
}
Found = dict[str, list[float]]


def measure(report: Report) -> None:
    with scratch_place() as home:
        subprocess.run(_careweave("demo", "--people", str(PEOPLE)), check=True, stdout=subprocess.DEVNULL)
        server = postmaster_of(home)
        everyone = sum(count for _, count in AT_WORK.values())
        report.section(
            "A hundred people at once",
            f"""Riverside with {PEOPLE:,} people, served by `careweave serve` as it stands (two processes of
            four threads, and the background work) on the same two cores as PostgreSQL and the {everyone}
            browsers: {len(AT_WORK)} accounts of the demonstration, each in several browsers, every one with
            its own session, cookies and connection. They walk their day: lists, people, notes, plans,
            crisis cards, visits, their own pages. Between two steps each thinks {THINK} seconds (5 to 15,
            evenly). A step is from asking until the whole page is there, redirections included; pictures
            and style sheets are not fetched again. {WARM_UP} seconds of arriving and signing in are not
            counted.""",
        )
        with _served() as url:
            _open_loop(report, url, server)
            _closed_loop(report, url, server)


def _open_loop(report: Report, url: str, server: int) -> None:
    with watched(server) as span:
        steps, wrong = _crowd(url, think=THINK, seconds=SECONDS)
    every = sorted(each for times in steps.values() for each in times)
    report.figure(
        f"{len(every):,} steps of 100 people",
        f"{_words(every)}; {len(every) / SECONDS:.1f}/s",
        "p95 < 500 ms",
        span,
    )
    report.figure("Answers that were wrong", str(len(wrong)) + _first(wrong), "none")
    for name, times in sorted(steps.items(), key=lambda one: -len(one[1])):
        report.figure(name, f"{_words(sorted(times))}; {len(times)} times")


def _closed_loop(report: Report, url: str, server: int) -> None:
    """How much there would be to have: nobody thinks, everyone asks again at once."""
    with watched(server) as span:
        steps, wrong = _crowd(url, think=0, seconds=60)
    every = sorted(each for times in steps.values() for each in times)
    found = f"{len(every) / 60:.0f} steps/s; {_words(every)}; {len(wrong)} wrong{_first(wrong)}"
    report.figure("The limit: the same hundred without thinking", found, "", span)


def _crowd(url: str, *, think: float, seconds: float) -> tuple[Found, list[str]]:
    people = {f"{name}@riverside.example": at for name, at in AT_WORK.items()}
    told = {"url": url, "people": people, "think": think, "warm_up": WARM_UP, "seconds": seconds}
    asked = subprocess.run(
        [sys.executable, "-m", "bench.kit.crowd"],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(asked.stdout)
    return found["steps"], found["wrong"]


@contextmanager
def _served() -> Iterator[str]:
    serving = subprocess.Popen(
        _careweave("serve", "--port", "0", "--json"), stdout=subprocess.PIPE, text=True
    )
    assert serving.stdout is not None
    try:
        yield json.loads(serving.stdout.readline())["url"]
    finally:
        serving.terminate()
        serving.wait(timeout=30)


def _careweave(*words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("careweave")), *words]


def _first(wrong: list[str]) -> str:
    return f" ({wrong[0]})" if wrong else ""


def _words(ordered: list[float]) -> str:
    if not ordered:
        return "none"
    shares = {name: ordered[min(len(ordered) - 1, int(len(ordered) * at))] for name, at in SHARES.items()}
    return ", ".join(f"{name} {found:.0f}" for name, found in shares.items()) + " ms"


SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
