"""Where a request for a copy stands: worked out from its steps, of which the last about the same thing counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .actor import Resource
from .redacting import Removal
from .subject_access_rules import Rules, due_on

ENDS = ("released", "refused", "withdrawn")


@dataclass(frozen=True)
class Step:
    """One thing that somebody said or did about a request."""

    act: str
    entry: str
    type: str
    version: int
    words: str
    reason: str
    asked_of: str
    by: str
    role: str
    at: datetime


@dataclass(frozen=True)
class Opinion:
    """What a health professional was asked about one entry: `asked`, `harm` or `no-harm`."""

    entry: str
    type: str
    said: str
    asked_of: str
    words: str
    at: datetime


@dataclass(frozen=True)
class Request:
    id: str
    person_id: str
    asked_on: date
    asked_how: str
    recorded_by: str
    steps: tuple[Step, ...]

    def last(self, *acts: str) -> Step | None:
        return next((each for each in reversed(self.steps) if each.act in acts), None)

    @property
    def ended(self) -> Step | None:
        return self.last(*ENDS)

    @property
    def identity(self) -> Step | None:
        return self.last("identity")

    @property
    def taken_by(self) -> str:
        taken = self.last("taken")
        return taken.by if taken else ""

    def due(self, rules: Rules) -> date:
        """One calendar month from the day it was asked, or three when it was made longer and the person told."""
        more = rules.further_months if self.last("extended") else 0
        return due_on(self.asked_on, months=rules.months + more)

    def is_pressing(self, rules: Rules, today: date) -> bool:
        return self.ended is None and self.due(rules) <= today + timedelta(days=rules.warn_days)

    @property
    def decisions(self) -> dict[str, Step]:
        """The last decision about each entry."""
        return {each.entry: each for each in self.steps if each.act in ("include", "leave-out")}

    @property
    def opinions(self) -> dict[str, Opinion]:
        found = {}
        for each in self.steps:
            if each.act in ("ask-opinion", "harm", "no-harm"):
                asked_of = each.asked_of or each.by
                said = "asked" if each.act == "ask-opinion" else each.act
                found[each.entry] = Opinion(each.entry, each.type, said, asked_of, each.words, each.at)
        return found

    @property
    def removals(self) -> tuple[Removal, ...]:
        """The words that are taken out and were not put back."""
        found: dict[tuple[str, str], Removal] = {}
        for each in self.steps:
            key = (each.entry, each.words.casefold())
            if each.act == "remove-words":
                found[key] = Removal(each.words, each.reason, each.entry)
            elif each.act == "restore-words":
                found.pop(key, None)
        return tuple(found.values())

    def removals_for(self, entry: str) -> list[Removal]:
        return [each for each in self.removals if each.entry in ("", entry)]


@dataclass(frozen=True)
class Entry:
    """One entry of the record as the request treats it; `state` is what the page shows."""

    resource: Resource
    state: str  # included, left-out, to-decide, waits
    why_look: str
    decision: Step | None
    opinion: Opinion | None
    removals: tuple[Removal, ...]


def entries(request: Request, resources: Sequence[Resource], rules: Rules) -> list[Entry]:
    """Every entry with what was decided about it; what is to be looked at stands first."""
    found = [_entry(request, each, rules) for each in resources]
    order = {"to-decide": 0, "waits": 1, "left-out": 2, "included": 3}
    return sorted(found, key=lambda each: order[each.state])


def why_look(resource: Resource, rules: Rules) -> str:
    """Why nobody may send this on unread; empty when it may be."""
    if rules.harm_labels & set(resource.labels):
        return "Held back from the person"
    if rules.look_at_labels & set(resource.labels):
        return "Marked as sensitive for others or for staff"
    return "It is about somebody else" if resource.type in rules.look_at_types else ""


def _entry(request: Request, resource: Resource, rules: Rules) -> Entry:
    decision, opinion = request.decisions.get(resource.id), request.opinions.get(resource.id)
    if decision is not None and decision.version != resource.version:
        decision = None  # it was changed since: what was decided about other words does not count
    reason, removals = why_look(resource, rules), tuple(request.removals_for(resource.id))
    state = _state(resource, rules, reason, decision, opinion)
    return Entry(resource, state, reason, decision, opinion, removals)


def _state(
    resource: Resource, rules: Rules, reason: str, decision: Step | None, opinion: Opinion | None
) -> str:
    if opinion and opinion.said == "asked":
        return "waits"
    if opinion and opinion.said == "harm":
        return "left-out"
    needs_opinion = bool(rules.harm_labels & set(resource.labels)) and opinion is None
    if decision and decision.act == "leave-out":
        held = rules.reasons.get(decision.reason)
        return "to-decide" if held and held.needs_opinion else "left-out"
    if needs_opinion:
        return "to-decide"
    if reason:
        return "included" if decision else "to-decide"
    return "included"
