"""What the governance lead asked about unusual looks, as written in 0010_unusual.sql."""

from pathlib import Path

from django.db import migrations

SCHEMA = Path(__file__).resolve().parent.parent / "schema"


class Migration(migrations.Migration):
    dependencies = [("record", "0002_search")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        migrations.RunSQL((SCHEMA / "0010_unusual.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)
    ]
