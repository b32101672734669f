"""Bundles of requests: a batch, each for itself, or a transaction, all or none (https://hl7.org/fhir/R4/http.html#transaction)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import orjson
from django.http import HttpRequest, HttpResponse

from careweave.record import Invalid
from careweave.record.changes import Act, Change, Done
from careweave.record.validation import Issue, write
from careweave.web.fhir_api import asking, bodies, bundles, failures, patching, writing
from careweave.web.fhir_api.addresses import Address, Shape, address_of
from careweave.web.fhir_api.callers import Caller
from careweave.web.fhir_api.handling import Route
from careweave.web.fhir_api.outcomes import FHIR_JSON, NOT_HERE, Problem

LookUp = Callable[[Address, str], Route | None]
_ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}
_HEADERS = {
    "ifMatch": "HTTP_IF_MATCH",
    "ifNoneExist": "HTTP_IF_NONE_EXIST",
    "ifNoneMatch": "HTTP_IF_NONE_MATCH",
    "ifModifiedSince": "HTTP_IF_MODIFIED_SINCE",
}
_PASSED_ON = ("SERVER_NAME", "SERVER_PORT", "HTTP_HOST", "HTTP_ACCEPT", "REMOTE_ADDR")
_MOST_ENTRIES = 5000
_TAKES_BODY = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True)
class Asked:
    """One entry: a request within the request."""

    place: int
    method: str
    address: Address
    query: str
    full_url: str
    resource: dict[str, Any] | None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"Bundle.entry[{self.place}]"


def routes(look_up: LookUp) -> tuple[Route, ...]:
    """The routes for bundles, which lead their entries to the routes that `look_up` finds."""

    def take(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
        return _take(caller, request, look_up)

    return (
        Route(Shape.BASE, "POST", "transaction", "", take),
        # One address and one handler do both; the statement names both.
        Route(Shape.BASE, "POST", "batch", "", take),
    )


def _take(caller: Caller, request: HttpRequest, look_up: LookUp) -> HttpResponse:
    asking.refuse_others(asking.asked_of(request))
    bundle = bodies.resource_of(request)
    kind = bundle.get("type")
    if bundle.get("resourceType") != "Bundle" or kind not in ("batch", "transaction"):
        raise Problem(
            400, "invalid", "Send a Bundle of the type batch or transaction.", expression="Bundle.type"
        )
    _must_be_text(bundle)
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise Problem(400, "structure", "The entries are not a list.", expression="Bundle.entry")
    if len(entries) > _MOST_ENTRIES:
        raise Problem(
            413, "too-costly", f"A Bundle here has at most {_MOST_ENTRIES} entries; send it in parts."
        )
    if kind == "batch":
        found = [_of_batch(caller, request, look_up, entry, place) for place, entry in enumerate(entries)]
    else:
        asked = [_asked(entry, place) for place, entry in enumerate(entries)]
        found = _transaction(caller, request, look_up, asked)
    return _answer(f"{kind}-response", found)


def _must_be_text(bundle: dict[str, Any]) -> None:
    """JSON can spell half of a character, which no condition and no address can hold."""
    try:
        write(bundle)
    except TypeError:
        raise Problem(400, "structure", "The body holds half of a surrogate pair.") from None


# -- reading entries --------------------------------------------------------------------------------------------


def _asked(entry: Any, place: int) -> Asked:
    where = f"Bundle.entry[{place}]"
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict):
        raise Problem(400, "required", "An entry has a request.", expression=f"{where}.request")
    method, url = request.get("method"), request.get("url")
    if not isinstance(method, str) or method not in _ORDER:
        words = f"A method is one of {', '.join(_ORDER)}."
        raise Problem(400, "invalid", words, expression=f"{where}.request.method")
    address, query = _where(url, f"{where}.request.url")
    resource = entry.get("resource")
    if (method in _TAKES_BODY) is not isinstance(resource, dict):
        needs = "needs a resource" if method in _TAKES_BODY else "takes no resource"
        raise Problem(400, "invalid", f"{method} {needs}.", expression=f"{where}.resource")
    headers = {_HEADERS[name]: value for name, value in request.items() if name in _HEADERS}
    full_url = entry.get("fullUrl", "")
    if not all(isinstance(value, str) for value in (full_url, *headers.values())):
        raise Problem(400, "structure", "An entry's addresses and conditions are texts.", expression=where)
    return Asked(place, str(method), address, query, full_url, resource, headers)


def _where(url: Any, expression: str) -> tuple[Address, str]:
    text = url if isinstance(url, str) else ""
    path, _, query = text.removeprefix(f"{bundles.base()}/").partition("?")
    address = address_of(unquote(path)) if path else None
    if address is None:
        raise Problem(404, "not-found", NOT_HERE, expression=expression)
    return address, query


# -- one for all ------------------------------------------------------------------------------------------------


def _transaction(
    caller: Caller, request: HttpRequest, look_up: LookUp, asked: Sequence[Asked]
) -> list[bytes]:
    """DELETE, POST, PUT and PATCH, and then GET, as FHIR orders them; a GET sees what the others did."""
    answers: dict[int, bytes] = {}
    _must_differ(asked)
    wanted = writing.preferred(request, "minimal")
    with caller.gate.transaction():
        changing = sorted((each for each in asked if _ORDER[each.method] < 3), key=lambda a: _ORDER[a.method])
        changes = [_change(caller, look_up, each) for each in changing]
        for each, done in zip(changing, writing.transact(caller, changes), strict=True):
            answers[each.place] = _told(done, whole=wanted == "representation")
        for each in asked:
            if each.place not in answers:
                answers[each.place] = _entry_of(_done_within(caller, _request(request, each), look_up, each))
    return [answers[each.place] for each in asked]


def _must_differ(asked: Sequence[Asked]) -> None:
    seen: set[str] = set()
    for each in asked:
        if each.full_url and each.full_url in seen and each.method in _TAKES_BODY:
            issue = Issue(f"{each.path}.fullUrl", "is used twice", "another urn:uuid for each entry", "twice")
            raise Invalid((issue,))
        seen.add(each.full_url)


def _change(caller: Caller, look_up: LookUp, asked: Asked) -> Change:
    address = asked.address
    route = look_up(address, asked.method)
    if route is None or route.operation or address.shape not in (Shape.TYPE, Shape.INSTANCE):
        words = f"{asked.method} is not done at this address within a transaction."
        raise Problem(405, "not-supported", words, expression=f"{asked.path}.request")
    failures.must_may(caller.may, route, address)
    if "HTTP_IF_NONE_MATCH" in asked.headers:
        words = "ifNoneMatch is not read for a change; use ifMatch, or ifNoneExist with POST."
        raise Problem(400, "not-supported", words, expression=f"{asked.path}.request.ifNoneMatch")
    if address.shape is Shape.TYPE and asked.method != "POST" and not asked.query:
        raise Problem(
            400,
            "required",
            "Name the resource by its id or a condition.",
            expression=f"{asked.path}.request.url",
        )
    query = asked.headers.get("HTTP_IF_NONE_EXIST") or asked.query or None
    is_patch = asked.method == "PATCH"
    return Change(
        act={"POST": Act.CREATE, "DELETE": Act.DELETE}.get(asked.method, Act.UPDATE),
        type=address.type,
        id=address.id,
        body=None if is_patch else asked.resource,
        patch=_patch(asked) if is_patch else None,
        version=writing.version_in(asked.headers.get("HTTP_IF_MATCH")),
        query=query if address.shape is Shape.TYPE else None,
        full_url=asked.full_url,
        path=f"{asked.path}.resource" if asked.resource is not None else asked.path,
    )


def _patch(asked: Asked) -> Any:
    """A FHIRPath Patch as it stands, or any patch packed into a Binary."""
    media, raw = _unpacked(asked)
    return patching.patch_of(media, raw)


def _unpacked(asked: Asked) -> tuple[str, bytes]:
    resource = asked.resource or {}
    if resource.get("resourceType") != "Binary":
        return "application/fhir+json", write(resource)
    media, data = resource.get("contentType"), resource.get("data")
    try:
        raw = base64.b64decode(data if isinstance(data, str) else "", validate=True)
    except binascii.Error:
        words = "The data of the Binary is not base64."
        raise Problem(400, "structure", words, expression=f"{asked.path}.resource.data") from None
    return str(media).partition(";")[0].strip().lower(), raw


def _told(done: Done, *, whole: bool) -> bytes:
    response = {
        "status": _status(writing.STATUS[done.outcome]),
        "location": f"{bundles.base()}/{writing.location_of(done)}",
        "etag": f'W/"{done.version}"',
        "lastModified": done.updated.isoformat(),
    }
    entry: dict[str, Any] = {"fullUrl": f"{bundles.base()}/{done.type}/{done.id}", "response": response}
    if whole:
        entry["resource"] = done.body
    return write(entry)


# -- each for itself --------------------------------------------------------------------------------------------


def _of_batch(caller: Caller, request: HttpRequest, look_up: LookUp, entry: Any, place: int) -> bytes:
    inner = request
    try:
        asked = _asked(entry, place)
        inner = _request(request, asked)
        return _entry_of(_done_within(caller, inner, look_up, asked))
    except Exception as failure:
        return _entry_of(failures.failed(inner, failure))


def _done_within(caller: Caller, inner: HttpRequest, look_up: LookUp, asked: Asked) -> HttpResponse:
    """The entry as a request of its own, which takes the way that it would take alone."""
    route = look_up(asked.address, asked.method)
    if route is None or asked.address.shape in (Shape.BASE, Shape.METADATA):
        words = f"{asked.method} is not done at this address."
        raise Problem(405, "not-supported", words, expression=f"{asked.path}.request")
    failures.must_may(caller.may, route, asked.address)
    return route.handler(caller, inner, asked.address)


def _request(outer: HttpRequest, asked: Asked) -> HttpRequest:
    inner = HttpRequest()
    inner.method = asked.method
    inner.META = {name: outer.META[name] for name in _PASSED_ON if name in outer.META}
    inner.META |= {"QUERY_STRING": asked.query, **asked.headers}
    inner.META["HTTP_PREFER"] = outer.META.get("HTTP_PREFER", "return=minimal")
    inner.path = f"/{asked.address.path}"
    media, raw = "application/fhir+json", b""
    if asked.resource is not None:
        media, raw = _unpacked(asked) if asked.method == "PATCH" else (media, write(asked.resource))
    inner.META["CONTENT_TYPE"] = media
    inner.fhir_body = raw
    return inner


def _entry_of(response: HttpResponse) -> bytes:
    told: dict[str, Any] = {"status": _status(response.status_code)}
    for name, header in (("location", "Location"), ("etag", "ETag")):
        if header in response.headers:
            told[name] = response.headers[header]
    held = orjson.Fragment(response.content) if response.content else None
    if held is not None and response.status_code >= 400:
        return orjson.dumps({"response": {**told, "outcome": held}})
    return orjson.dumps({**({"resource": held} if held is not None else {}), "response": told})


def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"


def _answer(kind: str, entries: Sequence[bytes]) -> HttpResponse:
    return HttpResponse(b"".join(_pieces(kind, entries)), content_type=FHIR_JSON)


def _pieces(kind: str, entries: Sequence[bytes]) -> Iterator[bytes]:
    yield b'{"resourceType":"Bundle","type":"' + kind.encode() + b'"'
    if entries:
        yield b',"entry":[' + b",".join(entries) + b"]"
    yield b"}"
