"""What is on its way to someone outside the pages, as written in 0014_delivery.sql."""

from pathlib import Path

from django.db import migrations

SCHEMA = Path(__file__).resolve().parent.parent / "schema"


class Migration(migrations.Migration):
    dependencies = [("record", "0008_charge")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        migrations.RunSQL((SCHEMA / "0014_delivery.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)
    ]
