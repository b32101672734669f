"""Bundles put together as text around stored resources, so that no body is parsed on the way out.

Links are absolute and begin with the configured address, never with what a Host header says.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import orjson
from django.conf import settings
from django.http import HttpResponse

from careweave.web.fhir_api import outcomes, presenting
from careweave.web.fhir_api.addresses import ROOT
from careweave.web.fhir_api.asking import Asked

CURSOR = "_cursor"


def base() -> str:
    """The configured address of the API."""
    return f"{settings.CONFIGURATION.base_url}{ROOT}"


def link(relation: str, path: str, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """One link of a Bundle."""
    query = urlencode(list(pairs), quote_via=quote, safe=":/|,$*")
    return {"relation": relation, "url": f"{base()}/{path}" + (f"?{query}" if query else "")}


def entry(path: str, text: str, more: str) -> str:
    """One entry: where it is found, the resource as text, and what stands beside it, as JSON without braces."""
    return f'{{"fullUrl":"{base()}/{path}","resource":{text},{more}}}'


def bundle(
    kind: str, entries: Sequence[str], links: Sequence[dict[str, str]], total: int | None = None
) -> str:
    """The Bundle's text; a Bundle without entries has no `entry`, because FHIR knows no empty lists."""
    head = {
        "resourceType": "Bundle",
        "id": str(uuid.uuid4()),
        "meta": {"lastUpdated": datetime.now(UTC).isoformat(timespec="milliseconds")},
        "type": kind,
    }
    if total is not None:
        head["total"] = total  # type: ignore[assignment]
    written = orjson.dumps({**head, "link": list(links)}).decode()
    return f'{written[:-1]},"entry":[{",".join(entries)}]}}' if entries else written


def warning(words: str) -> str:
    """An entry that tells what was passed over."""
    told = outcomes.outcome([outcomes.issue("not-supported", words, severity="warning")])
    return f'{{"resource":{orjson.dumps(told).decode()},"search":{{"mode":"outcome"}}}}'


def bundle_answer(text: str, asked: Asked) -> HttpResponse:
    """The Bundle; its entries were shaped already, so only the indent is left to do."""
    if asked.pretty:
        text = presenting.shaped(text, Asked(pretty=True))
    return HttpResponse(text, content_type=outcomes.FHIR_JSON)


def shaped_entry(text: str, asked: Asked) -> str:
    """A resource inside a Bundle, with only the parts that were asked for."""
    if not (asked.elements or asked.summary):
        return text
    return presenting.shaped(text, Asked(summary=asked.summary, elements=asked.elements))
