"""The directory of services: what is offered and what is not and why; kept up to date and assured by name."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.directory import keeping
from careweave.care.directory.keeping import Entry
from careweave.care.directory.matching import places
from careweave.care.directory.rules import is_due_again, keeping_rules, need_kinds, why_not_offered
from careweave.identity.services import Service, area_codes_in
from careweave.record import Refusal, Refused
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form

_MOST_DIGITS = 4
_KEEPERS = ("coordinator", "voluntary-worker")
_TEXTS = ("name", "about", "area", "eligibility", "cost", "waiting", "telephone", "email", "url", "alert")


@signed_in(*access.PROFESSIONALS, "voluntary-worker")
def listed(request: HttpRequest) -> HttpResponse:
    """Those that are not offered first, each with every reason, because somebody must act on them."""
    today, gate = timezone.localdate(), access.gate_of(request)
    rules, need = keeping_rules(today), request.GET.get("need", "")
    found = [one for one in keeping.entries(gate) if not need or need in one.service.needs]
    told = [(one, why_not_offered(one.service, rules, today)) for one in found]
    context = {
        "not_offered": [(one, why) for one, why in told if why],
        "offered": [
            (one, places(one.service, rules, today), is_due_again(one.service, rules, today))
            for one, why in told
            if not why
        ],
        "kinds": need_kinds(today),
        "need": need,
        "keeps": gate.actor.role in _KEEPERS,
        "sources": directory.sources().names,
    }
    return render(request, "staff/support/directory.jinja", context)


@signed_in(*access.PROFESSIONALS, "voluntary-worker")
def entry(request: HttpRequest, service_id: Any) -> HttpResponse:
    """One service: everything known of it, who assured it and when, and the form of whoever keeps it."""
    gate = access.gate_of(request)
    held = keeping.entry(gate, str(service_id))
    if held is None:
        raise Refused("not there, or not allowed")
    form = _form(request, held.service)
    if request.method == "POST" and gate.actor.role in _KEEPERS:
        done = _kept(request, held, form)
        if done is not None and form.ok:
            flash.done(request, done)
            return redirect("directory-entry", service_id=service_id)
    return render(
        request, "staff/support/entry.jinja", _context(request, held, form), status=200 if form.ok else 422
    )


@signed_in(*_KEEPERS)
def add(request: HttpRequest) -> HttpResponse:
    """A service that no feed sends."""
    gate, today = access.gate_of(request), timezone.localdate()
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        changes = _changes(form)
        code = gate.actor.organisation if gate.actor.role == "voluntary-worker" else ""
        own = directory.sources().names.get(code, "") if code else form.text("organisation")
        if form.ok:
            made = Service("", organisation=own, organisation_code=code, **changes)
            done = keeping.add_service(gate, service=made, today=today)
            if not isinstance(done, Refusal):
                flash.done(
                    request, f"{done.service.name} is in the directory. It is offered once it is assured."
                )
                return redirect("directory-entry", service_id=done.id)
            form.fail(done.field or "name", f"{done.reason}.")
    return render(
        request, "staff/support/entry.jinja", _context(request, None, form), status=200 if form.ok else 422
    )


def _form(request: HttpRequest, service: Service) -> Form:
    """What was typed; where only the assurance was, the rest of the page keeps the service's own words."""
    if request.method != "POST":
        return Form(_typed(service))
    if request.POST.get("act") not in ("assure", "end"):
        return Form(request.POST)
    said = {name: request.POST.get(name, "") for name in ("act", "how", "because")}
    return Form(_Typed(_typed(service) | said))


def _context(request: HttpRequest, held: Entry | None, form: Form) -> dict[str, Any]:
    today, actor = timezone.localdate(), access.gate_of(request).actor
    rules = keeping_rules(today)
    return {
        "held": held,
        "form": form,
        "why": why_not_offered(held.service, rules, today) if held else (),
        "places": places(held.service, rules, today) if held else "",
        "source": directory.sources().names.get(held.source, held.source) if held else "",
        "kinds": need_kinds(today),
        "needs": [(one.key, one.title) for one in need_kinds(today).values()],
        "referrers": list(rules.referrers.items()),
        "who_may": rules.referrers,
        "keeps": actor.role in _KEEPERS,
        "assures": actor.role == "coordinator",
        "is_worker": actor.role == "voluntary-worker",
    }


def _kept(request: HttpRequest, held: Entry, form: Form) -> str | None:
    """What was done, in words; None when it was refused, and the form says why."""
    gate, today, act = access.gate_of(request), timezone.localdate(), form.get("act")
    if act == "assure":
        done = keeping.assure_service(gate, service_id=held.id, how=form.text("how"), today=today)
        said = "Assured today, in your name."
    elif act == "end":
        done = keeping.end_service(gate, service_id=held.id, because=form.text("because"), today=today)
        said = "It is not offered any more."
    else:
        changes = _changes(form)
        if not form.ok:
            return None
        changes |= {"is_active": True, "ended_because": ""} if form.get("open_again") else {}
        done = keeping.change_service(gate, service_id=held.id, changes=changes, today=today)
        said = "Saved. Assure it when you have checked it with them."
    if isinstance(done, Refusal):
        form.fail(done.field or "name", f"{done.reason}.")
        return None
    return said


def _changes(form: Form) -> dict[str, Any]:
    """The service's words as typed; ages and places are numbers or nothing."""
    changes: dict[str, Any] = {name: form.text(name) for name in _TEXTS}
    changes["area_codes"] = area_codes_in(changes["area"])
    changes["opening"] = tuple(line.strip() for line in form.text("opening").splitlines() if line.strip())
    changes["needs"] = tuple(form.many("needs"))
    changes["may_refer"] = tuple(form.many("may_refer"))
    for name in ("youngest", "oldest", "places_free"):
        typed = form.text(name)
        is_number = typed.isdecimal() and len(typed) <= _MOST_DIGITS
        if typed and not is_number:
            form.fail(name, f"‘{typed}’ is not a number. For example: 60.")
        changes[name] = int(typed) if is_number else None
    if changes["places_free"] is not None:
        changes["places_on"] = timezone.localdate()
    return changes


class _Typed(dict[str, Any]):
    """A service as a form shows it before anything is typed."""

    def getlist(self, name: str) -> list[str]:
        return list(self.get(name, ()))


def _typed(service: Service) -> _Typed:
    numbers = {name: getattr(service, name) for name in ("youngest", "oldest", "places_free")}
    return _Typed(
        {name: getattr(service, name) for name in _TEXTS}
        | {name: "" if value is None else str(value) for name, value in numbers.items()}
        | {"opening": "\n".join(service.opening), "needs": service.needs, "may_refer": service.may_refer}
    )
