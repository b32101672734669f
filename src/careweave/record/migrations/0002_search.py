"""Resources of the types that became searchable are indexed anew; a place that holds none of them has nothing to do."""

import json
from typing import Any

from django.db import migrations

from careweave.record.indexing import index
from careweave.record.writing import extra_of, tokens_of

TYPES = [
    "ClinicalImpression",
    "Coverage",
    "DeviceRequest",
    "FamilyMemberHistory",
    "HealthcareService",
    "ImagingStudy",
    "Location",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "Organization",
    "Practitioner",
    "PractitionerRole",
    "Questionnaire",
    "Schedule",
    "Slot",
    "Specimen",
]
BATCH = 1000
NEXT = (
    "SELECT id, parties, body FROM record.resource WHERE type = %s AND (%s::uuid IS NULL OR id > %s::uuid)"
    " ORDER BY id LIMIT %s"
)
# What is kept beside a body, and not the body: it makes no new version.
KEEP = "UPDATE record.resource SET tokens = %s::bigint[], extra = %s::jsonb WHERE id = %s"


def index_anew(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        for type_ in TYPES:
            last = None
            while rows := _next(cursor, type_, last):
                for id_, parties, body in rows:
                    indexed = index(_parsed(body))
                    cursor.execute(KEEP, [tokens_of(indexed, type_, parties), extra_of(indexed), id_])
                last = rows[-1][0]


def _next(cursor: Any, type_: str, last: Any) -> list[Any]:
    cursor.execute(NEXT, [type_, last, last, BATCH])
    return list(cursor.fetchall())


def _parsed(body: Any) -> dict[str, Any]:
    return dict(json.loads(body)) if isinstance(body, str) else body


class Migration(migrations.Migration):
    dependencies = [("record", "0004_governance")]  # noqa: RUF012
    operations = [migrations.RunPython(index_anew, migrations.RunPython.noop)]  # noqa: RUF012
