"""A team without a practice cannot be saved: checked by the database when the transaction ends."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION identity_team_has_a_practice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE which text;
BEGIN
    IF TG_TABLE_NAME = 'identity_team' THEN which := NEW.id; ELSE which := OLD.team_id; END IF;
    IF EXISTS (SELECT 1 FROM identity_team WHERE id = which)
       AND NOT EXISTS (SELECT 1 FROM identity_teampractice WHERE team_id = which) THEN
        RAISE EXCEPTION 'team % has no practice: align at least one', which USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER team_has_a_practice AFTER INSERT OR UPDATE ON identity_team
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION identity_team_has_a_practice();
CREATE CONSTRAINT TRIGGER practice_leaves_a_team AFTER DELETE OR UPDATE ON identity_teampractice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION identity_team_has_a_practice();
"""
BACKWARD = """
DROP TRIGGER practice_leaves_a_team ON identity_teampractice;
DROP TRIGGER team_has_a_practice ON identity_team;
DROP FUNCTION identity_team_has_a_practice();
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
