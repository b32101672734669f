"""“People around me”: the person's own page of everyone around them, which they add to and put right."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.teams import around, handover_told
from careweave.record import Refusal
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.portal import own
from careweave.web.presenters import web_edited
from careweave.web.presenters.web_of_care import web_of_care

ABOUT = ("Encounter", "CareTeam", "RelatedPerson", "Task")


@signed_in("person", portal=True)
def people_around(request: HttpRequest) -> HttpResponse:
    """The page."""
    return _show(request, Form())


def _show(request: HttpRequest, form: Form) -> HttpResponse:
    gate = access.gate_of(request)
    person, _ = own.opened(gate, own.own_id(request))
    web = web_of_care(person.call_name, gate.about(person.id, ABOUT), directory.sources())
    shown = web_edited.around(web, around.said_by(gate, person.id))
    context = {"person": person, "around": shown, "form": form}
    return render(request, "portal/around.jinja", context, status=200 if form.ok else 422)


@signed_in("person", portal=True)
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add someone who matters to me."""
    form = Form(request.POST)
    done = around.add_someone(
        access.gate_of(request), person_id=own.own_id(request), name=form.text("name"), what=form.text("what")
    )
    if isinstance(done, Refusal):
        form.fail(done.field, f"{done.reason}.")
        return _show(request, form)
    flash.done(request, f"{form.text('name')} is on your page now.")
    return redirect("my-people")


@signed_in("person", portal=True)
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """“Take away”, “This is wrong”, “Put back”."""
    form = Form(request.POST)
    name, act = form.text("name"), form.get("act")
    done = around.say_about(
        access.gate_of(request), person_id=own.own_id(request), name=name, act=act,
        words=form.text("words"), today=timezone.localdate(),
    )  # fmt: skip
    if isinstance(done, Refusal):
        form.fail("everyone", f"{done.reason}.")
        return _show(request, form)
    words = {
        around.REMOVE: f"{name} is not on your page any more.",
        around.WRONG: "Thank you. The person in charge of your care reads it and answers.",
        around.BACK: f"{name} is on your page again.",
    }
    flash.done(request, words[act])
    return redirect("my-people")


@signed_in("person", portal=True)
@require_POST
def have_read(request: HttpRequest, notice_id: Any) -> HttpResponse:
    """I have read who will be in charge of my care."""
    done = handover_told.have_read(access.gate_of(request), notice_id=str(notice_id))
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    return redirect("my")
