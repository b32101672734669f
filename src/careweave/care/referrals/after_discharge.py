"""Someone lonely or at risk comes home from hospital: a network of the neighbourhood is asked to visit, once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from careweave.care.contacts.routing import desk_gate
from careweave.definitions import DefinitionError, load_definition
from careweave.identity.golden_records import linker_gate
from careweave.record import Conflict, Gate, Resource
from careweave.record.ids import resource_id
from careweave.record.joining import members_now
from careweave.record.outbox import done, next_batch

from ..directory.keeping import entries, network_party, offered
from ..directory.matching import Asked, Match, matches
from ..directory.needing import goal_words, latest_answers
from ..directory.rules import keeping_rules
from ..teams.news import KINDS, Happened, happened
from ..teams.notes import NextStep, add_task
from ..teams.telling import in_charge_of
from ..teams.working_time import LONDON
from .community import Ask, write_referral

log = logging.getLogger("careweave.work")
READER = "network visits"
_TYPES = ["Patient", "QuestionnaireResponse", "Goal"]


@dataclass(frozen=True)
class Binding:
    """Which news asks for a visit, for whom, and what is asked."""

    event: str
    at_risk: tuple[Mapping[str, Any], ...]
    plan_says: tuple[Mapping[str, Any], ...]
    needs: tuple[str, ...]
    what: str
    clock: str


def ask_networks(now: datetime | None = None) -> int:
    """Ask for the visits that follow from what has happened since the last call; safe to repeat. Returns how many."""
    at = now or datetime.now(UTC)
    batch = next_batch(READER, ["Encounter"])
    changed = {each.resource_id for each in batch.events if each.news}
    subjects = sorted({each.subject for each in batch.events if each.news})
    count = 0
    if subjects:
        gate, binding = desk_gate(), binding_on(at.astimezone(LONDON).date())
        for person_id in sorted(set(members_now(linker_gate(), subjects).values())):
            try:
                entries_ = [one for one in gate.about(person_id, ["Encounter"]) if one.id in changed]
                count += sum(
                    _ask(gate, person_id, binding, one, at)
                    for one in happened(entries_, at)
                    if one.kind == binding.event
                )
            except Exception:  # one entry nobody has thought of must not keep the others waiting
                log.exception("A network visit could not be asked for.")
    done(READER, batch)
    return count


def why_at_risk(held: Iterable[Resource], binding: Binding, age: int | None) -> tuple[str, ...]:
    """What an assessment or the plan says of someone who should be visited; none when nothing says so. Pure."""
    resources = list(held)
    answers, reasons = latest_answers(resources), []
    for one in binding.at_risk:
        given = answers.get(one["question"])
        is_old_enough = (age is not None and age >= one.get("with_age_from", 0)) or not one.get(
            "with_age_from"
        )
        if given and given.answer.value in one["answers"] and is_old_enough:
            reasons.append(str(one["because"]))
    said = " ".join(goal_words(one.body) for one in resources if one.type == "Goal").casefold()
    reasons += [
        str(one["because"]) for one in binding.plan_says if any(word in said for word in one["words"])
    ]
    return tuple(dict.fromkeys(reasons))


def _ask(gate: Gate, person_id: str, binding: Binding, one: Happened, now: datetime) -> bool:
    today, id_ = (
        now.astimezone(LONDON).date(),
        resource_id("careweave", "Task", f"visit after {one.entry.id}"),
    )
    if gate.read("Task", id_) is not None:
        return False
    held = gate.about(person_id, _TYPES)
    patients = [each.body for each in held if each.type == "Patient"]
    age = _age(patients, today)
    reasons = why_at_risk(held, binding, age)
    if not reasons or any(body.get("deceasedDateTime") for body in patients):
        return False
    because = f"{KINDS[one.kind]}; {', '.join(reasons)}"
    network = _network(gate, binding, Asked(binding.needs, age, _postcode(patients)), today)
    try:
        with gate.transaction():
            if network is None:
                return _nobody_covers(gate, person_id, binding, because, id_, today)
            ask = Ask(
                need=binding.needs[0],
                words=f"{binding.what}. Ring first.",
                first_name=_first_name(patients),
                telephone=_telephone(patients),
                goal=_lonely_goal(held, binding),
            )
            write_referral(
                gate, gate, person_id, network.service, ask, clock=binding.clock, because=because, id=id_
            )
        return True
    except Conflict:
        return False  # another worker was quicker


def _network(gate: Gate, binding: Binding, asked: Asked, today: date) -> Match | None:
    """The first network that fits and has someone here who answers; those for after hospital before all others."""
    listed = matches(offered(entries(gate), today), asked, keeping_rules(today), today)
    fitting = [one for one in listed if one.fits and network_party(one.service)]
    return min(fitting, key=lambda one: binding.needs[0] not in one.service.needs, default=None)


def _nobody_covers(gate: Gate, person_id: str, binding: Binding, because: str, id_: str, today: date) -> bool:
    """No network covers the address: whoever is in charge has it, so that it is not lost."""
    to = in_charge_of(gate, person_id)
    if to is None:
        return False
    said = f"{binding.what}: no network covers this address. {because}"
    if any(one.body.get("description") == said for one in gate.about(person_id, ["Task"])):
        return False
    add_task(gate, person_id=person_id, step=NextStep(said, to.party, to.name, today))
    return True


def _lonely_goal(held: Sequence[Resource], binding: Binding) -> str:
    """The goal beside which the outcome will stand."""
    words = [word for one in binding.plan_says for word in one["words"]]
    goals = [one for one in held if one.type == "Goal" and one.body.get("lifecycleStatus") == "active"]
    told = [one for one in goals if any(word in goal_words(one.body).casefold() for word in words)]
    return (told or goals)[0].id if told or goals else ""


def _age(patients: Sequence[dict[str, Any]], today: date) -> int | None:
    born = next((body["birthDate"] for body in patients if len(body.get("birthDate", "")) == 10), "")
    if not born:
        return None
    day = date.fromisoformat(born)
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def _postcode(patients: Sequence[dict[str, Any]]) -> str:
    found = (a for body in patients for a in body.get("address", []) if a.get("use") != "old")
    return next((str(a["postalCode"]) for a in found if a.get("postalCode")), "")


def _first_name(patients: Sequence[dict[str, Any]]) -> str:
    names = [name for body in patients for name in body.get("name", []) if name.get("given")]
    usual = next((name for name in names if name.get("use") == "usual"), next(iter(names), None))
    return str(usual["given"][0]) if usual else "Someone"


def _telephone(patients: Sequence[dict[str, Any]]) -> str:
    points = (point for body in patients for point in body.get("telecom", []))
    return next((str(point["value"]) for point in points if point.get("system") == "phone"), "")


@lru_cache(maxsize=8)
def binding_on(on: date) -> Binding:
    """The binding of a day."""
    found = load_definition("networks", "after-discharge", on)
    content, ask = found.content, found.content.get("ask", {})
    problems = [name for name in ("need", "what", "clock") if not ask.get(name)]
    problems += [] if content.get("event") in KINDS else ["event"]
    if problems:
        raise DefinitionError([f"{found.name}: {name} is missing or wrong" for name in problems])
    return Binding(
        event=content["event"],
        at_risk=tuple(content.get("at_risk", ())),
        plan_says=tuple(content.get("plan_says", ())),
        needs=tuple(filter(None, (ask["need"], ask.get("or_need", "")))),
        what=ask["what"],
        clock=ask["clock"],
    )
