"""The served place with links that lead to itself, and a token for whoever connects."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.scenarios.fhir_api.reading_place import Place


@pytest.fixture(scope="module")
def app_origin() -> Iterator[str]:
    """Another origin, from which apps are loaded into the browser."""
    from tests.journeys.fhir_clients.app import AppFiles

    served = ThreadingHTTPServer(("127.0.0.1", 0), AppFiles)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()
    thread.join()


@pytest.fixture(scope="module")
def place(live_server: str) -> "Place":
    from tests.scenarios.fhir_api.reading_place import build  # models are there only once Django is set up

    return build()


@pytest.fixture(scope="module")
def base(live_server: str, app_origin: str) -> Iterator[str]:
    """The address of the API, as its own links give it."""
    from django.conf import settings

    before = settings.CONFIGURATION
    settings.CONFIGURATION = replace(before, base_url=live_server, app_origins=(app_origin,))
    yield f"{live_server}/fhir/R4"
    settings.CONFIGURATION = before


@pytest.fixture(scope="module")
def token(place: "Place") -> str:
    from tests.scenarios.fhir_api.reading_place import token as issue

    return issue(place, "user/*.cruds")
