"""A search answers exactly what filtering everything by `decide` answers, also through chains, includes and totals."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careweave.identity.staffing import administering
from careweave.record import Actor, Gate, Purpose, SearchError, choices
from careweave.record.ids import DIRECTORY
from careweave.record.load import Loader, LoadRow
from careweave.record.parties import join
from careweave.record.relations import party_reference
from careweave.record.wishes import Wish
from tests import factories as make
from tests.generative.search_by_hand import Held, Place, allowed, expected

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]

PRACTICE, TRUST, STRANGER = "Y90001", "RVR", "RVZ"
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
Params = Sequence[tuple[str, str]]


class World:
    """Three people over two organisations, one of them with two joined records; a directory; labels and choices."""

    def __init__(self) -> None:
        key = uuid.uuid4().hex
        self.place = Place()
        for code in (PRACTICE, TRUST):
            make.organisation(code)
        self.staff = {
            name: f"staff:{uuid.uuid4()}" for name in ("coordinator", "gp", "volunteer", "nurse", "trust")
        }
        for name, code in (("gp", PRACTICE), ("nurse", STRANGER), ("trust", TRUST)):
            join(administering(), actor=self.staff[name], party=f"org:{code}")
        self.people = [
            self._person(key, n, family) for n, family in enumerate(("Holloway", "Smith-Jones", "Okafor"))
        ]
        self._directory(key)
        for n, person in enumerate(self.people):
            self._record(n, person)
        wish = Wish((f"source:{TRUST}",), (), Purpose.DIRECT_CARE)
        made = choices.choose(make.own_gate(self.people[1]), self.people[1], wish)
        assert isinstance(made, choices.Choice)
        stored = make.own_gate(self.people[1]).search("Consent", [("patient", self.people[1])]).resources
        for each in stored:
            self.place.held.setdefault(
                each.id, Held(each.body, each.subject, each.source, each.labels, each.parties)
            )

    # -- what is stored ---------------------------------------------------------------------------------------

    def _person(self, key: str, number: int, family: str) -> str:
        sources = [(PRACTICE, make.patient(PRACTICE, f"{key}{number}", family=family, gp=PRACTICE))]
        if number != 2:
            sources.append((TRUST, make.patient(TRUST, f"{key}{number}", family=family, given="Ann")))
        person = make.person(*sources)
        for source, body in (*sources, ("careweave", {**sources[0][1], "id": person})):
            self.place.held[body["id"]] = Held(body, body["id"], source)
            self.place.person_of[body["id"]] = person
        return person

    def _store(
        self,
        source: str,
        subject: str,
        labels: Sequence[str] = (),
        parties: Sequence[str] = (),
        /,
        **body: Any,
    ) -> str:
        id_ = str(uuid.uuid4())
        whole = {"resourceType": body.pop("type"), "id": id_, **body}
        row = LoadRow(
            whole["resourceType"], id_, subject, datetime.now(UTC), tuple(labels), tuple(parties), whole
        )
        Loader(source=source, file_name="world", file_hash=id_, format="fhir").write(0, [row])
        self.place.held[id_] = Held(whole, subject, source, tuple(sorted(labels)), tuple(sorted(parties)))
        return id_

    def _directory(self, key: str) -> None:
        self.hospital = self._store(
            TRUST, DIRECTORY, type="Organization", name="Riverside Hospital", active=True
        )
        self.doctor = self._store(
            TRUST,
            DIRECTORY,
            type="Practitioner",
            name=[{"family": "Núñez", "given": ["José"]}],
            identifier=[{"system": "https://example.org/gmc", "value": key}],
        )
        self.hidden = self._store(
            TRUST, DIRECTORY, ("staff-only",), type="Practitioner", name=[{"family": "Hidden"}]
        )

    def _record(self, number: int, person: str) -> None:
        at = {
            each.source: each.id
            for each in self.place.held.values()
            if each.type == "Patient" and self.place.person(each.id) == person
        }
        for source, labels in itertools.product(at, ((), ("mental-health",), ("held-from-person",))):
            subject = at[source]
            about = {"reference": f"Patient/{subject}"}
            encounter = self._store(
                source,
                subject,
                labels,
                type="Encounter",
                status="finished",
                subject=about,
                serviceProvider={"reference": f"Organization/{self.hospital}"},
                participant=[
                    {"individual": {"reference": f"Practitioner/{self.hidden if labels else self.doctor}"}}
                ],
                period={"start": f"202{number}-03-0{1 + len(labels)}", "end": f"202{number}-03-09"},
            )
            seen_at = {"encounter": {"reference": f"Encounter/{encounter}"}}
            condition = self._store(
                source,
                subject,
                labels[::2],
                type="Condition",
                subject=about,
                **seen_at,
                code={
                    "text": "Depression" if labels else "Diabetes",
                    "coding": [{"system": SNOMED, "code": f"7{number}{len(labels)}"}],
                },
                clinicalStatus={"coding": [{"code": "active" if number else "resolved"}]},
                onsetDateTime=f"201{number}-05-01",
            )
            self._store(
                source,
                subject,
                labels,
                type="Observation",
                status="final",
                subject=about,
                **seen_at,
                performer=[{"reference": f"Practitioner/{self.doctor}"}],
                code={"coding": [{"system": LOINC, "code": "8480-6"}]},
                effectiveDateTime=f"202{number}-03-04T10:00:00Z",
                valueQuantity={"value": 120 + number + len(labels), "unit": "mmHg"},
            )
            self._store(
                source,
                subject,
                type="Provenance",
                target=[{"reference": f"Condition/{condition}"}],
                recorded="2024-01-01T00:00:00Z",
                agent=[{"who": {"reference": f"Practitioner/{self.doctor}"}}],
            )
        self._team(number, person)

    def _team(self, number: int, person: str) -> None:
        about = {"reference": f"Patient/{person}"}
        if number == 0:
            members = [("coordinator", self.staff["coordinator"]), ("volunteer", self.staff["volunteer"])]
            self._store(
                "careweave",
                person,
                type="CareTeam",
                status="active",
                subject=about,
                participant=[
                    {"role": [{"text": role}], "member": party_reference(party)} for role, party in members
                ],
            )
            self._store(
                "careweave",
                person,
                type="Consent",
                status="active",
                patient=about,
                scope={"text": "x"},
                category=[{"text": "x"}],
                provision={
                    "type": "permit",
                    "actor": [
                        {"role": {"text": "carer"}, "reference": party_reference(f"person:{self.people[2]}")}
                    ],
                },
            )
        for labels, party in (((), self.staff["coordinator"]), (("visit",), self.staff["volunteer"])):
            self._store(
                "careweave",
                person,
                labels,
                (party,),
                type="Task",
                status="requested",
                intent="order",
                **{"for": about},
                owner=party_reference(party),
            )

    # -- who asks ---------------------------------------------------------------------------------------------

    def gates(self) -> dict[str, Gate]:
        care = Purpose.DIRECT_CARE
        roles = {
            "coordinator": "coordinator",
            "gp": "gp",
            "volunteer": "volunteer",
            "nurse": "district-nurse",
            "trust": "hospital-clinician",
        }
        gates = {name: Gate(Actor(self.staff[name], role), care) for name, role in roles.items()}
        return gates | {
            "self": make.own_gate(self.people[0]),
            "self-who-objects": make.own_gate(self.people[1]),
            "carer": make.own_gate(self.people[2], "carer"),
            "governance": Gate(Actor(f"staff:{uuid.uuid4()}", "governance-lead"), Purpose.GOVERNANCE),
            "clerk": Gate(Actor(f"staff:{uuid.uuid4()}", "data-clerk"), Purpose.IDENTITY),
            "finder": Gate(Actor("system:finder", "system"), Purpose.CASE_FINDING),
            "analyst": Gate(Actor(f"staff:{uuid.uuid4()}", "analyst"), Purpose.SECONDARY_USE),
        }

    def searches(self) -> Iterator[tuple[str, Params]]:
        a_condition = next(each.id for each in self.place.held.values() if each.type == "Condition")
        for type_ in (
            "Patient",
            "Encounter",
            "Condition",
            "Observation",
            "Task",
            "Consent",
            "Practitioner",
            "Organization",
        ):
            yield type_, ()
        for person in (
            *self.people,
            *(each.id for each in self.place.held.values() if each.type == "Patient"),
        ):
            yield "Condition", [("patient", person)]
            yield (
                "Patient",
                [("_id", person), ("_revinclude", "Condition:patient"), ("_revinclude", "Task:patient")],
            )
        yield from ((type_, list(params)) for type_, *params in QUERIES)
        yield (
            "Condition",
            [("_id", a_condition), ("_revinclude", "Provenance:target"), ("_include", "Condition:*")],
        )
        yield "Condition", [("patient", self.people[0]), ("patient", self.people[1])]
        yield "Condition", [("patient", f"{self.people[0]},{self.people[1]}"), ("code:not", "700")]
        yield "Practitioner", [("_has:Observation:performer:patient", self.people[0])]
        yield (
            "Encounter",
            [
                ("service-provider", f"Organization/{self.hospital}"),
                ("_include", "Encounter:service-provider"),
            ],
        )
        yield "Observation", [("encounter.participant", f"Practitioner/{self.hidden}")]
        yield "Observation", [("patient._id", self.people[0])]
        yield "Patient", [("_has:Task:patient:owner:missing", "false")]


QUERIES: list[tuple[Any, ...]] = [
    ("Patient", ("family", "holl")),
    ("Patient", ("name:contains", "jones")),
    ("Patient", ("family", "smith"), ("birthdate", "1941-03-04")),
    ("Patient", ("_has:Condition:patient:code", f"{SNOMED}|701")),
    ("Patient", ("_has:Condition:patient:code:text", "depr")),
    ("Patient", ("_has:Encounter:patient:participant.family", "hidden")),
    ("Patient", ("_has:Condition:subject:_has:Provenance:target:agent.family", "nunez")),
    ("Condition", ("code", "711,720"), ("clinical-status:not", "resolved")),
    ("Condition", ("subject.family", "okafor")),
    ("Condition", ("patient.given", "ann")),
    ("Condition", ("encounter.service-provider.name", "river")),
    ("Condition", ("encounter.participant:Practitioner.family", "hidden")),
    ("Condition", ("encounter.date", "ge2021"), ("_include", "Condition:encounter"),
        ("_include:iterate", "Encounter:participant")),
    ("Condition", ("onset-date", "lt2012"), ("_include", "Condition:patient")),
    ("Condition", ("severity:missing", "true"), ("code:missing", "false")),
    ("Condition", ("_has:Provenance:target:recorded", "2024")),
    ("Encounter", ("_has:Condition:encounter:code", "701")),
    ("Encounter", ("_has:Observation:encounter:value-quantity", "gt121||mmHg")),
    ("Encounter", ("date", "2021-03"), ("_revinclude", "Observation:encounter"),
        ("_revinclude:iterate", "Provenance:target")),
    ("Encounter", ("participant.name", "jos")),
    ("Observation", ("combo-code-value-quantity", "8480-6$ge121")),
    ("Observation", ("performer:Practitioner.name", "nu")),
    ("Observation", ("patient.family", "holloway"), ("code", f"{LOINC}|8480-6"), ("_include", "Observation:performer")),
    ("Practitioner", ("_has:Encounter:participant:date", "ge2020")),
    ("Practitioner", ("family", "hidden")),
    ("Organization", ("_has:Encounter:service-provider:patient.family", "okafor")),
    ("Organization", ("name", "river"), ("_revinclude", "Encounter:service-provider")),
    ("Task", ("status", "requested"), ("_include", "Task:patient")),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(database: object) -> World:
    return World()


def answers_as_by_hand(world: World, gate: Gate, type_: str, params: Params) -> int:
    """Matches, includes and total; how many matched."""
    asked = [*params, ("_count", "1000"), ("_total", "accurate")]
    fresh = Gate(gate.actor, gate.purpose)
    page = fresh.search(type_, asked)
    # A job of the system looks at everyone, and other tests' people are in the same database.
    known = world.place.held.keys()
    matched = [each.id for each in page.resources if each.id in known]
    by_hand = expected(world.place, gate, type_, params)
    assert set(matched) == by_hand.matches, (gate.actor.role, type_, params)
    assert {each.id for each in page.included} & known == by_hand.included, (gate.actor.role, type_, params)
    if gate.actor.role != "system":
        assert page.total == len(matched)
        assert len(page.resources) == len(matched)
    return len(matched)


def test_every_actor_is_answered_what_decide_allows_and_nothing_beside_it(world: World) -> None:
    found, tried = 0, 0
    for gate, (type_, params) in itertools.product(world.gates().values(), world.searches()):
        found += answers_as_by_hand(world, gate, type_, params)
        tried += 1
    assert tried > 500
    assert found > 1000


PART = st.sampled_from([(type_, each) for type_, *params in QUERIES for each in params])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    actor=st.sampled_from(["coordinator", "gp", "trust", "self", "carer", "finder"]),
    parts=st.lists(PART, min_size=2, max_size=3),
)
def test_conditions_that_meet_by_chance_are_answered_alike(
    world: World, actor: str, parts: list[tuple[str, tuple[str, str]]]
) -> None:
    type_ = parts[0][0]
    params = [each for of_type, each in parts if of_type == type_]
    answers_as_by_hand(world, world.gates()[actor], type_, params)


@pytest.mark.parametrize(
    ("type_", "sort"),
    [
        ("Observation", ""),
        ("Observation", "date"),
        ("Observation", "-date,_id"),
        ("Observation", "status,date"),
        ("Condition", "code,-_lastUpdated"),
        ("Condition", "-onset-date,code"),
        ("Condition", "_id"),
        ("Condition", "-_id"),
    ],
)
def test_pages_follow_each_other_without_gap_or_repeat(world: World, type_: str, sort: str) -> None:
    order = [("_sort", sort)] if sort else []
    gate = world.gates()["gp"]
    whole = [each.id for each in gate.search(type_, [*order, ("_count", "1000")]).resources]
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = gate.search(type_, [*order, ("_count", "3")], cursor=cursor)
        found += [each.id for each in page.resources]
        cursor = page.cursor
        if cursor is None:
            break
    assert len(whole) > 6
    assert found == whole


def test_a_cursor_serves_one_search_of_one_actor_and_cannot_be_bent(world: World) -> None:
    gates = world.gates()
    params = [("_sort", "family"), ("_count", "2")]
    cursor = gates["gp"].search("Patient", params).cursor
    assert cursor is not None
    assert "holloway" not in cursor.lower()
    assert gates["gp"].search("Patient", [("_sort", "family"), ("_count", "1000")], cursor=cursor).resources
    for gate, type_, asked, bent in (
        (gates["trust"], "Patient", params, cursor),
        (gates["gp"], "Patient", [*params, ("family", "a")], cursor),
        (gates["gp"], "Condition", [("_count", "2")], cursor),
        (gates["gp"], "Patient", params, cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")),
        (gates["gp"], "Patient", params, "no cursor"),
    ):
        with pytest.raises(SearchError, match="not a cursor"):
            gate.search(type_, asked, cursor=bent)


def test_everything_about_a_person_is_what_decide_allows(world: World) -> None:
    for gate, person in itertools.product(world.gates().values(), world.people):
        page = gate.everything(person)
        by_hand = {
            each.id
            for each in world.place.held.values()
            if each.subject != DIRECTORY
            and world.place.person(each.subject) == person
            and allowed(gate, each)
        }
        assert {each.id for each in page.entries} == by_hand if page else not by_hand, gate.actor.role
        found: list[str] = []
        part = gate.everything(person, count=4)
        while part:
            found += [each.id for each in part.entries]
            part = gate.everything(person, count=4, cursor=part.cursor) if part.cursor else None
        assert found == ([each.id for each in page.entries] if page else [])


def test_text_is_the_resource_and_parts_are_marked_as_parts(world: World) -> None:
    gate = world.gates()["gp"]
    whole = gate.search("Observation", [("_count", "5")])
    text = gate.search_text("Observation", [("_count", "5")])
    assert [json.loads(each.text) for each in text.entries] == [each.body for each in whole.resources]
    parts = gate.search_text(
        "Observation", [("_elements", "status"), ("_include", "Observation:encounter"), ("_count", "1")]
    )
    match, include = (json.loads(each.text) for each in parts.entries)
    assert "valueQuantity" not in match
    assert match["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert include["period"]
    assert [each.mode for each in parts.entries] == ["match", "include"]
    assert gate.search_text("Observation", [("_summary", "count")]).entries == ()


def test_a_lenient_search_tells_what_it_left_out_and_what_it_did(world: World) -> None:
    gate = world.gates()["gp"]
    asked = [("colour", "red"), ("status", "final"), ("_count", "1")]
    page = gate.search_text("Observation", asked, lenient=True)
    assert page.ignored == ("colour",)
    assert page.applied == (("status", "final"), ("_count", "1"))
    assert gate.search("Observation", asked, lenient=True).ignored == ("colour",)
    with pytest.raises(SearchError, match="colour"):
        gate.search("Observation", asked)


def test_a_search_that_takes_too_long_is_stopped_with_advice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("careweave.record.searching.looking.LONGEST", "1ms")
    slow = [("patient.family", "holl"), ("encounter.participant.family", "hidden")]
    with pytest.raises(SearchError, match="took longer than 1ms; name a patient"):
        world.gates()["gp"].search("Condition", slow)


def test_a_search_within_something_longer_leaves_its_settings_alone(world: World) -> None:
    gate = world.gates()["gp"]
    with gate.transaction():
        assert gate.search("Condition", []).resources
        rows = gate.door.rows(
            "SELECT current_setting('plan_cache_mode'), current_setting('statement_timeout')"
        )
    assert rows == [("auto", "0")]
