"""Worklists: what waits for me, for my team, for nobody; and suggestions, each with its reasons in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from careweave.identity import absences
from careweave.record import Gate, Naming, Refusal, Resource
from careweave.record.relations import (
    CONTACT,
    SUGGESTED,
    VOLUNTARY_WORKER,
    VOLUNTEER,
    party_of,
    party_reference,
)

from .clocks import stop_clock
from .competence import beyond_competence
from .notes import TAKE_CHARGE
from .shapes import CODES, NOT_FOR_VOLUNTEERS, extension_value, has_code
from .staff_facts import Worker
from .visits import VISIT

OPEN = "requested,received,accepted,ready,in-progress"
UNANSWERED = ("requested", "received")


@dataclass(frozen=True)
class WorkItem:
    """One thing to do for one person. `owner` is a party, or empty when nobody has it."""

    task_id: str
    version: int
    person_id: str
    what: str
    why: str
    owner: str
    owner_name: str
    due: date | None
    status: str
    kind: str
    stands_in: str = ""  # who does it while its owner is away


@dataclass(frozen=True)
class Suggestion:
    """Someone the finder suggests, and why, in words; what is not known is said too."""

    task_id: str
    version: int
    person_id: str
    reasons: tuple[str, ...]
    not_known: tuple[str, ...]
    scored_on: str
    model: str
    team: str
    could_help: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """All that waits for an answer from me or my teams."""

    work: list[WorkItem]
    suggestions: list[Suggestion]


def waiting(gate: Gate) -> Waiting:
    """Open tasks that name me, my team or my organisation, first due first; suggestions in the order of the finder."""
    work: list[WorkItem] = []
    suggested: list[Naming] = []
    for task in gate.naming_me("Task", [("status", OPEN)], count=10_000):
        # Ten thousand of them: what each is, is looked up once.
        codes = [coding.get("code") for coding in task.body.get("code", {}).get("coding", ())]
        if SUGGESTED in codes:
            suggested.append(task)
        elif VISIT not in codes:
            work.append(item_of(task))
    work.sort(key=lambda item: (item.due is None, item.due or date.max, item.what))
    suggested = [task for task in suggested if task.body["status"] in UNANSWERED]
    return Waiting(work, [suggestion_of(task) for task in _in_turn(suggested)])


def _in_turn(tasks: list[Naming]) -> list[Naming]:
    """What just happened first; then the first of each list, the second of each: lists count in units of their own."""
    tasks = sorted(tasks, key=lambda task: -int(extension_value(task.body, "order") or 0))
    places, found = Counter[str](), list[tuple[bool, int, Naming]]()
    for task in tasks:
        is_event = bool(extension_value(task.body, "trigger"))
        own = "" if is_event else str(extension_value(task.body, "model") or "")
        places[own] += 1
        found.append((not is_event, places[own], task))
    return [task for _, _, task in sorted(found, key=lambda each: each[:2])]


def mine(items: list[WorkItem], gate: Gate) -> list[WorkItem]:
    """Mine, and those of a colleague who is away and for whom I stand in."""
    return [item for item in items if gate.actor.id in (item.owner, item.stands_in)]


def of_my_teams(items: list[WorkItem], gate: Gate) -> list[WorkItem]:
    return [item for item in items if item.owner != gate.actor.id and item.owner in gate.door.parties]


def nobodys(items: list[WorkItem]) -> list[WorkItem]:
    return [item for item in items if not item.owner]


def pass_to(gate: Gate, *, task_id: str, version: int, to: Worker) -> Resource | Refusal:
    """Give a task to someone else. Raises Conflict when someone changed it in the meantime."""
    task = gate.read("Task", task_id)
    if task is None:
        return Refusal("This task is not there any more")
    if has_code(task.body.get("code"), TAKE_CHARGE):
        return Refusal("Open this question and say yes or no, and who should be asked next")
    today = timezone.localdate()
    refusal = _cannot_take(to, today) or beyond_competence(task.body, name=to.name, role=to.role, on=today)
    if refusal:
        return refusal
    if to.role == VOLUNTEER or has_code(task.body.get("code"), VISIT):
        return Refusal(
            "A volunteer gets a visit, with a day and what to do. Open “Who does what” on the person", "to"
        )
    kept = task.body
    if to.role == VOLUNTARY_WORKER:
        kept = {key: value for key, value in kept.items() if key not in NOT_FOR_VOLUNTEERS}
    body = {**kept, "owner": party_reference(to.party, to.name)}
    with gate.transaction():
        _has_a_name(gate, task)
        return gate.update(body, version=version, parties=(to.party, gate.actor.id))


def _cannot_take(to: Worker, today: date) -> Refusal | None:
    """Nothing is passed to someone who is not here to do it."""
    if to.has_left:
        return Refusal(f"{to.name} has left. Choose someone else", "to")
    now = next((one for one in absences.coming(to.party, today) if one.starts_on <= today), None)
    if now is None:
        return None
    until = f"{now.ends_on:%A} {now.ends_on.day} {now.ends_on:%B}"
    return Refusal(f"{to.name} is away until {until}. {now.deputy_name} stands in", "to")


def take(gate: Gate, *, task_id: str, version: int) -> Resource:
    """Claim a task for myself. Raises Conflict when someone was quicker."""
    task = gate.read("Task", task_id)
    if task is None:
        raise gate.door.refuse("not there, or not allowed", act="take")
    body = {**task.body, "owner": party_reference(gate.actor.id, gate.actor.name)}
    with gate.transaction():
        _has_a_name(gate, task)
        return gate.update(body, version=version, parties=(gate.actor.id,))


def _has_a_name(gate: Gate, task: Resource) -> None:
    """What came to a desk waits for nobody's name any more."""
    if has_code(task.body.get("code"), CONTACT):
        stop_clock(
            gate, person_id=task.subject, entity=task.id, kind="contact-routing", reason="someone has it"
        )


