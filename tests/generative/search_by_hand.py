"""What a search must answer, worked out by looking at every resource and asking the rule about each: the oracle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from careweave.record import Gate
from careweave.record.ids import DIRECTORY
from careweave.record.indexing.matching import matches
from careweave.record.indexing.parameters import Parameter
from careweave.record.indexing.query import Exactly, Ids, Include, Query, SearchProblem
from careweave.record.indexing.search import parse_search
from careweave.record.indexing.values import reach, reference

Body = dict[str, Any]


@dataclass(frozen=True)
class Held:
    """One resource as it was given to the store."""

    body: Body
    subject: str
    source: str
    labels: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        return str(self.body["resourceType"])

    @property
    def id(self) -> str:
        return str(self.body["id"])


@dataclass
class Place:
    """All that is stored, and whose records belong to which person."""

    held: dict[str, Held] = field(default_factory=dict)
    person_of: dict[str, str] = field(default_factory=dict)

    def person(self, id_: str) -> str:
        return self.person_of.get(id_, id_)

    def owner(self, body: Body) -> str:
        return self.person(self.held[str(body["id"])].subject)


@dataclass
class Answer:
    matches: set[str]
    included: set[str]


class Sight:
    """One actor's sight for one search: everything that `decide` lets them read where the search looks."""

    def __init__(self, place: Place, gate: Gate, query: Query) -> None:
        self.place = place
        people = {place.person(each) for each in named(query)} if named(query) is not None else None
        if people is None and gate.actor.role != "system":
            people = set(gate.everyone_known())
        self.seen = {
            each.id: each
            for each in place.held.values()
            if (people is None or each.subject == DIRECTORY or place.person(each.subject) in people)
            and allowed(gate, each)
        }

    def answer(self, query: Query) -> Answer:
        found = {each.id for each in self.seen.values() if matches(query, each.body, beyond=self)}
        included: set[str] = set()
        fresh = set(found)
        for number in range(4):
            wanted = [each for each in query.includes if each.iterate or number == 0]
            fresh = {id_ for each in wanted for id_ in self._brought(each, fresh)} - found - included
            included |= fresh
        return Answer(found, included)

    def _brought(self, include: Include, fresh: set[str]) -> Iterator[str]:
        for id_ in fresh:
            body = self.seen[id_].body
            if include.reverse and include.target in ("", body["resourceType"]):
                for parameter in include.parameters:
                    if not parameter.targets or body["resourceType"] in parameter.targets:
                        yield from (b["id"] for b in self.leading_to(body, include.type, parameter))
            elif not include.reverse and body["resourceType"] == include.type:
                for parameter in include.parameters:
                    yield from (
                        b["id"]
                        for b in self._literally(body, parameter)
                        if include.target in ("", b["resourceType"])
                    )

    # -- what lies beyond one resource ------------------------------------------------------------------------

    def is_about(self, resource: Body, asked: str) -> bool | None:
        return self.place.owner(resource) == self.place.person(asked)

    def led_to(self, resource: Body, parameter: Parameter, type: str) -> Iterable[Body]:
        if parameter.names_person and type == "Patient":
            return self._of_person(resource, type)
        return [body for body in self._literally(resource, parameter) if body["resourceType"] == type]

    def leading_to(self, resource: Body, type: str, parameter: Parameter) -> Iterable[Body]:
        if parameter.names_person and resource["resourceType"] == "Patient":
            return self._of_person(resource, type)
        there = (each.body for each in self.seen.values() if each.type == type)
        return [body for body in there if resource in self._literally(body, parameter)]

    def _of_person(self, resource: Body, type: str) -> list[Body]:
        owner = self.place.owner(resource)
        return [
            each.body
            for each in self.seen.values()
            if each.type == type and self.place.person(each.subject) == owner
        ]

    def _literally(self, body: Body, parameter: Parameter) -> list[Body]:
        """What the references name, in the same person's record or in the directory."""
        led = []
        for path, _ in parameter.paths:
            for value in reach(body, path):
                type_, _, id_ = (reference(value) or "").partition("/")
                there = self.seen.get(id_)
                if (
                    there
                    and there.type == type_
                    and self.place.owner(there.body) in (self.place.owner(body), DIRECTORY)
                ):
                    led.append(there.body)
        return led


def allowed(gate: Gate, held: Held) -> bool:
    grant = gate.door.people([held.subject]).get(held.subject) if held.subject != DIRECTORY else None
    return gate.door.decide(
        grant, "read", held.type, labels=held.labels, parties=held.parties, source=held.source
    ).allowed


def named(query: Query) -> list[str] | None:
    """The people whom a search names: it looks at nobody else."""
    for clause in query.clauses:
        if isinstance(clause, Exactly) and clause.parameter.names_person:
            return [text.removeprefix("Patient/") for _, text in clause.wanted if text.startswith("Patient/")]
        if isinstance(clause, Ids) and query.type == "Patient":
            return list(clause.any_of)
    return None


def expected(place: Place, gate: Gate, type_: str, params: Sequence[tuple[str, str]]) -> Answer:
    query = parse_search(type_, params)
    assert not isinstance(query, SearchProblem), query
    return Sight(place, gate, query).answer(query)
