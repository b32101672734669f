"""A token never shows more than its owner may see, and shows exactly what its scopes leave of that, on every path."""

from __future__ import annotations

import json
import random
import uuid
from typing import Any

import pytest
from django.test import Client as Browser

from careweave.identity.scopes import LETTERS, Scopes, parse
from careweave.record.indexing import matches, parse_search

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
TYPES = ("Patient", "Condition", "Observation", "Encounter")
NARROWING = {
    "Condition": ["code=52448006", "code=52448007,52448008", "recorded-date=ge2024-05-02"],
    "Observation": ["code=http://loinc.org|29463-7", "date=gt2026-11-04", "status=final", "status=cancelled"],
    "Patient": ["family=Harper", "family=Nobody"],
}
CASES = 60


@pytest.fixture(scope="module")
def place(database: object) -> Any:
    from tests.scenarios.fhir_api import reading_place  # models can be imported only once Django is set up

    built = reading_place.build()
    session = reading_place.signed_in(built.account, _doctor(built))
    seen = {kind: _searched(session.get(f"/fhir/R4/{kind}?_count=200")) for kind in TYPES}
    assert len(seen["Condition"]) == 3 and len(seen["Observation"]) == 7 and seen["Patient"]
    return reading_place, built, seen


def _doctor(built: Any) -> Any:
    from careweave.record import Actor

    return Actor(built.doctor.party, "gp", "Y90001", built.doctor.name)


def _searched(answer: Any) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    found = [entry["resource"] for entry in json.loads(answer.content).get("entry", [])]
    return {one["id"]: one for one in found}


def some_scopes(draw: random.Random) -> str:
    context = draw.choice(["user", "patient"])
    words = []
    for type_ in draw.sample(["*", *TYPES], draw.randint(1, 3)):
        letters = "".join(letter for letter in LETTERS if draw.random() < 0.6) or "s"
        narrowed = type_ in NARROWING and draw.random() < 0.5
        words.append(f"{context}/{type_}.{letters}{'?' + draw.choice(NARROWING[type_]) if narrowed else ''}")
    return " ".join(words)


def left(
    scopes: Scopes, letter: str, type_: str, seen: dict[str, Any], mine: set[str], *, limited: bool
) -> set[str]:
    """What should be left of what the owner sees: by our own reckoning, one resource at a time."""
    if not scopes.permits(type_, letter):
        return set()
    query = parse_search(type_, scopes.filters(type_, letter))
    about = {
        id_: body["id"] if type_ == "Patient" else body["subject"]["reference"][8:]
        for id_, body in seen.items()
    }
    return {id_ for id_, body in seen.items() if matches(query, body) and (not limited or about[id_] in mine)}


@pytest.mark.parametrize("case", range(CASES))
def test_a_token_shows_what_its_scopes_leave_of_what_its_owner_sees(place: Any, case: int) -> None:
    reading_place, built, seen = place
    text = some_scopes(random.Random(case))
    scopes = parse(text)
    assert isinstance(scopes, Scopes)
    limited = scopes.context == "patient"
    token = reading_place.token(built, text, patient=built.joe if limited else None)
    api = reading_place.Api(token)
    mine = {built.joe, built.joe_at_practice, built.joe_at_hospital}
    for type_ in TYPES:
        wanted = left(scopes, "s", type_, seen[type_], mine, limited=limited)
        answer = api(f"/{type_}?_count=200")
        found = set(_searched(answer)) if answer.status_code == 200 else set()
        assert found == wanted, (text, type_)
        readable = left(scopes, "r", type_, seen[type_], mine, limited=limited)
        for id_ in [*list(seen[type_])[:4], built.other]:
            assert (api(f"/{type_}/{id_}").status_code == 200) == (id_ in readable), (text, type_, id_)


ROUNDABOUT = [
    "/Observation?_include=Observation:subject",
    "/Observation?_include=Observation:patient&_include:iterate=Patient:link",
    "/Observation?_include=*",
    "/Condition?_revinclude=Observation:subject",
    "/Patient/{joe}/$everything",
    "/Patient/{joe}/$everything?_type=Condition",
    "/Patient/{joe}/_history",
    "/Condition/_history",
    "/_history",
    "/Condition/{condition}/_history",
    "/Condition/{condition}/_history/1",
    "/Condition/{condition}?_summary=true",
]


