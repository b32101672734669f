"""Store = twin: whatever is done in whatever order, PostgreSQL behind the gate answers as the dictionaries do."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careweave.identity.staffing import administering
from careweave.record import Actor, Conflict, Gate, Invalid, Purpose, Refused, SearchError
from careweave.record.memory import MemoryGate, MemoryRecord
from careweave.record.parties import join
from careweave.record.policy import load_policy
from careweave.record.relations import party_reference
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]

PRACTICE, TRUST, STRANGER = "Y90001", "RVC", "RVX"
TYPES = ["Communication", "Task", "Goal", "Flag"]
LABELS = [(), (), (), ("mental-health",), ("held-from-person",), ("visit",), ("staff-only", "safeguarding")]
drawn: Counter[str] = Counter()


@dataclass(frozen=True)
class Act:
    """One thing to do on both sides; numbers choose among actors, people and what exists so far."""

    what: str
    actor: int
    person: int
    thing: int
    type: str
    labels: tuple[str, ...]
    name_someone: bool
    stale: bool
    broken: bool
    params: tuple[tuple[str, str], ...]


PARAMETERS = st.sampled_from(
    [
        (),
        (("status", "active"),),
        (("status:not", "active"),),
        (("status", "requested,completed"),),
        (("_id", "{id}"),),
        (("subject", "Patient/{person}"),),
        (("_lastUpdated", "ge2020"),),
        (("_lastUpdated", "lt2020"),),
        (("identifier", "https://example.org/id|{word}"),),
        (("identifier:missing", "true"),),
        (("colour", "red"),),
        (("status", "requested"), ("subject", "Patient/{person}")),
    ]
)
ACTS = st.builds(
    Act,
    what=st.sampled_from(
        ["create", "create", "update", "update", "read", "history", "search", "search", "about"]
    ),
    actor=st.integers(0, 5),
    person=st.integers(0, 1),
    thing=st.integers(0, 9),
    type=st.sampled_from(TYPES),
    labels=st.sampled_from(LABELS),
    name_someone=st.booleans(),
    stale=st.sampled_from([False, False, False, True]),
    broken=st.sampled_from([False] * 6 + [True]),
    params=PARAMETERS,
)


class World:
    """Two people, six actors of different standing, the store and its twin side by side."""

    def __init__(self) -> None:
        self.policy = load_policy()
        key = uuid.uuid4().hex
        self.sources = [make.patient(PRACTICE, f"{key} {n}", gp=PRACTICE) for n in (0, 1)]
        self.people = [make.person((PRACTICE, body)) for body in self.sources]
        self.staff = [f"staff:{uuid.uuid4()}" for _ in range(4)]
        roles = ["coordinator", "gp", "volunteer", "social-care-worker"]
        self.actors = [
            *(
                (Actor(party, role), Purpose.DIRECT_CARE)
                for party, role in zip(self.staff, roles, strict=True)
            ),
            (Actor(f"person:{self.people[0]}", "person"), Purpose.OWN_CARE),
            (Actor("system:finder", "system"), Purpose.CASE_FINDING),
        ]
        self.twin = MemoryRecord(self.policy)
        # The third acts for an organisation that has not signed the charter.
        for member, code in zip(self.staff, (TRUST, PRACTICE, STRANGER, TRUST), strict=True):
            join(administering(), actor=member, party=f"org:{code}")
            self.twin.parties[member] = {f"org:{code}"}
        make.organisation(TRUST)
        self.twin.charter |= {TRUST, PRACTICE}
        self.twin.suppliers |= {(code, "direct-care") for code in (TRUST, PRACTICE)}
        self._same_start()
        self.made: list[str] = []

    def _same_start(self) -> None:
        """Both sides hold the people and one care team; the twin is told of them as the store has them."""
        finder = Gate(Actor("system:intake", "system"), Purpose.INTAKE)
        for source, person in zip(self.sources, self.people, strict=True):
            self.twin.person_of |= {source["id"]: person, person: person}
            self._twin_has(source, source["id"], PRACTICE)
            self._twin_has({**source, "id": person}, person, "careweave")
        team = {
            "resourceType": "CareTeam",
            "id": str(uuid.uuid4()),
            "status": "active",
            "subject": {"reference": f"Patient/{self.people[0]}"},
            "participant": [
                {"role": [{"text": "coordinator"}], "member": party_reference(self.staff[0])},
                {"role": [{"text": "volunteer"}], "member": party_reference(self.staff[2])},
            ],
        }
        finder.create(team, subject=self.people[0])
        self._twin_has(team, self.people[0], "careweave")

    def _twin_has(self, body: dict[str, Any], subject: str, source: str) -> None:
        system = MemoryGate(self.twin, Actor("system:intake", "system"), Purpose.INTAKE)
        system.create(body, subject=subject, source=source)

    def do(self, act: Act) -> None:
        actor, purpose = self.actors[act.actor]
        store, twin = Gate(actor, purpose), MemoryGate(self.twin, actor, purpose)
        assert outcome(self, store, act) == outcome(self, twin, act), act
        drawn[act.what] += 1


def outcome(world: World, gate: Gate | MemoryGate, act: Act) -> Any:
    """What a side answers, in a form that both share; refusals, conflicts and faults are answers too."""
    try:
        return OUTCOMES[act.what](world, gate, act)
    except (Refused, Conflict, Invalid, SearchError) as answer:
        return type(answer).__name__


def _body(world: World, act: Act, id_: str) -> dict[str, Any]:
    status = {"Communication": "completed", "Task": "requested", "Goal": "active", "Flag": "active"}[act.type]
    person = world.people[act.person]
    bodies: dict[str, dict[str, Any]] = {
        "Communication": {"payload": [{"contentString": f"words {act.thing}"}]},
        "Task": {"intent": "order", "for": {"reference": f"Patient/{person}"}},
        "Goal": {"description": {"text": "walk"}},
        "Flag": {"code": {"text": "dog"}},
    }
    body = {"resourceType": act.type, "id": id_, **bodies[act.type]}
    if act.type != "Task":
        body["subject"] = {"reference": f"Patient/{person}"}
    body["lifecycleStatus" if act.type == "Goal" else "status"] = "no such code" if act.broken else status
    if act.thing % 2:
        body["identifier"] = [{"system": "https://example.org/id", "value": f"word{act.thing}"}]
    return body


def _create(world: World, gate: Gate | MemoryGate, act: Act) -> Any:
    # The store goes first and chooses; the twin gets the same id.
    if isinstance(gate, Gate):
        world.made.append(str(uuid.uuid4()))
    parties = (gate.actor.id,) if act.name_someone else ()
    body = _body(world, act, world.made[-1])
    made = gate.create(body, subject=world.people[act.person], labels=act.labels, parties=parties)
    return _shape(made)


def _update(world: World, gate: Gate | MemoryGate, act: Act) -> Any:
    id_ = _thing(world, act)
    stored = world.twin.versions.get(id_)
    if not stored:
        return None
    # The twin is told after the store, so both see the version that was there before this act.
    known = stored[-1].version
    kept = {k: v for k, v in stored[-1].body.items() if k != "meta"}
    body = {**kept, "language": "en" if act.thing % 3 else "pl"}
    saved = gate.update(
        body, version=known - 1 if act.stale else known, labels=act.labels if act.broken else None
    )
    return _shape(saved)


def _read(world: World, gate: Gate | MemoryGate, act: Act) -> Any:
    found = gate.read(act.type, _thing(world, act))
    return _shape(found) if found else None


def _history(world: World, gate: Gate | MemoryGate, act: Act) -> Any:
    return [_shape(version) for version in gate.history(act.type, _thing(world, act))]


def _search(world: World, gate: Gate | MemoryGate, act: Act) -> Any:
    fill = {"id": _thing(world, act), "person": world.people[act.person], "word": f"word{act.thing}"}
    params = [(name, value.format(**fill)) for name, value in act.params]
    # A system's search reaches everyone, which other examples have filled: it is compared on this world's people.
    found = (
        gate.search(act.type, [*params, ("_count", "1000")])
        if isinstance(gate, Gate)
        else gate.search(act.type, params)
    )
    ids = {r.id for r in found.resources} if not isinstance(found, set) else found
    return ids & set(world.twin.versions)


def _about(world: World, gate: Gate | MemoryGate, act: Act) -> Any:
    person = world.people[act.person]
    if isinstance(gate, Gate):
        return {r.id for r in gate.about(person, [act.type])}
    return {
        r.id
        for r in world.twin.current()
        if r.type == act.type and world.twin.person_of[r.subject] == person and gate.read(r.type, r.id)
    }


def _thing(world: World, act: Act) -> str:
    return world.made[act.thing % len(world.made)] if world.made else str(uuid.uuid4())


def _shape(resource: Any) -> Any:
    body = {k: v for k, v in resource.body.items() if k != "meta"}
    return (
        resource.id,
        resource.version,
        resource.labels,
        resource.parties,
        resource.starts,
        resource.ends,
        body,
    )


OUTCOMES = {
    "create": _create,
    "update": _update,
    "read": _read,
    "history": _history,
    "search": _search,
    "about": _about,
}


@pytest.fixture(scope="module")
def every_act_was_drawn() -> Iterator[None]:
    yield
    assert set(drawn) == set(OUTCOMES), f"never drawn: {set(OUTCOMES) - set(drawn)}"


SEQUENCES = st.lists(ACTS, min_size=3, max_size=9)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=SEQUENCES)
def test_store_equals_twin_after_any_sequence_of_operations(
    acts: list[Act], database: object, every_act_was_drawn: None
) -> None:
    _do_all(acts)


@pytest.mark.long
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=SEQUENCES)
def test_store_equals_twin_at_length(acts: list[Act], database: object) -> None:
    _do_all(acts)


def _do_all(acts: list[Act]) -> None:
    world = World()
    for act in acts:
        world.do(act)
