"""The FHIR API with a token: the same work, from the same scripts, that measured the reference server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench.kit import wrk
from bench.kit.drawing import Bar, bars
from bench.kit.machine import watched
from bench.kit.place import ask, postmaster_of, scratch_place
from bench.kit.report import ROOT, Report

SCRIPTS = ROOT.parent / "shared" / "bench"
PEOPLE = int(os.environ.get("BENCH_PEOPLE", "160"))  # of 150 resources each
PORT = 8418
WORKERS = os.environ.get("BENCH_WORKERS", "2")
MRN = "https://bench.example.org/mrn"


@dataclass(frozen=True)
class Class:
    """One kind of request, its goal at the larger number of clients, and what the reference answered."""

    what: str
    paths: list[str]
    clients: tuple[int, int]
    goal: int
    reference: tuple[int, int]


def measure(report: Report) -> None:
    """The reference's own place: nothing else in it."""
    with scratch_place() as home:
        measure_in(report, home, "Reading with a token")


def measure_in(report: Report, home: Path, title: str) -> None:
    """Read, search and $everything of people whom a coordinator looks after, with gate, consent and audit on."""
    if not (SCRIPTS / "gen_bundles.py").exists() or not wrk.is_there():
        print("NOT MEASURED: fhir needs ../shared/bench/gen_bundles.py and wrk", flush=True)
        return
    people = loaded(home)
    token, ids = ready()
    ids = theirs() or ids
    ask("ANALYZE")
    server = postmaster_of(home)
    (resources,) = ask("SELECT count(*) FROM record.resource")[0]
    report.section(
        title,
        f"""{len(people)} people of the reference's own generator in a place of {int(str(resources)):,} resources, read
        by a coordinator of all of them through a bearer token that is looked up at each request: gate, choices, row
        security, and one audit row committed with fsync on for each answer. gunicorn as `careweave serve` runs it,
        {WORKERS} processes of 4 threads, wrk over loopback, all on the same cores as PostgreSQL. “Processor” is the
        time of all of these together, wrk included, which noise changes less than it changes the clock. The reference
        is Medplum 5.0.10 on a quiet machine of this size, without access policy or audit, holding these people alone.""",
    )
    drawn: list[Bar] = []
    with serving() as base:
        for each in classes(people, ids):
            drawn += one(report, base, token, each, server)
        beside_bare(report, base, token, ids, server)
    report.draw(bars(title, "a second", drawn))


def one(report: Report, base: str, token: str, each: Class, server: int) -> Iterator[Bar]:
    wrk.run(base, each.paths, clients=2, token=token, seconds=2)
    for clients, reference in zip(each.clients, each.reference, strict=True):
        with watched(server) as span:
            speed = wrk.run(base, each.paths, clients=clients, token=token)
        is_aimed = clients == each.clients[-1]
        cost = 1000 * span.ours / (speed.rate * span.seconds)
        found = f"{speed}; {cost:.2f} ms processor each, so {2000 / cost:,.0f}/s on two free cores"
        what = f"{each.what}, {clients} client{'s' * (clients > 1)}"
        report.figure(f"{what} (reference {reference})", found, f"≥ {each.goal}/s" if is_aimed else "", span)
        yield Bar(what, speed.rate, reference, each.goal if is_aimed else 0)


def beside_bare(report: Report, base: str, token: str, ids: list[str], server: int) -> None:
    """What gate, audit and token add to a view that reads one row."""
    for clients in (1, 8):
        with watched(server) as span:
            bare = wrk.run(base, [f"/bare/{id_}" for id_ in ids], clients=clients, token=token)
            ours = wrk.run(base, [f"/fhir/R4/Patient/{id_}" for id_ in ids], clients=clients, token=token)
        goal = "p50 +2 ms, p95 +8 ms at most" if clients == 1 else ""
        words = f"bare {bare}; read {ours}; difference p50 {ours.p50 - bare.p50:.1f}, p95 {ours.p95 - bare.p95:.1f} ms"
        report.figure(f"Patient read beside a bare view, {clients} clients", words, goal, span)


def classes(people: list[dict[str, str]], ids: list[str]) -> list[Class]:
    root = "/fhir/R4"
    numbers = [quote(f"{MRN}|{each['mrn']}", safe="") for each in people]
    by_number = [f"{root}/Patient?identifier={number}" for number in numbers]
    by_name = [f"{root}/Patient?family={each['family']}&birthdate={each['birthDate']}" for each in people]
    return [
        Class("Patient read", [f"{root}/Patient/{id_}" for id_ in ids], (1, 8), 800, (480, 761)),
        Class(
            "Observation of a person, 50 a page",
            [f"{root}/Observation?patient=Patient/{id_}&_count=50" for id_ in ids],
            (1, 8),
            250,
            (74, 91),
        ),
        Class(
            "Condition of a person",
            [f"{root}/Condition?patient=Patient/{id_}" for id_ in ids],
            (1, 8),
            500,
            (157, 269),
        ),
        Class("Patient by identifier", by_number, (1, 8), 500, (288, 481)),
        Class("Patient by family name and birth date", by_name, (1, 8), 500, (254, 413)),
        Class("$everything", [f"{root}/Patient/{id_}/$everything" for id_ in ids], (1, 4), 80, (15, 16)),
    ]


# -- the place ----------------------------------------------------------------------------------------------------


def loaded(home: Path) -> list[dict[str, str]]:
    """The reference's people, through the intake; who they are."""
    from careweave.intake.loading import load

    folder = home / "bundles"
    if not folder.exists():
        command = [sys.executable, str(SCRIPTS / "gen_bundles.py"), str(folder), "--persons", str(PEOPLE)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        lines = [json.dumps(json.loads(path.read_text())) for path in sorted(folder.glob("p*.json"))]
        (home / "bench.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
        result = load([home / "bench.ndjson"], source="RVR", workers=2)
        assert result.refused == 0, f"{result.refused} rows refused"
    index: list[dict[str, str]] = json.loads((folder / "index.json").read_text())
    return index


def theirs() -> list[str]:
    """The generator's own people: beside others in a larger place they are the same work."""
    rows = ask(
        "SELECT m.person FROM record.resource r JOIN record.membership m ON m.subject = r.id AND upper_inf(m.valid)"
        " WHERE r.type = 'Patient' AND r.source = 'RVR' AND r.body @> %s::jsonb",
        json.dumps({"identifier": [{"system": MRN}]}),
    )
    return [str(row[0]) for row in rows]


def ready() -> tuple[str, list[str]]:
    """A token of the coordinator who looks after everyone, and everyone's person id."""
    from datetime import timedelta

    from bench.kit.people import SOURCE, make_ready
    from careweave.identity import access_tokens
    from careweave.identity.clients_models import Client, Connection
    from careweave.identity.models import Account

    held = make_ready(tasks=0)
    scopes = "user/*.rs"
    program, _ = Client.objects.get_or_create(
        id="bench",
        name="Bench",
        kind=Client.Kind.APP,
        organisation_id=SOURCE,
        state=Client.State.APPROVED,
        requested_by="staff:a",
        approved_by="staff:b",
        scopes=scopes,
    )
    connection = Connection.objects.create(
        client=program,
        account=Account.objects.get(email="bench@example.org"),
        actor=held.party,
        role="coordinator",
        organisation=SOURCE,
        purpose="direct-care",
        scopes=scopes,
    )
    return access_tokens.issue(connection, scopes=scopes, lifetime=timedelta(hours=2)), held.people


@contextmanager
def serving() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.kit.server", str(PORT), WORKERS], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(30)
