"""What people read when something goes wrong: the same words for what is not there and what is not allowed."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.record.ended import access_ended, is_told
from careweave.web import access, sign_in_keeping
from careweave.web.access import public
from careweave.web.presenters import facts

logger = logging.getLogger(__name__)


@public
def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Not there, or not allowed: one page, one status, no difference to be seen."""
    return render(request, "problem.jinja", {"kind": "not-found"}, status=404)


def refused(request: HttpRequest) -> HttpResponse:
    """The page above, except for whoever was in this person's care, or their carer, until lately: told that it ended."""
    match, actor = request.resolver_match, access.actor_of(request)
    person_id = str(match.kwargs.get("person_id") or "") if match else ""
    if not person_id or actor is None or not is_told(actor.role):
        return not_found(request)
    ended = access_ended(access.gate_of(request), person_id)
    if ended is None:
        return not_found(request)
    context = {
        "kind": "ended",
        "joe": facts.first_name(ended.names),
        "since": ended.since,
        "crisis_card": f"/people/{person_id}/crisis" if actor.role in access.PROFESSIONALS else "",
    }
    return render(request, "problem.jinja", context, status=403)


@public
def our_fault(request: HttpRequest) -> HttpResponse:
    """Our mistake, with a reference that names no one."""
    reference = uuid.uuid4().hex[:8]
    logger.error("a page failed, reference %s", reference)
    context = {"kind": "our-fault", "reference": reference, "at": timezone.now()}
    return render(request, "problem.jinja", context, status=500)


@public
def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """An address or a form that we cannot read."""
    return render(request, "problem.jinja", {"kind": "bad-request"}, status=400)


@public
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was opened before signing in again (its token no longer fits); its words are kept."""
    rescued = sign_in_keeping.rescue(request)
    return rescued or render(request, "problem.jinja", {"kind": "stale-form"}, status=403)
