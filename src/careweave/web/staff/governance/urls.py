"""The addresses of the governance lead's desk, and of opening a record in an emergency."""

from __future__ import annotations

from django.urls import path

from careweave.web.staff.governance import (
    agreements,
    desk,
    emergency,
    explaining,
    incidents,
    keeping,
    reviews,
    second_looks,
    subject_access,
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
    path("governance/copies", subject_access.listed, name="copies"),
    path("governance/copies/new", subject_access.new, name="copy-new"),
    path("governance/copies/<uuid:request_id>", subject_access.one, name="copy-request"),
    path("governance/copies/<uuid:request_id>/copy.zip", subject_access.handed_over, name="copy-handed-over"),
    path("governance/copies/<uuid:request_id>/entries", subject_access.contents, name="copy-entries"),
    path(
        "governance/copies/<uuid:request_id>/entries/<uuid:entry_id>",
        subject_access.entry,
        name="copy-entry",
    ),
    path("opinions", second_looks.listed, name="opinions"),
    path("opinions/<uuid:request_id>/<uuid:entry_id>", second_looks.one, name="opinion"),
    path("governance/kept", keeping.listed, name="kept"),
    path("governance/kept/propose/<uuid:person_id>", keeping.propose, name="kept-propose"),
    path("governance/kept/decide/<uuid:disposal_id>", keeping.decide, name="kept-decide"),
    path("governance/holds", keeping.all_holds, name="holds"),
    path("governance/explain", explaining.explain, name="explain"),
    path("emergency", emergency.find, name="emergency"),
    path("emergency/<uuid:person_id>", emergency.why, name="emergency-why"),
    path("emergency/<uuid:person_id>/tell", emergency.tell, name="emergency-tell"),
    path("emergency/<uuid:person_id>/record", emergency.record, name="emergency-record"),
]
