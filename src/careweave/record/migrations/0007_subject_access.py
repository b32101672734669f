"""Requests for a copy of a record and what was answered, as written in 0012_subject_access.sql."""

from pathlib import Path

from django.db import migrations

SCHEMA = Path(__file__).resolve().parent.parent / "schema"


class Migration(migrations.Migration):
    dependencies = [("record", "0006_incidents")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        migrations.RunSQL(
            (SCHEMA / "0012_subject_access.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
