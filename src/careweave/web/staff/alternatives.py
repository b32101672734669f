"""“Instead of hospital”: what there is, how many places are free and how old that is; its provider keeps the count."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.contacts import alternatives as offers
from careweave.record import Gate, Refusal
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import alternatives as shapes


def instead() -> list[shapes.Shown]:
    """What other pages show beside a person who gets worse."""
    now, today = timezone.now(), timezone.localdate()
    found = offers.offered(now, today)
    names = directory.sources().names
    known = directory.contacts(one.said.said_by for one in found if one.said)
    return shapes.rows(found, names, lambda party: known[party].name, now)


@signed_in(*access.PROFESSIONALS)
def alternatives(request: HttpRequest) -> HttpResponse:
    """All there is; with a field for each that my own organisation provides."""
    return _show(request, access.gate_of(request), Form(), "")


@signed_in(*access.PROFESSIONALS)
@require_POST
def keep(request: HttpRequest, id: str) -> HttpResponse:
    """“Places free now”."""
    gate, form, today = access.gate_of(request), Form(request.POST), timezone.localdate()
    mine = {one.id: one for one in offers.kept_by(gate.actor.organisation, today)}
    if id not in mine:
        raise Http404
    done = offers.keep_free(gate, alternative=id, free=form.text("free"), today=today)
    if isinstance(done, Refusal):
        form.fail(f"free-{id}", f"{done.reason}.")
        return _show(request, gate, form, id)
    flash.done(request, f"{mine[id].title}: {wording.people(done.free, 'place free', 'places free')} now.")
    return redirect("alternatives")


def _show(request: HttpRequest, gate: Gate, form: Form, wrong: str) -> HttpResponse:
    kept = {one.id for one in offers.kept_by(gate.actor.organisation, timezone.localdate())}
    context: dict[str, Any] = {
        "rows": [(one, one.id in kept) for one in instead()],
        "keeps": bool(kept),
        "form": form,
        "wrong": wrong,
    }
    return render(request, "staff/alternatives.jinja", context, status=200 if form.ok else 422)
