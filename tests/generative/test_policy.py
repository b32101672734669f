"""Interpreter = compiled SQL in PostgreSQL = Cedar = the rules by hand, for thousands of drawn facts."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from functools import cache
from itertools import product
from pathlib import Path

import cedarpy
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.record.policy import (
    NOTHING_OPENS,
    Decision,
    Facts,
    NamedRule,
    Policy,
    compile_sql,
    decide,
    explain,
    load_policy,
    specialise,
    visible_labels,
)
from careweave.record.policy import rules as tree
from tests.fixtures.database import Database
from tests.generative.access_by_hand import ACTING_READS, DIRECTORY, HEALTH, MONEY, allowed_by_hand
from tests.generative.access_facts import (
    STRANGE,
    all_types,
    any_facts,
    drawn_facts,
    facts_for,
    types_told_apart,
    words,
)

HERE = Path(__file__).parent
POLICY = load_policy()
CEDAR = cedarpy.PolicySet.from_str((HERE / "access.cedar").read_text(encoding="utf-8"))
ENTITIES = cedarpy.Entities.from_json_str((HERE / "access_entities.json").read_text(encoding="utf-8"))
COLUMNS = (
    "n int, role text, purpose text, interaction text, kinds text[], named boolean, type text,"
    " labels text[], own_source boolean, objected boolean, agreed boolean, place_source boolean"
)
FLOWS = ((False, False), (False, True), (True, True))  # (objected, agreed)
EXAMPLES = 600
EACH = 15  # for one rule or one label
FEWER = 300  # for properties of the machinery, which the facts drawn above exercise too

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def connection(database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.serving_url, autocommit=True) as opened:
        yield opened


def row(facts: Facts) -> dict[str, object]:
    return {**asdict(facts), "kinds": sorted(facts.kinds), "labels": sorted(facts.labels)}


def by_sql(connection: psycopg.Connection, expression: str, rows: list[dict[str, object]]) -> list[bool]:
    numbered = json.dumps([{**each, "n": number} for number, each in enumerate(rows)])
    statement = f"SELECT {expression} FROM jsonb_to_recordset(%s::jsonb) AS f({COLUMNS}) ORDER BY n"
    return [answer for (answer,) in connection.execute(statement, [numbered]).fetchall()]


def by_cedar(every: list[Facts]) -> list[bool]:
    requests = [
        {
            "principal": {"type": "Role", "id": facts.role},
            "action": {"type": "Action", "id": facts.interaction},
            "resource": {"type": "Type", "id": facts.type},
            "context": {
                "purpose": facts.purpose,
                "kinds": sorted(facts.kinds),
                "labels": sorted(facts.labels),
                "named": facts.named,
                "own_source": facts.own_source,
                "objected": facts.objected,
                "agreed": facts.agreed,
                "place_source": facts.place_source,
                "health": facts.type in HEALTH,
                "money": facts.type in MONEY,
                "directory": facts.type in DIRECTORY,
            },
        }
        for facts in every
    ]
    answers = cedarpy.is_authorized_batch(requests, CEDAR, ENTITIES)
    for answer in answers:
        assert not answer.diagnostics.errors
    return [answer.allowed for answer in answers]


def test_interpreter_sql_cedar_and_the_rules_by_hand_agree(connection: psycopg.Connection) -> None:
    drawn: Counter[str] = Counter()

    def agree(every: list[Facts]) -> None:
        decisions = [decide(POLICY, facts) for facts in every]
        expected = [decision.allowed for decision in decisions]
        assert [allowed_by_hand(facts) for facts in every] == expected
        assert by_cedar(every) == expected
        assert by_sql(connection, compile_sql(POLICY), [row(facts) for facts in every]) == expected
        for facts, decision in zip(every, decisions, strict=True):
            note_what_was_drawn(drawn, facts, decision)

    def several(facts: st.SearchStrategy[Facts], examples: int) -> None:
        many = given(st.lists(facts, min_size=1, max_size=12))
        settings(max_examples=examples, deadline=None)(many(agree))()

    several(drawn_facts(POLICY), EXAMPLES)
    # Chance may leave a rule or a label out of some hundred examples, so each is drawn for itself as well.
    for rule in (*POLICY.allow, *POLICY.forbid):
        several(facts_for(POLICY, (rule,)), EACH)
    for label in POLICY.words.labels:
        several(facts_for(POLICY, POLICY.allow, label), EACH)
    assert drawn["examples"] >= EXAMPLES
    missing = [name for name in everything_to_draw() if not drawn[name]]
    assert missing == []


def note_what_was_drawn(drawn: Counter[str], facts: Facts, decision: Decision) -> None:
    outcome = "allowed" if decision.allowed else "refused"
    applying = [each.name for each in (*POLICY.forbid, *POLICY.allow) if tree.holds(each.rule, facts)]
    drawn.update(["examples", decision.rule, f"{facts.interaction} {outcome}", f"{facts.role} {outcome}"])
    drawn.update(f"applies {name}" for name in applying)
    drawn.update(f"purpose {facts.purpose}" for _ in [0])
    drawn.update(f"kind {kind}" for kind in facts.kinds)
    drawn.update(f"label {label} {outcome}" for label in facts.labels)


def everything_to_draw() -> list[str]:
    """Every rule as the one that decides, every act, role and label with both outcomes where both exist."""
    vocabulary = POLICY.words
    without_access = {"analyst", "administrator"}
    return [
        NOTHING_OPENS,
        *(each.name for each in (*POLICY.allow, *POLICY.forbid)),
        *(f"{act} {end}" for act in vocabulary.interactions for end in ("allowed", "refused")),
        *(f"{role} refused" for role in vocabulary.roles),
        *(f"{role} allowed" for role in vocabulary.roles if role not in without_access),
        *(f"purpose {purpose}" for purpose in vocabulary.purposes),
        *(f"kind {kind}" for kind in vocabulary.kinds),
        *(f"label {label} {end}" for label in vocabulary.labels for end in ("allowed", "refused")),
        *(f"label {label} refused" for label in STRANGE),
    ]


EVERY_COMBINATION = """
SELECT role, purpose, interaction, type, kind, label, named, own_source, objected, agreed
FROM unnest(%(roles)s::text[]) AS role, unnest(%(purposes)s::text[]) AS purpose,
     unnest(%(interactions)s::text[]) AS interaction, unnest(%(types)s::text[]) AS type,
     unnest(%(kinds)s::text[]) AS kind, unnest(%(labels)s::text[]) AS label,
     unnest('{f,t}'::boolean[]) AS named, unnest('{f,t}'::boolean[]) AS own_source,
     unnest(%(objected)s::boolean[], %(agreed)s::boolean[]) AS flow(objected, agreed),
     LATERAL (SELECT array_remove(ARRAY[kind], '') AS kinds, array_remove(ARRAY[label], '') AS labels,
        own_source AS place_source) AS sets
