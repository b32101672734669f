"""Apps and systems as administrators see them: what is registered, what waits for a second person, and ending one."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from careweave.identity import clients
from careweave.identity.clients import READS_FOR, Registration
from careweave.identity.clients_models import Client
from careweave.identity.models import Organisation
from careweave.record import Refusal, Refused
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import app_access
from careweave.web.smart import addresses

_READS_FOR_WORDS = {
    "identity": "Knowing who is who: names, addresses, numbers",
    "case-finding": "Finding people who need help: everyone's record",
    "system": "Timers and deliveries: who people are, plans, tasks",
}
_SCOPES = {
    "people": "patient/*.rs launch/patient openid fhirUser offline_access",
    "professionals": "user/*.rs launch openid fhirUser",
    "backend": "system/*.cud",
}


@signed_in("administrator")
def programs(request: HttpRequest) -> HttpResponse:
    """Every program, those that wait first."""
    found = Client.objects.select_related("organisation").order_by("name", "id")
    order = {"requested": 0, "approved": 1, "ended": 2}
    names = directory.contacts(
        party for one in found for party in (one.requested_by, one.approved_by, one.ended_by) if party
    )
    me = access.gate_of(request).actor.id
    rows = [
        {
            "client": one,
            "lines": app_access.lines(app_access.read(one.scopes)),
            "asked_by": names[one.requested_by].name,
            "approved_by": names[one.approved_by].name if one.approved_by else "",
            "ended_by": names[one.ended_by].name if one.ended_by else "",
            "is_mine": one.requested_by == me,
        }
        for one in sorted(found, key=lambda one: order[one.state])
    ]
    context = {"rows": rows, "kinds": Client.Kind.choices}
    return render(request, "smart/programs.jinja", context)


@signed_in("administrator")
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, program_kind: str) -> HttpResponse:
    """Register a program of one kind."""
    kind = program_kind
    if kind not in Client.Kind.values:
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else _offered(kind))
    if request.method == "POST":
        made = _registered(request, form, kind)
        if made is not None:
            words = "is registered" if made.is_open else "waits for the word of another administrator"
            flash.done(request, f"{made.name} {words}.", detail=f"Its client id is {made.id}.")
            return redirect("programs")
    organisations = Organisation.objects.filter(closed_on=None).order_by("name")
    context = {
        "form": form,
        "kind": kind,
        "kind_name": Client.Kind(kind).label,
        "organisation_options": [("", "Choose"), *((one.code, one.name) for one in organisations)],
        "used_by_options": [("", "Choose"), *Client.UsedBy.choices],
        "reads_for_options": [("", "Nothing"), *((key, _READS_FOR_WORDS[key]) for key in READS_FOR)],
        "token_address": addresses.absolute(addresses.TOKEN),
        "open_address": addresses.absolute(addresses.OPEN),
    }
    return render(request, "smart/program_add.jinja", context, status=200 if form.ok else 422)


def _offered(kind: str) -> dict[str, Any]:
    return {"scopes": _SCOPES["professionals" if kind == "app" else "backend"], "sends": ["yes"]}


def _registered(request: HttpRequest, form: Form, kind: str) -> Client | None:
    keys = form.text("jwks")
    try:
        jwks = json.loads(keys) if keys else None
    except (ValueError, RecursionError):
        form.fail("jwks", 'This is not JSON. A JWK set begins {"keys": [')
        return None
    form.text("name", "Enter a name.")
    if not form.ok:
        return None
    made = clients.register(access.gate_of(request), asked=_asked(form, kind, jwks))
    if isinstance(made, Refusal):
        form.fail(made.field or "name", f"{made.reason}.")
        return None
    return made


def _asked(form: Form, kind: str, jwks: Any) -> Registration:
    return Registration(
        name=form.text("name"),
        kind=kind,
        organisation=form.get("organisation"),
        used_by=form.get("used_by"),
        redirect_uris=form.text("redirect_uris").split(),
        launch_uri=form.text("launch_uri"),
        scopes=" ".join(form.text("scopes").split()),
        jwks=jwks,
        jwks_url=form.text("jwks_url"),
        reads_for=form.get("reads_for"),
        sends=kind == Client.Kind.BACKEND and "yes" in form.many("sends"),
    )


@signed_in("administrator")
@require_POST
def approve(request: HttpRequest, client_id: str) -> HttpResponse:
    """The second person's word."""
    answer = clients.approve(access.gate_of(request), client_id=client_id)
    if isinstance(answer, Refusal):
        flash.note(request, f"{answer.reason}.")
    else:
        flash.done(request, f"{answer.name} may act here from now on.")
    return redirect("programs")


@signed_in("administrator")
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, client_id: str) -> HttpResponse:
    """End a program, after one question."""
    client = Client.objects.filter(id=client_id).exclude(state="ended").first()
    if client is None:
        raise Refused("not there, or not allowed")
    if request.method != "POST":
        return render(request, "smart/program_end.jinja", {"client": client})
    answer = clients.end(access.gate_of(request), client_id=client_id)
    if isinstance(answer, Refusal):
        flash.note(request, f"{answer.reason}.")
    else:
        flash.done(request, f"{answer.name} has no access any more.")
    return redirect("programs")
