"""`python -m bench.kit.server PORT [WORKERS]`: the product behind its own gunicorn settings, with a bare view to compare."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from types import ModuleType

from django.db import connection
from django.http import HttpRequest, HttpResponse


def bare(request: HttpRequest, id: str) -> HttpResponse:
    """What any Django view costs here: the same middleware, one row by its key, no session, no gate, no audit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM django_migrations WHERE id = %s", [1])
        row = cursor.fetchone()
    return HttpResponse(json.dumps({"name": row[0]}), content_type="application/json")


def main(port: int, workers: int = 2) -> None:
    with tempfile.TemporaryDirectory() as figures:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures  # as `careweave serve` does
        _serve(port, workers)


def _serve(port: int, workers: int) -> None:
    from careweave.cli._place import ready_place

    ready_place()
    from django.conf import settings
    from django.db import connections
    from django.urls import path

    from careweave.cli._pages import Pages
    from careweave.web.access import public
    from careweave.web.fhir_api.urls import FHIR

    both = ModuleType("bench_urls")
    both.__dict__["urlpatterns"] = [
        path("bare/<str:id>", public(bare)),
        *FHIR,
    ]
    sys.modules["bench_urls"] = both
    settings.ROOT_URLCONF = "bench_urls"
    connections.close_all()
    sys.argv = sys.argv[:1]
    Pages("127.0.0.1", port, workers, 4, False, tell=lambda url: print(url, flush=True)).run()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
