"""The short way in: requests with a token pass no session, form, message or account middleware."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from careweave.web.fhir_api.addresses import ROOT
from careweave.web.fhir_api.answering import answer

_HERE = ResolverMatch(answer, (), {}, url_name="fhir")  # figures name the view


class ShortWay:
    """Stands in front of all middleware but the clock; a browser's session takes the usual way through the guard."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not path.startswith(ROOT) or path[len(ROOT) : len(ROOT) + 1] not in ("", "/"):
            return self.get_response(request)
        if path.startswith(f"{ROOT}/.well-known/"):  # what apps read before they have a token
            return self.get_response(request)
        if "HTTP_AUTHORIZATION" not in request.META and settings.SESSION_COOKIE_NAME in request.COOKIES:
            return self.get_response(request)
        request.resolver_match = _HERE
        return answer(request, path[len(ROOT) :])
