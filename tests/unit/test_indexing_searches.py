"""Searches are read strictly, and a resource answers one by what it says, hashes or not."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.record.fhir import Interval
from careweave.record.indexing import (
    CONDITIONS,
    PARAMETERS,
    During,
    Exactly,
    Missing,
    Query,
    SearchProblem,
    Sort,
    index,
    matches,
    parse_search,
)
from careweave.record.indexing.matching import compare
from tests.unit.test_indexing_resources import PATIENT
from tests.unit.test_validation_refusals import GOOD

Json = dict[str, Any]


def query(kind: str, *params: tuple[str, str]) -> Query:
    found = parse_search(kind, params)
    assert isinstance(found, Query), found
    return found


@pytest.mark.parametrize(
    ("kind", "name", "value", "words"),
    [
        ("Observation", "cod", "x", "did you mean code?"),
        (
            "Observation",
            "foo",
            "x",
            "Observation has no parameter “foo”; Observation has _count, _elements, _has, _id",
        ),
        ("Observation", "code", "", "has no value"),
        ("Observation", "code", " ", "has no value"),
        ("Observation", "code", "a|b|c", "more than one |"),
        ("Observation", "code", "http://loinc.org|", "a system alone"),
        ("Observation", "code", "a,,b", "a system alone"),
        ("Observation", "status", "http://hl7.org/fhir/observation-status|final", "give the code alone"),
        ("Observation", "code:in", "x", "modifier “:in” is not supported"),
        ("Observation", "code:missing", "yes", "“yes” is not true or false"),
        ("Observation", "date:exact", "2020", "modifier “:exact” is not supported"),
        ("Observation", "date", "yesterday", "“ye” is not a prefix"),
        ("Observation", "date", "2020-02-30", "“2020-02-30” is not a date"),
        ("Observation", "date", "2020-13", "is not a date"),
        ("Observation", "date", "xx2020", "“xx” is not a prefix"),
        ("Observation", "date", "ge", "is not a date"),
        ("Observation", "date", "ge2020,", "is not a date"),
        ("Observation", "date", "2020-01-01T25:00", "is not a date"),
        ("Observation", "date", "1066-10-14", "is not a date"),
        (
            "Observation",
            "subject",
            "Practitioner/1",
            "is not a reference to Device, Group, Location, Patient",
        ),
        ("Observation", "patient", "Group/1", "is not a reference to Patient"),
        ("Observation", "subject", "a b", "is not a reference"),
        ("Observation", "focus", "1", "give Type/id"),
        ("Observation", "subject:Practitioner", "1", "modifier “:Practitioner” is not supported"),
        ("Observation", "subject.colour", "x", "has no parameter “colour”"),
        ("Observation", "subject:Practitioner.name", "x", "does not lead to Practitioner"),
        ("Observation", "focus.name", "x", "write focus:Type.name"),
        ("Observation", "code.name", "x", "“code” is not a reference"),
        ("Observation", "patient.name:below", "x", "modifier “:below” is not supported"),
        ("Observation", "patient.birthdate", "soon", "“so” is not a prefix"),
        ("Observation", "encounter.patient.general-practitioner.partof.name", "x", "more than 3 references"),
        ("Observation", "_has:Condition:code:code", "x", "Condition:code does not lead to Observation"),
        ("Observation", "_has:Condition:subject", "x", "is not _has:Type:reference:parameter"),
        ("Observation", "_has:Conditions:subject:code", "x", "not a FHIR R4 resource type"),
        ("Patient", "_has:Condition:subject:colour", "x", "has no parameter “colour”"),
        ("Observation", "_include", "Patient:subject", "write _include:iterate"),
        ("Observation", "_include", "Observation:code", "has no reference “code”; use based-on"),
        ("Observation", "_include", "Observation", "is not Type:parameter"),
        ("Observation", "_include", "Observation:subject:Practitioner", "does not lead to Practitioner"),
        ("Observation", "_include:recurse", "Observation:subject", "use :iterate or none"),
        ("Patient", "_revinclude", "*", "name what leads here"),
        ("Patient", "_revinclude", "Observation:device", "does not lead to Patient"),
        ("Observation", "_total", "some", "use none, estimate, accurate"),
        ("Observation", "_summary", "yes", "use false, true, text, data, count"),
        ("Observation", "_elements", "colour", "“colour” is not an element of Observation"),
        ("Observation", "_sort", "date,code,status,category,_id", "at most 4 keys"),
        ("Observation", "value-quantity", "much", "“much” is not a number"),
        ("Observation", "value-quantity", "5|mg", "number|system|unit"),
        ("Observation", "code-value-quantity", "8480-6", "is not code$value"),
        ("Observation", "identifier:of-type", "a|b", "is not system|code|value"),
        ("Observation", "code:of-type", "a|b|c", "only an identifier has a type"),
        ("RiskAssessment", "probability", "0.5|%|x", "is not a number"),
        ("Observation", "_lastUpdated", "soon", "is not a prefix"),
        ("Observation", "_id:not", "1", "modifier “:not” is not supported"),
        ("Observation", "_id", "1,", "has an empty value"),
        ("Observation", "_count", "ten", "“ten” is not a whole number from 0 to 1000"),
        ("Observation", "_count", "1001", "is not a whole number"),
        ("Observation", "_count", "-1", "is not a whole number"),
        ("Observation", "_count", "１０", "is not a whole number"),
        ("Observation", "_sort", "subject", "cannot be sorted by “subject”; use _id, _lastUpdated, category"),
        ("Observation", "_sort", "", "cannot be sorted by “”"),
        ("Observation", "code", "a\x00b", "control characters"),
        ("Observation", "code", "x" * 5000, "too long"),
        ("Patient", "active", "yes", "is not true or false"),
        ("Patient", "name", "a,", "has an empty value"),
        ("Patients", "name", "a", "not a FHIR R4 resource type"),
    ],
)
def test_what_is_not_understood_is_named(kind: str, name: str, value: str, words: str) -> None:
    problem = parse_search(kind, [(name, value)])
    assert isinstance(problem, SearchProblem)
    assert problem.parameter == (name if kind in PARAMETERS else "_type")
    assert words in problem.reason


def test_a_search_has_a_bounded_number_of_conditions() -> None:
    problem = parse_search("Observation", [("code", str(number)) for number in range(41)])
    assert problem == SearchProblem("Observation", "asks for more than 40 conditions at once")


def test_controls_are_given_once() -> None:
    problem = parse_search("Observation", [("_count", "1"), ("_count", "2")])
    assert problem == SearchProblem("_count", "may be given only once")


def test_a_lenient_search_leaves_out_what_is_unknown_and_nothing_else() -> None:
    asked = [("colour", "red"), ("code", "1"), ("subject.colour", "red"), ("_fast", "yes")]
    found = parse_search("Observation", asked, lenient=True)
    assert isinstance(found, Query)
    assert found.ignored == ("colour", "subject.colour", "_fast")
    assert len(found.clauses) == 1
    malformed = parse_search("Observation", [("date", "soon")], lenient=True)
    assert isinstance(malformed, SearchProblem)


def test_how_real_clients_ask_for_a_number_and_a_format() -> None:
    found = query("Observation", ("_count", "0"), ("_totalMethod", "count"), ("_format", "json"))
    assert (found.count, found.total, found.clauses) == (0, "accurate", ())
    assert query("Observation", ("_summary", "count")).count == 0


def test_sort_and_count_are_read() -> None:
    found = query("Observation", ("_sort", "-date,_id"), ("_count", "20"))
    assert found.sort == (Sort("starts", descending=True), Sort("_id"))
    assert found.count == 20
    assert query("Patient", ("_sort", "name")).sort == (Sort("name"),)


def test_patient_and_subject_share_their_tokens() -> None:
    by_patient = query("Observation", ("patient", "joe")).clauses[0]
    by_subject = query("Observation", ("subject", "Patient/joe")).clauses[0]
    assert isinstance(by_patient, Exactly)
    assert isinstance(by_subject, Exactly)
    assert by_patient.tokens == by_subject.tokens


def test_missing_says_where_to_look() -> None:
    (by_phone,) = query("Patient", ("phone:missing", "true")).clauses
    (by_patient,) = query("Appointment", ("patient:missing", "false")).clauses
    (by_date,) = query("Observation", ("date:missing", "true")).clauses
    assert isinstance(by_phone, Missing)
    assert isinstance(by_patient, Missing)
    assert isinstance(by_date, Missing)
    assert by_phone.paths == ('$."telecom" ? (@."system" == "phone")',)
    assert by_patient.paths == ('$."participant"."actor" ? (@."reference" starts with "Patient/")',)
    assert by_date.paths == ()


OBSERVATION = GOOD["Observation"]
CONDITION = GOOD["Condition"]
SNOMED = "http://snomed.info/sct"

PRESSURE: Json = {
    "resourceType": "Observation",
    "meta": {"tag": [{"system": "https://t", "code": "x"}], "profile": ["https://p/1"], "source": "urn:s"},
    "identifier": [{"type": {"coding": [{"system": "https://i", "code": "MR"}]}, "value": "7"}],
    "code": {"text": "Blood pressure", "coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
    "valueQuantity": {"value": 5.4, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
    "performer": [{"identifier": {"system": "https://who", "value": "dr"}}],
    "component": [
        {"code": {"coding": [{"code": "8480-6"}]}, "valueQuantity": {"value": 150, "unit": "mmHg"}},
        {"code": {"coding": [{"code": "8462-4"}]}, "valueQuantity": {"value": 80, "unit": "mmHg"}},
    ],
}

ANSWERS: list[tuple[Json, str, str, bool]] = [
    (PRESSURE, "_tag", "x", True),
    (PRESSURE, "_tag", "https://t|x", True),
    (PRESSURE, "_tag", "https://u|x", False),
    (PRESSURE, "_tag:not", "x", False),
    (PRESSURE, "_profile", "https://p/1", True),
    (PRESSURE, "_source", "urn:other", False),
    (PRESSURE, "identifier:of-type", "https://i|MR|7", True),
    (PRESSURE, "identifier:of-type", "https://i|MR|8", False),
    (PRESSURE, "code:text", "blood", True),
    (PRESSURE, "code:text", "pressure", False),
    (PRESSURE, "performer:identifier", "https://who|dr", True),
    (PRESSURE, "performer:identifier", "https://who|nurse", False),
    (PRESSURE, "value-quantity", "5.4", True),
    (PRESSURE, "value-quantity", "5", True),
    (PRESSURE, "value-quantity", "5.40", True),
    (PRESSURE, "value-quantity", "5.41", False),
    (PRESSURE, "value-quantity", "gt5.4", False),
    (PRESSURE, "value-quantity", "ge5.4|http://unitsofmeasure.org|mg", True),
    (PRESSURE, "value-quantity", "ge5.4||mg", True),
    (PRESSURE, "value-quantity", "ge5.4||g", False),
    (PRESSURE, "value-quantity", "ap5", True),
    (PRESSURE, "value-quantity", "ap4", False),
    (PRESSURE, "combo-code", "8480-6", True),
    (PRESSURE, "code", "8480-6", False),
    (PRESSURE, "combo-code-value-quantity", "8480-6$gt140", True),
    (PRESSURE, "combo-code-value-quantity", "8462-4$gt140", False),
    (PRESSURE, "component-code-value-quantity", "8462-4$lt90||mmHg", True),
    (CONDITION, "code", f"{SNOMED}|73211009", True),
    (CONDITION, "code", "73211009", True),
    (CONDITION, "code", "|73211009", False),
    (CONDITION, "code", "http://loinc.org|73211009", False),
    (CONDITION, "code", "1,73211009", True),
    (CONDITION, "code:not", "73211009", False),
    (CONDITION, "code:not", "1,2", True),
    (CONDITION, "severity:not", "1", True),
    (CONDITION, "severity:missing", "true", True),
    (CONDITION, "code:missing", "true", False),
    (CONDITION, "onset-date", "2012", True),
    (CONDITION, "onset-date", "2012-05", True),
    (CONDITION, "onset-date", "2012-05-01", False),
    (CONDITION, "onset-date", "ge2012-05-20", True),
    (CONDITION, "onset-date", "sa2012-05", False),
    (CONDITION, "recorded-date", "2012-05-14", True),
    (CONDITION, "subject", "urn:uuid:0c7a1bd0-1111-4222-8333-444455556666", True),
    (OBSERVATION, "date", "2026-11-22", True),
    (OBSERVATION, "date", "2026-11-22T09:30", True),
    (OBSERVATION, "date", "2026-11-22T09:31", False),
    (OBSERVATION, "date", "2026-11-22T10:30+01:00", True),
    (OBSERVATION, "date", "lt2026-11-23", True),
    (OBSERVATION, "date", "gt2026-11-22", False),
    (OBSERVATION, "date", "ne2026-11-22", False),
    (OBSERVATION, "date", "ap2026-11-23", True),
    (OBSERVATION, "date", "ap2026-11-24", False),
    (OBSERVATION, "date", "2025,2026", True),
    (OBSERVATION, "subject", "https://example.org/fhir/Patient/joe", True),
    (OBSERVATION, "subject", "Patient/joe", False),
    (GOOD["Encounter"], "patient", "joe", True),
    (GOOD["Encounter"], "subject:Patient", "joe", True),
    (GOOD["Encounter"], "subject:Group", "joe", False),
    (GOOD["Encounter"], "date", "eb2026-03-05", True),
    (GOOD["Encounter"], "date", "2026-03", True),
    (GOOD["Encounter"], "date", "2026-03-02", False),
    (GOOD["Appointment"], "patient:missing", "false", True),
    (GOOD["Appointment"], "practitioner:missing", "true", True),
    (PATIENT, "name", "sian", True),
    (PATIENT, "name", "SIÂN", True),
    (PATIENT, "name", "O'Neill", True),
    (PATIENT, "name", "neill", False),
    (PATIENT, "name:contains", "neill", True),
    (PATIENT, "name:exact", "Siân", True),
    (PATIENT, "name:exact", "sian", False),
    (PATIENT, "given", "mary", True),
    (PATIENT, "family", "mary", False),
    (PATIENT, "address", "12 mill", True),
    (PATIENT, "address-postalcode", "RV1", True),
    (PATIENT, "phone", "+44 7700 900123", True),
    (PATIENT, "phone", "sian@example.org", False),
    (PATIENT, "email", "sian@example.org", True),
    (PATIENT, "birthdate", "1950-02-03", True),
    (PATIENT, "birthdate", "lt1950", False),
    (PATIENT, "birthdate", "le1950", True),
    (PATIENT, "identifier", "https://fhir.nhs.uk/Id/nhs-number|9990000018", True),
    (GOOD["Patient"], "active", "true", True),
    (GOOD["Patient"], "_id", "ann,joe", True),
    (GOOD["Patient"], "_lastUpdated", "2026-01-02", True),
    (GOOD["Patient"], "_lastUpdated", "gt2026-01-02", False),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "name", "value", "fits"), ANSWERS)
def test_a_resource_answers_a_search(resource: Json, name: str, value: str, fits: bool) -> None:
    assert matches(query(resource["resourceType"], (name, value)), resource) is fits


def test_all_parameters_must_fit_and_the_type_too() -> None:
    both = query("Condition", ("code", "73211009"), ("onset-date", "2012"))
    assert matches(both, CONDITION)
    assert not matches(query("Condition", ("code", "73211009"), ("onset-date", "2013")), CONDITION)
    assert not matches(query("Condition"), OBSERVATION)


def test_escapes_are_part_of_the_value() -> None:
    odd = {"resourceType": "Task", "code": {"coding": [{"system": "https://a|b", "code": "c,d"}]}}
    assert matches(query("Task", ("code", "https://a\\|b|c\\,d")), odd)


CODES = st.sampled_from(["a", "b", "a|b", "x,y", "\\"])
SYSTEMS = st.sampled_from(["https://s", "https://t", ""])
CODING = st.builds(lambda s, c: {"system": s, "code": c} if s else {"code": c}, SYSTEMS, CODES)
TASK = st.builds(
    lambda codings, owner, status: {
        "resourceType": "Task",
        "status": status,
        "code": {"coding": codings},
        "owner": {"reference": owner},
    },
    st.lists(CODING, max_size=3),
    st.sampled_from(["Patient/1", "Practitioner/1", "CareTeam/2"]),
    st.sampled_from(["requested", "completed"]),
)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace(",", "\\,")


ASKED = st.one_of(
    st.builds(lambda c: ("code", escaped(c)), CODES),
    st.builds(lambda s, c: ("code", f"{s}|{escaped(c)}"), SYSTEMS, CODES),
    st.builds(lambda c, d: ("code:not", f"{escaped(c)},{escaped(d)}"), CODES, CODES),
    st.builds(lambda r: ("owner", r), st.sampled_from(["1", "2", "Patient/1", "CareTeam/1"])),
    st.builds(lambda s: ("status", s), st.sampled_from(["requested", "completed", "draft"])),
)


@settings(max_examples=1000, deadline=None)
@given(TASK, ASKED)
def test_the_hashes_say_what_the_resource_says(task: Json, asked: tuple[str, str]) -> None:
    found = query("Task", asked)
    (clause,) = found.clauses
    assert isinstance(clause, Exactly)
    by_hash = bool(set(clause.tokens) & set(index(task).tokens)) is not clause.negated
    assert by_hash is matches(found, task)


INSTANT = st.datetimes(datetime(2020, 1, 1), datetime(2020, 1, 9), timezones=st.just(UTC))  # noqa: DTZ001
OPEN = st.none() | INSTANT


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(sorted(CONDITIONS)), OPEN, OPEN, INSTANT, st.integers(1, 7 * 24))
def test_the_sql_of_each_prefix_says_what_the_oracle_says(
    prefix: str, first: datetime | None, last: datetime | None, start: datetime, hours: int
) -> None:
    if first and last and last < first:
        first, last = last, first
    asked = Interval(start, start + timedelta(hours=hours))
    condition = CONDITIONS[prefix].format(first=":first", last=":last")
    text = {"first": first, "last": last, "s": asked.start, "e": asked.end}
    values = {name: each and each.isoformat(timespec="microseconds") for name, each in text.items()}
    connection = sqlite3.connect(":memory:")
    try:
        (answer,) = connection.execute(f"SELECT ({condition}) IS TRUE", values).fetchone()
    finally:
        connection.close()
    assert bool(answer) is compare(prefix, (first, last), asked)


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(sorted(PARAMETERS)),
    st.lists(st.tuples(st.text(max_size=12), st.text(max_size=20)), max_size=3),
    st.data(),
)
def test_any_search_is_read_or_named(kind: str, params: list[tuple[str, str]], data: st.DataObject) -> None:
    names = st.sampled_from(sorted(PARAMETERS[kind]))
    params = [*params, (data.draw(names), data.draw(st.text(max_size=20)))]
    answer = parse_search(kind, params)
    assert isinstance(answer, Query | SearchProblem)
    assert not isinstance(answer, SearchProblem) or answer.parameter in {name for name, _ in params}


def test_date_searches_know_which_interval_the_store_keeps() -> None:
    (clause,) = query("Observation", ("date", "ge2026")).clauses
    assert isinstance(clause, During)
    assert clause.parameter.primary
    (clause,) = query("Condition", ("onset-date", "ge2026")).clauses
    assert isinstance(clause, During)
    assert not clause.parameter.primary
