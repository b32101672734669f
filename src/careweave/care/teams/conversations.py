"""Conversations: a question, its answers and what was written after, read by those whom its writer chose, and no others.

Staff begin one too, which the whole team reads; in one that the person began, they write for the readers it has.

FHIR: Communication.partOf the first message; the label `only-named` and the named parties are the same on each.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from careweave.record import Gate, Refusal
from careweave.record.deaths import has_died

from .delivering import queue_delivery, receipt_part
from .membership import TeamMember, is_volunteer, team_of
from .staff_facts import worker_of
from .telling import Message, Readers, Recipient, Told, tell, told_about

KIND = "question"
TEAM, ONLY, CHOSEN = "team", "only", "chosen"


@dataclass(frozen=True)
class Reader:
    """Someone whom the writer can choose."""

    party: str
    name: str
    what: str
    answers: bool


@dataclass(frozen=True)
class Conversation:
    """The first message and those after it, oldest first, each with its answers."""

    messages: tuple[Message, ...]

    @property
    def first(self) -> Message:
        return self.messages[0]

    @property
    def waiting(self) -> Message | None:
        """What has no answer yet."""
        return next((one for one in self.messages if one.is_open), None)

    @property
    def taking_part(self) -> frozenset[str]:
        """Everyone who wrote in it or was written to."""
        return frozenset(party for one in self.messages for party in (one.sender, one.to))

    def unread(self, party: str) -> list[Message]:
        """What was written to this party and they have not opened."""
        return [one for one in self.messages if one.to == party and not one.was_opened]


def conversations(gate: Gate, person_id: str) -> tuple[Conversation, ...]:
    """Every conversation about a person that this reader may read, the one written in last first."""
    found = [one for one in reversed(told_about(gate, person_id)) if one.kind == KIND]
    threads: dict[str, list[Message]] = {}
    for one in found:
        threads.setdefault(one.thread or one.id, []).append(one)
    made = [Conversation(tuple(each)) for each in threads.values()]
    return tuple(sorted(made, key=lambda one: one.messages[-1].sent, reverse=True))


def conversation(gate: Gate, person_id: str, id: str) -> Conversation | None:
    """One of them; None when it is not there or not for this reader."""
    return next((one for one in conversations(gate, person_id) if one.first.id == id), None)


def possible_readers(gate: Gate, person_id: str, carers: Sequence[tuple[str, str]]) -> tuple[Reader, ...]:
    """Whom the person may choose: the team as it is now, and those who act for them (`carers`: party and name)."""
    team = [one for one in team_of(gate, person_id) if one.until is None and not is_volunteer(one)]
    staff = [Reader(one.party, one.name, one.role, True) for one in _each_once(team)]
    return (*staff, *(Reader(party, name, "", False) for party, name in carers))


def _each_once(team: Sequence[TeamMember]) -> list[TeamMember]:
    return list({one.party: one for one in team}.values())


def readers_chosen(
    how: str, chosen: Collection[str], *, to: Recipient | None, possible: Sequence[Reader], joe: str = ""
) -> tuple[Recipient | None, Readers] | Refusal:
    """Who answers and who reads, from what was ticked; `joe` is the person's name when someone else writes."""
    if to and how == ONLY:
        return Recipient(to.party, to.name), Readers(f"Only {to.name} can read this", (to.party,), only=True)
    if how == TEAM or to is None:
        more = f", and {joe}" if joe else ""
        return to, Readers(f"Everyone in the team and the surgery can read this{more}")
    also = next((one for one in possible if how == f"with:{one.party}" and not one.answers), None)
    if also:
        words = f"Everyone in the team and the surgery can read this, and {also.name}"
        return to, Readers(words, (also.party,))
    if how == CHOSEN:
        return _picked(chosen, to, possible)
    return Refusal("Choose who can read this.", "readers")


def _picked(
    chosen: Collection[str], to: Recipient, possible: Sequence[Reader]
) -> tuple[Recipient, Readers] | Refusal:
    picked = [one for one in possible if one.party in chosen]
    staff = [one for one in picked if one.answers]
    if not staff:
        return Refusal("Tick at least one person who works in your team, so that someone answers.", "chosen")
    answers = next((one for one in staff if one.party == to.party), staff[0])
    names = [one.name for one in picked]
    words = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    parties = tuple(one.party for one in picked)
    return Recipient(answers.party, answers.name), Readers(f"Only {words} can read this", parties, only=True)