@pytest.mark.parametrize("path", ROUNDABOUT)
def test_no_way_round_leads_to_a_type_that_was_not_given(place: Any, path: str) -> None:
    reading_place, built, _ = place
    for scopes, patient in (("user/Observation.rs", None), ("patient/Observation.rs", built.joe)):
        api = reading_place.Api(reading_place.token(built, scopes, patient=patient))
        answer = api(path.format(joe=built.joe, condition=built.conditions[0]))
        body = json.loads(answer.content)
        shown = [entry["resource"]["resourceType"] for entry in body.get("entry", [])] or [
            body["resourceType"]
        ]
        assert set(shown) <= {"Observation", "OperationOutcome", "Bundle"}, (path, scopes, shown)


@pytest.mark.parametrize("kind", ["Condition", "Patient", "Person", "SupplyRequest"])
def test_a_token_for_one_person_asks_for_no_history_of_everyone(place: Any, kind: str) -> None:
    reading_place, built, _ = place
    api = reading_place.Api(reading_place.token(built, "patient/*.cruds", patient=built.joe))
    assert api(f"/{kind}/_history").status_code == 403


def test_what_was_given_comes_along_and_may_be_asked_about(place: Any) -> None:
    """The same ways are open to a token that was given both types, as far as it was given them."""
    reading_place, built, _ = place
    for scopes, patient in (("user/Observation.rs user/Patient.rs", None), ("patient/*.rs", built.joe)):
        api = reading_place.Api(reading_place.token(built, scopes, patient=patient))
        found = _searched(api("/Observation?_include=Observation:subject"))
        assert {one["resourceType"] for one in found.values()} == {"Observation", "Patient"}
        assert len(_searched(api("/Observation?subject:Patient.family=Harper"))) == 7
        assert not _searched(api("/Observation?subject:Patient.family=Nobody"))
    narrowed = reading_place.token(built, "user/Observation.rs user/Patient.rs?family=Nobody")
    found = _searched(reading_place.Api(narrowed)("/Observation?_include=Observation:subject"))
    assert {one["resourceType"] for one in found.values()} == {"Observation"}


BY_HEARSAY = [
    ("/Observation?patient.family=Harper", "/Observation?patient.family=Nobody"),
    ("/Observation?subject:Patient.family=Harper", "/Observation?subject:Patient.family=Nobody"),
    (
        "/Observation?subject:Patient._has:Condition:patient:code=52448006",
        "/Observation?subject:Patient._has:Condition:patient:code=1",
    ),
]


@pytest.mark.parametrize(("yes", "no"), BY_HEARSAY)
def test_a_question_about_a_type_that_was_not_given_is_not_answered(place: Any, yes: str, no: str) -> None:
    """Which observations come back must not tell what the person is called, or has."""
    reading_place, built, _ = place
    api = reading_place.Api(reading_place.token(built, "user/Observation.rs"))
    told = []
    for path in (yes, no):
        answer = api(path)
        told.append((answer.status_code, len(json.loads(answer.content).get("entry", []))))
    assert told[0] == told[1], told


def test_a_token_of_someone_who_may_see_nothing_shows_nothing(place: Any) -> None:
    from dataclasses import replace

    from careweave.identity.models import Connection
    from tests import factories as make

    reading_place, built, _ = place
    stranger = make.staff("Una Stranger", "gp", "Y90009")
    token = reading_place.token(replace(built, doctor=stranger), "user/*.cruds")
    Connection.objects.filter(actor=stranger.party).update(organisation="Y90009")
    api = reading_place.Api(token)
    for type_ in TYPES:
        assert not _searched(api(f"/{type_}"))
    assert api(f"/Patient/{built.joe}").status_code == 404


def test_nobody_s_token_is_told_alike(place: Any) -> None:
    _, built, _ = place
    answers = [
        Browser().get(f"/fhir/R4/Patient/{id_}", HTTP_AUTHORIZATION=f"Bearer {text}")
        for id_ in (built.joe, str(uuid.uuid4()))
        for text in ("made-up", "é", "x" * 3000)
    ]
    assert {answer.status_code for answer in answers} == {401} and len(
        {answer.content for answer in answers}
    ) == 1
