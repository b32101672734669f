"""Someone lonely or at risk comes home from hospital: a network of the neighbourhood is asked to visit, once.

A network is another organisation: it is asked by itself only for someone who agreed to a plan that says so, and who
keeps nothing back from it. For everyone else whoever is in charge is asked to ring and ask them first.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from careweave.care.contacts.routing import desk_gate, who_answers
from careweave.definitions import DefinitionError, load_definition
from careweave.identity.golden_records import linker_gate
from careweave.record import Conflict, Gate, Purpose, Resource
from careweave.record.choices import choices_of
from careweave.record.deaths import has_died
from careweave.record.ids import resource_id
from careweave.record.joining import members_now
from careweave.record.outbox import done, next_batch

from ..directory.keeping import entries, network_party, offered
from ..directory.matching import Asked, Match, matches
from ..directory.needing import goal_words, latest_answers
from ..directory.rules import keeping_rules
from ..plans.fhir import Plan, plan_of
from ..plans.voices import SAYINGS, voices
from ..teams.news import KINDS, Happened, happened
from ..teams.notes import NextStep, add_task
from ..teams.telling import in_charge_of
from ..teams.working_time import LONDON
from .community import Ask, write_referral

log = logging.getLogger("careweave.work")
READER = "network visits"
_TRIES = 2
_TYPES = ["Patient", "QuestionnaireResponse", "Goal", "CarePlan"]


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
            count += _ask_about(gate, person_id, binding, changed, at)
    done(READER, batch)
    return count


def _ask_about(gate: Gate, person_id: str, binding: Binding, changed: Collection[str], at: datetime) -> int:
    """What has happened to one person. It is tried twice; what fails twice stands on somebody's list."""
    for _ in range(_TRIES):
        try:
            entries_ = [one for one in gate.about(person_id, ["Encounter"]) if one.id in changed]
            happenings = [one for one in happened(entries_, at) if one.kind == binding.event]
            return sum(_ask(gate, person_id, binding, one, at) for one in happenings)
        except Exception:  # one entry nobody has thought of must not keep the others waiting
            log.exception("A network visit could not be asked for.")
    to = who_answers(gate, person_id)
    if to is None:
        log.error("A network visit could not be asked for, and nobody is there to be told.")
        return 0
    said = f"{binding.what}: it could not be asked for here. See whether a visit is needed, and ask for it"
    add_task(gate, person_id=person_id, step=NextStep(said, to.party, to.name, at.astimezone(LONDON).date()))
    return 0


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
    id_ = resource_id("careweave", "Task", f"visit after {one.entry.id}")
    if gate.read("Task", id_) is not None:
        return False
    held = gate.about(person_id, _TYPES)
    patients = [each.body for each in held if each.type == "Patient"]
    reasons = why_at_risk(held, binding, _age(patients, now.astimezone(LONDON).date()))
    if not reasons or has_died(held):
        return False
    return _ask_for_visit(
        gate, person_id, binding, held, f"{KINDS[one.kind]}; {', '.join(reasons)}", id_, now
    )


def _ask_for_visit(
    gate: Gate,
    person_id: str,
    binding: Binding,
    held: Sequence[Resource],
    because: str,
    id_: str,
    now: datetime,
) -> bool:
    """Of the network itself, or of whoever is in charge: to ask the person first, or because no network is there."""
    today = now.astimezone(LONDON).date()
    patients = [each.body for each in held if each.type == "Patient"]
    age = _age(patients, today)
    network = _network(gate, binding, Asked(binding.needs, age, _postcode(patients)), today)
    if network is None:
        said = f"{binding.what}: no network covers this address. {because}"
        return _tell_who_is_in_charge(gate, person_id, said, today)
    goal, service = _lonely_goal(held, binding), network.service
    if not _agreed(gate, person_id, held, goal) or _keeps_back(gate, person_id, service.organisation_code):
        name = service.organisation or service.name
        said = f"{binding.what}: ring, ask whether {name} may come, and ask them. {because}"
        return _tell_who_is_in_charge(gate, person_id, said, today)
    ask = _what_is_asked(binding, patients, goal)
    try:
        with gate.transaction():
            write_referral(gate, gate, person_id, service, ask, clock=binding.clock, because=because, id=id_)
        return True
    except Conflict:
        return False  # another worker was quicker


def _what_is_asked(binding: Binding, patients: Sequence[dict[str, Any]], goal: str) -> Ask:
    return Ask(
        need=binding.needs[0],
        words=f"{binding.what}. Ring first.",
        first_name=_first_name(patients),
        telephone=_telephone(patients),
        goal=goal,
        agreed="Agreed to the plan that says so",
    )


def _agreed(gate: Gate, person_id: str, held: Sequence[Resource], goal: str) -> bool:
    """The person said yes to the plan that stands, the goal is one of it, and they have not gone back on it since."""
    goals = [one.body for one in held if one.type == "Goal"]
    plans = [plan_of(one.body, goals) for one in held if one.type == "CarePlan"]
    return any(
        plan.draft.agreement == "yes"
        and goal in {one.id for one in plan.draft.goals}
        and not _goes_back_on(gate, person_id, plan, goal)
        for plan in plans
        if not plan.withdrawn
    )


def _goes_back_on(gate: Gate, person_id: str, plan: Plan, goal: str) -> bool:
    """Whether the last thing the person said of this goal, or of the whole plan, since it was published is no “I agree”."""
    said = [
        one
        for one in voices(gate, person_id)
        if one.sender == f"person:{person_id}" and one.ticks and one.sent > plan.published_on
    ]
    last = (
        next((one.ticks[0] for one in reversed(said) if one.goal == goal), ""),
        next((one.ticks[0] for one in reversed(said) if one.part == "agreement"), ""),
    )
    return any(one not in ("", SAYINGS["agree"]) for one in last)


def _keeps_back(gate: Gate, person_id: str, organisation: str) -> bool:
    """Whether the person chose that anything is not shared, with anybody or with this organisation.

    What is asked says that they were in hospital and why they are at risk, which may be the very thing they keep back.
    """
    wishes = [one.wish for one in choices_of(gate, person_id) if one.stands]
    return any(
        not wish.to or f"org:{organisation}" in wish.to
        for wish in wishes
        if wish.purpose is Purpose.DIRECT_CARE
    )


def _network(gate: Gate, binding: Binding, asked: Asked, today: date) -> Match | None:
    """The first network that fits and has someone here who answers; those for after hospital before all others."""
    listed = matches(offered(entries(gate), today), asked, keeping_rules(today), today)
    fitting = [one for one in listed if one.fits and network_party(one.service)]
    return min(fitting, key=lambda one: binding.needs[0] not in one.service.needs, default=None)


def _tell_who_is_in_charge(gate: Gate, person_id: str, said: str, today: date) -> bool:
    """What only a person can do next is theirs, once."""
    to = in_charge_of(gate, person_id)
    if to is None or any(one.body.get("description") == said for one in gate.about(person_id, ["Task"])):
        return False
    add_task(gate, person_id=person_id, step=NextStep(said, to.party, to.name, today))
    return True


def _lonely_goal(held: Sequence[Resource], binding: Binding) -> str:
    """The goal that says so, beside which the outcome will stand."""
    words = [word for one in binding.plan_says for word in one["words"]]
    goals = [one for one in held if one.type == "Goal" and one.body.get("lifecycleStatus") == "active"]
    told = (one.id for one in goals if any(word in goal_words(one.body).casefold() for word in words))
    return next(told, "")


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
