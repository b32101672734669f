"""What a team's desk may decide; a limit is never overspent and its uses are never changed: the database says so."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION identity_limit_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE whole bigint; used bigint;
BEGIN
    SELECT pence INTO whole FROM identity_delegatedlimit WHERE id = NEW.limit_id FOR UPDATE;
    SELECT coalesce(sum(pence), 0) INTO used FROM identity_limituse WHERE limit_id = NEW.limit_id;
    IF used + NEW.pence > whole THEN
        RAISE EXCEPTION 'limit % is overspent', NEW.limit_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER limit_holds BEFORE INSERT ON identity_limituse
    FOR EACH ROW EXECUTE FUNCTION identity_limit_holds();
CREATE FUNCTION identity_limit_use_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was committed is neither changed nor deleted' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER limit_use_stays BEFORE UPDATE OR DELETE ON identity_limituse
    FOR EACH ROW EXECUTE FUNCTION identity_limit_use_stays();
"""
BACKWARD = """
DROP TRIGGER limit_use_stays ON identity_limituse;
DROP TRIGGER limit_holds ON identity_limituse;
DROP FUNCTION identity_limit_use_stays();
DROP FUNCTION identity_limit_holds();
"""
_KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("identity", "0007_meetings")]
    operations = [
        migrations.CreateModel(
            name="TeamArea",
            fields=[
                ("prefix", models.CharField(max_length=8, primary_key=True, serialize=False)),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="areas",
                        to="identity.team",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DelegatedLimit",
            fields=[
                ("id", _KEY),
                ("pence", models.PositiveBigIntegerField()),
                ("services", models.JSONField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("set_by", models.CharField(max_length=200)),
                ("set_at", models.DateTimeField(auto_now_add=True)),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="limits",
                        to="identity.team",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="limit_ends_after_it_starts",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LimitUse",
            fields=[
                ("id", _KEY),
                ("pence", models.PositiveBigIntegerField()),
                ("request", models.UUIDField(unique=True)),
                ("used_by", models.CharField(max_length=100)),
                ("used_at", models.DateTimeField(auto_now_add=True)),
                (
                    "limit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="identity.delegatedlimit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pence__gt", 0)), name="limit_use_is_something"
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
