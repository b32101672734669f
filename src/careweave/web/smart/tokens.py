"""The addresses that programs call themselves: a token for a code, a token given back, a token looked at."""

from __future__ import annotations

import logging
from collections.abc import Callable

from authlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error, UnauthorizedClientError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from careweave.identity import access_tokens, clients_exchange
from careweave.web.access import public
from careweave.web.smart import addresses
from careweave.web.smart.cross_origin import open_to_every_origin
from careweave.web.smart.grants import METHODS, Code, ProofKey, Refresh, System, WhoSignedIn
from careweave.web.smart.server import Registered, Server, SmartRequest, by_private_key, check_parameters

logger = logging.getLogger(__name__)
_FORM = "application/x-www-form-urlencoded"
NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}

SERVER = Server()
SERVER.register_client_auth_method("private_key_jwt", by_private_key)
SERVER.register_grant(Code, [ProofKey(required=True), WhoSignedIn()])
SERVER.register_grant(Refresh)
SERVER.register_grant(System)


@public
@csrf_exempt  # called by programs without a cookie; what they send proves itself
@sensitive_post_parameters()
@open_to_every_origin
def token(request: HttpRequest) -> HttpResponse:
    """https://hl7.org/fhir/smart-app-launch/app-launch.html#obtain-access-token"""
    return _answer(request, lambda asked: SERVER.create_token_response(asked))


@public
@csrf_exempt
@sensitive_post_parameters()
@open_to_every_origin
def revoke(request: HttpRequest) -> HttpResponse:
    """RFC 7009: whether there was such a token is not told."""

    def given_back(asked: SmartRequest) -> HttpResponse:
        client = _authenticated(asked, "revocation")
        clients_exchange.revoke(asked.form["token"], client.client)
        return JsonResponse({}, headers=NOT_KEPT)

    return _answer(request, given_back, needs="token")


@public
@csrf_exempt
@sensitive_post_parameters()
@open_to_every_origin
def introspect(request: HttpRequest) -> HttpResponse:
    """RFC 7662, for registered resource servers alone."""

    def looked_at(asked: SmartRequest) -> HttpResponse:
        client = _authenticated(asked, "introspection")
        if client.client.kind != "resource-server":
            raise UnauthorizedClientError("Only a registered resource server may look at tokens.")
        return JsonResponse(_description(asked.form["token"]), headers=NOT_KEPT)

    return _answer(request, looked_at, needs="token")


def _description(token_text: str) -> dict[str, object]:
    grant = access_tokens.check(token_text)
    if grant is None:
        return {"active": False}
    described: dict[str, object] = {
        "active": True,
        "client_id": grant.client,
        "scope": grant.scopes.text,
        "exp": int(grant.expires.timestamp()),
        "iss": addresses.issuer(),
        "sub": grant.actor.id,
        "token_type": "Bearer",
    }
    return {**described, "patient": grant.patient} if grant.patient else described


def _authenticated(asked: SmartRequest, endpoint: str) -> Registered:
    client: Registered = SERVER.authenticate_client(asked, METHODS, endpoint)
    return client


def _answer(
    request: HttpRequest, act: Callable[[SmartRequest], HttpResponse], *, needs: str = ""
) -> HttpResponse:
    """The act in one transaction; a refusal is JSON, and is logged without anything that was sent."""
    asked = SmartRequest(request.method or "", _form_of(request), request.headers)
    with clients_exchange.exchanging():
        try:
            _check(request, asked, needs)
            response = act(asked)
        except OAuth2Error as error:  # what was learnt about misuse is kept all the same
            response = SERVER.handle_error_response(asked, error)
    if response.status_code >= 400:
        client = request.POST.get("client_id", "")[:40]
        logger.warning(
            "refused at %s: %s", request.path, {"client": client, "why": response.content.decode()[:200]}
        )
    response.headers["Cache-Control"] = "no-store"
    return response


def _check(request: HttpRequest, asked: SmartRequest, needs: str) -> None:
    if request.method != "POST" or request.content_type != _FORM:
        raise InvalidRequestError(f"POST a form ({_FORM}).")
    check_parameters(asked.values)
    if needs and not asked.values.get(needs):
        raise InvalidRequestError(f"Send {needs}.")


def _form_of(request: HttpRequest) -> QueryDict:
    is_form = request.method == "POST" and request.content_type == _FORM
    return request.POST if is_form else QueryDict()
