"""Help near you, for the person: in plain words, and asked for by oneself where the service allows it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.directory.needing import needs_told
from careweave.care.directory.rules import need_kinds
from careweave.care.referrals import community
from careweave.care.referrals.community import Ask, Choice
from careweave.record import Refusal, Refused
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.portal import own
from careweave.web.staff.support import asked_for, matching


@signed_in("person", portal=True)
def support(request: HttpRequest) -> HttpResponse:
    """Choose a need or type one; what there is near; what I asked for and what they said."""
    gate = access.gate_of(request)
    person, resources = own.opened(gate, own.own_id(request))
    need, text = request.GET.get("need", ""), request.GET.get("text", "").strip()[:100]
    found = [one for one in matching(gate, asked_for(person.age, resources, need, text, "self")) if one.fits]
    kinds = need_kinds(timezone.localdate())
    context = {
        "person": person,
        "kinds": kinds,
        "told": [one.need for one in needs_told(gate.about(person.id, ["QuestionnaireResponse"]), kinds)],
        "need": need,
        "text": text,
        "asked": bool(need or text),
        "found": found,
        "before": community.referrals_to_services(gate, person.id),
        "states": community.STATES,
    }
    return render(request, "portal/support.jinja", context)


@signed_in("person", portal=True)
def ask(request: HttpRequest, service_id: Any) -> HttpResponse:
    """Ask this service oneself: what they are told, and on which number they call."""
    gate = access.gate_of(request)
    person, resources = own.opened(gate, own.own_id(request))
    need, text = request.GET.get("need", ""), request.GET.get("text", "")
    found = [one for one in matching(gate, asked_for(person.age, resources, need, text, "self")) if one.fits]
    match = next((one for one in found if one.service.id == str(service_id)), None)
    if match is None:
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else {"telephone": person.telephone})
    if request.method == "POST":
        names = tuple(one.service.name for one in found)
        done = community.refer_to_service(
            gate,
            person_id=person.id,
            match=match,
            ask=Ask(
                need=need or next(iter(match.service.needs)),
                words=form.text("words"),
                first_name=person.call_name,
                telephone=form.text("telephone"),
                agreed="Asked for it themself",
            ),
            choice=Choice(names, match.service.name, form.text("words")),
            today=timezone.localdate(),
        )
        if not isinstance(done, Refusal):
            flash.done(request, f"Sent. {match.service.name} will call you.")
            return redirect("my-support")
        form.fail(done.field or "words", f"{done.reason}.")
    context = {"person": person, "match": match, "form": form, "back": request.GET.urlencode()}
    return render(request, "portal/support_ask.jinja", context, status=200 if form.ok else 422)
