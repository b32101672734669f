"""Apps around a person's page: opening one with the person, seeing which are connected, and disconnecting."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from careweave.identity import clients, clients_connections, clients_launches
from careweave.record import Refusal, Refused
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.presenters import app_access
from careweave.web.smart import addresses
from careweave.web.smart.asking import policy_for
from careweave.web.staff.people import banners


@signed_in(*access.PROFESSIONALS)
@require_http_methods(["GET", "POST"])
def person_apps(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The apps that can be opened with this person; a button takes the person along."""
    found = banners(request, [str(person_id)])
    if not found:
        raise Refused("not there, or not allowed")
    if request.method == "POST":
        return _open(request, str(person_id))
    apps = clients_launches.launchable("professionals")
    context = {"person": found[0], "apps": apps}
    response = render(request, "smart/person_apps.jinja", context)
    response.headers["Content-Security-Policy"] = policy_for(*(app.launch_uri for app in apps))
    return response


def _open(request: HttpRequest, person_id: str) -> HttpResponse:
    client = clients.open_client(request.POST.get("app", ""))
    if client is None or not client.launch_uri or client.used_by != "professionals":
        raise Refused("not there, or not allowed")
    secret = clients_launches.launch(
        access.gate_of(request),
        account=request.user,
        client=client,
        person_id=person_id,
    )
    if isinstance(secret, Refusal):
        raise Refused(secret.reason)
    response = HttpResponse(status=302)
    joint = "&" if "?" in client.launch_uri else "?"
    query = urlencode({"iss": addresses.fhir_base(), "launch": secret})
    response.headers["Location"] = f"{client.launch_uri}{joint}{query}"
    return response


@signed_in(*access.PROFESSIONALS)
@require_http_methods(["GET", "POST"])
def connected(request: HttpRequest) -> HttpResponse:
    """The apps that act for a professional."""
    return _connected(request, "connected-apps")


@signed_in("person", "carer", portal=True)
@require_http_methods(["GET", "POST"])
def my_connected(request: HttpRequest) -> HttpResponse:
    """The apps that act for a person or a carer."""
    return _connected(request, "my-connected-apps")


def _connected(request: HttpRequest, page: str) -> HttpResponse:
    account: Any = request.user
    if request.method == "POST":
        ended = clients_connections.disconnect(
            access.gate_of(request), account=account, connection_id=request.POST.get("connection", "")
        )
        if isinstance(ended, Refusal):
            flash.done(request, f"{ended.reason}.")
        else:
            flash.done(request, f"{ended.app} is disconnected. It can see nothing more from now on.")
        return redirect(page)
    held = clients_connections.connections_of(account)
    names = {one.id: one for one in banners(request, [one.patient for one in held if one.patient])}
    shown = [
        {
            "id": one.id,
            "app": one.app,
            "organisation": one.organisation,
            "since": one.since,
            "about": names[one.patient].name if one.patient in names else "",
            "lines": app_access.lines(one.scopes),
            "how_long": app_access.how_long(one.scopes),
        }
        for one in held
    ]
    return render(request, "smart/connected.jinja", {"apps": shown})
