"""What the access policy promises: closed by default, blind to organisations, complete, and written down."""

import re
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from itertools import product

import pytest

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.record.actor import Purpose
from careweave.record.policy import (
    NOTHING_OPENS,
    Facts,
    decide,
    load_policy,
    read_policy,
    visible_labels,
)
from careweave.record.policy.wording import in_words

POLICY = load_policy()
POLICY_DAY = datetime.now(UTC).date()
WORDS = POLICY.words
TYPES = [name for group in WORDS.types.values() for name in group]
SENSITIVE = sorted(WORDS.sensitive)
JOE = Facts("gp", "direct-care", "read", "Condition", kinds=frozenset({"practice", "team"}), agreed=True)
# The one purpose for which the governance lead reads a record: the person asked for a copy of it.
ANSWERING = ("governance-lead", "subject-access")


def allowed(facts: Facts, **changes: object) -> bool:
    return decide(POLICY, replace(facts, **changes)).allowed


def test_the_starting_point_is_open() -> None:
    assert allowed(JOE)


@pytest.mark.parametrize(
    "change",
    [
        {"role": "superuser"},
        {"role": ""},
        {"purpose": "curiosity"},
        {"purpose": ""},
        {"interaction": "delete"},
        {"interaction": "READ"},
        {"type": "NewResource"},
        {"kinds": frozenset()},
        {"kinds": frozenset({"neighbour"})},
        {"labels": frozenset({"new-label"})},
        {"labels": frozenset({"visit", "new-label"})},
    ],
    ids=lambda change: " ".join(
        f"{k} {sorted(v) if isinstance(v, frozenset) else v}" for k, v in change.items()
    ),
)
def test_what_is_unknown_is_closed(change: dict[str, object]) -> None:
    assert not allowed(JOE, **change)


def test_a_denial_has_a_rule_and_a_reason() -> None:
    nothing = decide(POLICY, replace(JOE, kinds=frozenset()))
    assert nothing.rule == NOTHING_OPENS and nothing.reason
    held = decide(POLICY, replace(JOE, role="practice-nurse", labels=frozenset({"sexual-health"})))
    assert held.rule == "label-sexual-health" and "sexual health" in held.reason


@pytest.mark.parametrize("role", ["analyst", "administrator"])
def test_analysts_and_administrators_meet_nobody(role: str) -> None:
    """Not for any purpose, relationship or type: they work with numbers and accounts."""
    everything = frozenset(WORDS.kinds)
    for purpose, act, type_ in product(WORDS.purposes, WORDS.interactions, TYPES):
        for label in ("", *WORDS.labels):
            facts = Facts(
                role, purpose, act, type_, everything, frozenset({label} - {""}), True, True, False, True
            )
            assert not decide(POLICY, facts).allowed


def test_nobody_reads_for_secondary_use_or_administration_but_jobs_that_count() -> None:
    everything = frozenset(WORDS.kinds)
    for role, purpose, type_ in product(WORDS.roles, ["secondary-use", "administration"], TYPES):
        facts = Facts(role, purpose, "read", type_, everything, named=True, own_source=True, agreed=True)
        counts = (role, purpose) == ("system", "secondary-use")
        assert counts or not decide(POLICY, facts).allowed


def test_no_relationship_means_nothing_about_anyone_in_direct_care() -> None:
    about_people = [name for group, names in WORDS.types.items() if group != "directory" for name in names]
    for role, act, type_ in product(WORDS.roles, set(WORDS.interactions) - {"trace"}, about_people):
        assert not decide(
            POLICY, Facts(role, "direct-care", act, type_, own_source=True, agreed=True)
        ).allowed
        assert not decide(POLICY, Facts(role, "own-care", act, type_, named=True, agreed=True)).allowed


def test_only_professionals_trace_and_nothing_else_tells_that_someone_is_known() -> None:
    professionals = set(WORDS.roles) & {
        each for each in WORDS.roles if allowed(JOE, role=each, kinds=frozenset({"team"}))
    }
    tracing = {
        (role, type_)
        for role, type_ in product(WORDS.roles, TYPES)
        if decide(POLICY, Facts(role, "direct-care", "trace", type_, agreed=True)).allowed
    }
    assert tracing == {(role, "Patient") for role in professionals}


@pytest.mark.parametrize("label", SENSITIVE)
def test_sensitive_entries_are_closed_to_volunteers_carers_clerks_and_governance(label: str) -> None:
    for role, purpose in product(["volunteer", "carer", "data-clerk", "governance-lead"], WORDS.purposes):
        if (role, purpose) != ANSWERING:
            assert label not in visible_labels(POLICY, role, purpose)


@pytest.mark.parametrize("label", ["third-party", "held-from-person", "staff-only", "domestic-abuse"])
def test_what_may_harm_is_not_on_the_person_s_own_pages(label: str) -> None:
    assert label not in visible_labels(POLICY, "person", "own-care")


