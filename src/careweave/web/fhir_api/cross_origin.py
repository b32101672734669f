"""Lets SMART apps in a browser read answers, from the origins that the place has configured and from no other.

No credentials are ever allowed across origins: an app brings its token, and a cookie is worth nothing there.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_NAMES = re.compile(r"[A-Za-z0-9-]+(?:, ?[A-Za-z0-9-]+){0,30}").fullmatch
_EXPOSED = "ETag, Last-Modified, Location, Content-Location, WWW-Authenticate"


def share(request: HttpRequest, response: HttpResponse, methods: list[str]) -> None:
    """Adds the headers of the Fetch standard when the origin is one that was configured."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None or origin not in settings.CONFIGURATION.app_origins:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        # Clients bring headers of their own, which mean nothing here; what does mean something is checked when it comes.
        named = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        response.headers["Access-Control-Allow-Headers"] = named if _NAMES(named) else "Authorization"
        response.headers["Access-Control-Max-Age"] = "600"
