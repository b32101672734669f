"""100,000 random cases of actor, person, purpose, choice and agreement: interpreter = SQL in the store = Cedar.

The facts are not drawn: they are found out on both sides, by the functions of the door from stored choices, charter and
agreements, and by the twin's few lines of Python from the same rows.
"""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from careweave.record import Purpose
from careweave.record.actor import objectionable
from careweave.record.memory import MemoryRecord
from careweave.record.policy import Facts, decide, flow_key, load_sharing
from careweave.record.wishes import EVERYTHING, held_against
from tests.fixtures.database import Database
from tests.generative.test_policy import POLICY, by_cedar

pytestmark = pytest.mark.database
BATCH = 50
SOURCES = ["careweave", "Y90001", "Y90002", "RVR", "RVC", "RVM", "900"]
READERS = SOURCES[1:]
SHARING = load_sharing()
KINDS = sorted(POLICY.words.kinds)
LABELS = sorted(POLICY.labels)
OFTEN = ["Condition", "Observation", "CarePlan", "Patient", "AllergyIntolerance"] * 12
TYPES = [name for group in POLICY.words.types.values() for name in group]


@dataclass(frozen=True)
class World:
    """One drawing of who signed, what is agreed, who someone acts as, and what people chose."""

    charter: frozenset[str]
    suppliers: frozenset[tuple[str, str]]
    buyers: frozenset[tuple[str, str]]
    parties: tuple[str, ...]
    kinds: frozenset[str]
    wishes: tuple[tuple[str, str, str], ...]


def drawn_world(random_: random.Random) -> World:
    purposes = [each.value for each in (Purpose.DIRECT_CARE, Purpose.SECONDARY_USE, Purpose.EMERGENCY)]
    organisations = random_.sample(READERS, random_.choice([0, 1, 1, 1, 2]))
    covers = [
        EVERYTHING,
        *(f"source:{each}" for each in SOURCES),
        *(f"label:{each}" for each in random_.sample(LABELS, 3)),
    ]
    to = ["", "", "", *(f"org:{each}" for each in READERS)]
    return World(
        charter=frozenset(each for each in READERS if random_.random() < 0.8),
        suppliers=frozenset((each, random_.choice(purposes)) for each in READERS if random_.random() < 0.8)
        | frozenset((each, purposes[0]) for each in READERS if random_.random() < 0.6),
        buyers=frozenset((each, random_.choice(READERS)) for each in READERS if random_.random() < 0.3),
        parties=("staff:reader", *(f"org:{each}" for each in organisations)),
        kinds=frozenset(
            random_.choice([*KINDS, "provider", "provider", "team", "team", "emergency", "emergency"])
            for _ in range(random_.choice([0, 1, 1, 1, 2]))
        ),
        wishes=tuple(
            (random_.choice(covers), random_.choice(to), random_.choice(purposes))
            for _ in range(random_.choice([0, 1, 2, 3]))
        ),
    )


def stored(connection: psycopg.Connection[Any], world: World, person: uuid.UUID) -> None:
    """The same world as rows; the transaction is rolled back afterwards."""
    for each in world.charter:
        connection.execute(
            "INSERT INTO record.charter (organisation, signed_by, valid, recorded_by)"
            " VALUES (%s, 'x', tstzrange(now() - interval '1 day', NULL), 'x')",
            [each],
        )
    for supplier, purpose in world.suppliers:
        connection.execute(
            "INSERT INTO record.agreement (title, supplier, purposes, classes, valid, signed_by, signed_at, recorded_by)"
            " VALUES ('x', %s, %s, '{clinical}', tstzrange(now() - interval '1 day', NULL), 'x', now(), 'x')",
            [supplier, [purpose]],
        )
    for supplier, recipient in world.buyers:
        connection.execute(
            "INSERT INTO record.agreement (title, supplier, recipient, recipient_is, purposes, classes, valid, signed_by,"
            " signed_at, recorded_by) VALUES ('x', %s, %s, 'commissioner', '{direct-care,secondary-use}', '{financial}',"
            " tstzrange(now() - interval '1 day', NULL), 'x', now(), 'x')",
            [supplier, recipient],
        )
    for covers, to, purpose in set(world.wishes):
        connection.execute(
            "INSERT INTO record.choice (resource, subject, covers, to_party, purpose, valid)"
            " VALUES (gen_random_uuid(), %s, %s, %s, %s, tstzrange(NULL, NULL))",
            [person, covers, to, purpose],
        )


@dataclass(frozen=True)
class Case:
    role: str
    purpose: str
    interaction: str
    type: str
    labels: tuple[str, ...]
    source: str
    named: bool


def drawn_case(random_: random.Random, world: World) -> Case:
    own = [each.removeprefix("org:") for each in world.parties if each.startswith("org:")]
    purpose = random_.choice(
        [*["direct-care"] * 6, *["secondary-use"] * 2, "emergency", *POLICY.words.purposes]
    )
    roles = [*POLICY.words.roles, *[r for r in ("gp", "coordinator", "hospital-clinician") for _ in range(8)]]
    return Case(
        role="system" if purpose == "secondary-use" and random_.random() < 0.7 else random_.choice(roles),
        purpose=purpose,
        interaction=random_.choice(["read", "read", "read", *POLICY.words.interactions]),
        type=random_.choice([*TYPES, *OFTEN]),
        labels=tuple(sorted(random_.sample(LABELS, random_.choice([0, 0, 0, 1, 1, 2])))),
        source=random_.choice([*SOURCES, *own, *own, *own]),
        named=random_.random() < 0.2,
    )


