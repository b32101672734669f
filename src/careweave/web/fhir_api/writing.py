"""create, update, patch and delete, also by a condition: each is a transaction of one (https://hl7.org/fhir/R4/http.html)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from careweave.care.assessments.posted import posted_faults
from careweave.record import Invalid
from careweave.record.changes import Act, Change, Denied, Done, Outcome
from careweave.record.validation import Issue, write
from careweave.web.fhir_api import asking, bodies, bundles, outcomes, patching, reach
from careweave.web.fhir_api.addresses import Address, Shape
from careweave.web.fhir_api.callers import Caller
from careweave.web.fhir_api.handling import Route
from careweave.web.fhir_api.outcomes import FHIR_JSON, Problem

_VERSION = re.compile(r'(?:W/)?"?([0-9]{1,9})"?\Z').match
_RETURN = re.compile(r"return\s*=\s*\"?(minimal|representation|OperationOutcome)\b").search
_SCOPES = {Act.CREATE: "c", Act.UPDATE: "u", Act.DELETE: "d"}
STATUS = {
    Outcome.CREATED: 201,
    Outcome.UPDATED: 200,
    Outcome.DELETED: 204,
    Outcome.UNCHANGED: 200,
    Outcome.FOUND: 200,
}
_WORDS = {
    Outcome.CREATED: "Stored as a new resource.",
    Outcome.UPDATED: "Stored as a new version.",
    Outcome.DELETED: "Taken back; the history keeps it.",
    Outcome.UNCHANGED: "It was so already; no new version was made.",
    Outcome.FOUND: "It was there already; nothing was stored.",
}


@dataclass(frozen=True)
class Wanted:
    """What the request says about the change besides the resource."""

    version: int | None
    query: str | None


def create(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """POST; with If-None-Exist, or as some clients do it with a query, only when nothing is there yet."""
    query = request.META.get("HTTP_IF_NONE_EXIST") or _query(request)
    body = bodies.resource_of(request)
    return _one(caller, request, Change(Act.CREATE, address.type, body=body, query=query))


def update(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """PUT to an id, or to what a query finds."""
    wanted = _wanted(request, address)
    body = bodies.resource_of(request)
    change = Change(
        Act.UPDATE, address.type, address.id, body=body, version=wanted.version, query=wanted.query
    )
    return _one(caller, request, change)


def patch(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """PATCH with a JSON Patch, a FHIRPath Patch, or a merge patch."""
    wanted = _wanted(request, address)
    change = Change(
        Act.UPDATE,
        address.type,
        address.id,
        patch=patching.patch_in(request),
        version=wanted.version,
        query=wanted.query,
    )
    return _one(caller, request, change)


def delete(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """DELETE: a version that says that the entry is taken back."""
    wanted = _wanted(request, address)
    change = Change(Act.DELETE, address.type, address.id, version=wanted.version, query=wanted.query)
    return _one(caller, request, change)


def transact(caller: Caller, changes: Sequence[Change]) -> list[Done]:
    """Make the changes, and make sure that a narrowed token did not reach beyond what it was narrowed to."""
    with caller.gate.transaction():
        for change in changes:
            reach.must_reach(caller, change.type, parse_qsl(change.query or "", keep_blank_values=True))
            if change.act is not Act.CREATE and _is_narrowed(caller, change.act, change.type):
                _must_be_within(caller, change.act, change.type, change.id, change.path)
        done = caller.gate.transact(changes, client=caller.client, base=bundles.base())
        for change, made in zip(changes, done, strict=True):
            _must_fit_its_questionnaire(change, made)
            if _is_narrowed(caller, change.act, change.type):
                _must_be_within(caller, change.act, change.type, made.id, change.path)
    return done


def _must_fit_its_questionnaire(change: Change, made: Done) -> None:
    """Answers to one of our assessments are checked as when they are typed here; else nothing is stored."""
    if made.type != "QuestionnaireResponse" or made.outcome not in (Outcome.CREATED, Outcome.UPDATED):
        return
    where = change.path or "QuestionnaireResponse"
    found = tuple(
        Issue(
            f"{where}.item.where(linkId='{one.link}')" if one.link else where,
            f"{one.link}: {one.words}" if one.link else one.words,
            "an answer as its Questionnaire asks for it",
            "invalid",
        )
        for one in posted_faults(made.content)
    )
    if found:
        raise Invalid(found)


def _is_narrowed(caller: Caller, act: Act, type_: str) -> bool:
    return caller.narrowing(_SCOPES[act], type_) != ()


def _must_be_within(caller: Caller, act: Act, type_: str, id_: str, path: str) -> None:
    if not caller.shows(type_, id_, _SCOPES[act]):
        raise Denied("outside what the token was given for", path=path)


# -- what is asked ----------------------------------------------------------------------------------------------


def _wanted(request: HttpRequest, address: Address) -> Wanted:
    if "HTTP_IF_NONE_MATCH" in request.META:
        words = "If-None-Match is not read for a change; use If-Match, or If-None-Exist with POST."
        raise Problem(400, "not-supported", words)
    query = None
    if address.shape is Shape.TYPE:
        query = _query(request)
        if not query:
            raise Problem(
                400, "required", "Name the resource by its id, or by a condition such as ?identifier=…"
            )
    elif _query(request):
        asking.refuse_others(asking.asked_of(request))
    return Wanted(version_in(request.META.get("HTTP_IF_MATCH")), query)


def version_in(tag: str | None) -> int | None:
    """The version of an If-Match; None when any will do."""
    if tag is None or tag.strip() == "*":
        return None
    match = _VERSION(tag.strip())
    if match is None:
        raise Problem(400, "value", 'If-Match is a version as the ETag gave it, such as W/"3".')
    return int(match[1])


def _query(request: HttpRequest) -> str | None:
    """The query as a condition, without what shapes every answer."""
    pairs = asking.asked_of(request).parameters
    return urlencode(pairs) if pairs else None


# -- the answer -------------------------------------------------------------------------------------------------


def _one(caller: Caller, request: HttpRequest, change: Change) -> HttpResponse:
    (done,) = transact(caller, [change])
    return answer(caller, request, done)


def answer(caller: Caller, request: HttpRequest, done: Done) -> HttpResponse:
    """The resource as it is now, unless the sender prefers less."""
    status = STATUS[done.outcome]
    response = HttpResponse(status=status, headers=headers_of(done))
    wanted = preferred(request, "representation")
    if status == 204:
        return response
    if wanted == "OperationOutcome":
        told = outcomes.issue("informational", _WORDS[done.outcome], severity="information")
        response.content = write(outcomes.outcome([told]))
    elif wanted == "representation" and _may_be_shown(caller, done):
        response.content = write(done.body)
    response.headers["Content-Type"] = FHIR_JSON
    return response


def _may_be_shown(caller: Caller, done: Done) -> bool:
    """What the caller has just sent is no news to them; what was there before is."""
    return done.outcome in (Outcome.CREATED, Outcome.UPDATED) or caller.may("r", done.type)


def preferred(request: HttpRequest, otherwise: str) -> str:
    """What the sender wants back: minimal, representation or OperationOutcome."""
    match = _RETURN(request.META.get("HTTP_PREFER", ""))
    return match[1] if match else otherwise


def headers_of(done: Done) -> dict[str, str]:
    """Which version this is, and where it is."""
    headers = {"ETag": f'W/"{done.version}"', "Last-Modified": http_date(done.updated.timestamp())}
    if done.outcome in (Outcome.CREATED, Outcome.FOUND):
        headers["Location"] = f"{bundles.base()}/{location_of(done)}"
    return headers


def location_of(done: Done) -> str:
    """The address of this version below the base."""
    return f"{done.type}/{done.id}/_history/{done.version}"


ROUTES = (
    Route(Shape.TYPE, "POST", "create", "c", create, claims=(("conditionalCreate", True),)),
    Route(Shape.INSTANCE, "PUT", "update", "u", update),
    Route(Shape.TYPE, "PUT", "update", "u", update, claims=(("conditionalUpdate", True),)),
    Route(Shape.INSTANCE, "PATCH", "patch", "u", patch, formats=patching.FORMATS),
    Route(Shape.TYPE, "PATCH", "patch", "u", patch),
    Route(Shape.INSTANCE, "DELETE", "delete", "d", delete),
    Route(Shape.TYPE, "DELETE", "delete", "d", delete, claims=(("conditionalDelete", "single"),)),
)
