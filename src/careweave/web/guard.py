"""The guard in front of every view: shut unless decorated, for the right role, unlocked and not idle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from careweave.record import Refused
from careweave.web import access, problems, sign_in_keeping

IDLE = timedelta(minutes=30)
_WHILE_LOCKED = ("/locked", "/sign-out", "/brand.css")
_MAY_STILL = ("/your-sign-in", "/prove", "/stay-signed-in")


class Guard:
    """Denies by default: a view without @public or @signed_in answers as if it were not there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        end_if_idle(request)
        response = self.get_response(request)
        sign_in_keeping.settle(request, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        asked = access.access_of(view)
        if asked is None:
            return problems.not_found(request)
        if asked.roles is None:
            return None
        actor = access.actor_of(request)
        if actor is None:
            return to_sign_in(request, portal=asked.portal)
        if request.session.get("locked") and request.path not in _WHILE_LOCKED:
            return redirect("locked")
        must = request.session.get("must")  # a second step or a password that has to be set up first
        if must and not request.path.startswith(_MAY_STILL):
            return redirect(must)
        return None if actor.role in asked.roles else problems.not_found(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return problems.refused(request) if isinstance(exception, Refused) else None


def to_sign_in(request: HttpRequest, *, portal: bool) -> HttpResponse:
    """The right door, which leads back to the page that was asked for."""
    door = "/my/sign-in" if portal else "/sign-in"
    asked = request.get_full_path() if request.method == "GET" else getattr(request, "kept_page", "/")
    back = f"?{urlencode({'next': asked})}" if asked not in ("", "/") else ""
    return redirect(door + back)


def end_if_idle(request: HttpRequest) -> None:
    """Sign out who has done nothing for half an hour; each request starts the half hour again."""
    if not hasattr(request, "session") or not request.session.get("actor"):
        return
    now = timezone.now().timestamp()
    ends = request.session.get("ends")  # the last day of the role is over
    if now - request.session.get("seen", now) > IDLE.total_seconds() or (ends and now >= ends):
        sign_in_keeping.keep_posted(request)
        logout(request)
        return
    # Written once a minute, so that reading a page is not a write to the database each time.
    if now - request.session.get("seen", 0) > 60 and request.path != "/keep":
        request.session["seen"] = now
