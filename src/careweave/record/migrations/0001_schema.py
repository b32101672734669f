"""The record's tables, functions and row-level security, as written in careweave/record/schema."""

from pathlib import Path

from django.db import migrations

SCHEMA = Path(__file__).resolve().parent.parent / "schema"
FILES = [
    "0001_sessions",
    "0002_store",
    "0003_audit",
    "0004_care",
    "0005_gate",
    "0006_row_security",
    "0007_review",
]


class Migration(migrations.Migration):
    initial = True
    operations = [  # noqa: RUF012
        migrations.RunSQL((SCHEMA / f"{name}.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)
        for name in FILES
    ]
