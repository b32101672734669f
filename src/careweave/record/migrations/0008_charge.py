"""Who answers for the one in charge, and who coordinates by choice, as written in 0013_charge.sql."""

from pathlib import Path

from django.db import migrations

SCHEMA = Path(__file__).resolve().parent.parent / "schema"


class Migration(migrations.Migration):
    dependencies = [("record", "0007_subject_access")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        migrations.RunSQL((SCHEMA / "0013_charge.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)
    ]
