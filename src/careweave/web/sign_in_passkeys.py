"""Passkeys at the doors: the question that the browser is asked, and its answer as a field of an ordinary form."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from careweave.identity import passkeys
from careweave.identity.models import Account
from careweave.record import Refusal
from careweave.web import frame
from careweave.web.access import public
from careweave.web.components.forms import Form

ASKED = "passkey-asked"


def door(request: HttpRequest) -> passkeys.Door:
    """The address of this request; Django has checked that it is one of ours."""
    host = request.get_host()
    bare = host if host.startswith("[") else host.split(":")[0]
    return passkeys.Door(bare, f"{request.scheme}://{host}", frame.brand().product)


@public
@require_POST
def question(request: HttpRequest) -> HttpResponse:
    """Ask for a passkey: of the account that is half way in or signed in, else of anyone."""
    account = _whose(request)
    options, request.session[ASKED] = passkeys.begin_using(door(request), account)
    return JsonResponse(as_json(options))


def _whose(request: HttpRequest) -> Account | None:
    if request.user.is_authenticated:
        return request.user
    half = request.session.get("half")
    return Account.objects.filter(id=half["account"], is_active=True).first() if half else None


def used(request: HttpRequest, form: Form, *, account: Account | None = None) -> Account | None:
    """Whose passkey answered the question of this session, which is asked once; an error is left in the form."""
    state, answer = request.session.pop(ASKED, None), read(form)
    if state is None or answer is None:
        form.fail("passkey", f"{passkeys.NOT_TAKEN.reason}.")
        return None
    found = passkeys.finish_using(door(request), state=state, answer=answer, account=account)
    if isinstance(found, Refusal):
        form.fail("passkey", f"{found.reason}.")
        return None
    return found


def read(form: Form) -> dict[str, Any] | None:
    """The browser's answer as it stood in the hidden field."""
    try:
        answer = json.loads(form.get("passkey"))
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def as_json(options: dict[str, Any]) -> Any:
    """Options as plain values; the library's own ones are not."""
    return json.loads(json.dumps(options, default=_plain))


def _plain(value: Any) -> Any:
    return dict(value) if hasattr(value, "keys") else str(value)
