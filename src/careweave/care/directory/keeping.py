"""The directory as the place keeps it: what feeds sent stays as sent, and the place's own entry stands before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from careweave.identity.models import StaffRole
from careweave.identity.services import Service, body_of, service_of
from careweave.record import Conflict, Gate, Refusal, Resource
from careweave.record.content import PLACE
from careweave.record.ids import DIRECTORY, new_id, resource_id

from .rules import keeping_rules, need_kinds, why_not_offered

TYPE = "HealthcareService"
WORKER = "voluntary-worker"
_OF_THE_DAY = frozenset({"places_free", "places_on", "waiting"})  # nobody assures how full a service is
_SHOWN_ELSEWHERE = ("id", "stands_for", "seen_version", "assured_on", "assured_by")


@dataclass(frozen=True)
class Entry:
    """A service as it counts now. `own_version` is that of the place's entry, 0 when there is none."""

    service: Service
    source: str
    own_id: str = ""
    own_version: int = 0
    sent_version: int = 0
    is_changed_since: bool = False

    @property
    def id(self) -> str:
        return self.service.id


def entries(gate: Gate) -> list[Entry]:
    """Every service of the directory, by name, each once."""
    found = list(_all(gate))
    own = {service_of(one.id, one.body).stands_for: one for one in found if one.source == PLACE}
    listed = [_entry(one, own.get(one.id)) for one in found if one.source != PLACE]
    listed += [
        Entry(service_of(one.id, one.body), PLACE, one.id, one.version)
        for one in found
        if one.source == PLACE and not service_of(one.id, one.body).stands_for
    ]
    return sorted(listed, key=lambda one: (one.service.name.casefold(), one.id))


def entry(gate: Gate, service_id: str) -> Entry | None:
    """One service, by the id under which the directory lists it."""
    sent = gate.read(TYPE, service_id)
    if sent is None:
        return None
    if sent.source == PLACE:
        service = service_of(sent.id, sent.body)
        return None if service.stands_for else Entry(service, PLACE, sent.id, sent.version)
    return _entry(sent, gate.read(TYPE, _own_id(sent.id)))


def offered(found: Iterable[Entry], today: date) -> list[Entry]:
    """Those to which people may be sent today."""
    rules = keeping_rules(today)
    return [one for one in found if not why_not_offered(one.service, rules, today)]


def network_party(service: Service) -> str:
    """The organisation's party when somebody works here for it who can answer; empty when nobody does."""
    if not service.organisation_code:
        return ""
    held = StaffRole.objects.held().filter(
        organisation_id=service.organisation_code, role=WORKER, staff__left_on__isnull=True
    )
    return f"org:{service.organisation_code}" if held.exists() else ""


# -- changing ---------------------------------------------------------------------------------------------------


def change_service(gate: Gate, *, service_id: str, changes: dict[str, Any], today: date) -> Entry | Refusal:
    """Write the place's own words over what was sent. What is changed must be assured anew."""
    held = entry(gate, service_id)
    if held is None:
        return Refusal("This service is not in the directory any more")
    refusal = _may_keep(gate, held.service) or _wrong(changes, today)
    if refusal:
        return refusal
    changed = replace(held.service, **changes)
    if _said(changed) == _said(held.service):
        return held
    if not changes.keys() <= _OF_THE_DAY:
        changed = replace(changed, assured_on=None, assured_by="")
    return _save(gate, held, changed)


def assure_service(gate: Gate, *, service_id: str, how: str, today: date) -> Entry | Refusal:
    """Somebody has checked with the service that every word is right; their name and the day stand on it."""
    held = entry(gate, service_id)
    if held is None:
        return Refusal("This service is not in the directory any more")
    if gate.actor.role == WORKER:
        return Refusal("A coordinator assures a service: nobody assures their own")
    if not how.strip():
        return Refusal("Say how you checked it, for example “called Jean on 3 November”", "how")
    assured = replace(held.service, assured_on=today, assured_by=f"{gate.actor.name}: {how.strip()}")
    lacking = why_not_offered(assured, keeping_rules(today), today)
    if lacking and assured.is_active:
        return Refusal(f"{lacking[0]}. Write that first, then assure it", "how")
    return _save(gate, held, assured)


