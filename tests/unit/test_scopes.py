"""Scopes: read as SMART says, and a narrower one never opens more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careweave.identity.scopes import LETTERS, OTHERS, ScopeProblem, Scopes, parse
from careweave.record.indexing import matches, parse_search

LABORATORY = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
TYPES = ["Patient", "Observation", "Condition", "Task"]


def read(text: str) -> Scopes:
    scopes = parse(text)
    assert isinstance(scopes, Scopes), scopes
    return scopes


read("patient/Observation.rs?category=laboratory")  # FHIR's definitions are read once, before the clock runs


def open_letters(text: str, type: str) -> str:
    return "".join(letter for letter in LETTERS if read(text).permits(type, letter))


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("patient/*.rs", "rs"),
        ("patient/Observation.rs", "rs"),
        ("patient/Observation.c patient/Observation.s", "cs"),
        ("patient/Condition.cruds", ""),
        ("patient/*.read", "rs"),
        ("patient/*.write", "cud"),
        ("patient/Observation.*", "cruds"),
        ("openid fhirUser launch/patient", ""),
        ("", ""),
    ],
)
def test_letters_open_what_they_say_and_version_1_means_the_same(text: str, letters: str) -> None:
    assert open_letters(text, "Observation") == letters


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        ("patient/Pateint.rs", "patient/Pateint.rs"),
        ("patient/*.sr", "patient/*.sr"),
        ("patient/*.rr", "patient/*.rr"),
        ("patient/*.Read", "patient/*.Read"),
        ("patient/*.", "patient/*."),
        ("admin", "admin"),
        ("openid offline", "offline"),
        ("patient/*.rs user/*.rs", "patient/*.rs user/*.rs"),
        ("system/*.rs patient/*.rs", "system/*.rs patient/*.rs"),
        ("system/*.rs openid", "openid"),
        ("patient/*.rs?category=laboratory", "patient/*.rs?category=laboratory"),
        ("patient/Observation.rs?", "patient/Observation.rs?"),
        ("patient/Observation.rs?colour=red", "patient/Observation.rs?colour=red"),
        ("patient/Observation.rs?_count=1", "patient/Observation.rs?_count=1"),
        ("patient/Observation.rs?category:not=laboratory", "patient/Observation.rs?category:not=laboratory"),
        ("patient/Observation.rs?code", "patient/Observation.rs?code"),
        ("patient/Observation.rs?category=a patient/Observation.rs?code=b", "patient/Observation.rs?code=b"),
        ("patient/Ōbservation.rs", "patient/Ōbservation.rs"),
    ],
)
def test_a_mixed_unknown_or_malformed_scope_is_refused_by_name(text: str, blamed: str) -> None:
    problem = parse(text)
    assert isinstance(problem, ScopeProblem)
    assert problem.scope == blamed and problem.reason


def test_a_very_long_request_is_refused() -> None:
    assert isinstance(parse("patient/Patient.r " * 500), ScopeProblem)


def test_a_granular_scope_narrows_the_search_and_the_reading_but_not_the_writing() -> None:
    scopes = read(f"patient/Observation.rs?category={LABORATORY} patient/Observation.c patient/Patient.r")
    assert scopes.filters("Observation") == (("category", LABORATORY),)
    assert scopes.filters("Observation", "r") == (("category", LABORATORY),)
    assert scopes.filters("Observation", "c") == ()
    assert scopes.filters("Patient", "r") == ()


def test_two_granular_scopes_of_one_parameter_open_both_kinds() -> None:
    scopes = read("user/Observation.rs?category=laboratory user/Observation.rs?category=vital-signs")
    assert scopes.filters("Observation") == (("category", "laboratory,vital-signs"),)


def test_a_wide_scope_beside_a_granular_one_opens_the_whole() -> None:
    assert read("user/Observation.rs?category=laboratory user/*.s").filters("Observation") == ()
    assert read("user/Observation.rs?category=laboratory user/Observation.s").filters("Observation") == ()


def test_what_was_registered_bounds_what_is_asked_and_says_what_was_given() -> None:
    asked, bound = (
        read("patient/*.read openid"),
        read("patient/Patient.rs patient/Observation.cruds openid fhirUser"),
    )
    given_ = asked.narrowed_to(bound)
    assert given_.text == "openid patient/Observation.rs patient/Patient.rs"
    assert read("patient/Patient.read openid").narrowed_to(bound).text == "patient/Patient.read openid"
    assert not read("system/*.rs").narrowed_to(bound).rows


CATEGORIES = st.sampled_from(["", "?category=laboratory", "?category=vital-signs", "?category=a,b"])


@st.composite
def clinical(draw: st.DrawFn, context: str) -> str:
    letters = "".join(sorted(draw(st.sets(st.sampled_from(LETTERS), min_size=1)), key=LETTERS.index))
    type_ = draw(st.sampled_from(["*", *TYPES]))
    return f"{context}/{type_}.{letters}{draw(CATEGORIES) if type_ == 'Observation' else ''}"


@st.composite
def requests(draw: st.DrawFn) -> Scopes:
    context = draw(st.sampled_from(["patient", "user"]))
    words = draw(st.lists(clinical(context), max_size=5)) + draw(
        st.lists(st.sampled_from(sorted(OTHERS)), max_size=2)
    )
    return read(" ".join(words))


OBSERVATIONS = [
    {"resourceType": "Observation", "category": [{"coding": [{"code": code}]}]}
    for code in ("laboratory", "vital-signs", "a", "b", "other")
]


def admits(scopes: Scopes, type_: str, letter: str, resource: dict[str, object]) -> bool:
    if not scopes.permits(type_, letter):
        return False
    query = parse_search(type_, scopes.filters(type_, letter))
    return matches(query, resource)


@given(requests(), requests())
def test_narrowing_allows_exactly_what_both_allow(asked: Scopes, bound: Scopes) -> None:
    both = asked.narrowed_to(bound)
    same = asked.context == bound.context
    for type_ in TYPES:
        for letter in LETTERS:
            for body in OBSERVATIONS if type_ == "Observation" else [{"resourceType": type_}]:
                wanted = same and admits(asked, type_, letter, body) and admits(bound, type_, letter, body)
                assert admits(both, type_, letter, body) == wanted
    assert both.others == asked.others & bound.others


@given(requests(), requests())
def test_what_was_given_reads_back_as_the_same(asked: Scopes, bound: Scopes) -> None:
    both = asked.narrowed_to(bound)
    assert read(both.text) == both
    assert both.narrowed_to(bound) == both


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert isinstance(parse(text), Scopes | ScopeProblem)
