"""The addresses of the governance lead's desk, and of opening a record in an emergency."""

from __future__ import annotations

from django.urls import path

from careweave.web.staff.governance import (
    agreements,
    desk,
    emergency,
    explaining,
    incidents,
    reviews,
    unusual,
)

GOVERNANCE = [
    path("governance", desk.desk, name="desk"),
    path("governance/agreements", agreements.overview, name="agreements"),
    path("governance/agreements/add", agreements.add, name="agreement-add"),
    path("governance/agreements/<uuid:agreement_id>", agreements.one, name="agreement"),
    path("governance/charter", agreements.charter, name="charter"),
    path("governance/emergencies", reviews.queue, name="emergencies"),
    path("governance/emergencies/<uuid:opening_id>", reviews.review, name="emergency-review"),
    path("governance/unusual", unusual.listed, name="unusual"),
    path("governance/unusual/<slug:key>/<uuid:staff_id>", unusual.one, name="unusual-one"),
    path("governance/incidents", incidents.listed, name="incidents"),
    path("governance/incidents/<uuid:incident_id>", incidents.one, name="incident"),
    path("governance/explain", explaining.explain, name="explain"),
    path("emergency", emergency.find, name="emergency"),
    path("emergency/<uuid:person_id>", emergency.why, name="emergency-why"),
    path("emergency/<uuid:person_id>/record", emergency.record, name="emergency-record"),
]
