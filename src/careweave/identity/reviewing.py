"""Are these the same person? What waits for someone's eyes, and what their decision does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from careweave.record import Gate, Refusal
from careweave.record import review_queue as queues
from careweave.record.joining import former_home, members_now, note_decision, place
from careweave.record.review_queue import PairToReview, count_open, open_pairs, pair

from .golden_records import linker_gate, new_person_id, refresh_golden

__all__ = ["Decided", "count_open", "decide", "open_pairs", "pair", "part"]


@dataclass(frozen=True)
class Decided:
    """What a decision did: `joined`, `kept-apart`, `needs-second` or `passed-on`."""

    outcome: str
    person_id: str = ""


def decide(
    gate: Gate, *, id: str, answer: str, reason: str = "", pass_to: str | None = None
) -> Decided | Refusal:
    """Answer `same`, `different` or `unsure`. Joining likely twins, or mother and baby, takes a second person."""
    found = pair(gate, id)
    if found is None:
        return Refusal("This pair is not waiting for an answer any more")
    if found.state not in ("open", "second"):
        return _too_late(gate, id)
    if answer == "unsure":
        if not pass_to:
            return Refusal("Choose who to pass it to", "pass_to")
        moved = queues.move(gate, id, was=found.state, now=found.state, passed_to=pass_to)
        return Decided("passed-on") if moved else _too_late(gate, id)
    if answer not in ("same", "different"):
        return Refusal("Choose “Same person”, “Different people” or pass it on", "answer")
    if answer == "same" and found.guard and found.state == "open":
        moved = queues.move(gate, id, was="open", now="second")
        return Decided("needs-second") if moved else _too_late(gate, id)
    second = found.state == "second"
    if second and answer == "same" and found.decided_by == gate.actor.id:
        return Refusal("You have already said so. A second person must agree before these are joined")
    return _carry_out(gate, found, answer, reason, second=second and answer == "same")


def _carry_out(
    gate: Gate, found: PairToReview, answer: str, reason: str, *, second: bool
) -> Decided | Refusal:
    linker = linker_gate()
    with gate.transaction():
        if not queues.move(gate, found.id, was=found.state, now=answer, agreed=second):
            return _too_late(gate, found.id)
        now = members_now(linker)
        people = sorted({now.get(found.one, found.one), now.get(found.other, found.other)})
        note_decision(
            linker,
            by=gate.actor.id,
            person=people[0],
            one=found.one,
            other=found.other,
            answer=answer,
            evidence={"reason": reason, "guard": found.guard},
        )
        if answer == "different":
            return Decided("kept-apart")
        keeper = _join(linker, now, found, by=gate.actor.id)
    refresh_golden(linker, people)
    return Decided("joined", keeper)


def _join(linker: Gate, now: dict[str, str], found: PairToReview, *, by: str) -> str:
    keeper, other = sorted((now[found.one], now[found.other]), key=lambda p: (-_size(now, p), p))
    moves = {subject: keeper for subject, person in now.items() if person == other}
    place(linker, moves, sources=_sources(linker, list(moves)), rule="decided by a person", by=by)
    return keeper


def part(gate: Gate, *, person_id: str, subjects: Sequence[str], reason: str) -> Decided | Refusal:
    """Undo a join, at any later time: these records are someone else's. What was written since stays where it was."""
    if not reason.strip():
        return Refusal("Say why these records are not the same person's", "reason")
    linker = linker_gate()
    now = members_now(linker)
    staying = [s for s, person in now.items() if person == person_id and s not in subjects]
    leaving = [s for s in subjects if now.get(s) == person_id]
    if not leaving or not staying:
        return Refusal("Choose some of the joined records, but not all of them", "subjects")
    home = former_home(linker, person_id, leaving) or _home_of(leaving, apart_from=person_id)
    with gate.transaction():
        for one in leaving:
            for other in staying:
                note_decision(
                    linker,
                    by=gate.actor.id,
                    person=person_id,
                    one=one,
                    other=other,
                    answer="different",
                    evidence={"reason": reason},
                )
        place(
            linker,
            dict.fromkeys(leaving, home),
            sources=_sources(linker, leaving),
            rule="parted by a person",
            by=gate.actor.id,
        )
    refresh_golden(linker, [person_id, home])
    return Decided("kept-apart", home)


def _home_of(leaving: Sequence[str], *, apart_from: str) -> str:
    """A person of their own. The record that once gave the person its id cannot give it a second time."""
    home = new_person_id(leaving)
    return home if home != apart_from else new_person_id([f"{min(leaving)} parted"])


def _sources(linker: Gate, subjects: Sequence[str]) -> dict[str, str]:
    return {
        one.subject: one.source for batch in linker.extract(["Patient"], subjects=subjects) for one in batch
    }


def _size(now: dict[str, str], person: str) -> int:
    return sum(1 for each in now.values() if each == person)


def _too_late(gate: Gate, id: str) -> Refusal:
    now = pair(gate, id)
    words = {"same": "same person", "different": "different people"}.get(
        now.state if now else "", "not needed any more"
    )
    return Refusal(f"Someone decided this before you: {words}.")
