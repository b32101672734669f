"""Clinical leads of practices, and the tasks of figures that chance does not explain."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0009_one_charter"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClinicalLead",
            fields=[
                (
                    "practice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="identity.organisation",
                    ),
                ),
                ("named_by", models.CharField(max_length=100)),
                ("named_at", models.DateTimeField()),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="leads", to="identity.staff"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VariationTask",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("measure", models.CharField(max_length=60)),
                ("version", models.CharField(max_length=20)),
                ("period", models.CharField(max_length=10)),
                ("seen", models.TextField()),
                ("raised_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("answer", models.CharField(blank=True, max_length=20)),
                ("reason", models.TextField(blank=True)),
                ("answered_by", models.CharField(blank=True, max_length=100)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="variation_tasks",
                        to="identity.staff",
                    ),
                ),
                (
                    "practice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="variation",
                        to="identity.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "measure", "practice_id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("measure", "practice", "period"), name="one_task_of_an_outlier"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer", ""),
                                ("answered_at__isnull", True),
                                ("answered_by", ""),
                                ("reason", ""),
                            ),
                            models.Q(
                                ("answered_at__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                                models.Q(("reason", ""), _negated=True),
                                models.Q(("answered_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="variation_answered_by_someone",
                    ),
                ],
            },
        ),
    ]
