"""Pages that are the same for everyone: help with accessibility, and how information is used."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from careweave.web.access import public


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    """What works, what does not yet, and whom to tell."""
    return render(request, "accessibility.jinja")


@public
def how_information_is_used(request: HttpRequest) -> HttpResponse:
    """In plain words, for everyone."""
    return render(request, "how_information_is_used.jinja")
