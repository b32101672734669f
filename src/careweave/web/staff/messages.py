"""What people, carers, volunteers and hospitals told me: read, answered by name; and “Tell Priya that Joe is here”."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.teams import telling
from careweave.record import Refusal
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import day
from careweave.web.staff import opened, people

HERE = {"staying": "Staying in", "home": "Going home now"}


@signed_in(*access.PROFESSIONALS)
def messages(request: HttpRequest) -> HttpResponse:
    """Everything that waits for an answer, oldest first, each with its own answer field."""
    return _show(request, "", Form())


def _show(request: HttpRequest, answering: str, form: Form) -> HttpResponse:
    gate, now = access.gate_of(request), timezone.now()
    found = telling.waiting_for_me(gate)
    known = {
        one.id: one for one in people.banners(request, list(dict.fromkeys(one.person_id for one in found)))
    }
    rows = [
        {
            "one": one,
            "person": day.named(known.get(one.person_id)),
            "kind": telling.KINDS[one.kind],
            "due": wording.due(one.answer_by, now),
            "form": form if one.id == answering else Form(),
        }
        for one in found
    ]
    return render(
        request, "staff/messages.jinja", {"rows": rows, "form": form}, status=200 if form.ok else 422
    )


@signed_in(*access.PROFESSIONALS)
@require_POST
def answer(request: HttpRequest, message_id: Any) -> HttpResponse:
    """Answer one; with an error the words stay in its field."""
    form = Form(request.POST)
    done = telling.answer(
        access.gate_of(request),
        message_id=str(message_id),
        version=form.whole("version"),
        words=form.text("words"),
    )
    if isinstance(done, Refusal):
        form.fail(f"words-{message_id}" if done.field else "maincontent", done.reason.removesuffix(".") + ".")
        return _show(request, str(message_id), form)
    flash.done(request, "Answered. They can read it now.")
    if form.get("back") == "person":
        return redirect("person-questions", person_id=done.subject)
    return redirect("messages")


@signed_in(*access.PROFESSIONALS)
@require_POST
def is_here(request: HttpRequest, person_id: Any) -> HttpResponse:
    """One click from the crisis card: who, where and when, to the person in charge."""
    shown = opened.open_person(request, str(person_id))
    gate, joe = shown.gate, shown.banner.call_name
    how = HERE.get(request.POST.get("how", ""), "")
    where = request.session.get("organisation_name") or gate.actor.organisation
    done = telling.tell(
        gate,
        person_id=shown.record.id,
        kind="arrival",
        to=telling.in_charge_of(gate, shown.record.id),
        words=f"{joe} is here: {where}, {wording.moment(timezone.now())}. {how}".strip(),
        today=timezone.localdate(),
    )
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason.removesuffix(' Please call')}.")
    else:
        flash.done(request, f"{done.name} is told that {joe} is here.", detail=how)
    return redirect("crisis", person_id=shown.record.id)
