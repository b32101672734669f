"""About me: the seven prompts, written by the person, or with the person by someone who names themself."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.plans import about_me
from careweave.care.plans.about_me import ADDED, Overtaken, Prompt
from careweave.record import Gate, Refusal
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.portal import own
from careweave.web.presenters.banner import Banner
from careweave.web.staff import opened


@signed_in("person", portal=True)
def mine(request: HttpRequest) -> HttpResponse:
    """“About me” of whoever reads it."""
    gate = access.gate_of(request)
    person, _ = own.opened(gate, own.own_id(request))
    return _page(request, gate, person, template="portal/about_me.jinja", back="/my")


@signed_in(*access.PROFESSIONALS)
def of_person(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The same, written together with the person; what the person typed stays as it is."""
    shown = opened.open_person(request, str(person_id))
    back = f"/people/{shown.record.id}"
    return _page(request, shown.gate, shown.banner, template="staff/plan_about_me.jinja", back=back)


def _page(request: HttpRequest, gate: Gate, person: Banner, *, template: str, back: str) -> HttpResponse:
    form = Form(request.POST if request.method == "POST" else None)
    prompts = about_me.about_me(gate, person.id, on=timezone.localdate())
    overtaken: tuple[str, ...] = ()
    if request.method == "POST":
        done = _written(gate, person.id, form, prompts)
        if isinstance(done, Overtaken):
            overtaken = done.keys
            prompts = about_me.about_me(gate, person.id, on=timezone.localdate())
            for key in done.keys:
                form.fail(
                    key, "Someone wrote here while you were writing. Both texts are shown: choose the words."
                )
        elif isinstance(done, Refusal):
            form.fail(done.field or "", done.reason)
        elif form.ok:
            flash.done(request, "Saved. Everyone in the team can read it." if back == "/my" else "Saved.")
            return redirect(back)
    context = {
        "person": person,
        "joe": person.call_name,
        "form": form,
        "prompts": prompts,
        "overtaken": overtaken,
        "added": ADDED,
        "back": back,
        "is_mine": gate.actor.id == f"person:{person.id}",
        "locked": {each.key for each in prompts if each.is_their_own(person.id)},
    }
    return render(request, template, context, status=200 if form.ok else 422)


def _written(
    gate: Gate, person_id: str, form: Form, prompts: tuple[Prompt, ...]
) -> tuple[Prompt, ...] | Overtaken | Refusal:
    keys = [key for each in prompts for key in (each.key, each.key + ADDED) if key in form.data]
    words = {key: form.text(key) for key in keys}
    if not form.ok:
        return prompts
    return about_me.write_about_me(
        gate,
        person_id=person_id,
        words=words,
        seen={key: form.get(f"{key}-seen") for key in keys},
        supported_by=form.text("supported_by"),
        on=timezone.localdate(),
    )
