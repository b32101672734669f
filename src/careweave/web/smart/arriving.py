"""Another system opens a person here: a signed launch leads straight to the person page, without a second search.

The other system signs a JWT as for private_key_jwt, with `aud` our address for this, and `nhs_number` or `patient`.
`login`, when it is there, must be the e-mail address of whoever is signed in here.
"""

from __future__ import annotations

import time
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from careweave.identity import clients, clients_assertions
from careweave.identity.sealing import seal, unseal
from careweave.record import Refusal
from careweave.web import access
from careweave.web.access import public, signed_in
from careweave.web.smart import addresses

ARRIVAL, LONGEST = "arrival", 4000
LIVES = 600  # seconds from the launch to the page, with time to sign in
NOT_OPEN = (
    "There is no record here that you may open for this person. Either nobody with this number is known here, or"
    " you are not one of those who care for them."
)
SOMEONE_ELSE = "{} says that you are someone else. Sign out here, sign in as yourself, and open the person again from there."


@public
@csrf_exempt  # posted by another system's page; the signature proves the launch, and nothing is changed here
@require_http_methods(["GET", "POST"])
def arrive(request: HttpRequest) -> HttpResponse:
    """Verify the launch and lead to the door, with whom it names sealed in the address.

    Not in a session: what another site posts comes without our cookie, and a new one would sign its reader out.
    """
    text = (request.POST if request.method == "POST" else request.GET).get("launch", "")
    client = clients.open_client(clients_assertions.signer_of(text))
    if client is None or client.kind != "launcher":
        return _told(request, "No system that is registered here signed this.", status=400)
    claims = clients_assertions.verify(client, text, audiences=[addresses.absolute(addresses.OPEN)])
    if isinstance(claims, Refusal):
        return _told(request, f"{client.name} could not open the person: {claims.reason}.", status=400)
    named = {key: str(claims.get(key) or "")[:254] for key in ("nhs_number", "patient", "login")}
    sealed = seal({**named, "from": client.name, "until": time.time() + LIVES}, of=ARRIVAL)
    return redirect(f"{reverse('app-opened')}?{urlencode({'arrival': sealed})}")


@signed_in(*access.PROFESSIONALS)
def opened(request: HttpRequest) -> HttpResponse:
    """The person page, when the rules let this reader open it; otherwise an honest word."""
    text = request.GET.get("arrival", "")[:LONGEST]
    arrival = unseal(text, of=ARRIVAL) if text.isascii() else None
    if not arrival or arrival["until"] < time.time():
        return _told(request, "This launch is over. Open the person again from the other system.", status=400)
    email = getattr(request.user, "email", "") or ""
    if arrival["login"] and arrival["login"].casefold() != email.casefold():
        return _told(request, SOMEONE_ELSE.format(arrival["from"]), status=403)
    person_id = _person(request, arrival["patient"], arrival["nhs_number"])
    if not person_id:
        return _told(request, NOT_OPEN, status=404)
    return redirect("person", person_id=person_id)


def _person(request: HttpRequest, patient: str, nhs_number: str) -> str:
    """The one person whom the gate opens for this reader; a number that fits two opens neither."""
    gate = access.gate_of(request)
    if patient:
        record = gate.person(patient)
        return record.id if record else ""
    digits = "".join(nhs_number.split())
    found = gate.find(digits, limit=2) if digits.isdigit() and len(digits) == 10 else []
    return found[0] if len(found) == 1 else ""


def _told(request: HttpRequest, why: str, *, status: int) -> HttpResponse:
    return render(request, "smart/not_opened.jinja", {"why": why}, status=status)
