"""Short calls to a provider: no redirects, little time, small answers, and only JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

SECONDS = 8
MOST_BYTES = 1_000_000


class ProviderFailed(Exception):
    """The provider did not answer, or not as the standard says; the message is for the log, never for the page."""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = build_opener(_NoRedirect)


def ask(address: str, *, form: Mapping[str, str] | None = None, bearer: str = "") -> dict[str, Any]:
    """GET, or POST when there is a form; the JSON object that came back."""
    headers = {"Accept": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    data = urlencode(form).encode() if form is not None else None
    if not address.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ProviderFailed("an address of the provider is not https")
    request = Request(address, data=data, headers=headers)  # noqa: S310 - the scheme was checked above
    try:
        with _opener.open(request, timeout=SECONDS) as answer:
            text = answer.read(MOST_BYTES + 1)
    except HTTPError as error:
        error.close()
        raise ProviderFailed(f"{error.code} from {address}") from error
    except (URLError, OSError, ValueError) as error:
        raise ProviderFailed(f"no answer from {address}: {error}") from error
    return _object(text, address)


def _object(text: bytes, address: str) -> dict[str, Any]:
    if len(text) > MOST_BYTES:
        raise ProviderFailed(f"too long an answer from {address}")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ProviderFailed(f"no JSON from {address}") from error
    if not isinstance(found, dict):
        raise ProviderFailed(f"no JSON object from {address}")
    return found
