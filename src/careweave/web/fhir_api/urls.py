"""The API below one address: which shapes and methods it has is in `routes`, not here."""

from __future__ import annotations

from django.urls import re_path

from careweave.web.fhir_api.answering import answer

FHIR = [re_path(r"^fhir/R4(?P<path>/.*)?$", answer, name="fhir")]
