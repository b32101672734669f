"""Makes the loaded people ready to be worked with: joined persons, a team, a coordinator with tasks, a session."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.kit.place import ask

if TYPE_CHECKING:
    from careweave.identity.models import Staff

SOURCE, ELSEWHERE = "RVR", "RVC"
TASKS = 10_000
FEW = 1_000  # people whom a second worker looks after, with as many tasks


@dataclass(frozen=True)
class Ready:
    """A coordinator of a team that looks after everyone, and everyone's person id; the longest record first."""

    party: str
    name: str
    cookie: str
    people: list[str]
    of_few: str


def make_ready(*, tasks: int = TASKS) -> Ready:
    """Through the product's own doors: accounts, joining, loading. Takes some seconds for 8,000 people."""
    from careweave.identity import staffing
    from careweave.identity.models import Account
    from careweave.record import Actor

    for code, name in ((SOURCE, "Riverside Hospital"), (ELSEWHERE, "Riverside Community")):
        _join_the_network(code)
        staffing.add_organisation(code=code, name=name, kind="hospital")
    held, other = _worker("Bench Coordinator", SOURCE), _worker("Bench Colleague", ELSEWHERE)
    account = Account.objects.filter(staff=held).first()
    if account is None:
        account = Account(email="bench@example.org", staff=held)
        account.set_unusable_password()
        account.save()
    people = list(_join(held.party, other.party, tasks))
    cookie = _session(account, Actor(held.party, "coordinator", SOURCE, held.name))
    return Ready(held.party, held.name, cookie, people, other.party)


def _worker(name: str, organisation: str) -> Staff:
    from careweave.identity import staffing
    from careweave.identity.models import Staff

    found = Staff.objects.filter(name=name).first()
    if found is None:
        made = staffing.add_staff(
            staffing.administering(),
            name=name,
            email="bench@example.org" if name == "Bench Coordinator" else "colleague@example.org",
            role="coordinator",
            organisation=organisation,
        )
        assert isinstance(made, Staff), made
        found = made
    assert isinstance(found, Staff)
    return found


def _join_the_network(code: str) -> None:
    """The organisation signs the charter and supplies every member for direct care: without that it shows nothing."""
    from careweave.record import agreements

    gate = agreements.keeping()
    if any(each.organisation == code and each.until is None for each in agreements.members(gate)):
        return
    agreements.sign_charter(gate, organisation=code, signed_by="The bench")
    made = agreements.agree(gate, agreements.Terms("Direct care", code), signed_by="The bench")
    assert isinstance(made, str), made


def _session(account: Any, actor: Any) -> str:
    from django.test import Client
    from django.utils import timezone

    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session.update(
        {"actor": asdict(actor), "seen": timezone.now().timestamp(), "organisation_name": "Riverside"}
    )
    session.save()
    return str(session.session_key)


def _join(party: str, of_few: str, many: int) -> Iterator[str]:
    """Every loaded Patient becomes a person with a golden record and a team, unless it is one already."""
    from careweave.record import Actor, Gate, Purpose
    from careweave.record.ids import resource_id
    from careweave.record.joining import place

    rows = ask(
        "SELECT r.id, count(*) FROM record.resource r JOIN record.resource o ON o.subject = r.id"
        " WHERE r.type = 'Patient' AND r.source = %s GROUP BY r.id ORDER BY 2 DESC, 1",
        SOURCE,
    )
    subjects = [str(row[0]) for row in rows]
    homes = {subject: resource_id("careweave", "Person", subject) for subject in subjects}
    place(
        Gate(Actor("system:linker", "system"), Purpose.IDENTITY),
        homes,
        sources=dict.fromkeys(subjects, SOURCE),
        rule="bench",
    )
    _load("golden", (_golden(subject, homes[subject]) for subject in subjects))
    persons = list(homes.values())
    _load("care teams", (_team(one, party, of_few if n < FEW else "") for n, one in enumerate(persons)))
    _load("tasks", (_task(persons[n % len(persons)], party, n) for n in range(many)), parties=(party,))
    few = persons[:FEW]
    theirs = (_task(few[n % len(few)], of_few, many + n) for n in range(many))
    _load("tasks about few", theirs, parties=(of_few,))
    yield from persons


def _load(name: str, bodies: Iterable[dict[str, Any]], parties: tuple[str, ...] = ()) -> None:
    from careweave.record.load import Loader, LoadRow

    written = list(
        bodies
    )  # a place that has grown since is another file: what is in it already stays as it is
    loader = Loader(
        source="careweave", file_name=name, file_hash=f"bench {name} of {len(written)}", format="fhir"
    )
    rows: list[LoadRow] = []
    chunk = 0
    for body in written:
        reference = body.get("subject") or body.get("for") or {"reference": "Patient/" + body["id"]}
        subject = reference["reference"].removeprefix("Patient/")
        rows.append(LoadRow(body["resourceType"], body["id"], subject, datetime.now(UTC), (), parties, body))
        if len(rows) == 1000:
            loader.write(chunk, rows)
            rows, chunk = [], chunk + 1
    loader.write(chunk, rows)


def _golden(subject: str, person: str) -> dict[str, Any]:
    import orjson

    (text,) = ask("SELECT body::text FROM record.resource WHERE id = %s", subject)[0]
    body: dict[str, Any] = orjson.loads(str(text))
    return {**body, "id": person}


def _named(party: str) -> dict[str, Any]:
    from careweave.record.relations import party_reference

    return party_reference(party, "Bench Coordinator")


def _team(person: str, *parties: str) -> dict[str, Any]:
    from careweave.record.ids import resource_id

    members = [{"role": [{"text": "coordinator"}], "member": _named(party)} for party in parties if party]

    return {
        "resourceType": "CareTeam",
        "id": resource_id("careweave", "CareTeam", person),
        "status": "active",
        "subject": {"reference": f"Patient/{person}"},
        "participant": members,
    }


def _task(person: str, party: str, number: int) -> dict[str, Any]:
    due = date(2026, 1, 1) + timedelta(days=number % 365)
    return {
        "resourceType": "Task",
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"bench task {number}")),
        "status": "requested",
        "intent": "order",
        "description": f"Ring about the new tablets ({number})",
        "for": {"reference": f"Patient/{person}"},
        "owner": _named(party),
        "restriction": {"period": {"end": due.isoformat()}},
    }
