"""“I am worried about…”: from anyone, to a named receiver and deputy, by a date; and whether it is an enquiry by law.

Care Act 2014, section 42: https://www.legislation.gov.uk/ukpga/2014/23/section/42
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from careweave.care.teams.shapes import about, author, code, extension, extension_value, has_code, instant
from careweave.care.teams.staff_facts import worker_of
from careweave.care.teams.telling import Message, Recipient, Told, in_charge_of, kind_of, tell, told_about
from careweave.identity.delegating import desk_of
from careweave.identity.models import Organisation
from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import new_id

from .routing import manager_of
from .rules import safeguarding

WORRY = "concern"
SECTION_42 = "section-42"
ENQUIRY = "enquiry"
SAFEGUARDING = "safeguarding"
NOT_ON_OWN_PAGES = ("held-from-person", "held-from-carers")


@dataclass(frozen=True)
class Decision:
    """Whether a worry is a safeguarding enquiry: the conditions as they were judged, by whom, when and why."""

    concern_id: str
    met: tuple[str, ...]
    decision: str
    title: str
    reason: str
    by: str
    at: str


@dataclass(frozen=True)
class Judged:
    """What the one who decides says about a worry."""

    met: Mapping[str, str]
    decision: str
    reason: str
    keep_from_person: bool


def receiver_of_volunteer(party: str, name: str) -> Recipient:
    """Who asked for the visit; their team's manager stands in."""
    worker = worker_of(party)
    desk = desk_of(worker.team) if worker and worker.team else None
    return Recipient(party, name, desk.manager if desk and desk.manager != party else "")


def receiver(gate: Gate, person_id: str) -> Recipient | None:
    """A person and a carer tell the team's manager; staff tell whoever is in charge, and if that is them, the manager."""
    if gate.actor.role in ("person", "carer"):
        return manager_of(gate, person_id)
    manager, charge = manager_of(gate, person_id), in_charge_of(gate, person_id)
    if charge is None or charge.party == gate.actor.id:
        return manager
    return Recipient(charge.party, charge.name, charge.deputy or (manager.party if manager else ""))


def worry(
    gate: Gate, *, person_id: str, words: str, keep_from_home: bool = False, today: date
) -> Told | Refusal:
    """Send it to the one who answers. `keep_from_home` holds it back from the pages of the person and of carers."""
    labels = NOT_ON_OWN_PAGES if keep_from_home else ()
    to = receiver(gate, person_id)
    return tell(gate, person_id=person_id, kind=WORRY, to=to, words=words, labels=labels, today=today)


def worries(gate: Gate, person_id: str) -> list[Message]:
    """Every worry about a person that this reader may see, newest first."""
    return [one for one in told_about(gate, person_id) if one.kind == WORRY]


def may_decide(gate: Gate, *, today: date) -> bool:
    """The duty is the council's: only those who carry it for the council decide."""
    rules, me = safeguarding(today), worker_of(gate.actor.id, role=gate.actor.role)
    if me is None or gate.actor.role not in rules.roles:
        return False
    kind = Organisation.objects.filter(code=me.organisation_code).values_list("kind", flat=True).first()
    return kind in rules.organisation_kinds


def decide(gate: Gate, *, concern_id: str, judged: Judged, today: date) -> Resource | Refusal:
    """Write down the decision. Where all three conditions are met, the law leaves no choice."""
    rules = safeguarding(today)
    if not may_decide(gate, today=today):
        return Refusal("The council’s social workers decide this. Pass the worry to one of them")
    concern = gate.read("Communication", concern_id)
    if concern is None or kind_of(concern.body) != WORRY:
        return Refusal("This is not there any more")
    refusal = _refusal(judged, rules.conditions, rules.decisions)
    if refusal:
        return refusal
    if any(one.concern_id == concern_id for one in decisions(gate, concern.subject)):
        return Refusal("This was decided already. Read the decision below")
    labels = (SAFEGUARDING, *(NOT_ON_OWN_PAGES if judged.keep_from_person else ()))
    body = {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code(SECTION_42, "Care Act 2014, section 42")],
        "subject": about(concern.subject),
        "sent": instant(),
        "sender": author(gate.actor),
        "inResponseTo": [{"reference": f"Communication/{concern_id}"}],
        "payload": [{"contentString": judged.reason.strip()}],
        "extension": [
            extension("decision", valueCode=judged.decision),
            *(extension("condition-met", valueCode=id_) for id_, met in judged.met.items() if met == "yes"),
        ],
    }
    with gate.transaction():
        if judged.keep_from_person and set(NOT_ON_OWN_PAGES) - set(concern.labels):
            held = tuple(dict.fromkeys((*concern.labels, *NOT_ON_OWN_PAGES)))
            gate.update(concern.body, version=concern.version, labels=held)
        return gate.create(body, subject=concern.subject, labels=labels, parties=(gate.actor.id,))


def decisions(gate: Gate, person_id: str) -> list[Decision]:
    """What was decided under section 42, for those who may see it."""
    titles = safeguarding(date.today()).decisions  # noqa: DTZ011 - the words of a title, whatever the hour
    found = []
    for one in gate.about(person_id, ["Communication"]):
        if any(has_code(each, SECTION_42) for each in one.body.get("category", [])):
            decision = str(extension_value(one.body, "decision") or "")
            found.append(
                Decision(
                    concern_id=one.body["inResponseTo"][0]["reference"].partition("/")[2],
                    met=tuple(
                        each["valueCode"]
                        for each in one.body["extension"]
                        if each["url"].endswith("/condition-met")
                    ),
                    decision=decision,
                    title=titles.get(decision, decision),
                    reason=one.body["payload"][0]["contentString"],
                    by=one.body.get("sender", {}).get("display", ""),
                    at=one.body.get("sent", ""),
                )
            )
    return found


def _refusal(judged: Judged, conditions: Mapping[str, str], decisions_: Mapping[str, str]) -> Refusal | None:
    for id_ in conditions:
        if judged.met.get(id_) not in ("yes", "no"):
            return Refusal("Answer each of the three conditions with yes or no", f"met-{id_}")
    if judged.decision not in decisions_:
        return Refusal("Choose what is decided", "decision")
    are_met = all(judged.met[id_] == "yes" for id_ in conditions)
    if are_met and judged.decision != ENQUIRY:
        return Refusal(
            "All three conditions are met, so the council must make an enquiry (Care Act 2014, section 42(2))",
            "decision",
        )
    if not are_met and judged.decision == ENQUIRY:
        return Refusal(
            "An enquiry under section 42 needs all three conditions. Choose the other answer, and say what is done",
            "decision",
        )
    if len(judged.reason.split()) < 3:
        return Refusal("Say why, in a few words at least", "reason")
    return None
