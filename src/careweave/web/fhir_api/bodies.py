"""Reads what a client sends, never more than the limit, and only as plain JSON."""

from __future__ import annotations

import zlib
from typing import Any

from django.http import HttpRequest

from careweave.record.validation import Malformed, parse
from careweave.record.validation.document import LIMIT
from careweave.web.fhir_api.outcomes import Problem

JSON_TYPES = frozenset({"application/fhir+json", "application/json", "text/json"})


def media_type(request: HttpRequest) -> str:
    """The content type without its parameters, in lower case; empty when none was sent."""
    return str(request.META.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()


def must_be(request: HttpRequest, allowed: frozenset[str]) -> None:
    """415 for anything else, XML included: this server speaks JSON alone."""
    sent = media_type(request)
    if sent not in allowed:
        words = f"Send {' or '.join(sorted(allowed))}"
        what = "XML is not read here" if "xml" in sent else "this content type is not read here"
        raise Problem(415, "not-supported", f"{words}; {what}.")


def body_of(request: HttpRequest, *, limit: int = LIMIT) -> bytes:
    """The bytes that were sent; 413 beyond the limit, also when no length was announced."""
    kept = getattr(request, "fhir_body", None)
    if kept is not None:
        return bytes(kept)
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise Problem(415, "not-supported", "Send the body as it is, or packed with gzip.")
    announced = str(request.META.get("CONTENT_LENGTH") or "")
    if announced and not (announced.isascii() and announced.isdigit()):
        raise Problem(400, "structure", "Content-Length is not a number.")
    if announced and int(announced) > limit:
        raise _too_large(limit)
    body = _read(request, announced, limit)
    if len(body) > limit:
        raise _too_large(limit)
    if encoding == "gzip":
        body = _unpacked(body, limit)
    request.fhir_body = body
    return body


def _read(request: HttpRequest, announced: str, limit: int) -> bytes:
    if announced:
        return bytes(request.read(limit + 1))
    if request.META.get("wsgi.input_terminated"):  # sent in chunks: the server knows where it ends
        return bytes(request.META["wsgi.input"].read(limit + 1))
    return b""


def _unpacked(packed: bytes, limit: int) -> bytes:
    """No more is unpacked than the limit allows, however much a small body would become."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        body = unpacking.decompress(packed, limit + 1)
    except zlib.error:
        raise Problem(400, "structure", "The body is not what gzip makes.") from None
    if len(body) > limit:
        raise _too_large(limit)
    if not unpacking.eof or unpacking.unused_data:
        raise Problem(400, "structure", "The packed body ends too early, or goes on after its end.")
    return body


def _too_large(limit: int) -> Problem:
    return Problem(413, "too-long", f"The body is larger than {limit // (1 << 20)} MB; send it in parts.")


def resource_of(request: HttpRequest) -> dict[str, Any]:
    """The body as one JSON object; 415 for another content type, 400 for what is not JSON."""
    raw = body_of(request)
    if not raw:
        raise Problem(400, "structure", "The body is empty; send one resource as JSON.")
    must_be(request, JSON_TYPES)
    try:
        return parse(raw)
    except Malformed as fault:
        raise Problem(400, "structure", f"The body {fault.reason}.") from None
