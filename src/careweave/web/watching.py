"""What a load balancer and a monitor ask: is it alive, is it ready, and figures in Prometheus' text format.

https://prometheus.io/docs/instrumenting/exposition_formats/ The figures name views, never people or addresses.
"""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest, multiprocess
from prometheus_client import REGISTRY as OF_THIS_PROCESS

from careweave.web import problems
from careweave.web.access import public

SECONDS = Histogram(
    "careweave_request_seconds",
    "Time to answer, by view, method and status",
    ["view", "method", "status"],
    buckets=(0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.15, 0.3, 0.6, 1, 3, 10),
)


class Watch:
    """Times every answer, from outside all other middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = (match.url_name or "other") if match else "none"
        taken = time.perf_counter() - began
        SECONDS.labels(view, request.method, str(response.status_code)).observe(taken)
        return response


@public
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return _plain("alive")


@public
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers too."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return _plain("the database does not answer", status=503)
    return _plain("ready")


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Only to this machine, and never through a proxy: to anyone else it is not there."""
    if not _is_from_here(request):
        return problems.not_found(request)
    registry = OF_THIS_PROCESS
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _is_from_here(request: HttpRequest) -> bool:
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _plain(text: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=status)
