"""Which pathway and tier a person is on, since when and by whom; a new tier holds when its new professional accepted.

Held on the person's EpisodeOfCare as one extension for each step, which is added and never changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.record import Gate, Refusal, Resource

from ..teams.enrolment import has_suggested
from ..teams.handover import Terms, offer_charge
from ..teams.shapes import EXTENSION, author, extension, extension_value, instant
from ..teams.staff_facts import Worker, worker_of
from .reading import Pathway, Tier, all_pathways, pathway

STEP = "pathway-step"
LEFT = "left"


@dataclass(frozen=True)
class Step:
    """One step on a pathway. `offer` is the question to the new professional on which it waits, if it does."""

    pathway_id: str
    version: str
    tier: str
    at: str
    by: str
    reason: str
    offer: str = ""

    @property
    def has_left(self) -> bool:
        return self.tier == LEFT


@dataclass(frozen=True)
class Standing:
    """Where a person stands on one pathway: the step in force, one that waits for an answer, and all there were."""

    now: Step
    waiting: Step | None
    history: tuple[Step, ...]


@dataclass(frozen=True)
class Moved:
    """A change of tier: in force now, or when the colleague who was asked accepts."""

    step: Step
    is_waiting: bool


def standings(gate: Gate, person_id: str) -> tuple[Standing, ...]:
    """Every pathway the person is on now."""
    return standings_in(gate.about(person_id, ["EpisodeOfCare", "Task"]))


def standings_in(resources: Sequence[Resource]) -> tuple[Standing, ...]:
    """The same, from what was read about the person; pure."""
    episode = _active(resources)
    steps = _steps(episode.body) if episode else ()
    answered = {one.id: str(one.body.get("status")) for one in resources if one.type == "Task"}
    found = []
    for id_ in dict.fromkeys(step.pathway_id for step in steps):
        own = [step for step in steps if step.pathway_id == id_]
        held = [step for step in own if not step.offer or answered.get(step.offer) == "completed"]
        if held and not held[-1].has_left:
            last = own[-1]
            is_open = bool(last.offer) and answered.get(last.offer) in ("requested", "accepted")
            found.append(Standing(held[-1], last if is_open else None, tuple(own)))
    return tuple(found)


def offered_to(gate: Gate, person_id: str, *, on: date) -> tuple[Pathway, ...]:
    """The pathways whose register suggested the person, and which they are not on yet."""
    tasks = [one for one in gate.about(person_id, ["Task"]) if has_suggested(one)]
    registers = {str(extension_value(one.body, "model")) for one in tasks}
    present = {each.now.pathway_id for each in standings(gate, person_id)}
    return tuple(one for one in all_pathways(on=on) if one.register in registers and one.id not in present)


def place_on(
    gate: Gate, *, person_id: str, pathway_id: str, tier: str = "", reason: str = "", today: date
) -> Step | Refusal:
    """Put a person who is taken on onto a pathway, on one of its tiers if it has any."""
    found = pathway(pathway_id, on=today)
    if found is None:
        return Refusal("Choose a pathway", "pathway")
    if any(each.now.pathway_id == pathway_id for each in standings(gate, person_id)):
        return Refusal(f"This person is on {found.title} already. Change the tier instead", "pathway")
    chosen = found.tier(tier)
    if found.tiers and chosen is None:
        return Refusal("Choose the tier", "tier")
    refusal = _may_hold(gate, person_id, found, chosen)
    return refusal or _write(gate, person_id, _step(gate, found, tier, reason))


def move_tier(
    gate: Gate,
    *,
    person_id: str,
    pathway_id: str,
    tier: str,
    reason: str,
    to: Worker | None = None,
    terms: Terms | None = None,
    today: date,
) -> Moved | Refusal:
    """Move a person to another tier. Where it asks for another professional, it holds when that one has accepted."""
    found = pathway(pathway_id, on=today)
    current = next((s for s in standings(gate, person_id) if s.now.pathway_id == pathway_id), None)
    if found is None or current is None:
        return Refusal("This person is not on that pathway", "pathway")
    chosen = found.tier(tier)
    if chosen is None or tier == current.now.tier:
        return Refusal("Choose another tier", "tier")
    if not reason.strip():
        return Refusal("Say why the tier changes", "reason")
    if current.waiting:
        return Refusal("A change of tier waits for its answer already", "tier")
    if to is None:
        refusal = _may_hold(gate, person_id, found, chosen)
        if refusal:
            return refusal
        step = _write(gate, person_id, _step(gate, found, tier, reason))
        return step if isinstance(step, Refusal) else Moved(step, is_waiting=False)
    return _move_with_handover(gate, person_id, found, chosen, reason, to, terms or Terms(reason), today)


def _move_with_handover(
    gate: Gate, person_id: str, found: Pathway, tier: Tier, reason: str, to: Worker, terms: Terms, today: date
) -> Moved | Refusal:
    if tier.in_charge and to.role not in tier.in_charge:
        return Refusal(f"{to.name} is not of a profession that {tier.title} asks for", "to")
    with gate.transaction():
        asked = offer_charge(gate, person_id=person_id, to=to, terms=terms, today=today)
        if isinstance(asked, Refusal):
            return asked
        step = _write(gate, person_id, _step(gate, found, tier.id, reason, offer=asked.id))
    return step if isinstance(step, Refusal) else Moved(step, is_waiting=True)


def leave(gate: Gate, *, person_id: str, pathway_id: str, reason: str, today: date) -> Step | Refusal:
    """Take the person off a pathway; who is in charge stays in charge."""
    found = pathway(pathway_id, on=today)
    if found is None or not any(s.now.pathway_id == pathway_id for s in standings(gate, person_id)):
        return Refusal("This person is not on that pathway", "pathway")
    if not reason.strip():
        return Refusal("Say why", "reason")
    return _write(gate, person_id, _step(gate, found, LEFT, reason))


def _may_hold(gate: Gate, person_id: str, found: Pathway, tier: Tier | None) -> Refusal | None:
    """Whether whoever is in charge now is of a profession that the tier asks for."""
    if tier is None or not tier.in_charge:
        return None
    charge = gate.in_charge([person_id]).get(person_id)
    worker = worker_of(charge.holder) if charge else None
    if worker and worker.role in tier.in_charge:
        return None
    return Refusal(
        f"{found.title}, {tier.title}: someone of another profession must be in charge. Choose whom to ask",
        "to",
    )


def _step(gate: Gate, found: Pathway, tier: str, reason: str, offer: str = "") -> Step:
    return Step(found.id, found.version, tier, instant(), gate.actor.name, reason.strip(), offer)


def _write(gate: Gate, person_id: str, step: Step) -> Step | Refusal:
    episode = _active(gate.about(person_id, ["EpisodeOfCare"]))
    if episode is None:
        return Refusal("This person is not taken on. Take them on first")
    parts = [
        {"url": "pathway", "valueCode": step.pathway_id},
        {"url": "version", "valueString": step.version},
        *([{"url": "tier", "valueCode": step.tier}] if step.tier else []),
        {"url": "at", "valueInstant": step.at},
        {"url": "by", "valueReference": author(gate.actor)},
        *([{"url": "reason", "valueString": step.reason}] if step.reason else []),
        *([{"url": "offer", "valueReference": {"reference": f"Task/{step.offer}"}}] if step.offer else []),
    ]
    told = extension(STEP, extension=parts)
    body = {**episode.body, "extension": [*episode.body.get("extension", []), told]}
    gate.update(body, version=episode.version)
    return step


def _active(resources: Sequence[Resource]) -> Resource | None:
    return next(
        (
            one
            for one in resources
            if one.type == "EpisodeOfCare"
            and one.source == "careweave"
            and one.body.get("status") in ("active", "onhold")
        ),
        None,
    )


def _steps(body: Mapping[str, Any]) -> tuple[Step, ...]:
    found = []
    for part in body.get("extension", []):
        if part.get("url") == EXTENSION + STEP:
            inner = {each["url"]: each for each in part["extension"]}
            found.append(
                Step(
                    pathway_id=inner["pathway"]["valueCode"],
                    version=inner["version"]["valueString"],
                    tier=inner["tier"]["valueCode"] if "tier" in inner else "",
                    at=inner["at"]["valueInstant"],
                    by=inner["by"]["valueReference"].get("display", ""),
                    reason=inner["reason"]["valueString"] if "reason" in inner else "",
                    offer=inner["offer"]["valueReference"]["reference"].partition("/")[2]
                    if "offer" in inner
                    else "",
                )
            )
    return tuple(found)
