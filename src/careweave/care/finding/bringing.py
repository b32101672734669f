"""“Bring my people”: a colleague's list becomes suggestions to their team, each line checked before anything is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from careweave.care.finding.shapes import task_body
from careweave.care.finding.standing import Case, Standing, case_of
from careweave.care.teams.shapes import extension
from careweave.definitions import all_definitions
from careweave.record import Actor, Conflict, Gate, Purpose, Refusal
from careweave.record.people import Demographics, sought
from careweave.record.relations import party_of
from careweave.record.validation.nhs_number import is_valid, normalise
from careweave.warehouse.registers import Register, load_register

from .answers import ANSWERED, Suggested

FINDER = Actor("system:finder", "system")
MOST_LINES = 200


class Fate(Enum):
    """What can become of a line, in the words of the page."""

    READY = "Can be brought"
    BROUGHT = "Brought: waits for your “Take on”"
    MINE = "You look after them already"
    WAITING = "Waits for your team already"
    ELSEWHERE = "Another team has been asked about them"
    TAKEN_ON = "Someone is in charge of their care already"
    NOT_KNOWN = "Not known here"
    SEVERAL = "Several people fit: give the NHS number"
    BAD_NUMBER = "Not an NHS number: its last digit does not fit"
    UNREADABLE = "Give an NHS number, or a full name and a date of birth"


@dataclass(frozen=True)
class Line:
    """One line of the list: as typed, who it is, and what became of it."""

    number: int
    text: str
    fate: Fate
    person: Demographics | None = None


def register_here(today: date) -> Register:
    """The register in whose name colleagues suggest: the first that holds today and needs no trained model."""
    holding = sorted({each.id for each in all_definitions("registers") if each.holds_on(today)})
    return next(one for one in (load_register(id, today) for id in holding) if not one.models)


def check_lines(gate: Gate, text: str, *, team: str, today: date) -> list[Line]:
    """Who each line is and how things stand with them. Every question is traced, and so written down."""
    register, mine = register_here(today), set(gate.people_with("coordinator"))
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return [_line(gate, number, line, register, team, mine, today) for number, line in lines[:MOST_LINES]]


def _line(
    gate: Gate, number: int, text: str, register: Register, team: str, mine: set[str], today: date
) -> Line:
    found = traced(gate, text)
    if isinstance(found, Fate):
        return Line(number, text, found)
    if not found:
        return Line(number, text, Fate.NOT_KNOWN)
    if len(found) > 1:
        return Line(number, text, Fate.SEVERAL)
    person = found[0]
    fate = Fate.MINE if person.person_id in mine else _fate(_case(person.person_id, register, today), team)
    return Line(number, text, fate, person)


def traced(gate: Gate, text: str) -> list[Demographics] | Fate:
    """The people a line may mean: by NHS number, or by full name and birth date."""
    alone, want = normalise(text), sought(text)
    number = alone if alone.isdigit() else want.digits
    if number:
        return gate.trace(nhs_number=number) if is_valid(number) else Fate.BAD_NUMBER
    if want.birth is None or len(want.words) < 2:
        return Fate.UNREADABLE
    return gate.trace(given=" ".join(want.words), birth_date=str(want.birth))


def bring(gate: Gate, *, person_id: str, team: str, reason: str, today: date) -> Suggested | Refusal:
    """Suggest someone who is known here to one's own team, saying why; the team still answers “Take on” or “Not now”."""
    if not reason.strip():
        return Refusal("Say why you ask for them", "reason")
    register = register_here(today)
    case = _case(person_id, register, today)
    fate = _fate(case, team)
    if fate is not Fate.READY:
        return Refusal(fate.value)
    return _suggest(gate, person_id, register, case, team, reason)


def _suggest(
    gate: Gate, person_id: str, register: Register, case: Case, team: str, reason: str
) -> Suggested | Refusal:
    """The place's finder puts the question, because the colleague has no part in the person's care yet."""
    finder = Gate(FINDER, Purpose.CASE_FINDING)
    words = f"{gate.actor.name or gate.actor.role}: {reason.strip()}"
    asked_by = [extension("asked-by", valueString=gate.actor.id)]
    body = task_body(person_id, register, team=team, by=gate.actor, because=words, extensions=asked_by)
    parties = (team, gate.actor.id)
    was = case.task.body["status"] if case.task else None
    try:
        with finder.transaction():
            if case.task is None:
                saved = finder.create(body, subject=person_id, parties=parties)
            else:
                saved = finder.update(
                    {**body, "id": case.task.id}, version=case.task.version, parties=parties
                )
            finder.transition(
                person_id, saved.id, was=was, now="requested", reason=f"asked by {gate.actor.id}"
            )
    except Conflict:
        return Refusal(ANSWERED)
    return Suggested(person_id, saved.id, team)


def _case(person_id: str, register: Register, today: date) -> Case:
    finder = Gate(FINDER, Purpose.CASE_FINDING)
    return case_of(finder.about(person_id, ["Task", "EpisodeOfCare"]), register, today)


def _fate(case: Case, team: str) -> Fate:
    if case.standing is Standing.ENROLLED:
        return Fate.TAKEN_ON
    if case.standing is Standing.WAITING and case.task:
        return Fate.WAITING if party_of(case.task.body.get("owner")) == team else Fate.ELSEWHERE
    return Fate.READY


def bring_all(gate: Gate, lines: Sequence[Line], *, team: str, reason: str, today: date) -> list[Line]:
    """Bring every line that can be brought; each on its own, so that one that cannot stops no other."""
    done = []
    for line in lines:
        if line.fate is not Fate.READY or line.person is None:
            done.append(line)
            continue
        answer = bring(gate, person_id=line.person.person_id, team=team, reason=reason, today=today)
        fate = Fate.TAKEN_ON if isinstance(answer, Refusal) else Fate.BROUGHT
        done.append(Line(line.number, line.text, fate, line.person))
    return done
