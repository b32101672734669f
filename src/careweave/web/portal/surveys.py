"""Surveys about one's care: on one's own pages, and by a link that works once, for whoever has no account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from careweave.care.experience import answering, standing
from careweave.care.experience.answering import FOR_SOMEBODY_ELSE, Opened
from careweave.care.experience.answers import Given
from careweave.record import Refusal
from careweave.web import access, flash
from careweave.web.access import public, signed_in
from careweave.web.components.forms import Form
from careweave.web.portal import own
from careweave.web.presenters.surveys import RATHER_NOT, words_of

THANKS = "Thank you. Your answers are sent."
SAID_NO = "You said no. You do not have to do anything else."
_BEGUN = "careweave_survey"


@signed_in("person", portal=True)
def surveys(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, and what I answered."""
    gate = access.gate_of(request)
    person, _ = own.opened(gate, own.own_id(request))
    found = standing.of_person(gate, person.id, timezone.localdate())
    context = {
        "person": person,
        "waiting": standing.waiting(found),
        "past": standing.past(found),
        "words_of": words_of,
    }
    return render(request, "portal/surveys.jinja", context)


@signed_in("person", portal=True)
@sensitive_post_parameters()
def survey(request: HttpRequest, invitation_id: Any) -> HttpResponse:
    """Answer one, keep a part, or say no."""
    found = answering.open_own(access.gate_of(request), str(invitation_id))
    if isinstance(found, Refusal):
        return _over(request, found, "/my/surveys")
    done = _dealt_with(request, found)
    if isinstance(done, str):
        flash.done(request, done)
        return redirect("my-surveys")
    return done


@public
@sensitive_variables("token")
@sensitive_post_parameters()
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same for whoever has the link, once; it opens the questions, and nothing of the record."""
    found = answering.open_link(token)
    if isinstance(found, Refusal):
        return _over(request, found, "")
    # Whoever printed the letter has the link too, and may have kept something of their own before.
    if request.get_signed_cookie(_BEGUN, "") != _mark(found, found.version):
        found = replace(found, kept=Given({}))
    done = _dealt_with(request, found)
    if isinstance(done, str):
        return render(request, "portal/survey_over.jinja", {"title": "Thank you", "words": done, "back": ""})
    return done


def _mark(found: Opened, version: int) -> str:
    """What a browser that kept a part holds: it opens that part, and none that another browser kept after it."""
    return f"{found.invitation.id} {version}"


def _kept(request: HttpRequest, found: Opened, version: int) -> HttpResponse:
    """By a link, what was kept is shown again in the browser that kept it."""
    answer = redirect(f"{request.path}?kept=1")
    if _is_by_link(request):
        answer.set_signed_cookie(
            _BEGUN, _mark(found, version), expires=found.invitation.closes_at, path=request.path,
            secure=request.is_secure(), httponly=True, samesite="Lax",
        )  # fmt: skip
    return answer


def _is_by_link(request: HttpRequest) -> bool:
    return request.path.startswith("/survey/")


def _dealt_with(request: HttpRequest, found: Opened) -> HttpResponse | str:
    """What was done, in words; or the page, with what is wrong on it."""
    if request.method != "POST":
        return _page(request, found, Form(_typed(found)))
    form, act = Form(request.POST), request.POST.get("act")
    if act == "decline":
        refused = answering.decline(found)
        return SAID_NO if refused is None else _over(request, refused, "")
    given = answering.as_given({**request.POST.dict(), "relation": form.text("relation")})
    if act == "keep":
        kept = answering.keep_part(found, given)
        if isinstance(kept, int):
            return _kept(request, found, kept)
        refused = kept
    else:
        refused = answering.send(found, given)
    if refused is None:
        return THANKS
    if not refused.field:
        return _over(request, refused, "")
    form.fail(refused.field, f"{refused.reason}.")
    return _page(request, found, form)


def _page(request: HttpRequest, found: Opened, form: Form) -> HttpResponse:
    options = {
        one.id: [*((each.code, each.label) for each in one.options), RATHER_NOT] for one in found.survey.items
    }
    context = {
        "survey": found.survey,
        "closes": found.invitation.closes_at,
        "options": options,
        "form": form,
        "is_kept": request.method == "GET" and request.GET.get("kept") == "1",
        "has_account": request.user.is_authenticated,
        "is_by_link": _is_by_link(request),
    }
    return render(request, "portal/survey.jinja", context, status=200 if form.ok else 422)


def _typed(found: Opened) -> dict[str, str]:
    """What was kept before, in its fields."""
    kept = found.kept
    typed = {f"q-{id}": code for id, code in kept.answers.items()}
    return {**typed, "relation": kept.relation, "shown": "no", "who": kept.who if kept.relation else ""}


def _over(request: HttpRequest, refused: Refusal, back: str) -> HttpResponse:
    """Nothing can be answered here, and why."""
    is_strange = refused.reason == FOR_SOMEBODY_ELSE
    words = f"{refused.reason}." + (" Check the address, or call us." if is_strange else "")
    context = {"title": "You cannot answer this survey now", "words": words, "back": back}
    return render(request, "portal/survey_over.jinja", context, status=404 if is_strange else 200)
