"""What a person, a carer, a volunteer or a hospital tells: it goes to a named person, who answers, and stays until then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from careweave.identity.absences import away_on
from careweave.record import Conflict, Gate, Refusal, Resource
from careweave.record.ids import new_id
from careweave.record.relations import party_of, party_reference

from .clocks import due_day, start_clock, stop_clock
from .delivering import queue_delivery
from .shapes import CODES, about, author, code, extension, extension_value, has_code, instant
from .staff_facts import worker_of
from .thanking import answer_labels, is_least_view, thank

KINDS = {
    "question": "A question",
    "change": "Something has changed",
    "concern": "I am worried",
    "plan-answer": "About the plan",
    "arrival": "Is here",
}
Answers = tuple[tuple[str, str, str], ...]  # by whom, when and what
ANSWER = "answer"
ONLY_NAMED = "only-named"
LONGEST = 10_000  # letters of one message: what a form takes
CHANGES = ("More confused", "Not eating or drinking", "Fell", "Less able to move", "I am worried")
PLAN_ANSWERS = {
    "agree": "I agree",
    "change": "I want to change this",
    "unclear": "I do not understand this",
}


@dataclass(frozen=True)
class Recipient:
    """Who answers, and who does when they are away."""

    party: str
    name: str
    deputy: str = ""


@dataclass(frozen=True)
class Readers:
    """Who can read a conversation, as its writer chose, in plain words; `only` these parties, or the team and these."""

    words: str
    parties: tuple[str, ...] = ()
    only: bool = False


@dataclass(frozen=True)
class Told:
    """What was sent, to whom, and by when they answer."""

    id: str
    name: str
    by: date


@dataclass(frozen=True)
class Message:
    """One thing told, and the answers so far."""

    id: str
    version: int
    person_id: str
    kind: str
    sender: str
    sender_name: str
    to_name: str
    sent: str
    words: str
    ticks: tuple[str, ...]
    goal: str
    is_open: bool
    answer_by: str
    answers: Answers = ()
    part: str = ""
    plan_version: int = 0
    thread: str = ""
    readers: str = ""
    to: str = ""
    was_opened: bool = False


def in_charge_of(gate: Gate, person_id: str) -> Recipient | None:
    """The person in charge, as the one who is told; whoever stands in while they are away, and then both know."""
    charge = gate.in_charge([person_id]).get(person_id)
    worker = worker_of(charge.holder) if charge else None
    if charge is None or worker is None:
        return None
    stand_in = worker_of(away_on(charge.holder, timezone.localdate()) or "")
    if stand_in and not stand_in.has_left:
        return Recipient(stand_in.party, stand_in.name, charge.holder)
    return Recipient(charge.holder, worker.name, charge.deputy or "")


def tell(
    gate: Gate,
    *,
    person_id: str,
    kind: str,
    to: Recipient | None,
    words: str = "",
    ticks: Sequence[str] = (),
    goal: str = "",
    part: str = "",
    plan_version: int = 0,
    labels: Sequence[str] = (),
    readers: Readers | None = None,
    thread: str = "",
    today: date,
) -> Told | Refusal:
    """Send it. Somebody by name has it from this moment, and their team sees it too."""
    if to is None:
        return Refusal("Nobody is in charge yet who could answer. Please call")
    if not words.strip() and not ticks:
        return Refusal(
            "Tell us what has changed, or tick one." if kind == "change" else "Write a few words.", "words"
        )
    if len(words) > LONGEST:
        return Refusal(f"This is {len(words):,} letters long. Keep it under {LONGEST:,}.", "words")
    by = due_day(kind, today)
    # Who is in charge writes a word below the plan for others to read, not for themselves to answer; and no clock
    # runs against the person to whom their team writes.
    is_word_below = list(ticks) == [PLAN_ANSWERS["agree"]] or to.party == gate.actor.id
    is_settled = to.party == f"person:{person_id}" or (kind == "plan-answer" and is_word_below)
    body = _body(gate, person_id, kind, to, words, ticks, goal, by)
    body["extension"] += _about_the_plan(part, plan_version)
    if readers:
        body["extension"].append(extension("readers", valueString=readers.words))
    if thread:
        body["partOf"] = [{"reference": f"Communication/{thread}"}]
    body["status"] = "completed" if is_settled else "in-progress"
    labels = (*labels, ONLY_NAMED) if readers and readers.only else labels
    with gate.transaction():
        sent = gate.create(
            body, subject=person_id, labels=labels, parties=_parties(to, readers, gate.actor.id)
        )
        if not is_settled:
            start_clock(gate, person_id=person_id, entity=sent.id, kind=kind)
    return Told(sent.id, to.name, by)


def _parties(to: Recipient, readers: Readers | None, sender: str) -> tuple[str, ...]:
    """Everyone whose list shows it: who answers, their deputy and their team, unless the writer chose only some."""
    if readers and readers.only:
        return tuple(dict.fromkeys((to.party, *readers.parties, sender)))
    worker = worker_of(to.party)
    team = f"team:{worker.team}" if worker and worker.team else ""
    also = readers.parties if readers else ()
    return tuple(dict.fromkeys(filter(None, (to.party, to.deputy, team, *also, sender))))


def _about_the_plan(part: str, version: int) -> list[dict[str, Any]]:
    """Which part of which version was spoken about."""
    parts = [extension("plan-part", valueCode=part)] if part else []
    return [*parts, *([extension("plan-version", valueInteger=version)] if version else [])]


def _body(
    gate: Gate,
    person_id: str,
    kind: str,
    to: Recipient,
    words: str,
    ticks: Sequence[str],
    goal: str,
    by: date,
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "id": new_id(),
        "category": [code(kind, KINDS[kind])],
        "subject": about(person_id),
        "sent": instant(),
        "sender": author(gate.actor),
        "recipient": [party_reference(to.party, to.name)],
        "payload": [{"contentString": text} for text in (*ticks, words.strip()) if text],
        "extension": [
            extension("answer-by", valueDate=by.isoformat()),
            *(extension("ticked", valueString=tick) for tick in ticks),
        ],
    }
    return {**body, "about": [{"reference": f"Goal/{goal}"}]} if goal else body


def waiting_for_me(gate: Gate) -> list[Message]:
    """What was told to me or my team and has no answer yet, the most pressing first."""
    wanted = ",".join(f"{CODES}|{kind}" for kind in KINDS)
    found = gate.naming_me("Communication", [("category", wanted), ("status", "in-progress")], count=200)
    mine = [one for one in found if party_of(one.body.get("sender")) != gate.actor.id]
    messages = [message_of(one.id, one.version, one.subject, one.body) for one in mine]
    return sorted(messages, key=lambda one: (one.answer_by, one.sent))


def told_about(gate: Gate, person_id: str) -> list[Message]:
    """Everything told about a person that this reader may see, newest first, with its answers."""
    found = [one for one in gate.about(person_id, ["Communication"]) if one.source == "careweave"]
    answers: dict[str, list[tuple[str, str, str]]] = {}
    for one in found:
        for replied in one.body.get("inResponseTo", []):
            told = (one.body.get("sender", {}).get("display", ""), one.body.get("sent", ""), _words(one.body))
            answers.setdefault(replied.get("reference", ""), []).append(told)
    messages = [
        message_of(
            one.id, one.version, one.subject, one.body, tuple(answers.get(f"Communication/{one.id}", ()))
        )
        for one in found
        if kind_of(one.body)
    ]
    return sorted(messages, key=lambda one: one.sent, reverse=True)


def goals_answered(gate: Gate, person_id: str) -> dict[str, tuple[str, str]]:
    """What the person said last about each goal of the plan, and when."""
    found: dict[str, tuple[str, str]] = {}
    for one in told_about(gate, person_id):
        if one.kind == "plan-answer" and one.goal and one.ticks:
            found.setdefault(one.goal, (one.ticks[0], one.sent))
    return found


def kind_of(body: Mapping[str, Any]) -> str:
    """Which kind of thing told a Communication is; empty for any other."""
    return next((kind for kind in KINDS for each in body.get("category", []) if has_code(each, kind)), "")


def message_of(id: str, version: int, person_id: str, body: dict[str, Any], answers: Answers = ()) -> Message:
    """A Communication as pages show it; pure."""
    parts = body.get("extension", [])
    ticks = tuple(each["valueString"] for each in parts if each.get("url", "").endswith("/ticked"))
    return Message(
        id=id,
        version=version,
        person_id=person_id,
        kind=kind_of(body),
        sender=party_of(body.get("sender")) or "",
        sender_name=body.get("sender", {}).get("display", ""),
        to_name=next((each.get("display", "") for each in body.get("recipient", [])), ""),
        sent=body.get("sent", ""),
        words="\n".join(each["contentString"] for each in body.get("payload", [])[len(ticks) :]),
        ticks=ticks,
        goal=next((each["reference"].partition("/")[2] for each in body.get("about", [])), ""),
        is_open=body.get("status") == "in-progress",
        answer_by=str(extension_value(body, "answer-by") or ""),
        answers=answers,
        part=str(extension_value(body, "plan-part") or ""),
        plan_version=int(extension_value(body, "plan-version") or 0),
        thread=next((each["reference"].partition("/")[2] for each in body.get("partOf", [])), ""),
        readers=str(extension_value(body, "readers") or ""),
        to=next((party_of(each) or "" for each in body.get("recipient", [])), ""),
        was_opened=any(each.get("url", "").endswith("/receipt") for each in parts),
    )


def answer(gate: Gate, *, message_id: str, version: int, words: str) -> Resource | Refusal:
    """Answer by name: the one who asked reads it, and the message no longer waits."""
    if not words.strip():
        return Refusal("Write a few words.", "words")
    asked = gate.read("Communication", message_id)
    if asked is None or not kind_of(asked.body):
        return Refusal("This message is not there any more")
    if asked.version != version or asked.body["status"] != "in-progress":
        return Refusal("Someone has answered this in the meantime. Read their answer first")
    sender = party_of(asked.body.get("sender")) or ""
    body = {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code(ANSWER, "An answer")],
        "subject": about(asked.subject),
        "sent": instant(),
        "sender": author(gate.actor),
        "recipient": [party_reference(sender, asked.body.get("sender", {}).get("display", ""))],
        "inResponseTo": [{"reference": f"Communication/{asked.id}"}],
        "payload": [{"contentString": words.strip()}],
    }
    try:
        with gate.transaction():
            gate.update({**asked.body, "status": "completed"}, version=version)
            stop_clock(gate, person_id=asked.subject, entity=asked.id, kind=kind_of(asked.body))
            # The answer is read by those who read the question, and by nobody more.
            people = [one for one in asked.parties if one.startswith("person:")]
            readers = asked.parties if ONLY_NAMED in asked.labels else (sender, *people)
            told = gate.create(
                body,
                subject=asked.subject,
                labels=answer_labels(asked),
                parties=tuple(dict.fromkeys((*readers, gate.actor.id))),
            )
            heard = thank(gate, asked) if is_least_view(asked) else told
            queue_delivery(gate, person_id=asked.subject, entity=heard.id, party=sender)
            return told
    except Conflict:
        return Refusal("Someone has answered this in the meantime. Read their answer first")


def _words(body: Mapping[str, Any]) -> str:
    return "\n".join(each.get("contentString", "") for each in body.get("payload", []))
