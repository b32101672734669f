"""Rounds of the staff survey: who was asked and has answered, and apart from them the sheets of answers."""

import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

# Nothing is put into the box of a round that is over, whatever the program does.
FORWARD = """
CREATE FUNCTION identity_round_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM identity_staffround r WHERE r.id = NEW.round_id AND r.closed_on IS NULL) THEN
        RAISE EXCEPTION 'round % is closed', NEW.round_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answers_come_in_time BEFORE INSERT OR UPDATE ON identity_staffanswers
    FOR EACH ROW EXECUTE FUNCTION identity_round_is_open();
"""
BACKWARD = """
DROP TRIGGER answers_come_in_time ON identity_staffanswers;
DROP FUNCTION identity_round_is_open();
"""
_OF_ROUND = {"on_delete": django.db.models.deletion.CASCADE, "to": "identity.staffround"}


class Migration(migrations.Migration):
    dependencies = [("identity", "0012_staff_languages")]
    operations = [
        migrations.CreateModel(
            name="StaffRound",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("survey", models.SlugField(max_length=60)),
                ("version", models.CharField(max_length=20)),
                ("opened_by", models.CharField(max_length=100)),
                ("opened_on", models.DateField()),
                ("closes_on", models.DateField()),
                ("closed_by", models.CharField(blank=True, max_length=100)),
                ("closed_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-opened_on", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(closed_on__isnull=True),
                        fields=("survey",),
                        name="one_open_round_of_a_survey",
                    ),
                    models.CheckConstraint(
                        condition=Q(closed_on__isnull=True, closed_by="")
                        | (Q(closed_on__isnull=False) & ~Q(closed_by="")),
                        name="a_round_is_closed_by_someone",
                    ),
                    models.CheckConstraint(
                        condition=Q(closes_on__gt=F("opened_on")), name="a_round_lasts_a_day"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffAnswers",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("answers", models.JSONField()),
                ("round", models.ForeignKey(related_name="sheets", **_OF_ROUND)),
            ],
        ),
        migrations.CreateModel(
            name="StaffAsked",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("has_answered", models.BooleanField(default=False)),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.staff"
                    ),
                ),
                ("round", models.ForeignKey(related_name="asked", **_OF_ROUND)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("round", "staff"), name="asked_once_a_round")]
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]  # fmt: skip
