"""The charter is kept with the agreements (record.charter), and nowhere else."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0008_delegated")]
    operations = [migrations.RemoveField("organisation", "signed_charter_on")]
