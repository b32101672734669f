"""A person's scores: what each says and why, from what this reader may see; they order people and decide nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.finding import overriding
from careweave.record import Refusal
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import scores as presenter
from careweave.web.staff import opened
from careweave.web.staff.opened import Opened


@signed_in(*access.PROFESSIONALS)
def scores(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The page."""
    return _shown(request, opened.open_person(request, str(person_id)), None)


@signed_in(*access.PROFESSIONALS)
@require_POST
def suggest(request: HttpRequest, person_id: Any) -> HttpResponse:
    """A colleague's word over the list: their team is asked, whatever the scores say."""
    shown, form = opened.open_person(request, str(person_id)), Form(request.POST)
    done = overriding.suggest_to_their_team(
        shown.gate, person=shown.record.id, reason=form.text("reason"), today=timezone.localdate()
    )
    if isinstance(done, Refusal):
        form.fail("reason", f"{done.reason.removesuffix('.')}.")
        return _shown(request, shown, form)
    flash.done(request, f"The team is asked about {shown.banner.call_name}, in your words.")
    return redirect("person", person_id=shown.record.id)


def _shown(request: HttpRequest, shown: Opened, form: Form | None) -> HttpResponse:
    from careweave.care.finding.scores import scores_now, told_by_lists  # heavy: no other page needs it

    names, today = directory.sources().names, timezone.localdate()
    found = scores_now(shown.gate, shown.record.id, home=settings.CONFIGURATION.home)
    context = {
        "person": shown.banner,
        "form": form or Form(),
        "can_suggest": bool(shown.record.kinds & {"team", "coordinator", "practice"})
        and not shown.banner.in_charge,
        "refusal": found.reason if isinstance(found, Refusal) else "",
        "page": None if isinstance(found, Refusal) else presenter.page(found, names, today),
        "lists": presenter.lists(told_by_lists(shown.gate, shown.record.id), names, today),
        "stale_words": presenter.STALE,
    }
    return render(request, "staff/scores.jinja", context, status=200 if form is None or form.ok else 422)