def add_service(gate: Gate, *, service: Service, today: date) -> Entry | Refusal:
    """A service that no feed sends; it is offered once it is assured."""
    made = replace(service, id=new_id(), assured_on=None, assured_by="")
    facts = {name: getattr(made, name) for name in ("name", "organisation", "youngest", "oldest", "needs")}
    refusal = _may_keep(gate, made) or _wrong(facts, today)
    if refusal:
        return refusal
    stored = gate.create(body_of(made), subject=DIRECTORY, parties=_whose(made))
    return Entry(made, PLACE, stored.id, stored.version)


def end_service(gate: Gate, *, service_id: str, because: str, today: date) -> Entry | Refusal:
    """It is not offered from now on; nothing is deleted."""
    if not because.strip():
        return Refusal("Say why it is not offered any more", "because")
    return change_service(
        gate,
        service_id=service_id,
        changes={"is_active": False, "ended_because": because.strip()},
        today=today,
    )


def _save(gate: Gate, held: Entry, service: Service) -> Entry | Refusal:
    own = held.own_id or _own_id(held.id)
    is_sent = held.source != PLACE
    kept = replace(
        service,
        id=own,
        stands_for=held.id if is_sent else "",
        seen_version=held.sent_version,
    )
    try:
        if held.own_version:
            stored = gate.update(body_of(kept), version=held.own_version, parties=_whose(kept))
        else:
            stored = gate.create(body_of(kept), subject=DIRECTORY, parties=_whose(kept))
    except Conflict:
        return Refusal("Someone changed this in the meantime. Read it again first")
    return Entry(replace(kept, id=held.id), held.source, stored.id, stored.version, held.sent_version)


def _whose(service: Service) -> tuple[str, ...]:
    """The organisation by name: that is what lets its own worker keep the entry."""
    return (f"org:{service.organisation_code}",) if service.organisation_code else ()


def _may_keep(gate: Gate, service: Service) -> Refusal | None:
    if gate.actor.role == WORKER and service.organisation_code != gate.actor.organisation:
        return Refusal("You keep the services of your own organisation up to date")
    return None


def _wrong(changes: dict[str, Any], today: date) -> Refusal | None:
    if not str(changes.get("name", "x")).strip():
        return Refusal("Enter the name of the service", "name")
    if not str(changes.get("organisation", "x")).strip():
        return Refusal("Enter who runs it", "organisation")
    youngest, oldest = changes.get("youngest"), changes.get("oldest")
    if youngest is not None and oldest is not None and youngest > oldest:
        return Refusal("The youngest age is above the oldest", "youngest")
    if set(changes.get("needs", ())) - set(need_kinds(today)):
        return Refusal("Choose what it helps with from the list", "needs")
    return None


def _said(service: Service) -> dict[str, Any]:
    return {key: value for key, value in vars(service).items() if key not in _SHOWN_ELSEWHERE}


def _own_id(sent_id: str) -> str:
    return resource_id(PLACE, TYPE, f"stands for {sent_id}")


def _entry(sent: Resource, own: Resource | None) -> Entry:
    service = service_of(sent.id, sent.body)
    if own is None:
        return Entry(service, sent.source, sent_version=sent.version)
    kept = replace(service_of(own.id, own.body), id=sent.id)
    changed = kept.seen_version < sent.version
    # Whoever assured it last knows best; the place's own words count until the sender has assured it anew.
    if kept.assured_on:
        is_newer = changed and service.assured_on and service.assured_on > kept.assured_on
    else:
        is_newer = changed and service.assured_on and service.assured_on >= own.updated.date()
    return Entry(
        service if is_newer else kept,
        sent.source,
        own.id,
        own.version,
        sent.version,
        changed and not is_newer,
    )


def _all(gate: Gate) -> Iterator[Resource]:
    cursor = None
    while True:
        page = gate.search(TYPE, [], count=500, cursor=cursor)
        yield from page.resources
        cursor = page.cursor
        if not cursor:
            return
