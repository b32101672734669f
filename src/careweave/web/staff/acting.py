"""Who may act for the person: add an authority with what was seen, end it, stop it for safety."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from careweave.identity import representatives, representatives_decisions
from careweave.identity.representatives import Appointed, Evidence
from careweave.record import Conflict, Refusal
from careweave.record.acting import acting_kinds
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import opened
from careweave.web.staff.opened import Opened
from careweave.web.staff.team import person_called

_MAY_WRITE = frozenset(("team", "coordinator"))
_FIELDS = {"name": "given", "seen_on": "seen-on", "agreement": "agreement", "decision": "decision"}


@signed_in(*access.PROFESSIONALS)
def acting(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Who may act for the person now, what stands behind it, and what ended."""
    return show(request, opened.open_person(request, str(person_id)), Form())


def show(request: HttpRequest, shown: Opened, form: Form) -> HttpResponse:
    """The page, with a form as it was typed when something was wrong."""
    asked = Form(request.GET)
    on = asked.day("on")
    held, now = representatives.authorities(shown.gate, shown.record.id), datetime.now(UTC)
    stops = representatives.freezes(shown.gate, shown.record.id)
    stopped = {one.proxy_id: one for one in stops if one.until is None}
    judged = representatives_decisions.judgements(shown.gate, shown.record.id)
    lacking = [one for one in judged if one.outcome == "lacks" and not one.is_superseded_in(judged)]
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "standing": [one for one in held if one.holds(now) and one.basis != "no"],
        "past": [one for one in held if not one.holds(now) and one.basis != "no"],
        "stopped": stopped,
        "opened_again": [one for one in stops if one.until],
        "me": shown.gate.actor.id,
        "can_write": bool(shown.record.kinds & _MAY_WRITE),
        "kinds": [(one.key, one.title) for one in acting_kinds().values()],
        "bases": list(
            {basis.key: basis.title for one in acting_kinds().values() for basis in one.bases}.items()
        ),
        "decisions": [("", "Choose")]
        + [(one.id, f"{one.decision}, {wording.day(one.assessed_on)}") for one in lacking],
        "form": form,
        "asked": asked,
        "on": on,
        "then": representatives.authorities_at(shown.gate, shown.record.id, on) if on else [],
    }
    return render(request, "staff/acting.jinja", context, status=200 if form.ok else 422)


@signed_in(*access.PROFESSIONALS)
@require_POST
def add(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Write down an authority that I saw proof of."""
    shown, form = opened.open_person(request, str(person_id)), Form(request.POST)
    asked = _asked(shown, form)
    if asked:
        made = representatives.add_authority(shown.gate, person_id=shown.record.id, appointed=asked)
        if not isinstance(made, Refusal):
            flash.done(request, f"Written down: {made.name}, {made.title}. They can see {made.sees}.")
            return redirect("acting", person_id=person_id)
        form.fail(_FIELDS.get(made.field, made.field or "kind"), f"{made.reason}.")
    return show(request, shown, form)


def _asked(shown: Opened, form: Form) -> Appointed | None:
    kind = form.choice("kind", acting_kinds(), "Choose what they are.")
    given, family = form.text("given", "Enter their first name."), form.text("family", "Enter their surname.")
    born = form.day("born", "Enter their date of birth, so that the right person is found.")
    seen = form.text("seen", "Say what you saw, for example which paper and its date.")
    seen_on = form.day("seen-on", "Enter the day on which you saw it.")
    until, signed = form.day("until"), form.day("agreement")
    proxy_id = person_called(shown, given, family, born) if form.ok else ""
    if form.ok and not proxy_id:
        form.fail(
            "given", f"No one found for ‘{given} {family}’ with this date of birth. Check the name with them."
        )
    if not form.ok or seen_on is None:
        return None
    basis = form.get("basis")
    return Appointed(
        proxy_id,
        f"{given} {family}",
        kind,
        basis,
        Evidence(seen, seen_on),
        until,
        form.get("decision"),
        signed,
    )


@signed_in(*access.PROFESSIONALS)
@require_POST
def end(request: HttpRequest, person_id: Any, authority_id: Any) -> HttpResponse:
    """End it in this moment, and say why."""
    return _done(
        request,
        person_id,
        lambda shown, reason: representatives.end_authority(
            shown.gate, person_id=shown.record.id, authority_id=str(authority_id), reason=reason
        ),
        "It has ended. They see nothing of it any more.",
    )


@signed_in(*access.PROFESSIONALS)
@require_POST
def freeze(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Stop at once everything that one proxy sees; they are not told why."""
    proxy_id, name = request.POST.get("proxy", ""), request.POST.get("name", "")
    return _done(
        request,
        person_id,
        lambda shown, reason: representatives.freeze(
            shown.gate, person_id=shown.record.id, proxy_id=proxy_id, name=name, reason=reason
        ),
        "Their access is stopped. A second person must open it again.",
    )


@signed_in(*access.PROFESSIONALS)
@require_POST
def unfreeze(request: HttpRequest, person_id: Any, freeze_id: Any) -> HttpResponse:
    """Open it again, as somebody else than whoever stopped it."""
    return _done(
        request,
        person_id,
        lambda shown, reason: representatives.unfreeze(
            shown.gate, person_id=shown.record.id, freeze_id=str(freeze_id), reason=reason
        ),
        "They see again what their authority opens.",
    )


def _done(request: HttpRequest, person_id: Any, act: Any, words: str) -> HttpResponse:
    shown = opened.open_person(request, str(person_id))
    try:
        answer = act(shown, request.POST.get("reason", ""))
    except Conflict:
        answer = Refusal("Someone changed this in the meantime. Look at the list again")
    if isinstance(answer, Refusal):
        flash.note(request, f"{answer.reason}.")
    else:
        flash.done(request, words)
    return redirect("acting", person_id=person_id)
