"""The record's tables and row-level security, as written in careweave/record/schema.

A later change to a table is a new file there and a new migration; functions are replaced at each migration instead.
"""

from pathlib import Path

from django.db import migrations

SCHEMA = Path(__file__).resolve().parent.parent / "schema"
FILES = [
    "0001_sessions",
    "0002_store",
    "0003_audit",
    "0004_care",
    "0005_row_security",
    "0006_review",
]


class Migration(migrations.Migration):
    initial = True
    operations = [  # noqa: RUF012
        migrations.RunSQL((SCHEMA / f"{name}.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)
        for name in FILES
    ]
