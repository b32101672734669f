"""News about the people someone looks after: A&E, admitted, home, died. It stays until it is seen, and is timed."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from careweave.identity.absences import away_on
from careweave.identity.golden_records import linker_gate
from careweave.record import Conflict, Gate, Naming, Purpose, Resource
from careweave.record.clocks import WORKER
from careweave.record.deaths import has_died
from careweave.record.ids import resource_id
from careweave.record.joining import members_now
from careweave.record.outbox import Event, done, next_batch
from careweave.record.relations import party_of, party_reference

from .clocks import start_clock, stop_clock
from .shapes import CODES, about, author, code, extension, extension_value, has_code, instant
from .staff_facts import worker_of
from .working_time import LONDON

log = logging.getLogger("careweave.work")
READER = "news about people"
NEWS = "news"
KINDS = {
    "a-and-e": "Went to A&E",
    "in-hospital": "Is in hospital",
    "home": "Came home from hospital",
    "died": "Died",
    "service-said-no": "A service said no",
    "service-outcome": "A service has finished",
}
KEPT = timedelta(days=30)  # what nobody has looked at by then is on the person's page
_FRESH = timedelta(days=7)


@dataclass(frozen=True)
class News:
    """Something that happened to one of my people; `for_name` is the colleague I stand in for, when I do."""

    id: str
    version: int
    person_id: str
    kind: str
    at: datetime | None
    sent: datetime
    for_name: str = ""


@dataclass(frozen=True)
class Happened:
    """What one entry says has happened."""

    kind: str
    at: datetime | None
    entry: Resource


# -- told by the background work --------------------------------------------------------------------------------


def tell_news(now: datetime | None = None) -> int:
    """Tell whoever is in charge what has happened since the last call; safe to repeat. Returns how much was told."""
    batch = next_batch(READER, ["Encounter", "Patient"])
    count = _tell([each for each in batch.events if each.news or each.type == "Patient"], now)
    done(READER, batch)
    return count


def _tell(events: Collection[Event], now: datetime | None) -> int:
    if not events:
        return 0
    at, gate = now or datetime.now(UTC), Gate(WORKER, Purpose.SYSTEM)
    owner = members_now(linker_gate(), sorted({each.subject for each in events}))
    charges = gate.in_charge(sorted(set(owner.values())))
    changed = {each.resource_id for each in events}
    count = 0
    for person_id, charge in charges.items():
        entries = gate.about(person_id, ["Encounter", "Patient"])
        try:
            for one in happened((each for each in entries if each.id in changed), at):
                count += _tell_one(gate, person_id, charge.holder, one, at)
        except Exception:  # one entry that cannot be told must not hold up everyone else's news
            log.exception("A piece of news could not be told.")
    return count


def happened(entries: Iterable[Resource], now: datetime) -> Iterator[Happened]:
    """What these entries say has happened lately; pure. An entry of long ago is no news."""
    for entry in entries:
        body = entry.body
        if has_died([entry]):
            yield Happened("died", None, entry)
        kind = body.get("class", {}).get("code")
        if entry.type != "Encounter" or kind not in ("EMER", "IMP"):
            continue
        is_home = kind == "IMP" and bool(body.get("period", {}).get("end"))
        what = "home" if is_home else "in-hospital" if kind == "IMP" else "a-and-e"
        when = entry.ends if is_home else entry.starts
        if when is not None and when >= now - _FRESH:
            yield Happened(what, when, entry)


def tell_about(gate: Gate, *, person_id: str, kind: str, entry: Resource, now: datetime) -> bool:
    """Tell whoever is in charge of something that another action wrote, in its transaction; nobody when nobody is."""
    charge = gate.in_charge([person_id]).get(person_id)
    return charge is not None and _tell_one(gate, person_id, charge.holder, Happened(kind, now, entry), now)


def _tell_one(gate: Gate, person_id: str, holder: str, one: Happened, now: datetime) -> bool:
    """One message, once: its id is the name of what happened."""
    # A death is one piece of news, whichever and however many sources tell of it.
    about_what = person_id if one.kind == "died" else one.entry.id
    id_ = resource_id("careweave", "Communication", f"news {one.kind} {about_what}")
    if gate.read("Communication", id_) is not None:
        return False
    stand_in = away_on(holder, now.astimezone(LONDON).date())
    body = _message(gate, person_id, id_, holder, one, now)
    parties = tuple(filter(None, (holder, stand_in)))
    try:
        with gate.transaction():
            gate.create(body, subject=person_id, labels=("staff-only",), parties=parties)
            start_clock(gate, person_id=person_id, entity=id_, kind=NEWS, at=now)
    except Conflict:
        return False
    return True


def _message(
    gate: Gate, person_id: str, id_: str, holder: str, one: Happened, now: datetime
) -> dict[str, Any]:
    worker = worker_of(holder)
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "id": id_,
        "status": "in-progress",
        "category": [code(NEWS, "News")],
        "reasonCode": [code(one.kind, KINDS[one.kind])],
        "subject": about(person_id),
        "about": [{"reference": f"{one.entry.type}/{one.entry.id}"}],
        "sent": instant(now),
        "sender": author(gate.actor),
        "recipient": [party_reference(holder, worker.name if worker else "")],
        "payload": [{"contentString": KINDS[one.kind]}],
    }
    if one.at:
        body["extension"] = [extension("happened-at", valueInstant=instant(one.at))]
    return body


# -- read on My day ---------------------------------------------------------------------------------------------


def unseen(gate: Gate, *, now: datetime) -> list[News]:
    """What I have not seen, newest first. After a death nothing else about that person is shown."""
    mine = [news_of(one, gate.actor.id) for one in _unseen(gate, now)]
    died = {one.person_id for one in mine if one.kind == "died"}
    kept = [one for one in mine if one.kind == "died" or one.person_id not in died]
    return sorted(kept, key=lambda one: one.sent, reverse=True)


def see(gate: Gate, *, until: datetime) -> int:
    """“Seen”: everything that came to me up to then; the clock of each stops. Returns how many."""
    count = 0
    for one in _unseen(gate, until):
        body = {
            **one.body,
            "status": "completed",
            "extension": [*one.body.get("extension", []), _seen(gate)],
        }
        try:
            with gate.transaction():
                gate.update(body, version=one.version)
                stop_clock(gate, person_id=one.subject, entity=one.id, kind=NEWS)
            count += 1
        except Conflict:
            continue  # a colleague saw it in the same moment; it is still here for me
    return count


def _unseen(gate: Gate, until: datetime) -> list[Naming]:
    """The messages themselves, those hidden behind a death too."""
    since = (until - KEPT).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = gate.naming_me("Communication", [("category", f"{CODES}|{NEWS}"), ("_lastUpdated", f"ge{since}")])
    return [
        one
        for one in found
        if gate.actor.id not in seen_by(one.body) and datetime.fromisoformat(one.body["sent"]) <= until
    ]


def seen_by(body: dict[str, Any]) -> set[str]:
    """Everyone who has said “Seen”."""
    return {
        party
        for each in body.get("extension", [])
        if each["url"].endswith("/seen-by") and (party := party_of(each.get("valueReference")))
    }


def news_of(one: Naming, me: str) -> News:
    """A message as My day shows it; pure."""
    body = one.body
    to = body["recipient"][0]
    at = extension_value(body, "happened-at")
    return News(
        id=one.id,
        version=one.version,
        person_id=one.subject,
        kind=next(kind for kind in KINDS if any(has_code(each, kind) for each in body["reasonCode"])),
        at=datetime.fromisoformat(at) if at else None,
        sent=datetime.fromisoformat(body["sent"]),
        for_name="" if party_of(to) == me else to.get("display", ""),
    )


def _seen(gate: Gate) -> dict[str, Any]:
    return extension("seen-by", valueReference=author(gate.actor))
