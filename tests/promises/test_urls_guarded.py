"""Every address says who may open it; a view that was forgotten stays shut; no role opens what is not its own."""

import re
from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from careweave.web import access
from careweave.web.guard import Guard

# Open to everyone, each with its reason; a new one is a decision that is made here.
PUBLIC = {
    "front": "the story of the demonstration, or the way to one's own first page",
    "story-again": "takes away this browser's own cookie",
    "story-be": "answers only in the demonstration",
    "sign-in": "the door for staff",
    "my-sign-in": "the door for people and carers",
    "second-step": "only after a right password in this browser",
    "passkey-question": "a random question for a passkey; says nothing of anyone",
    "provider-leave": "goes to a provider that the place has set up",
    "provider-back": "comes back with an answer to this browser's own question",
    "provider-keys": "our public keys",
    "provider-ended": "takes only what a provider has signed",
    "survey-link": "whoever has the link of a survey answers it once; it opens questions and no record",
    "letter-use": "the door for people with a printed letter",
    "sign-out": "ends one's own session",
    "accessibility": "the same words for everyone",
    "how-information-is-used": "the same words for everyone",
    "brand-css": "the place's colours",
    "alive": "whether the process answers; says nothing else",
    "ready": "whether the database answers; says nothing else",
    "metrics": "counts of requests, without names",
    "smart-configuration": "where apps find what; says nothing about anyone",
    "fhir-smart-configuration": "the same, where FHIR clients look for it",
    "openid-configuration": "where apps find what; says nothing about anyone",
    "fhir-openid-configuration": "the same, where FHIR clients look for it",
    "jwks": "the public halves of our keys",
    "smart-authorize": "checks what an app asks, then leads to the door; opens nothing",
    "smart-token": "asks for a code, a refresh token or a signature, and answers as OAuth says",
    "smart-token-elsewhere": "the same, where some clients look for it",
    "smart-revoke": "a program gives its own token back",
    "smart-introspect": "asks for the signature of a registered server",
    "app-open": "asks for the signature of a registered system, then leads to the door",
    "fhir": "asks for a token or a session itself, and answers 401 as its clients expect",
}
PORTAL_ROLES = {"person", "carer"}


def patterns(found: list[URLPattern | URLResolver] | None = None) -> Iterator[URLPattern]:
    for pattern in found if found is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns)
        else:
            yield pattern


def names() -> list[str]:
    return [str(pattern.name) for pattern in patterns()]


def test_every_address_has_one_name() -> None:
    assert len(names()) == len(set(names())) and "None" not in names()


def test_every_view_says_who_may_open_it() -> None:
    forgotten = [str(pattern.pattern) for pattern in patterns() if access.access_of(pattern.callback) is None]
    assert forgotten == []


def test_public_views_are_the_ones_that_were_decided_on() -> None:
    public = {
        str(one.name) for one in patterns() if (a := access.access_of(one.callback)) and a.roles is None
    }
    assert public == set(PUBLIC)


def test_guarded_views_name_known_roles() -> None:
    for pattern in patterns():
        asked = access.access_of(pattern.callback)
        assert asked is not None
        if asked.roles is not None:
            assert asked.roles and asked.roles <= set(access.EVERYONE), pattern.name


def test_addresses_about_a_person_are_for_professionals_alone() -> None:
    for pattern in patterns():
        if str(pattern.pattern).startswith("people/"):
            asked = access.access_of(pattern.callback)
            assert asked is not None and asked.roles == frozenset(access.PROFESSIONALS), pattern.name


def test_addresses_of_the_portal_are_closed_to_staff() -> None:
    for pattern in patterns():
        if str(pattern.pattern).startswith("my") and pattern.name not in PUBLIC:
            asked = access.access_of(pattern.callback)
            assert asked is not None and asked.roles is not None and asked.roles <= PORTAL_ROLES, pattern.name


def test_a_view_that_was_forgotten_stays_shut() -> None:
    def forgotten(request: HttpRequest) -> HttpResponse:
        return HttpResponse("everything about everyone")

    request = RequestFactory().get("/forgotten")
    request.session = {}  # type: ignore[assignment]
    request.user = None  # type: ignore[assignment]
    answer = Guard(lambda _: HttpResponse()).process_view(request, forgotten, (), {})
    assert answer is not None and answer.status_code == 404
    assert b"everything about everyone" not in answer.content


@pytest.mark.database
@pytest.mark.usefixtures("database")
def test_nobody_signed_in_opens_nothing() -> None:
    client, sample = Client(HTTP_HOST="localhost"), "8f3f7a52-1111-4a5e-9d00-000000000001"
    for pattern in patterns():
        if pattern.name in PUBLIC:
            continue
        path = "/" + str(pattern.pattern)
        path = re.sub(r"<uuid:\w+>", sample, path)
        path = path.replace("<slug:part>", "goals")
        path = path.replace("<slug:key>", "goals").replace("<int:version>", "2")
        path = path.replace("<slug:id>", "emergency-admissions")
        path = path.replace("<slug:form_id>", "full-assessment").replace("<slug:section_id>", "housing")
        path = path.replace("<slug:program_kind>", "app").replace("<slug:client_id>", "a")
        for part in ("<int:role_id>", "<int:step_id>", "<int:absence_id>", "<int:number>"):
            path = path.replace(part, "1")
        assert "<" not in path, f"give this test a sample for {path}"
        for method in (client.get, client.post):
            answer = method(path)
            assert answer.status_code == 302, path
            assert answer.headers["Location"].split("?")[0] in ("/sign-in", "/my/sign-in"), path


@pytest.mark.database
@pytest.mark.usefixtures("database")
def test_every_answer_carries_the_content_policy_and_is_not_kept() -> None:
    answer = Client(HTTP_HOST="localhost").get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe-inline" not in policy
    assert "no-store" in answer.headers["Cache-Control"]
