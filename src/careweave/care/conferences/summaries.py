"""“What we will tell Joe”: the decisions in plain words, read through and sent, with the receipt of whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from careweave.record import Gate, Refusal, Resource, deliveries
from careweave.record.relations import party_of

from ..teams.clocks import start_clock, stop_clock
from ..teams.delivering import queue_delivery, receipt_part
from ..teams.membership import carers_of
from ..teams.shapes import EXTENSION, extension, extension_value, instant
from .meetings import Meeting
from .shapes import SUMMARY, Case, Decision, is_about_case, is_kind, message_body

SUMMARY_HEARD = "summary-heard"
_HEARD = {"opened": "Read", "read-out": "Read to them"}


@dataclass(frozen=True)
class Summary:
    """One summary for one reader, and whether it has reached them."""

    id: str
    version: int
    person_id: str
    case_id: str
    to: str
    to_name: str
    words: str
    sent: str
    meeting_day: str
    heard: tuple[str, str, str] | None  # how, by whom, when


def plain_words(case: Case, decided: Sequence[Decision], *, day: str, words_of_day: dict[str, str]) -> str:
    """A first text from the decisions, for a person to read; whoever sends it puts it right first. Pure.

    `words_of_day` gives each date in words, which is the page's work.
    """
    lines = [f"We met on {day} to talk about your care.", ""]
    if decided:
        lines.append("This is what we decided:")
        lines += [
            f"- {each.what}. {each.owner_name} will do this{_by(each, words_of_day)}." for each in decided
        ]
    else:
        lines.append(f"We decided that nothing needs to change now: {case.none_because}")
    if case.is_provisional:
        lines += ["", "Not everyone could be there. We will tell you if something changes."]
    return "\n".join([*lines, "", "Tell us if this is not what you want."])


def _by(one: Decision, words_of_day: dict[str, str]) -> str:
    return f" by {words_of_day[one.by.isoformat()]}" if one.by and one.by.isoformat() in words_of_day else ""


def send(
    gate: Gate, meeting: Meeting, case: Case, *, name: str, words: str, is_read_through: bool
) -> int | Refusal:
    """Send the summary to the person and to each carer with a copy; returns to how many."""
    if not case.is_finished:
        return Refusal("Finish the case first", "words")
    if len(words.split()) < 5:
        return Refusal("Write what the person should know.", "words")
    if not is_read_through:
        return Refusal("Read it through once more, and tick that you did.", "read_through")
    if any(one.case_id == case.id for one in summaries(gate, case.person_id)):
        return Refusal("This has been sent already", "words")
    carers = [
        (f"person:{one.person_id}", one.name) for one in carers_of(gate, case.person_id) if one.has_a_copy
    ]
    people = [(f"person:{case.person_id}", name), *carers]
    with gate.transaction():
        for to in people:
            body = message_body(
                case.person_id,
                case.id,
                kind=SUMMARY,
                title="About the meeting about your care",
                words=words,
                writer=gate.actor,
                to=to,
                status="in-progress",
                extensions=[extension("meeting-day", valueDate=meeting.on.isoformat())],
            )
            parties = (to[0], f"team:{meeting.team}", gate.actor.id)
            sent = gate.create(body, subject=case.person_id, parties=parties)
            start_clock(gate, person_id=case.person_id, entity=sent.id, kind=SUMMARY_HEARD)
            queue_delivery(gate, person_id=case.person_id, entity=sent.id, party=to[0])
    return len(people)


def summaries(gate: Gate, person_id: str) -> list[Summary]:
    """Every summary about a person that this reader may see, the latest first."""
    found = [one for one in gate.about(person_id, ["Communication"]) if is_kind(one, SUMMARY)]
    return sorted((_summary(one) for one in found), key=lambda one: one.sent, reverse=True)


def of_case(gate: Gate, case: Case) -> list[Summary]:
    return [one for one in summaries(gate, case.person_id) if one.case_id == case.id]


def open_mine(gate: Gate, person_id: str) -> list[Summary]:
    """What was sent to this reader. Opening it is their own act, and makes the receipt."""
    found = [one for one in gate.about(person_id, ["Communication"]) if is_kind(one, SUMMARY)]
    mine = [one for one in found if _to(one)[0] == gate.actor.id]
    for one in mine:
        if one.body["status"] == "in-progress":
            _receive(gate, one, "opened")
    return sorted((_summary(one) for one in mine), key=lambda one: one.sent, reverse=True)


def read_out(gate: Gate, *, summary_id: str, case: Case) -> Refusal | None:
    """A colleague read it to the person, face to face or by telephone."""
    one = gate.read("Communication", summary_id)
    if one is None or not is_kind(one, SUMMARY) or not is_about_case(one.body, case.id):
        return Refusal("This is not there any more")
    if one.body["status"] != "in-progress":
        return Refusal("It has reached them already")
    _receive(gate, one, "read-out")
    return None


def _receive(gate: Gate, one: Resource, how: str) -> None:
    body = {**one.body, "extension": [*one.body.get("extension", []), receipt_part(gate, how)]}
    with gate.transaction():
        gate.update({**body, "status": "completed", "received": instant()}, version=one.version)
        stop_clock(gate, person_id=one.subject, entity=one.id, kind=SUMMARY_HEARD, reason=_HEARD[how])
        deliveries.stop(gate, person_id=one.subject, entity=one.id)


def _summary(one: Resource) -> Summary:
    to, name = _to(one)
    case = next((each["reference"] for each in one.body.get("about", [])), "")
    return Summary(
        id=one.id,
        version=one.version,
        person_id=one.subject,
        case_id=case.removeprefix("Composition/"),
        to=to,
        to_name=name,
        words="\n".join(each.get("contentString", "") for each in one.body.get("payload", [])),
        sent=one.body.get("sent", ""),
        meeting_day=str(extension_value(one.body, "meeting-day") or ""),
        heard=_heard(one),
    )


def _to(one: Resource) -> tuple[str, str]:
    who: dict[str, Any] = next(iter(one.body.get("recipient", [])), {})
    return party_of(who) or "", who.get("display", "")


def _heard(one: Resource) -> tuple[str, str, str] | None:
    for each in one.body.get("extension", []):
        if each.get("url") == EXTENSION + "receipt":
            inner = {part["url"]: part for part in each["extension"]}
            if inner["how"]["valueCode"] not in _HEARD:
                continue  # on its way, or come back: nobody has read it by that
            by = inner["by"]["valueReference"].get("display", "")
            return _HEARD[inner["how"]["valueCode"]], by, inner["at"]["valueInstant"]
    return None
