"""Asking for help oneself: first what cannot wait, then a few questions; a team calls by a day that is said at once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.referrals import asking
from careweave.care.referrals.asking import STATES, Sent, Stopped
from careweave.care.referrals.forms import SelfReferralKind, self_referral_kinds
from careweave.record import Refusal, Refused
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.portal import own


@signed_in("person", portal=True)
def services(request: HttpRequest) -> HttpResponse:
    """What one can ask for oneself, and what became of it."""
    gate = access.gate_of(request)
    person, _ = own.opened(gate, own.own_id(request))
    context = {
        "person": person,
        "kinds": self_referral_kinds(timezone.localdate()),
        "asked": asking.referrals_of(gate, person.id),
        "states": STATES,
    }
    return render(request, "portal/refer.jinja", context)


@signed_in("person", portal=True)
def refer(request: HttpRequest, key: str) -> HttpResponse:
    """The form; with a sign that cannot wait, what to do now instead."""
    gate = access.gate_of(request)
    person, _ = own.opened(gate, own.own_id(request))
    kind = _kind(key)
    form = Form(request.POST if request.method == "POST" else {"telephone": person.telephone})
    if request.method == "POST":
        done = _sent(request, kind, person.id, form)
        if isinstance(done, Stopped):
            context = {"person": person, "kind": kind, "flags": done.flags, "told": done.told}
            return render(request, "portal/refer_stopped.jinja", context)
        if isinstance(done, Sent):
            day = wording.weekday(done.call_by)
            flash.done(request, f"Sent. Someone from {done.team} will call you by {day}.")
            return redirect("my-refer")
        form.fail(done.field or "flags", done.reason)
    flags = [*((one.key, one.text) for one in kind.red_flags), ("none", "None of these")]
    context = {"person": person, "kind": kind, "form": form, "flags": flags}
    return render(request, "portal/refer_form.jinja", context, status=200 if form.ok else 422)


def _kind(key: str) -> SelfReferralKind:
    found = next((one for one in self_referral_kinds(timezone.localdate()) if one.id == key), None)
    if found is None:
        raise Refused("not there, or not allowed")
    return found


def _sent(request: HttpRequest, kind: SelfReferralKind, person_id: str, form: Form) -> Any:
    ticked = form.many("flags")
    if "none" in ticked and len(ticked) > 1:
        return Refusal("Tick what fits, or “None of these”, not both.", "flags")
    return asking.refer_myself(
        access.gate_of(request),
        kind,
        person_id=person_id,
        flags=ticked,
        none_of_these="none" in ticked,
        answers={key: form.text(key) for key, _ in kind.questions},
        telephone=form.text("telephone"),
        best_time=form.text("best_time"),
        today=timezone.localdate(),
    )