def by_twin(world: World, case: Case) -> Facts:
    """What the dictionaries find out."""
    record = MemoryRecord(POLICY, charter=set(world.charter), suppliers=set(world.suppliers))
    held = world.kinds | held_against(world.wishes, world.parties, case.purpose)
    own = f"org:{case.source}" in world.parties
    agreed = record.is_agreed(case.source, set(world.parties), case.role, case.purpose)
    if not own and flow_key(SHARING, case.type, case.source) != case.source:
        agreed = _is_bought(world, case) or (case.role == "system" and case.source == "careweave")
    return Facts(
        role=case.role,
        purpose=case.purpose,
        interaction=case.interaction,
        type=case.type,
        kinds=held,
        labels=frozenset(case.labels),
        named=case.named,
        own_source=own,
        objected=not held.isdisjoint(objectionable(case.source, case.labels)),
        agreed=agreed,
        place_source=case.source == "careweave",
    )


def _is_bought(world: World, case: Case) -> bool:
    """Whether a financial entry flows: both are members, and the agreement names the reader's organisation."""
    readers = {each for each in world.charter if f"org:{each}" in world.parties}
    return (
        case.source in world.charter
        and case.purpose in ("direct-care", "secondary-use")
        and any((case.source, reader) in world.buyers for reader in readers)
    )


IN_THE_STORE = """
SELECT record.policy_allows(role, purpose, interaction, held.kinds, named, type, labels,
    ('org:' || source) = ANY (%(mine)s), held.kinds && record.objectionable(source, labels),
    record.flow_key(type, source) = ANY (record.agreed_sources(role, purpose, %(mine)s)), source = 'careweave'),
    record.is_agreed(role, purpose, %(mine)s, type, source)
      = (record.flow_key(type, source) = ANY (record.agreed_sources(role, purpose, %(mine)s)))
FROM jsonb_to_recordset(%(cases)s::jsonb) AS c(n int, role text, purpose text, interaction text, type text,
    labels text[], source text, named boolean),
LATERAL (SELECT %(kinds)s::text[] || record.objections_of(ARRAY[%(person)s::uuid], %(mine)s, purpose) AS kinds) AS held
ORDER BY n
"""


def by_store(
    connection: psycopg.Connection[Any], world: World, person: uuid.UUID, cases: list[Case]
) -> list[bool]:
    told = json.dumps([{**case.__dict__, "n": number} for number, case in enumerate(cases)])
    rows = connection.execute(
        IN_THE_STORE,
        {"mine": list(world.parties), "kinds": sorted(world.kinds), "person": person, "cases": told},
    ).fetchall()
    assert all(alike for _, alike in rows), "one entry and the whole list are agreed alike"
    return [answer for answer, _ in rows]


@pytest.fixture(scope="module")
def owner(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.owner_url) as opened:
        yield opened


def agree(owner: psycopg.Connection[Any], batches: int, seed: int) -> Counter[str]:
    """Draw worlds, and in each a batch of cases; count what came out, so that nothing passes by being empty."""
    random_, seen = random.Random(seed), Counter[str]()
    for _ in range(batches):
        world, person = drawn_world(random_), uuid.UUID(int=random_.getrandbits(128))
        cases = [drawn_case(random_, world) for _ in range(BATCH)]
        facts = [by_twin(world, case) for case in cases]
        decisions = [decide(POLICY, each) for each in facts]
        expected = [each.allowed for each in decisions]
        with owner.transaction(force_rollback=True):
            stored(owner, world, person)
            got = by_store(owner, world, person, cases)
            assert got == expected, (
                world,
                [
                    (c, f, d)
                    for c, f, d, g, e in zip(cases, facts, decisions, got, expected, strict=True)
                    if g != e
                ][:2],
            )
        cedar = by_cedar(facts)
        assert cedar == expected, [f for f, c, e in zip(facts, cedar, expected, strict=True) if c != e][:2]
        seen.update(each.rule for each in decisions)
        seen.update(["cases"] * len(cases))
    return seen


def check(seen: Counter[str], cases: int) -> None:
    assert seen["cases"] == cases
    for rule in ("the-person-objects", "the-person-opted-out", "no-agreement", "no-agreement-to-count"):
        assert seen[rule], f"{rule} never decided"
    for rule in ("team-reads", "provider-reads-its-own", "emergency-reads", "planning-reads"):
        assert seen[rule], f"{rule} never decided"


def test_5_000_cases_are_decided_alike_by_the_interpreter_the_store_and_cedar(
    owner: psycopg.Connection[Any],
) -> None:
    check(agree(owner, 100, seed=3), 5_000)


@pytest.mark.long
def test_100_000_cases_are_decided_alike_by_the_interpreter_the_store_and_cedar(
    owner: psycopg.Connection[Any],
) -> None:
    check(agree(owner, 2000, seed=2), 100_000)
