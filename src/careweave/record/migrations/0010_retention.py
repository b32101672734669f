"""Legal holds and what was decided to destroy, as written in 0015_retention.sql."""

from pathlib import Path

from django.db import migrations

SCHEMA = Path(__file__).resolve().parent.parent / "schema"


class Migration(migrations.Migration):
    dependencies = [("record", "0009_delivery")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        migrations.RunSQL((SCHEMA / "0015_retention.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)
    ]
