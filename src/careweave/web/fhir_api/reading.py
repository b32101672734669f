"""read, vread and history: stored text through the gate; absent and not allowed are the same answer."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from careweave.record.actor import TextResource
from careweave.record.fhir import interval
from careweave.record.ids import is_id
from careweave.record.versions import After, TextVersion
from careweave.record.withdrawing import TAG_SYSTEM, is_withdrawn
from careweave.web.fhir_api import asking, bundles, outcomes, presenting
from careweave.web.fhir_api.addresses import Address, Shape
from careweave.web.fhir_api.asking import Asked
from careweave.web.fhir_api.callers import Caller
from careweave.web.fhir_api.handling import Route
from careweave.web.fhir_api.outcomes import Problem

PAGE = 50
MOST = 1000


def read(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """The JSON goes from the database to the caller as text; only its version and time are looked at."""
    asked = asking.asked_of(request)
    asking.refuse_others(asked)
    found = caller.gate.read_text(address.type, address.id) if _shows(caller, address) else None
    if found is None:
        raise outcomes.not_here()
    if TAG_SYSTEM in found.text and is_withdrawn(json.loads(found.text)):
        words = "It was deleted; its history is kept."
        raise Problem(410, "deleted", words, headers={"ETag": f'W/"{found.version}"'})
    return presenting.resource_answer(request, found, asked)


def vread(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """One version, when the caller may see what the resource is now and could have seen this version."""
    asked = asking.asked_of(request)
    asking.refuse_others(asked)
    versions = (
        caller.gate.history_text(address.type, address.id, version=address.version)
        if _shows(caller, address)
        else []
    )
    if not versions:
        raise outcomes.not_here()
    found = versions[0]
    return presenting.resource_answer(request, TextResource(found.version, found.updated, found.text), asked)


def history(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """Every version of one resource that the caller may see, newest first, in pages."""
    asked = asking.asked_of(request)
    since, count, after = _of_history(asked)
    versions = caller.gate.history_text(address.type, address.id) if _shows(caller, address) else []
    if not versions:
        raise outcomes.not_here()
    left = [one for one in versions if (since is None or one.updated >= since)]
    total = len(left)
    if after is not None:
        left = [one for one in left if one.version < after.version]
    return _answer(request, address, asked, left[: count + 1], count, total)


def history_of_type(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """Versions of everything of a type about the people whom this caller stands in relation to."""
    asked = asking.asked_of(request)
    since, count, after = _of_history(asked)
    if caller.narrowing("r", address.type) != ():
        words = "A token that is narrowed to one person or by search parameters asks for the history of one resource."
        raise Problem(403, "forbidden", words)
    versions = caller.gate.history_of_type(address.type, count=count + 1, since=since, after=after)
    return _answer(request, address, asked, versions, count, None)


def _shows(caller: Caller, address: Address) -> bool:
    return caller.scopes is None or caller.shows(address.type, address.id)


# -- the parameters of a history --------------------------------------------------------------------------------


def _of_history(asked: Asked) -> tuple[datetime | None, int, After | None]:
    asking.refuse_others(asked, "_since", "_count", bundles.CURSOR)
    values = dict(asked.parameters)
    if len(values) != len(asked.parameters):
        raise Problem(400, "invalid", "Each parameter of a history may be given only once.")
    return (
        instant(values.get("_since"), "_since"),
        _count(values.get("_count")),
        _after(values.get(bundles.CURSOR)),
    )


def instant(text: str | None, name: str) -> datetime | None:
    """A date or time of a parameter; it means its first moment."""
    if text is None:
        return None
    found = interval(text.replace(" ", "+"))  # a + that was not escaped arrives as a space
    if found is None:
        raise Problem(
            400, "invalid", f"{name} is a date or a time, such as 2026-11-22 or 2026-11-22T08:00:00Z."
        )
    return found.start


def _count(text: str | None) -> int:
    if text is None:
        return PAGE
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Problem(400, "invalid", "_count is a whole number.")
    return max(1, min(int(text), MOST))


def _after(cursor: str | None) -> After | None:
    if cursor is None:
        return None
    try:
        updated, id_, version = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not is_id(id_) or not isinstance(version, int):
            raise ValueError
        return After(datetime.fromisoformat(updated), id_, version)
    except (ValueError, TypeError, binascii.Error):
        words = f"{bundles.CURSOR} is not one that was given out here; start the history again."
        raise Problem(400, "invalid", words) from None


def _cursor(last: TextVersion) -> str:
    written = json.dumps([last.updated.isoformat(), last.id, last.version])
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _answer(
    request: HttpRequest,
    address: Address,
    asked: Asked,
    versions: list[TextVersion],
    count: int,
    total: int | None,
) -> HttpResponse:
    path = f"{address.path}/_history"
    applied = [pair for pair in asked.parameters if pair[0] != bundles.CURSOR]
    links = [bundles.link("self", path, applied)]
    page = versions[:count]
    if len(versions) > count:
        links.append(bundles.link("next", path, [*applied, (bundles.CURSOR, _cursor(page[-1]))]))
    entries = [_entry(address.type, one, asked) for one in page]
    return bundles.bundle_answer(bundles.bundle("history", entries, links, total), asked)


def _entry(type_: str, one: TextVersion, asked: Asked) -> str:
    method, status, url = ("POST", "201", type_) if one.version == 1 else ("PUT", "200", f"{type_}/{one.id}")
    more = (
        f'"request":{{"method":"{method}","url":"{url}"}},"response":{{"status":"{status}",'
        f'"etag":"W/\\"{one.version}\\"","lastModified":"{one.updated.isoformat()}"}}'
    )
    return bundles.entry(f"{type_}/{one.id}", bundles.shaped_entry(one.text, asked), more)


ROUTES = (
    Route(Shape.INSTANCE, "GET", "read", "r", read),
    Route(Shape.VERSION, "GET", "vread", "r", vread),
    Route(Shape.INSTANCE_HISTORY, "GET", "history-instance", "r", history),
    Route(Shape.TYPE_HISTORY, "GET", "history-type", "r", history_of_type),
)