WHERE """


@pytest.mark.parametrize(
    ("types", "labels", "flows"),
    [
        (types_told_apart(POLICY), [""], FLOWS[1:2]),
        pytest.param(all_types(POLICY), [""], FLOWS[1:2], marks=pytest.mark.long),
        (["Communication"], list(POLICY.words.labels), FLOWS[1:2]),
        pytest.param(
            ["Condition", "Task", "Consent"], list(POLICY.words.labels), FLOWS[1:2], marks=pytest.mark.long
        ),
        (["Condition"], ["", "safeguarding"], FLOWS),
        pytest.param(["Patient", "RefusedRow"], ["", "mental-health"], FLOWS, marks=pytest.mark.long),
    ],
    ids=[
        "every kind of type",
        "every type",
        "every label",
        "every label of more types",
        "every flow",
        "every flow of more types",
    ],
)
def test_every_combination_of_single_words(
    connection: psycopg.Connection, types: list[str], labels: list[str], flows: tuple[tuple[bool, bool], ...]
) -> None:
    """Drawing can miss one word too many in one rule; counting all combinations cannot."""
    vocabulary = POLICY.words
    axes = {
        "roles": [*vocabulary.roles, "stranger"],
        "purposes": [*vocabulary.purposes, "curiosity"],
        "interactions": [*vocabulary.interactions, "delete"],
        "types": [*types, "Unknown"],
        "kinds": ["", *vocabulary.kinds, "neighbour"],
        "labels": labels,
    }
    told = {"objected": [each for each, _ in flows], "agreed": [each for _, each in flows]}
    opened = connection.execute(EVERY_COMBINATION + compile_sql(POLICY), {**axes, **told}).fetchall()
    expected = {
        combination
        for combination in every_combination(axes, flows)
        if allowed_by_hand(facts_of(combination))
    }
    assert set(opened) == expected
    assert all(decide(POLICY, facts_of(combination)).allowed for combination in expected)


def every_combination(
    axes: dict[str, list[str]], flows: tuple[tuple[bool, bool], ...]
) -> Iterator[tuple[str | bool, ...]]:
    for *single, named, own, (objected, agreed) in product(
        *axes.values(), (False, True), (False, True), flows
    ):
        yield (*single, named, own, objected, agreed)


def facts_of(combination: tuple[str | bool, ...]) -> Facts:
    role, purpose, interaction, type_, kind, label, named, own_source, objected, agreed = combination
    # To keep the combinations few, the place's own entries are those of the reader's organisation here.
    return Facts(
        role,
        purpose,
        interaction,
        type_,
        at_most_one(kind),
        at_most_one(label),
        named,
        own_source,
        objected,
        agreed,
        own_source,
    )


@cache
def at_most_one(word: str) -> frozenset[str]:
    return frozenset({word} - {""})


def test_the_installed_function_is_the_rule(connection: psycopg.Connection) -> None:
    call = (
        "record.policy_allows(role, purpose, interaction, kinds, named, type, labels, own_source, objected, agreed,"
        " place_source)"
    )

    @settings(max_examples=200, deadline=None)
    @given(st.lists(drawn_facts(POLICY), min_size=1, max_size=12))
    def agree(every: list[Facts]) -> None:
        expected = [decide(POLICY, facts).allowed for facts in every]
        assert by_sql(connection, call, [row(facts) for facts in every]) == expected

    agree()


def test_an_unknown_fact_opens_nothing_that_a_known_one_would_not(connection: psycopg.Connection) -> None:
    names = [field.name for field in fields(Facts)]

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(drawn_facts(POLICY), st.sets(st.sampled_from(names), min_size=1))
    def agree(facts: Facts, unknown: set[str]) -> None:
        nulled = {**row(facts), **dict.fromkeys(unknown)}
        (answer,) = by_sql(connection, compile_sql(POLICY), [nulled])
        assert answer is not None
        assert decide(POLICY, facts).allowed or not answer
        if {"role", "purpose", "interaction", "type", "labels"} & unknown:
            assert not answer

    agree()


def test_a_label_that_is_null_is_an_unknown_label(connection: psycopg.Connection) -> None:
    facts = Facts("gp", "direct-care", "read", "Condition", kinds=frozenset({"team"}), agreed=True)
    assert decide(POLICY, facts).allowed
    assert by_sql(connection, compile_sql(POLICY), [{**row(facts), "labels": [None]}]) == [False]


@st.composite
def any_policy(draw: st.DrawFn) -> Policy:
    """Not ours: any tree over any words, to try the compiler and the specialiser on shapes we do not use."""
    vocabulary = POLICY.words
    leaf = st.one_of(
        st.builds(tree.RoleIn, words(list(vocabulary.roles))),
        st.builds(tree.PurposeIn, words(list(vocabulary.purposes))),
        st.builds(tree.InteractionIn, words(list(vocabulary.interactions))),
        st.builds(tree.KindIn, words(list(vocabulary.kinds))),
        st.builds(tree.TypeIn, words(all_types(POLICY))),
        st.builds(tree.LabelsWithin, words(list(vocabulary.labels))),
        st.builds(tree.HasLabel, st.sampled_from([*vocabulary.labels, *STRANGE])),
        st.just(tree.Named()),
        st.just(tree.OwnSource()),
    )
    shape = st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(tree.Not, inner),
            st.builds(tree.All, st.lists(inner, max_size=3).map(tuple)),
            st.builds(tree.Any, st.lists(inner, max_size=3).map(tuple)),
        ),
        max_leaves=12,
    )
    drawn = draw(st.lists(shape, min_size=1, max_size=4))
    named = [NamedRule(f"rule-{number}", "", "", rule) for number, rule in enumerate(drawn)]
    split = draw(st.integers(0, len(named)))
    return replace(POLICY, allow=tuple(named[split:]), forbid=tuple(named[:split]))


def test_any_rule_tree_compiles_to_what_it_says(connection: psycopg.Connection) -> None:
    @settings(max_examples=FEWER, deadline=None)
    @given(any_policy(), st.lists(any_facts(POLICY), min_size=1, max_size=8))
    def agree(policy: Policy, every: list[Facts]) -> None:
        expected = [decide(policy, facts).allowed for facts in every]
        assert by_sql(connection, compile_sql(policy), [row(facts) for facts in every]) == expected

    agree()


@settings(max_examples=FEWER, deadline=None)
@given(
    any_policy() | st.just(POLICY),
    drawn_facts(POLICY),
    st.sets(st.sampled_from(["role", "purpose", "interaction", "type"])),
)
def test_a_policy_for_known_facts_decides_alike(policy: Policy, facts: Facts, known: set[str]) -> None:
    shorter = specialise(policy, **{name: getattr(facts, name) for name in known})
    assert decide(shorter, facts).allowed == decide(policy, facts).allowed


@settings(max_examples=FEWER, deadline=None)
@given(any_policy() | st.just(POLICY), drawn_facts(POLICY))
def test_whatever_is_allowed_carries_visible_labels_only(policy: Policy, facts: Facts) -> None:
    known = replace(facts, labels=facts.labels & POLICY.labels)
    if decide(policy, known).allowed:
        assert known.labels <= visible_labels(policy, facts.role, facts.purpose)
        assert known.labels <= visible_labels(policy, facts.role, facts.purpose, facts.interaction)


@pytest.mark.parametrize("kind", sorted(ACTING_READS))
@settings(max_examples=FEWER, deadline=None)
@given(drawn_facts(POLICY))
def test_who_acts_for_someone_never_sees_more_than_the_person(kind: str, facts: Facts) -> None:
    """Every authority is derived from the person's own: nobody can have more of it than they do."""
    acting = replace(facts, role="carer", purpose="own-care", interaction="read", kinds=frozenset({kind}))
    person = replace(acting, role="person", kinds=frozenset({"self"}))
    assert decide(POLICY, person).allowed or not decide(POLICY, acting).allowed


