"""Two of one profession around a person: is this right? One stays and the other is told, or both stay for a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from careweave.care.teams.membership import members_in, remove_member
from careweave.care.teams.notes import NextStep, add_task
from careweave.care.teams.shapes import extension, extension_value, has_code
from careweave.record import Gate, Refusal, Resource
from careweave.record.content import PLACE

from .rules import Profession, professions

ONE_IS_ENOUGH = "one-is-enough"
BOTH = "both"
_COUNTS = {2: "Two", 3: "Three", 4: "Four"}


@dataclass(frozen=True)
class Holder:
    """Someone of the profession: from which source, when they were last there, and their party where they work here."""

    name: str
    source: str
    last: str
    party: str = ""


@dataclass(frozen=True)
class Duplicate:
    """More than one of a profession, and the question that goes with it."""

    profession: str
    title: str
    holders: tuple[Holder, ...]

    @property
    def question(self) -> str:
        count = _COUNTS.get(len(self.holders), str(len(self.holders)))
        return f"{count} {self.title}s: is this right?"


def duplicates(resources: Sequence[Resource], *, today: date) -> list[Duplicate]:
    """Every profession that is there more than once and about which nobody has decided yet; pure."""
    wanted, days = professions(today)
    decided = _decided(resources)
    found = []
    for profession in wanted:
        holders: dict[str, Holder] = {}
        for holder in _holders(resources, profession, today - timedelta(days=days)):
            known = holders.get(holder.name.casefold())
            if known is None or (holder.last, holder.party) > (known.last, known.party):
                party = holder.party or (known.party if known else "")
                holders[holder.name.casefold()] = Holder(holder.name, holder.source, holder.last, party)
        still = tuple(one for name, one in sorted(holders.items()) if (profession.id, name) not in decided)
        if len(still) > 1:
            found.append(Duplicate(profession.id, profession.title, still))
    return found


def end_one(
    gate: Gate, *, person_id: str, duplicate: Duplicate, keep: str, reason: str, today: date
) -> Resource | Refusal:
    """Keep one of them, or both. Who ends leaves the team if they are in it, and is told by a task with an owner."""
    kept = next((one for one in duplicate.holders if one.name == keep), None)
    if kept is None and keep != BOTH:
        return Refusal("Choose who stays", "keep")
    if not reason.strip():
        return Refusal("Say why, so that they and the person can understand it", "reason")
    ending = [one for one in duplicate.holders if one is not kept] if kept else []
    what = _to_do(duplicate, kept, ending, reason.strip())
    with gate.transaction():
        for one in ending:
            if one.party:
                removed = remove_member(gate, person_id=person_id, party=one.party)
                if isinstance(removed, Refusal):
                    return removed
        task = add_task(
            gate,
            person_id=person_id,
            step=NextStep(what, gate.actor.id, gate.actor.name, today),
            kind=ONE_IS_ENOUGH,
        )
        # Of those who stay nobody asks again; of whoever ends neither, and a new one raises the question anew.
        settled = ending if kept else duplicate.holders
        marked = {
            **task.body,
            "extension": [
                extension("settled", valueString=_mark(duplicate.profession, one)) for one in settled
            ],
        }
        if not kept:
            marked["status"] = "completed"
        return gate.update(marked, version=task.version)


def _to_do(duplicate: Duplicate, kept: Holder | None, ending: Sequence[Holder], reason: str) -> str:
    if kept is None:
        return f"More than one {duplicate.title} is right. {reason}"
    return f"Tell {_names(ending)} that {kept.name} stays as {duplicate.title}, and end their part. {reason}"


def _holders(resources: Sequence[Resource], profession: Profession, since: date) -> Iterator[Holder]:
    start = datetime.combine(since, datetime.min.time(), UTC)
    for one in resources:
        happened = one.body.get("status") not in ("entered-in-error", "cancelled")
        if one.type == "Encounter" and happened and (one.starts or one.updated) >= start:
            yield from _seen(one, profession)
        if one.type == "CareTeam" and one.source == PLACE and one.body.get("status") == "active":
            for member in members_in(one.body):
                if member.until is None and _is_of(profession, member.role):
                    yield Holder(member.name, member.organisation, member.since, member.party)


def _seen(one: Resource, profession: Profession) -> Iterator[Holder]:
    body, last = one.body, (one.starts or one.updated).isoformat()
    service = " ".join((_text(body.get("serviceType")), *(_text(each) for each in body.get("type", []))))
    for participant in body.get("participant", []):
        name = str((participant.get("individual") or {}).get("display", "")).partition(" (")
        role = " ".join((name[2], *(_text(each) for each in participant.get("type", []))))
        if name[0] and (_is_of(profession, role) or (not role.strip() and _is_of(profession, service))):
            yield Holder(name[0], one.source, last)
    described = str(extension_value(body, "event-description") or "")
    _, _, who = described.rpartition(profession.named_by)
    if who and _is_of(profession, described):
        yield Holder(who.partition(",")[0].strip(), one.source, last)


def _is_of(profession: Profession, words: str) -> bool:
    lowered = words.casefold()
    return any(each in lowered for each in profession.found_as)


def _text(concept: dict[str, Any] | None) -> str:
    found = concept or {}
    return str(found.get("text") or next((c.get("display", "") for c in found.get("coding", [])), ""))


def _mark(profession: str, holder: Holder) -> str:
    return f"{profession}|{holder.name.casefold()}"


def _decided(resources: Sequence[Resource]) -> set[tuple[str, str]]:
    marks = set()
    for one in resources:
        if one.type == "Task" and has_code(one.body.get("code"), ONE_IS_ENOUGH):
            for each in one.body.get("extension", []):
                profession, _, name = str(each.get("valueString", "")).partition("|")
                marks.add((profession, name))
    return marks


def _names(holders: Sequence[Holder]) -> str:
    return " and ".join(one.name for one in holders)
