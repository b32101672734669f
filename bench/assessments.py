"""Assessments: saving one section of the full form as typed, and opening it, through the pages' own code."""

from __future__ import annotations

import time
from pathlib import Path

from bench.kit import synthea
from bench.kit.machine import watched
from bench.kit.people import Ready, make_ready
from bench.kit.place import postmaster_of, scratch_place
from bench.kit.report import Report

SAVES = 200
SECTION = "function"


def measure(report: Report) -> None:
    """On a place with the 409 people as supplied; the person with the longest record is assessed."""
    with scratch_place() as home:
        server = postmaster_of(home)
        _load(home)
        ready = make_ready(tasks=0)
        report.section(
            "A section of the full assessment",
            f"""Django's test client on the page's own code, with its middleware, session, gate, access rules and audit, on
            a durable database (fsync on): {SAVES} times one section of seven questions is saved as typed, each time with
            another word, while the draft holds every other section as well; then shown. Without HTTP and without a
            browser. Target: under 150 ms a save.""",
        )
        _saves(report, server, ready)


def _load(home: Path) -> None:
    from careweave.intake.loading import load

    file = home / "bench.ndjson"
    synthea.write_copy(synthea.bundles(), 0, file)
    load([file], source="RVR", workers=2)
    file.unlink()


def _saves(report: Report, server: int, ready: Ready) -> None:
    from django.conf import settings
    from django.test import Client

    client = Client(HTTP_HOST="localhost")
    client.cookies[settings.SESSION_COOKIE_NAME] = ready.cookie
    address = f"/people/{ready.people[0]}/assess/full-assessment"
    _fill_every_section(ready)
    times: list[float] = []
    with watched(server) as span:
        for number in range(SAVES):
            began = time.perf_counter()
            answer = client.post(f"{address}/{SECTION}/draft", _typed(number))
            times.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.content
    report.figure("Saving a section as typed", _words(times), "< 150 ms", span)
    times = []
    with watched(server) as span:
        for _ in range(SAVES // 4):
            began = time.perf_counter()
            answer = client.get(f"{address}/{SECTION}")
            times.append(time.perf_counter() - began)
            assert answer.status_code == 200
    report.figure("Showing it", _words(times), "", span)


def _fill_every_section(ready: Ready) -> None:
    from django.utils import timezone

    from careweave.care.assessments.drafting import save_answers
    from careweave.care.assessments.questions import Answer
    from careweave.care.assessments.reading import assessment
    from careweave.record import Actor, Gate, Purpose

    gate = Gate(Actor(ready.party, "coordinator", "RVR", ready.name), Purpose.DIRECT_CARE)
    form = assessment("full-assessment", on=timezone.localdate())
    words = "Told at home, in a sentence or two as people do. " * 4
    answers = {
        question.id: Answer(question.options[0] if question.options else words)
        for question in form.questions.values()
        if question.type in ("choice", "text", "string")
    }
    save_answers(gate, person_id=ready.people[0], answers=answers, form_id=form.id)


def _typed(number: int) -> dict[str, str]:
    """The section as a browser posts it; what the page had shown is not checked, so that each save is one."""
    from django.utils import timezone

    from careweave.care.assessments.reading import assessment

    section = assessment("full-assessment", on=timezone.localdate()).section(SECTION)
    assert section is not None
    posted = {f"was-{question.id}": "0" for question in section.questions}
    posted |= {f"a-{question.id}": question.options[0] for question in section.questions if question.options}
    return {**posted, "t-falls-how": f"On the stairs, the {number}th time"}


def _words(times: list[float]) -> str:
    ordered = sorted(times)
    return f"p50 {ordered[len(ordered) // 2] * 1000:.0f} ms, p95 {ordered[int(len(ordered) * 0.95)] * 1000:.0f} ms"
