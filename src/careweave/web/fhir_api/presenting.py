"""Hands out resources as stored text, and shapes them only when `_pretty`, `_summary` or `_elements` asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from careweave.record.actor import TextResource
from careweave.record.fhir.reducing import reduced
from careweave.record.validation import parse, write
from careweave.web.fhir_api.asking import Asked
from careweave.web.fhir_api.outcomes import FHIR_JSON


def resource_answer(request: HttpRequest, found: TextResource, asked: Asked) -> HttpResponse:
    """One resource with its version and time, or 304 when the client has it already."""
    tag = f'W/"{found.version}"'
    headers = {"ETag": tag, "Last-Modified": http_date(found.updated.timestamp())}
    if _is_known(request, tag, found.updated):
        return HttpResponse(status=304, headers=headers)
    text = found.text if asked.is_plain else shaped(found.text, asked)
    return HttpResponse(text, content_type=FHIR_JSON, headers=headers)


def _is_known(request: HttpRequest, tag: str, updated: datetime) -> bool:
    tags = request.META.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        known = {each.strip().removeprefix("W/") for each in tags.split(",")}
        return "*" in known or tag.removeprefix("W/") in known
    since = request.META.get("HTTP_IF_MODIFIED_SINCE")
    if since is None:
        return False
    try:
        told = parsedate_to_datetime(since)
    except (ValueError, TypeError, IndexError):
        return False
    return updated.replace(microsecond=0) <= (told if told.tzinfo else told.replace(tzinfo=UTC))


def shaped(text: str, asked: Asked) -> str:
    """The same resource with only the parts that were asked for, indented when that was asked for; 72.50 stays 72.50."""
    body = parse(text.encode(), limit=len(text) * 4)
    if asked.elements or asked.summary:
        body = reduced(body, summary=asked.summary, elements=asked.elements)
    return write(body, indent=asked.pretty).decode()
