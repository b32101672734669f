"""What is kept beside a resource so that it can be found."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from careweave.record.fhir import interval, resource_types
from careweave.record.indexing import PARAMETERS, index, parameters_of, token, words
from careweave.record.indexing.clinical import CLINICAL
from tests.unit.test_validation_refusals import GOOD

Json = dict[str, Any]


def test_tokens_never_change_because_they_are_stored() -> None:
    assert token("Patient", "gender", "female") == 6292273457074214038
    assert token("Observation", "code", "29463-7", "http://loinc.org") == -3354880375613257702
    assert token("Observation", "code", "29463-7", "") == 8999064757272844763
    assert token("Observation", "code", "29463-7") == 4785927631042519615


def test_a_code_is_found_with_its_system_and_alone() -> None:
    tokens = index(GOOD["Observation"]).tokens
    assert token("Observation", "code", "29463-7", "http://loinc.org") in tokens
    assert token("Observation", "code", "29463-7") in tokens
    assert token("Observation", "code", "29463-7", "") not in tokens
    assert len(tokens) == len(set(tokens))
    assert all(-(2**63) <= each < 2**63 for each in tokens)


def test_a_code_without_a_system_says_so() -> None:
    tokens = index({"resourceType": "Flag", "code": {"coding": [{"code": "fall"}]}}).tokens
    assert set(tokens) == set()  # R4 has no code parameter for Flag
    tokens = index({"resourceType": "Task", "code": {"coding": [{"code": "visit"}]}}).tokens
    assert set(tokens) == {token("Task", "code", "visit"), token("Task", "code", "visit", "")}


def test_references_are_found_as_written_without_their_version() -> None:
    encounter = {
        "resourceType": "Encounter",
        "subject": {"reference": "Patient/joe/_history/3"},
        "serviceProvider": {"reference": "https://a.org/fhir/Organization/1"},
        "partOf": {"reference": "#contained"},
    }
    indexed = index(encounter)
    assert indexed.references == (
        ("subject", "Patient/joe"),
        ("service-provider", "https://a.org/fhir/Organization/1"),
    )
    assert token("Encounter", "subject", "Patient/joe") in indexed.tokens


def test_types_without_a_table_are_found_by_identifier_and_person() -> None:
    claim = {"resourceType": "Claim", "identifier": [{"system": "https://a.org", "value": "7"}]}
    assert token("Claim", "identifier", "7", "https://a.org") in index(claim).tokens
    assert list(parameters_of("Claim")) == ["identifier", "patient"]
    assert parameters_of("Parameters") == {}


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


SPANS: list[tuple[Json, datetime | None, datetime | None]] = [
    # British summer time: the London day begins at 23:00 UTC the day before
    (
        {"resourceType": "Observation", "effectiveDateTime": "2026-07-01"},
        utc(2026, 6, 30, 23),
        utc(2026, 7, 1, 22, 59, 59, 999999),
    ),
    (
        {"resourceType": "Observation", "effectiveDateTime": "2026-01-01T10:00:00+01:00"},
        utc(2026, 1, 1, 9),
        utc(2026, 1, 1, 9, 0, 0, 999999),
    ),
    (
        {"resourceType": "Observation", "issued": "2026-01-01T10:00:00.25Z"},
        utc(2026, 1, 1, 10, 0, 0, 250000),
        utc(2026, 1, 1, 10, 0, 0, 250000),
    ),
    (
        {"resourceType": "Encounter", "period": {"start": "2026-03-01T10:00:00Z", "end": "2026-03-04"}},
        utc(2026, 3, 1, 10),
        utc(2026, 3, 4, 23, 59, 59, 999999),
    ),
    ({"resourceType": "Encounter", "period": {"start": "2026-03-01"}}, utc(2026, 3, 1), None),
    (
        {"resourceType": "Flag", "period": {"start": "2026-03-01", "end": "9999-12-31"}},
        utc(2026, 3, 1),
        utc(9999, 12, 30, 23, 59, 59, 999999),
    ),
    ({"resourceType": "Encounter", "period": {"end": "2026-03"}}, None, utc(2026, 3, 31, 22, 59, 59, 999999)),
    ({"resourceType": "Condition", "onsetDateTime": "2012"}, utc(2012, 1, 1), None),
    ({"resourceType": "Condition", "onsetAge": {}, "recordedDate": "2012-02"}, utc(2012, 2, 1), None),
    (
        {"resourceType": "Condition", "onsetDateTime": "2012", "abatementDateTime": "2013-01-05"},
        utc(2012, 1, 1),
        utc(2013, 1, 5, 23, 59, 59, 999999),
    ),
    (
        {"resourceType": "Appointment", "start": "2027-01-15T10:00:00Z", "end": "2027-01-15T10:20:00Z"},
        utc(2027, 1, 15, 10),
        utc(2027, 1, 15, 10, 20, 0, 999999),
    ),
    ({"resourceType": "Task", "authoredOn": "2026-01-01T00:00:00Z"}, utc(2026, 1, 1), None),
    (
        {"resourceType": "Consent", "dateTime": "2026-01-01", "provision": {"period": {"end": "2027-01-01"}}},
        utc(2026, 1, 1),
        utc(2027, 1, 1, 23, 59, 59, 999999),
    ),
    ({"resourceType": "Patient", "birthDate": "1938-04-12"}, None, None),
    ({"resourceType": "Observation", "effectiveDateTime": "yesterday"}, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "starts", "ends"), SPANS)
def test_the_clinical_interval_is_in_utc_by_london_days(
    resource: Json, starts: datetime | None, ends: datetime | None
) -> None:
    indexed = index(resource)
    assert (indexed.starts, indexed.ends) == (starts, ends)


def test_the_night_the_clocks_change_is_one_day() -> None:
    day = interval("2026-03-29")
    assert day is not None
    assert (day.end - day.start).total_seconds() == 23 * 3600


PATIENT: Json = {
    "resourceType": "Patient",
    "name": [
        {"use": "official", "family": "O’Neill-Smith", "given": ["Siân", "Mary Ann"]},
        {"use": "nickname", "given": ["Shan"]},
        {"use": "maiden", "family": "Łukasz"},
        {"text": "Mrs S Smith"},
    ],
    "telecom": [
        {"system": "phone", "value": "+44 7700 900123"},
        {"system": "email", "value": "sian@example.org"},
    ],
    "birthDate": "1950-02-03",
    "address": [{"line": ["Flat 2", "12 Mill Lane"], "city": "Riverside", "postalCode": "RV1 2AB"}],
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
}


def test_a_person_is_found_by_everything_people_ask_for() -> None:
    finder = index(PATIENT).finder
    names = {value for kind, value in finder if kind == "name"}
    assert names >= {
        "o'neill-smith",
        "oneillsmith",
        "neill",
        "smith",
        "sian",
        "mary",
        "ann",
        "shan",
        "lukasz",
    }
    assert {value for kind, value in finder if kind == "address"} == {
        "flat", "2", "12", "mill", "lane", "riverside", "rv1", "2ab", "rv12ab",
    }  # fmt: skip
    assert ("phone", "447700900123") in finder
    assert ("phone", "07700900123") in finder
    assert ("birth", "1950-02-03") in finder
    assert ("nhs-number", "9990000018") in finder
    assert len(finder) == len(set(finder))


def test_only_people_have_finder_entries() -> None:
    assert index({**PATIENT, "resourceType": "Practitioner"}).finder == ()
    assert index({**PATIENT, "resourceType": "RelatedPerson"}).finder


def test_strings_are_folded_by_part_and_dates_are_kept_beside() -> None:
    indexed = index(PATIENT)
    assert ("family", "o'neill-smith") in indexed.strings
    assert ("given", "mary ann") in indexed.strings
    assert ("name", "sian") in indexed.strings
    assert indexed.dates == (("birthdate", utc(1950, 2, 3), utc(1950, 2, 3, 23, 59, 59, 999999)),)
    assert indexed.sort_keys == {"name": "o'neill-smith sian mary ann", "birthdate": "1950-02-03"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Núñez", ("nunez",)),
        ("D'Arcy", ("d'arcy", "arcy", "darcy")),
        ("van der Berg", ("van", "der", "berg")),
        ("Østergård", ("ostergard",)),
        ("Straße", ("strasse",)),
        ("张伟", ("张伟",)),
        ("-- ", ()),
    ],
)
def test_words_are_folded_to_what_people_type(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


def test_every_type_the_product_uses_has_its_parameters() -> None:
    assert set(PARAMETERS) <= resource_types()
    assert len(PARAMETERS) == 45
    for kind, parameters in PARAMETERS.items():
        assert all(parameter.paths or parameter.pairs for parameter in parameters.values()), kind
        shared = {parameter.same_as for parameter in parameters.values()} - {""}
        assert shared <= parameters.keys()
    for kind, clinical in CLINICAL.items():
        assert kind in resource_types()
        assert not clinical.parameter or clinical.parameter in PARAMETERS[kind]


def test_whatever_shape_comes_indexing_does_not_fail() -> None:
    for wrong in ("text", 1, None, [], {}, [None], [[{}]], {"coding": "x"}, {"reference": 5}, [{"given": 3}]):
        for kind in PARAMETERS:
            names = {path[0] for p in parameters_of(kind).values() for path, _ in p.paths}
            index({"resourceType": kind, **dict.fromkeys(names, wrong)})
