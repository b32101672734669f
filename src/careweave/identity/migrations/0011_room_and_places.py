"""A commitment that was reversed gives its limit the room back; and how many places are free in what there is instead of hospital."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE OR REPLACE FUNCTION identity_limit_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE whole bigint; used bigint;
BEGIN
    SELECT pence INTO whole FROM identity_delegatedlimit WHERE id = NEW.limit_id FOR UPDATE;
    SELECT coalesce(sum(u.pence), 0) INTO used FROM identity_limituse u
    WHERE u.limit_id = NEW.limit_id
      AND NOT EXISTS (SELECT FROM identity_limitreturn r WHERE r.use_id = u.id);
    IF used + NEW.pence > whole THEN
        RAISE EXCEPTION 'limit % is overspent', NEW.limit_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER limit_return_stays BEFORE UPDATE OR DELETE ON identity_limitreturn
    FOR EACH ROW EXECUTE FUNCTION identity_limit_use_stays();
"""
BACKWARD = """
DROP TRIGGER limit_return_stays ON identity_limitreturn;
CREATE OR REPLACE FUNCTION identity_limit_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE whole bigint; used bigint;
BEGIN
    SELECT pence INTO whole FROM identity_delegatedlimit WHERE id = NEW.limit_id FOR UPDATE;
    SELECT coalesce(sum(pence), 0) INTO used FROM identity_limituse WHERE limit_id = NEW.limit_id;
    IF used + NEW.pence > whole THEN
        RAISE EXCEPTION 'limit % is overspent', NEW.limit_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
_KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("identity", "0010_improving")]
    operations = [
        migrations.CreateModel(
            name="LimitReturn",
            fields=[
                (
                    "use",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="given_back",
                        serialize=False,
                        to="identity.limituse",
                    ),
                ),
                ("request", models.UUIDField(unique=True)),
                ("returned_by", models.CharField(max_length=100)),
                ("returned_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="FreePlaces",
            fields=[
                ("id", _KEY),
                ("alternative", models.SlugField(max_length=100)),
                ("free", models.PositiveIntegerField()),
                ("said_by", models.CharField(max_length=100)),
                ("said_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="identity.organisation"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["alternative", "-said_at"], name="free_places_latest")]
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
