"""Nobody loses words to a time-out, a lock or a second tab: they are kept, and shown again on the same page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from careweave.identity import kept_words
from careweave.web import access, flash
from careweave.web.access import signed_in

_DOORS = ("/sign-", "/my/sign-in", "/lock", "/keep", "/prove", "/your-sign-in", "/story", "/stay", "/change-")


def keep_posted(request: HttpRequest) -> str:
    """Keep what this request tried to save; gives the page on which it was typed, or nothing."""
    page = _own_page(request)
    if request.method != "POST" or not page or request.path.startswith(_DOORS):
        return ""
    kept_words.keep(request.user, page=page, action=request.get_full_path(), fields=_fields(request))
    request.kept_page = page
    return page


def _own_page(request: HttpRequest) -> str:
    """The page of ours that sent this; another site cannot put words here."""
    sent = urlsplit(request.headers.get("Referer", ""))
    if (
        sent.netloc != request.get_host()
        or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
    ):
        return ""
    return sent.path + (f"?{sent.query}" if sent.query else "")


def _fields(request: HttpRequest) -> dict[str, list[str]]:
    return {name: request.POST.getlist(name) for name in request.POST}


@signed_in(*access.EVERYONE)
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """The page hands over what was typed, just before it locks or times out."""
    page, action = (request.POST.get(name, "") for name in ("_page", "_action"))
    if page.startswith("/") and action.startswith("/") and not page.startswith("//"):
        kept_words.keep(request.user, page=page, action=action, fields=_fields(request))
        request.session["kept"] = page
    return HttpResponse(status=204)


@signed_in(*access.EVERYONE)
@require_POST
def throw_away(request: HttpRequest) -> HttpResponse:
    """The words are not needed any more."""
    back = request.session.pop("kept", "") or "/"
    kept_words.forget(request.user)
    flash.done(request, "The words were thrown away.")
    return redirect(back)


def offered(request: HttpRequest) -> kept_words.Kept | None:
    """What to show above the form on the page where it was typed."""
    page = request.session.get("kept")
    if not page or request.method != "GET" or page.split("?")[0] != request.path:
        return None
    found = kept_words.kept(request.user)
    if found is None:
        request.session.pop("kept", None)
    return found


def settle(request: HttpRequest, response: HttpResponse) -> None:
    """Once the words went through, they are not kept any longer."""
    page = request.session.get("kept") if hasattr(request, "session") else None
    was_kept_just_now = hasattr(request, "kept_page")
    if (
        not page
        or was_kept_just_now
        or request.method != "POST"
        or response.status_code != 302
        or not request.user.is_authenticated
    ):
        return
    found = kept_words.kept(request.user)
    if found and found.action == request.get_full_path():
        kept_words.forget(request.user)
        request.session.pop("kept", None)


def rescue(request: HttpRequest) -> HttpResponse | None:
    """A form opened before signing in again: its words are kept and shown on its page, to be sent from there."""
    signed: Any = getattr(request, "user", None)
    if signed is None or not signed.is_authenticated or request.session.get("locked"):
        return None
    page = keep_posted(request)
    if not page:
        return None
    request.session["kept"] = page
    return redirect(page)
