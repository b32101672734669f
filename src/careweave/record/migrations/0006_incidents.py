"""What was done about entries in the wrong record, as written in 0011_incidents.sql."""

from pathlib import Path

from django.db import migrations

SCHEMA = Path(__file__).resolve().parent.parent / "schema"


class Migration(migrations.Migration):
    dependencies = [("record", "0005_unusual")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        migrations.RunSQL((SCHEMA / "0011_incidents.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)
    ]
