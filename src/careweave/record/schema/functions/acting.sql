-- Acting for someone: how long an authority lasts follows the facts (birth, death, age), whoever stores them and when.

-- How long a Consent holds for its holder. What cannot be read holds never.
CREATE OR REPLACE FUNCTION record.acting_valid(consent uuid, whose uuid, held text) RETURNS tstzrange
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    c jsonb; p jsonb; basis text; lo timestamptz; hi timestamptz; born date; stated text; died timestamptz;
    sixteen timestamptz;
BEGIN
    SELECT r.body INTO c FROM record.resource r WHERE r.id = consent;
    SELECT r.body INTO p FROM record.resource r WHERE r.id = whose AND r.type = 'Patient';
    lo := (c #>> '{provision,period,start}')::timestamptz;
    stated := c #>> '{provision,period,end}';
    hi := CASE WHEN length(stated) <= 10 THEN (stated::date + 1)::timestamptz ELSE stated::timestamptz END;
    -- Of a birth date in part, the earliest day: access of others rather ends too soon than too late.
    born := (rpad(p ->> 'birthDate', 4, '0') || coalesce(nullif(substr(p ->> 'birthDate', 5, 3), ''), '-01')
             || coalesce(nullif(substr(p ->> 'birthDate', 8, 3), ''), '-01'))::date;
    sixteen := (born + interval '16 years')::timestamp AT TIME ZONE 'Europe/London';
    SELECT e ->> 'valueCode' INTO basis FROM jsonb_array_elements(c -> 'extension') AS e
    WHERE e ->> 'url' = 'https://careweave.org/fhir/basis';
    IF held = 'parent' THEN
        IF born IS NULL THEN RETURN 'empty'; END IF;
        IF basis = 'parental-responsibility' THEN hi := least(hi, sixteen); ELSE lo := greatest(lo, sixteen); END IF;
    ELSIF held IN ('attorney-health', 'attorney-property') THEN
        lo := greatest(lo, (born + interval '18 years')::timestamp AT TIME ZONE 'Europe/London');
    ELSIF held = 'deputy-health' THEN
        lo := greatest(lo, sixteen);
    ELSIF held = 'carer' AND sixteen > clock_timestamp() AND (
        SELECT j.body @> '{"item": [{"linkId": "competent", "answer": [{"valueBoolean": true}]}]}'
        FROM record.resource j WHERE j.subject = whose AND j.type = 'QuestionnaireResponse' AND 'capacity' = ANY (j.labels)
          AND j.body ->> 'questionnaire' = 'https://careweave.org/questionnaires/childs-competence'
        ORDER BY j.updated DESC LIMIT 1) IS NOT TRUE THEN
        lo := greatest(lo, sixteen);  -- a child's word opens nothing unless the child was judged competent
    END IF;
    IF p -> 'deceasedBoolean' = 'true' THEN RETURN 'empty'; END IF;
    died := left(p ->> 'deceasedDateTime', 10)::date::timestamp AT TIME ZONE 'Europe/London';
    hi := least(hi, died);
    RETURN CASE WHEN hi <= lo THEN 'empty' ELSE tstzrange(lo, hi) END;
EXCEPTION WHEN data_exception THEN RETURN 'empty';
END $$;

CREATE OR REPLACE FUNCTION record.acting_follows_facts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    NEW.valid := record.acting_valid(NEW.resource, NEW.subject, NEW.kind);
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER acting_follows_facts BEFORE INSERT OR UPDATE ON record.relationship FOR EACH ROW
    WHEN (NEW.kind IN ('carer', 'advocate', 'parent', 'nominated-person', 'attorney-health', 'attorney-property',
                       'deputy-health', 'deputy-property'))
    EXECUTE FUNCTION record.acting_follows_facts();

-- A birth date put right, a death, a death recorded in error: every authority over the person is worked out again.
CREATE OR REPLACE FUNCTION record.acting_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    UPDATE record.relationship k SET valid = k.valid WHERE k.subject = NEW.id AND k.party LIKE 'person:%' AND k.kind <> 'self';
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER acting_anew AFTER UPDATE ON record.resource FOR EACH ROW
    WHEN (NEW.type = 'Patient' AND NEW.source = 'careweave'
          AND ((OLD.body ->> 'birthDate') IS DISTINCT FROM (NEW.body ->> 'birthDate')
               OR (OLD.body ->> 'deceasedDateTime') IS DISTINCT FROM (NEW.body ->> 'deceasedDateTime')
               OR (OLD.body -> 'deceasedBoolean') IS DISTINCT FROM (NEW.body -> 'deceasedBoolean')))
    EXECUTE FUNCTION record.acting_anew();

-- Whoever stops someone's access is not the one who opens it again, and the person opens nothing that was ended.
CREATE OR REPLACE FUNCTION record.acting_needs_two() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE
    claims text[] := record.session_claims();
    by_whom jsonb := jsonb_build_array(jsonb_build_object('url', 'https://careweave.org/fhir/frozen-by', 'valueString', claims[1]));
    is_freeze boolean := NEW.body @> '{"category": [{"coding": [{"code": "proxy-freeze"}]}]}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF is_freeze AND NOT coalesce(NEW.body -> 'extension', '[]') @> by_whom THEN
            RAISE EXCEPTION 'a freeze carries the name of who makes it' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.body @> '{"category": [{"coding": [{"code": "proxy-freeze"}]}]}' THEN
        IF (NEW.body - '{status,extension,meta}'::text[]) <> (OLD.body - '{status,extension,meta}'::text[])
           OR NOT (NEW.body -> 'extension') @> (OLD.body -> 'extension')
           OR (NEW.body ->> 'status' <> 'active' AND OLD.body ->> 'status' = 'active'
               AND (OLD.body -> 'extension') @> by_whom) THEN
            RAISE EXCEPTION 'a freeze is ended by a second person' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF claims[2] = 'person' AND OLD.body ->> 'status' <> 'active' AND NEW.body ->> 'status' = 'active'
          AND 'person-may-end' = ANY (OLD.labels) THEN
        RAISE EXCEPTION 'what was ended is not opened again' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER acting_needs_two BEFORE INSERT OR UPDATE ON record.resource FOR EACH ROW
    WHEN (NEW.type = 'Consent' AND NEW.source = 'careweave') EXECUTE FUNCTION record.acting_needs_two();

-- A conversation is read by those its writer chose when it began: nobody adds a reader afterwards, the place's own staff
-- and its jobs included. Whoever wants more readers begins another conversation.
CREATE OR REPLACE FUNCTION record.readers_stay_chosen() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    IF NOT 'only-named' = ANY (NEW.labels) OR NOT NEW.parties <@ OLD.parties THEN
        RAISE EXCEPTION 'whoever wrote it chose who can read it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER readers_stay_chosen BEFORE UPDATE ON record.resource FOR EACH ROW
    WHEN (OLD.type = 'Communication' AND 'only-named' = ANY (OLD.labels)) EXECUTE FUNCTION record.readers_stay_chosen();
