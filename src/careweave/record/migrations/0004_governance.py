"""Charter, sharing agreements, choices and emergency openings, as written in 0009_governance.sql."""

from pathlib import Path

from django.db import migrations

SCHEMA = Path(__file__).resolve().parent.parent / "schema"


class Migration(migrations.Migration):
    dependencies = [("record", "0001_schema")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        migrations.RunSQL(
            (SCHEMA / "0009_governance.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop
        )
    ]