def test_the_governance_lead_and_the_clerk_see_nothing_clinical() -> None:
    clinical = [*WORDS.types["clinical"], "CarePlan", "Goal", "Task", "Communication"]
    everything = frozenset(WORDS.kinds)
    for role, purpose, type_ in product(["governance-lead", "data-clerk"], WORDS.purposes, clinical):
        kinds = everything - {"subject-access"} if (role, purpose) == ANSWERING else everything
        assert not decide(POLICY, Facts(role, purpose, "read", type_, kinds, named=True, agreed=True)).allowed


def test_who_answers_a_request_for_a_copy_reads_it_while_it_is_open_and_changes_nothing() -> None:
    role, purpose = ANSWERING
    asked = Facts(role, purpose, "read", "Condition", frozenset({"subject-access"}), agreed=True)
    assert decide(POLICY, asked).allowed
    assert decide(POLICY, replace(asked, labels=frozenset({"third-party", "held-from-person"}))).allowed
    for closed in (
        replace(asked, kinds=frozenset()),
        replace(asked, agreed=False),
        replace(asked, interaction="update"),
        replace(asked, purpose="governance"),
        replace(asked, role="administrator"),
        replace(asked, labels=frozenset({"intake"})),
    ):
        assert not decide(POLICY, closed).allowed, closed


def test_money_is_closed_to_professionals() -> None:
    """A23: price information does not travel between providers with the record."""
    professionals = [role for role in WORDS.roles if visible_labels(POLICY, role, "direct-care")]
    for role, type_ in product(professionals, WORDS.types["money"]):
        assert not allowed(
            JOE, role=role, type=type_, kinds=frozenset(WORDS.kinds), named=True, own_source=True
        )


def test_every_purpose_and_role_has_a_word() -> None:
    assert set(WORDS.purposes) == {purpose.value for purpose in Purpose}
    assert len(WORDS.roles) == 17


def test_no_rule_can_know_an_organisation_or_a_person() -> None:
    """The facts have no place for one, and no word of the definitions is a code, a name or a key of one."""
    assert {field.name for field in fields(Facts)} == {
        "role",
        "purpose",
        "interaction",
        "type",
        "kinds",
        "labels",
        "named",
        "own_source",
        "objected",
        "agreed",
        "place_source",
    }
    code_or_key = re.compile(r"\b(?:org|team|staff|person|system):|\b[A-Z]{1,3}\d|\bRV[A-Z]\b|[0-9a-f]{8}-")
    for each in (*POLICY.allow, *POLICY.forbid):
        assert is_dataclass(each.rule)
        assert not code_or_key.search(in_words(each.rule))


def test_every_rule_says_what_and_why() -> None:
    for each in (*POLICY.allow, *POLICY.forbid):
        assert each.name and each.title and each.reason
    assert len({each.name for each in (*POLICY.allow, *POLICY.forbid)}) == len(POLICY.allow) + len(
        POLICY.forbid
    )


def changed(which: str, **content: object) -> list[Definition]:
    shipped = [load_definition("access", id, POLICY_DAY) for id in ("words", "labels", "rules")]
    return [
        replace(each, content={**each.content, **content}) if each.id == which else each for each in shipped
    ]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"roles": ["wizard"]}, "wizard is not a known word"),
        ({"types": ["Pateint"]}, "Pateint is not a known word"),
        ({"labels_within": ["mental"]}, "mental is not a known word"),
        ({"has_label": "mental"}, "mental is not a known word"),
        ({"kinds": ["boss"]}, "boss is not a known word"),
        ({"organisation": "RVR"}, "organisation = 'RVR' is not a condition"),
        ({"named": False}, "named = False is not a condition"),
        ({"any": [{}]}, "would hold always"),
        ({}, "would hold always"),
    ],
    ids=str,
)
def test_a_wrong_rule_is_refused_by_name(rule: dict[str, object], problem: str) -> None:
    about = {"name": "wrong", "title": "Wrong", "because": "wrong"}
    with pytest.raises(DefinitionError, match=re.escape(problem)) as refused:
        read_policy(*changed("rules", allow=[{**about, **rule}]))
    assert "access/rules.toml: rule wrong" in str(refused.value)


def test_two_rules_of_one_name_are_refused() -> None:
    (rule, *_) = load_definition("access", "rules", POLICY_DAY).content["allow"]
    with pytest.raises(DefinitionError, match="two rules are named team-reads"):
        read_policy(*changed("rules", allow=[rule, rule]))


def test_the_policy_imports_no_django() -> None:
    for module in files("careweave.record.policy").iterdir():
        if module.name.endswith(".py"):
            assert "django" not in module.read_text(encoding="utf-8")
