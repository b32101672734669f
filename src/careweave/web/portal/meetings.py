"""The meeting about my care: the invitation, my answer and my words, and afterwards what was decided."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.conferences import summaries, voices
from careweave.care.conferences.voices import Invitation
from careweave.record import Refusal
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.portal import own


@signed_in("person", portal=True)
def mine(request: HttpRequest) -> HttpResponse:
    """Meetings about me."""
    parts = [
        ("comes", "I will come"),
        ("carer", "Someone who looks after me will speak for me"),
        ("neither", "I do not want to come"),
    ]
    return _show(request, own.own_id(request), "/my", "/my/meetings", parts)


@signed_in("carer", portal=True)
def caring(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Meetings about someone I look after, to which I was invited."""
    parts = [
        ("comes", "We will both come"),
        ("carer", "I will speak for them"),
        ("neither", "Neither of us wants to come"),
    ]
    return _show(request, str(person_id), "/my/caring", f"/my/caring/{person_id}/meetings", parts)


def _show(
    request: HttpRequest, person_id: str, back: str, here: str, parts: list[tuple[str, str]]
) -> HttpResponse:
    gate = access.gate_of(request)
    person, _ = own.opened(gate, person_id)
    invited = voices.invitations(gate, person.id)
    coming = [one for one in invited if one.starts >= timezone.now()]
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        wanted = next((one for one in coming if one.id == form.get("invitation")), None)
        if wanted is None:
            flash.note(request, "This meeting is over, or it was called off.")
            return redirect(here)
        if _is_answered(request, wanted, form, person.call_name):
            return redirect(here)
    context = {
        "person": person,
        "joe": person.call_name,
        "is_mine": gate.actor.role == "person",
        "back": back,
        "form": form,
        "parts": parts,
        "coming": [(one, voices.own_answers(gate, person.id, one.case_id)) for one in coming],
        "told": summaries.open_mine(gate, person.id),
        "part_words": dict(parts),
    }
    return render(request, "portal/meetings.jinja", context, status=200 if form.ok else 422)


def _is_answered(request: HttpRequest, invited: Invitation, form: Form, joe: str) -> bool:
    """Whether the answer was sent; else why not is in the form."""
    gate = access.gate_of(request)
    name = joe if gate.actor.role == "person" else gate.actor.name.split(" ")[0]
    done = voices.answer_invitation(gate, invited, part=form.get("part"), words=form.text("words"), name=name)
    if isinstance(done, Refusal):
        form.fail(done.field, done.reason)
        return False
    flash.done(request, f"Sent. It is read out at the meeting on {wording.weekday(invited.starts)}.")
    return True