def begin(
    gate: Gate, *, person_id: str, words: str, to: Recipient | None, readers: Readers | None, today: date
) -> Told | Refusal:
    """Ask a question. Who can read it is settled now, for everything that is written in answer to it."""
    return tell(gate, person_id=person_id, kind=KIND, to=to, words=words, readers=readers, today=today)


def write_again(
    gate: Gate, *, person_id: str, id: str, words: str, to: Recipient | None, today: date
) -> Told | Refusal:
    """Write more in a conversation one began, for the same readers; it waits for an answer of its own.

    `to` is who is in charge now: they answer, unless the writer chose the readers by name.
    """
    if conversation(gate, person_id, id) is None:
        return Refusal("This is not there any more. Please call")
    first = gate.read("Communication", id)
    if first is None or gate.actor.id not in first.parties:
        return Refusal("Only those who take part write here. Ask a question of your own. You can also call")
    said = next(one for one in told_about(gate, person_id) if one.id == id)
    only = "only-named" in first.labels
    people = tuple(one for one in first.parties if one.startswith("person:"))
    readers = Readers(said.readers, first.parties if only else people, only=only) if said.readers else None
    answers = _still_here(gate, person_id, first.parties, said) if only else to
    if only and answers is None:
        return Refusal("Nobody who can read this works in the team any more. Ask a new question, or call")
    return tell(
        gate, person_id=person_id, kind=KIND, to=answers, words=words, readers=readers, thread=id, today=today
    )


def write_to_person(
    gate: Gate, *, person_id: str, joe: str, words: str, id: str = "", today: date
) -> Told | Refusal:
    """Write to the person, who is sent word of it; nobody's clock runs until they write back.

    With `id` it is written in that conversation, for the readers it has: who the person chose stays theirs.
    """
    if has_died(gate.about(person_id, ["Patient"])):
        return Refusal(f"{joe} has died: nothing is sent to them or to their telephone", "words")
    party, team = f"person:{person_id}", "Everyone in the team and the surgery can read this"
    to, readers = Recipient(party, joe), Readers(f"{team}, and {joe}", (party,))
    if id:
        first, said = gate.read("Communication", id), conversation(gate, person_id, id)
        if first is None or said is None or party not in first.parties:
            return Refusal(f"{joe} takes no part in this conversation. Begin another")
        only = "only-named" in first.labels
        readers = Readers(said.first.readers or readers.words, first.parties if only else (party,), only=only)
    with gate.transaction():
        told = tell(
            gate, person_id=person_id, kind=KIND, to=to, words=words, readers=readers, thread=id, today=today
        )
        if isinstance(told, Told):
            queue_delivery(gate, person_id=person_id, entity=told.id, party=party)
    return told


def to_be_read(gate: Gate, person_id: str) -> tuple[Conversation, ...]:
    """Those in which the team wrote something that this reader has not opened."""
    return tuple(one for one in conversations(gate, person_id) if one.unread(gate.actor.id))


def open_all(gate: Gate, found: Conversation) -> None:
    """The reader's own act is the receipt of what was written to them."""
    for one in found.unread(gate.actor.id):
        sent = gate.read("Communication", one.id)
        if sent is not None:
            body = {**sent.body, "extension": [*sent.body.get("extension", []), receipt_part(gate, "opened")]}
            gate.update(body, version=sent.version)


def _still_here(gate: Gate, person_id: str, parties: Sequence[str], first: Message) -> Recipient | None:
    """Of those the writer chose, who answers now: the one who was asked, else another who is still in the team."""
    team = {one.party: one for one in team_of(gate, person_id) if one.until is None}
    charge = gate.in_charge([person_id]).get(person_id)
    here = [one for one in parties if one in team or (charge and one == charge.holder)]
    workers = [worker for worker in map(worker_of, here) if worker and not worker.has_left]
    found = next((one for one in workers if one.name == first.to_name), next(iter(workers), None))
    return Recipient(found.party, found.name) if found else None