def change_date(gate: Gate, *, task_id: str, version: int, by: date, today: date) -> Resource | Refusal:
    """Move the day a task is due; it cannot be moved into the past."""
    if by < today:
        return Refusal("‘By when’ must be today or later.", "by")
    task = gate.read("Task", task_id)
    if task is None:
        return Refusal("This task is not there any more")
    return gate.update({**task.body, "restriction": {"period": {"end": by.isoformat()}}}, version=version)


def item_of(task: Resource | Naming) -> WorkItem:
    """A Task as a worklist shows it; pure."""
    body = task.body
    due = body.get("restriction", {}).get("period", {}).get("end", "")[:10]
    codings = body.get("code", {}).get("coding", [])
    return WorkItem(
        task_id=task.id,
        version=task.version,
        person_id=task.subject,
        what=body.get("description") or body.get("code", {}).get("text", ""),
        why=body.get("reasonCode", {}).get("text", ""),
        owner=party_of(body.get("owner")) or "",
        owner_name=body.get("owner", {}).get("display", ""),
        due=date.fromisoformat(due) if due else None,
        status=body["status"],
        kind=next((coding["code"] for coding in codings if coding.get("system") == CODES), ""),
        stands_in=str(extension_value(body, "stands-in") or ""),
    )


def suggestion_of(task: Resource | Naming) -> Suggestion:
    """A candidate Task as My day shows it; pure."""
    body = task.body
    return Suggestion(
        task_id=task.id,
        version=task.version,
        person_id=task.subject,
        reasons=tuple(
            filter(None, (part.strip() for part in body.get("reasonCode", {}).get("text", "").split(",")))
        ),
        not_known=tuple(filter(None, str(extension_value(body, "not-known") or "").split(", "))),
        scored_on=str(extension_value(body, "scored-on") or ""),
        model=str(extension_value(body, "model") or ""),
        team=party_of(body.get("owner")) or "",
        could_help=tuple(
            str(each.get("valueString"))
            for each in body.get("extension", ())
            if each["url"].endswith("/could-help")
        ),
    )
