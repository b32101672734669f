"""“What others found”: published evidence of each care model, for those who plan and those who do it alike."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.measures.evidence import evidence
from careweave.web import access
from careweave.web.access import signed_in


@signed_in("analyst", *access.PROFESSIONALS)
def others_found(request: HttpRequest) -> HttpResponse:
    """Each model with its figures, what its source tested and what it did not."""
    return render(request, "place/evidence.jinja", {"models": evidence(timezone.localdate())})
