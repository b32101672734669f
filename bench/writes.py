"""Writing through the gate: transactions of 150 resources, one client and four, and what the parts cost."""

from __future__ import annotations

import multiprocessing
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.kit.machine import watched
from bench.kit.place import postmaster_of, scratch_place
from bench.kit.report import Report

SENDER = "RVR"
SIZE = 150
BUNDLES = 60
CLIENTS = 4
TARGET = 1400


def measure(report: Report) -> None:
    """Each client is a process, as each worker of the server is."""
    report.section(
        "Transactions through the gate",
        f"""Bundles of one person with {SIZE} resources of 840 bytes on average, which point at each other by urn:uuid,
        on a durable database (fsync on): parsed, validated, decided, ids and references made the record's own, stored
        with search tokens, change events, Provenance and audit; all of a bundle in one transaction. Without HTTP.""",
    )
    with scratch_place() as home:
        server = postmaster_of(home)
        let_in()
        for clients in (1, CLIENTS):
            with workers(clients) as pool, watched(server) as span:  # their start is not the work
                started = time.monotonic()
                seconds = pool.map(send, [BUNDLES // clients] * clients)
                took = time.monotonic() - started
                done = BUNDLES // clients * clients * SIZE
            each = sorted(moment for some in seconds for moment in some)
            report.figure(
                f"{clients} client{'s' if clients > 1 else ''}",
                f"{done / took:,.0f} resources/s; a bundle p50 {each[len(each) // 2] * 1000:.0f} ms,"
                f" p95 {each[int(len(each) * 0.95)] * 1000:.0f} ms; {1000 * span.ours / done:.2f} ms processor each",
                f"≥ {TARGET:,}/s" if clients == CLIENTS else "",
                span,
            )


def let_in() -> None:
    """The sender's system acts for its organisation, as registering it arranges."""
    from careweave.identity.staffing import administering
    from careweave.record.parties import join

    join(administering(), actor="system:bench", party=f"org:{SENDER}")


@contextmanager
def workers(clients: int) -> Iterator[Any]:
    """Processes of their own, started before the clock."""
    with multiprocessing.get_context("spawn").Pool(clients, initializer=begin) as pool:
        pool.map(send, [1] * clients)
        yield pool


def begin() -> None:
    import django

    django.setup()


def send(bundles: int) -> list[float]:
    """Send this many people; returns how long each took."""
    from careweave.record import Actor, Gate, Purpose
    from careweave.record.changes import Act, Change
    from careweave.record.validation import parse, write

    took = []
    for document in [write(person()) for _ in range(bundles)]:
        started = time.monotonic()
        entries = parse(document)["entry"]
        changes = [
            Change(
                Act.CREATE,
                entry["resource"]["resourceType"],
                body=entry["resource"],
                full_url=entry["fullUrl"],
            )
            for entry in entries
        ]
        Gate(Actor("system:bench", "system", SENDER), Purpose.INTAKE).transact(changes, client="bench")
        took.append(time.monotonic() - started)
    return took


# -- one person -------------------------------------------------------------------------------------------------


def person() -> dict[str, Any]:
    """Encounters with the observations, problems and reports that belong to each, as a hospital's system sends them."""
    entries: list[dict[str, Any]] = []
    patient = _add(entries, _patient())
    at = datetime(2015, 1, 1, 9, tzinfo=UTC)
    while len(entries) < SIZE:
        at += timedelta(days=60)
        visit = _add(entries, _visit(patient, at))
        about = {"subject": {"reference": patient}, "encounter": {"reference": visit}}
        _add(entries, _problem(about, at))
        for code, words in (
            ("4548-4", "Haemoglobin A1c"),
            ("2339-0", "Glucose"),
            ("38483-4", "Creatinine"),
        ) * 2:
            _add(entries, _result(about, at, code, words))
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries[:SIZE]}


def _add(entries: list[dict[str, Any]], resource: dict[str, Any]) -> str:
    url = f"urn:uuid:{uuid.uuid4()}"
    request = {"method": "POST", "url": resource["resourceType"]}
    entries.append({"fullUrl": url, "resource": resource, "request": request})
    return url


def _patient() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "text": _narrative("A made-up person, who is nobody."),
        "identifier": [{"system": "https://hospital.example/mrn", "value": uuid.uuid4().hex}],
        "name": [
            {"use": "official", "family": f"Holloway{uuid.uuid4().hex[:6]}", "given": ["Joseph", "Ann"]}
        ],
        "telecom": [{"system": "phone", "value": "01632 960101", "use": "home"}],
        "gender": "female",
        "birthDate": "1941-03-04",
        "address": [{"line": ["1 Example Road"], "city": "Riverside", "postalCode": "ZZ99 3VZ"}],
    }


def _visit(patient: str, at: datetime) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "text": _narrative("A made-up visit."),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "type": [_coded("http://snomed.info/sct", "185345009", "Encounter for symptom")],
        "subject": {"reference": patient, "display": "Joseph Holloway"},
        "participant": [{"individual": {"display": "Dr Example"}}],
        "period": {"start": at.isoformat(), "end": (at + timedelta(minutes=30)).isoformat()},
        "serviceProvider": {"display": "Riverside General Hospital"},
    }


def _problem(about: dict[str, Any], at: datetime) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/condition"
    return {
        "resourceType": "Condition",
        "text": _narrative("A made-up problem."),
        "clinicalStatus": _coded(f"{system}-clinical", "active", "Active"),
        "verificationStatus": _coded(f"{system}-ver-status", "confirmed", "Confirmed"),
        "category": [_coded(f"{system}-category", "encounter-diagnosis", "Encounter Diagnosis")],
        "code": _coded("http://snomed.info/sct", "13645005", "Chronic obstructive lung disease"),
        **about,
        "onsetDateTime": at.isoformat(),
        "recordedDate": at.isoformat(),
    }


def _result(about: dict[str, Any], at: datetime, code: str, words: str) -> dict[str, Any]:
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "text": _narrative("A made-up result."),
        "status": "final",
        "category": [_coded(category, "laboratory", "Laboratory")],
        "code": _coded("http://loinc.org", code, words),
        **about,
        "effectiveDateTime": at.isoformat(),
        "issued": at.isoformat(),
        "valueQuantity": {
            "value": 7.25,
            "unit": "mmol/L",
            "system": "http://unitsofmeasure.org",
            "code": "mmol/L",
        },
        "interpretation": [
            _coded("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "N", "Normal")
        ],
        "performer": [{"display": "Riverside General Hospital, Pathology"}],
        "note": [{"text": "Taken in clinic. " * 8}],
    }


def _coded(system: str, code: str, words: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": words}], "text": words}


def _narrative(words: str) -> dict[str, str]:
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'}
