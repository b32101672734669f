"""The network's charter and its sharing agreements, kept by the governance lead."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.record import Gate, Refusal, agreements
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form

_COLOURS = {
    "in force": "green",
    "ending soon": "orange",
    "unsigned": "yellow",
    "coming": "blue",
    "ended": "grey",
}
EVERYONE = "every member of the network"


@signed_in("governance-lead")
def overview(request: HttpRequest) -> HttpResponse:
    """Who has signed, what is agreed, what ends soon; and the form for one more."""
    return _show(request, Form())


@signed_in("governance-lead")
@require_POST
def charter(request: HttpRequest) -> HttpResponse:
    """An organisation signs the charter, or leaves the network."""
    form, gate = Form(request.POST), access.gate_of(request)
    code = form.choice("organisation", directory.sources().names, "Choose an organisation.")
    if form.ok and form.get("leaves"):
        answer = agreements.leave_charter(gate, organisation=code, because=form.text("because"))
    elif form.ok:
        answer = agreements.sign_charter(gate, organisation=code, signed_by=form.text("signed_by"))
    else:
        return _show(request, form)
    return _answered(request, answer, "Saved. It counts from now on.", form)


@signed_in("governance-lead")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """One more agreement, signed or as a draft."""
    form, gate = Form(request.POST), access.gate_of(request)
    names, sharing = directory.sources().names, gate.door.sharing
    until = form.day("until")
    terms = agreements.Terms(
        title=form.text("title", "Enter the name of the agreement."),
        supplier=form.choice("supplier", names, "Choose who supplies the information."),
        recipient=form.choice("recipient", names),
        recipient_is=form.choice("recipient_is", sharing.may_receive) or "provider",
        purposes=tuple(form.many("purposes")),
        classes=tuple(form.many("classes")),
        until=agreements.end_of(until) if until else None,
    )
    if not form.ok:
        return _show(request, form)
    made = agreements.agree(gate, terms, signed_by=form.text("signed_by"))
    return _answered(request, made if isinstance(made, Refusal) else None, "The agreement was added.", form)


@signed_in("governance-lead")
def one(request: HttpRequest, agreement_id: Any) -> HttpResponse:
    """Sign a draft, or end an agreement and say why."""
    gate, key = access.gate_of(request), str(agreement_id)
    form = Form(request.POST if request.method == "POST" else None)
    held = next((each for each in agreements.agreements(gate) if each.id == key), None)
    if held is None:
        flash.note(request, "This agreement is not there.")
        return redirect("agreements")
    if request.method == "POST":
        if form.get("act") == "sign":
            answer = agreements.sign(gate, key, signed_by=form.text("signed_by"))
        else:
            answer = agreements.end_agreement(gate, key, because=form.text("because"))
        if answer is None:
            flash.done(request, "Saved. It counts from now on.")
            return redirect("agreements")
        form.fail(answer.field, f"{answer.reason}.")
    context = {"form": form, "row": _row(gate, held)}
    return render(request, "staff/governance/agreement.jinja", context, status=200 if form.ok else 422)


def _answered(request: HttpRequest, answer: Refusal | None, words: str, form: Form) -> HttpResponse:
    if answer is not None:
        form.fail(answer.field, f"{answer.reason}.")
        return _show(request, form)
    flash.done(request, words)
    return redirect("agreements")


def _show(request: HttpRequest, form: Form) -> HttpResponse:
    gate, names = access.gate_of(request), directory.sources().names
    signed = [each for each in agreements.members(gate) if each.until is None]
    rows = [_row(gate, each) for each in agreements.agreements(gate)]
    organisations = sorted(
        ((code, name) for code, name in names.items() if code != "careweave"), key=lambda pair: pair[1]
    )
    sharing, purposes = gate.door.sharing, gate.door.policy.words.purposes
    context = {
        "form": form,
        "members": [
            {
                "name": names.get(each.organisation, each.organisation),
                "by": each.signed_by,
                "since": each.since,
            }
            for each in signed
        ],
        "rows": [row for row in rows if row["state"] != "ended"],
        "ended": [row for row in rows if row["state"] == "ended"],
        "organisations": [("", "Choose"), *organisations],
        "recipients": [("", EVERYONE.capitalize()), *organisations],
        "recipient_kinds": list(sharing.recipient_titles.items()),
        "classes": list(sharing.class_titles.items()),
        "purposes": [(key, purposes[key]) for key in ("direct-care", "secondary-use", "subject-access")],
    }
    return render(request, "staff/governance/agreements.jinja", context, status=200 if form.ok else 422)


def _row(gate: Gate, held: agreements.Agreement) -> dict[str, Any]:
    names, sharing = directory.sources().names, gate.door.sharing
    state = held.state(timezone.now(), soon_days=sharing.ending_soon_days)
    purposes = gate.door.policy.words.purposes
    return {
        "id": held.id,
        "title": held.terms.title,
        "supplier": names.get(held.terms.supplier, held.terms.supplier),
        "recipient": names.get(held.terms.recipient, held.terms.recipient) or EVERYONE,
        "what": wording.listed([sharing.class_titles.get(each, each) for each in held.terms.classes]),
        "purposes": wording.listed([purposes.get(each, each) for each in held.terms.purposes]),
        "until": wording.day(held.terms.until) if held.terms.until else "until it is ended",
        "state": state,
        "colour": _COLOURS[state],
        "signed_by": held.signed_by,
        "because": held.ended_because,
    }
