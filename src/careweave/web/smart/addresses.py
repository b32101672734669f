"""Where apps find what: absolute addresses from configuration, never from what a request says about itself."""

from __future__ import annotations

from django.conf import settings

AUTHORIZE, TOKEN, REVOKE, INTROSPECT = "oauth/authorize", "oauth/token", "oauth/revoke", "oauth/introspect"
ALSO_TOKEN = "oauth2/token"  # noqa: S105 - where some clients look without asking
KEYS, OPEN, CONNECTED = ".well-known/jwks.json", "oauth/open", "connected-apps"


def absolute(path: str) -> str:
    return f"{settings.CONFIGURATION.base_url}/{path}"


def issuer() -> str:
    """Who signs our id_tokens; its discovery document lies below it."""
    return str(settings.CONFIGURATION.base_url)


def fhir_base() -> str:
    """What apps name as `aud` and `iss`: the record that they want to reach."""
    return absolute("fhir/R4")


def is_fhir_base(named: str) -> bool:
    return named.rstrip("/") == fhir_base()
