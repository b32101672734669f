"""What apps read first: smart-configuration, openid-configuration and our public keys."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from careweave.identity import clients_keys
from careweave.identity.clients_assertions import ALGORITHMS
from careweave.identity.scopes import OTHERS
from careweave.web.access import public
from careweave.web.smart import addresses
from careweave.web.smart.addresses import absolute
from careweave.web.smart.cross_origin import open_to_every_origin

CAPABILITIES = (
    "launch-ehr",
    "launch-standalone",
    "client-public",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-ehr-patient",
    "context-standalone-patient",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
)
_EXAMPLES = ("patient/*.rs", "patient/*.cruds", "user/*.rs", "user/*.cruds", "system/*.rs", "system/*.cud")


@public
@open_to_every_origin
def smart_configuration(request: HttpRequest) -> HttpResponse:
    """https://hl7.org/fhir/smart-app-launch/conformance.html"""
    return _kept_an_hour({**_endpoints(), "capabilities": list(CAPABILITIES)})


@public
@open_to_every_origin
def openid_configuration(request: HttpRequest) -> HttpResponse:
    """https://openid.net/specs/openid-connect-discovery-1_0.html"""
    more = {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "fhirUser", "name"],
    }
    return _kept_an_hour({**_endpoints(), **more})


@public
@open_to_every_origin
def jwks(request: HttpRequest) -> HttpResponse:
    """The public halves of the keys that sign id_tokens."""
    return _kept_an_hour(clients_keys.published_keys(), seconds=600)


def _endpoints() -> dict[str, Any]:
    return {
        "issuer": addresses.issuer(),
        "jwks_uri": absolute(addresses.KEYS),
        "authorization_endpoint": absolute(addresses.AUTHORIZE),
        "token_endpoint": absolute(addresses.TOKEN),
        "revocation_endpoint": absolute(addresses.REVOKE),
        "introspection_endpoint": absolute(addresses.INTROSPECT),
        "management_endpoint": absolute(addresses.CONNECTED),
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "scopes_supported": [*sorted(OTHERS), *_EXAMPLES],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
    }


def _kept_an_hour(body: dict[str, Any], seconds: int = 3600) -> HttpResponse:
    return JsonResponse(body, headers={"Cache-Control": f"public, max-age={seconds}"})
