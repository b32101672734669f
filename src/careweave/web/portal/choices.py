"""My choices: what is shared with whom, what still is and why, and changing one's mind."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from careweave.record import Gate, Purpose, Refusal, Refused, choices
from careweave.record.wishes import EVERYTHING, Wish
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.portal.own import own_id
from careweave.web.presenters import wishes

OPT_OUT = Wish((EVERYTHING,), (), Purpose.SECONDARY_USE)


@signed_in("person", portal=True)
def my_choices(request: HttpRequest) -> HttpResponse:
    """What I chose, what I can choose, and what is still shared."""
    if request.method != "POST":
        return _show(request, Form())
    form, gate, person_id = Form(request.POST), access.gate_of(request), own_id(request)
    offered = _offered(gate, person_id)
    what = form.choice("what", dict(offered["covers"]), "Choose what should not be shared.")
    who = form.choice("who", dict(offered["readers"]), "Choose who should not see it.")
    if not form.ok:
        return _show(request, form)
    wish = Wish((what,), () if who == wishes.EVERYONE else (who,))
    return _chosen(request, choices.choose(gate, person_id, wish), "From now on this is not shared.", form)


@signed_in("person", portal=True)
@require_POST
def opt_out(request: HttpRequest) -> HttpResponse:
    """The national data opt-out: uses beyond my own care."""
    made = choices.choose(access.gate_of(request), own_id(request), OPT_OUT)
    return _chosen(request, made, "From now on nothing about you is used for counting and planning.", Form())


@signed_in("person", portal=True)
@require_POST
def take_back(request: HttpRequest, choice_id: Any) -> HttpResponse:
    """I changed my mind: share it again."""
    ended = choices.take_back(access.gate_of(request), own_id(request), str(choice_id))
    return _chosen(request, ended, "You changed your mind. It is shared again from now on.", Form())


def _chosen(request: HttpRequest, answer: choices.Choice | Refusal, words: str, form: Form) -> HttpResponse:
    if isinstance(answer, Refusal):
        form.fail(answer.field or "what", answer.reason)
        return _show(request, form)
    flash.done(request, words)
    return redirect("my-choices")


def _show(request: HttpRequest, form: Form) -> HttpResponse:
    gate, person_id = access.gate_of(request), own_id(request)
    held, names = choices.choices_of(gate, person_id), directory.sources().names
    about_care = [each for each in held if each.wish.purpose is Purpose.DIRECT_CARE]
    context = {
        "form": form,
        "standing": wishes.choice_rows(about_care, names, standing=True),
        "past": wishes.choice_rows(about_care, names, standing=False),
        "opted_out": next((each for each in held if each.stands and each.wish == OPT_OUT), None),
        "still_flows": gate.door.sharing.still_flows,
        **_offered(gate, person_id),
    }
    return render(request, "portal/choices.jinja", context, status=200 if form.ok else 422)


def _offered(gate: Gate, person_id: str) -> dict[str, Any]:
    """What and whom this person can choose: the organisations that hold something, and those that are not practices."""
    record = gate.person(person_id)
    if record is None:
        raise Refused("not there, or not allowed")
    known = directory.sources()
    own = sorted({one.source for one in record.subjects} - {"careweave"})
    organisations = {
        code: name
        for code, name in known.names.items()
        if code != "careweave" and (code in own or known.sector(code) != "gp")
    }
    sensitive = gate.door.policy.words.sensitive & gate.door.labels
    return {
        "covers": wishes.cover_options(sorted(sensitive), own, known.names),
        "readers": wishes.reader_options(organisations),
    }