@settings(max_examples=FEWER, deadline=None)
@given(drawn_facts(POLICY))
def test_a_power_for_property_opens_nothing_about_health_and_none_implies_another(facts: Facts) -> None:
    """Together they open what each opens alone, and nothing more."""
    acting = replace(facts, role="carer", purpose="own-care", interaction="read", named=False)
    held = acting.kinds & set(ACTING_READS)
    alone = [decide(POLICY, replace(acting, kinds=frozenset({kind}))).allowed for kind in held]
    together = decide(POLICY, replace(acting, kinds=frozenset(held))).allowed
    assert together == any(alone) or facts.type in DIRECTORY
    property_only = replace(acting, kinds=frozenset({"attorney-property", "deputy-property"}))
    if decide(POLICY, property_only).allowed:
        assert facts.type in MONEY | DIRECTORY | {"Patient", "CareTeam", "EpisodeOfCare"}


@settings(max_examples=FEWER, deadline=None)
@given(drawn_facts(POLICY))
def test_the_explanation_says_what_the_decision_says(facts: Facts) -> None:
    outcomes = explain(POLICY, facts)
    forbidding = [each for each in outcomes if each.forbids and each.applies]
    opening = [each for each in outcomes if not each.forbids and each.applies]
    decision = decide(POLICY, facts)
    assert decision.allowed == (bool(opening) and not forbidding)
    assert (
        decision.rule == (forbidding or opening or [None])[0].name if forbidding or opening else NOTHING_OPENS
    )
    assert all(each.applies != bool(each.unmet) for each in outcomes)
