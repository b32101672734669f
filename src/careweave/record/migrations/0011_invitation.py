"""Surveys that people are asked, and when, as written in 0016_invitation.sql."""

from pathlib import Path

from django.db import migrations

SCHEMA = Path(__file__).resolve().parent.parent / "schema"


class Migration(migrations.Migration):
    dependencies = [("record", "0010_retention")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        migrations.RunSQL(
            (SCHEMA / "0016_invitation.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
