-- How long records are kept, what stops that anything is destroyed, and destroying it: whole, by two people, or not.

-- Whether a hold stands over this record, or over the person whose it is now.
CREATE OR REPLACE FUNCTION record.is_held(asked uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM record.legal_hold h WHERE h.lifted_at IS NULL) THEN RETURN false; END IF;
    RETURN EXISTS (SELECT 1 FROM record.legal_hold h WHERE h.lifted_at IS NULL AND h.subjects @> ARRAY[asked])
        OR EXISTS (SELECT 1 FROM record.legal_hold h WHERE h.lifted_at IS NULL
                   AND record.person_of(h.subject) = record.person_of(asked));
END $$;

-- Nothing under hold is destroyed, whoever asks and whatever for; nor is it taken back by a program.
CREATE OR REPLACE FUNCTION record.keep_what_is_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    IF record.is_held(OLD.subject) THEN
        RAISE EXCEPTION 'a legal hold stands over this record' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER keep_what_is_held BEFORE DELETE ON record.resource FOR EACH ROW
    EXECUTE FUNCTION record.keep_what_is_held();
CREATE OR REPLACE TRIGGER keep_what_is_held BEFORE DELETE ON record.resource_version FOR EACH ROW
    EXECUTE FUNCTION record.keep_what_is_held();
CREATE OR REPLACE TRIGGER keep_what_is_taken_back BEFORE UPDATE ON record.resource FOR EACH ROW
    WHEN (NEW.body @> '{"meta": {"tag": [{"system": "https://careweave.org/fhir/CodeSystem/kept", "code": "deleted"}]}}'
          AND NOT OLD.body @> '{"meta": {"tag": [{"system": "https://careweave.org/fhir/CodeSystem/kept", "code": "deleted"}]}}')
    EXECUTE FUNCTION record.keep_what_is_held();

CREATE OR REPLACE FUNCTION record.keep_all_while_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM record.legal_hold h WHERE h.lifted_at IS NULL) THEN
        RAISE EXCEPTION 'a legal hold stands over some of these records' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER keep_all_while_held BEFORE TRUNCATE ON record.resource FOR EACH STATEMENT
    EXECUTE FUNCTION record.keep_all_while_held();
CREATE OR REPLACE TRIGGER keep_all_while_held BEFORE TRUNCATE ON record.resource_version FOR EACH STATEMENT
    EXECUTE FUNCTION record.keep_all_while_held();

-- Of these records, whether a hold stands over any: asked before a program takes an entry back.
CREATE OR REPLACE FUNCTION record.gate_is_held(token text, asked uuid[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT record.token_claims(token) IS NOT NULL AND coalesce(bool_or(record.is_held(a)), false) FROM unnest(asked) AS a $$;

CREATE OR REPLACE FUNCTION record.may_govern(claims text[], type text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    RETURN claims IS NOT NULL AND record.policy_allows(
        claims[2], claims[4], 'update', '{}', false, type, '{}', false, false, false);
END $$;

-- Placing a hold waits for a destruction that has begun, and a destruction for a hold: one of them is first.
CREATE OR REPLACE FUNCTION record.gate_hold(token text, asked uuid, why text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token); who uuid; made uuid; theirs uuid[];
BEGIN
    IF NOT record.may_govern(claims, 'LegalHold') THEN RETURN NULL; END IF;
    who := record.person_of(asked);
    IF who IS NULL THEN RETURN NULL; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('dispose ' || who, 0));
    who := record.person_of(who);
    IF who IS NULL THEN RETURN NULL; END IF;
    theirs := ARRAY(SELECT m.subject FROM record.membership m WHERE m.person = who AND upper_inf(m.valid)) || who;
    INSERT INTO record.legal_hold (subject, subjects, reason, placed_by) VALUES (who, theirs, why, claims[1])
    ON CONFLICT DO NOTHING RETURNING id INTO made;
    IF made IS NULL THEN RETURN NULL; END IF;
    INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)
    VALUES (claims[1], claims[2], claims[3], claims[4], 'legal-hold', ARRAY[who], jsonb_build_object('id', made));
    RETURN made;
END $$;

CREATE OR REPLACE FUNCTION record.gate_lift(token text, asked uuid, why text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token); who uuid;
BEGIN
    IF NOT record.may_govern(claims, 'LegalHold') THEN RETURN false; END IF;
    UPDATE record.legal_hold h SET lifted_by = claims[1], lifted_at = clock_timestamp(), lifted_because = why
    WHERE h.id = asked AND h.lifted_at IS NULL AND h.placed_by <> claims[1] RETURNING h.subject INTO who;
    IF who IS NULL THEN RETURN false; END IF;
    INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)
    VALUES (claims[1], claims[2], claims[3], claims[4], 'legal-hold-lifted', ARRAY[who], jsonb_build_object('id', asked));
    RETURN true;
END $$;

-- Until when one source's record of a person is kept; infinity while the person lives, where the rule is for life.
CREATE OR REPLACE FUNCTION record.keep_until(rule jsonb, born date, died date, last date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN (rule ->> 'needs_death')::boolean AND died IS NULL THEN 'infinity'::date ELSE greatest(
        (last + make_interval(years => (rule ->> 'years_after_last')::int))::date,
        (died + make_interval(years => (rule ->> 'years_after_death')::int))::date,
        CASE WHEN last < (born + interval '18 years')::date THEN (born + make_interval(
            years => (rule ->> 'child_until')::int + (last >= (born + interval '17 years')::date)::int))::date END,
        CASE WHEN born IS NULL THEN (last + make_interval(years => (rule ->> 'child_until')::int))::date END) END $$;

-- A day of a FHIR date in part: the last it may mean, so that nothing is destroyed too soon.
CREATE OR REPLACE FUNCTION record.last_day_of(said text) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE length(said)
        WHEN 4 THEN (said || '-12-31')::date
        WHEN 7 THEN ((said || '-01')::date + interval '1 month' - interval '1 day')::date
        ELSE left(said, 10)::date END;
EXCEPTION WHEN data_exception THEN RETURN NULL;
END $$;

-- For one person: until when their whole record is kept, by which rule, the last contact and the death.
CREATE OR REPLACE FUNCTION record.person_kept_until(who uuid, rules jsonb, sectors jsonb)
RETURNS TABLE (due_on date, rule text, last_on date, died date)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp SET timezone = 'Europe/London' AS $$
DECLARE born date; dead date; says_dead boolean;
BEGIN
    SELECT max(record.last_day_of(r.body ->> 'birthDate')), max(record.last_day_of(r.body ->> 'deceasedDateTime')),
           bool_or(r.body -> 'deceasedBoolean' = 'true')
    INTO born, dead, says_dead FROM record.membership m JOIN record.resource r ON r.subject = m.subject AND r.type = 'Patient'
    WHERE m.person = who AND upper_inf(m.valid);
    RETURN QUERY
    WITH records AS (
        SELECT m.subject, coalesce(sectors ->> m.source, 'otherwise') AS sector,
               coalesce(max(coalesce(r.ends, r.starts, r.updated)) FILTER (WHERE r.type <> 'Patient'),
                        max(r.updated))::date AS last
        FROM record.membership m JOIN record.resource r ON r.subject = m.subject
        WHERE m.person = who AND upper_inf(m.valid) AND m.source <> 'careweave' GROUP BY 1, 2),
    own AS (
        SELECT coalesce(max(coalesce(r.ends, r.starts, r.updated)), NULL)::date AS last
        FROM record.membership m JOIN record.resource r ON r.subject = m.subject
        WHERE m.person = who AND upper_inf(m.valid) AND m.source = 'careweave' AND r.type <> 'Patient'),
    kept AS (
        SELECT k ->> 'key' AS key, d.last,
               CASE WHEN says_dead AND dead IS NULL THEN record.keep_until(k - 'needs_death', born, d.last, d.last)
                    ELSE record.keep_until(k, born, dead, d.last) END AS until
        FROM (SELECT c.sector, greatest(c.last, own.last) AS last FROM records c, own
              UNION ALL SELECT 'otherwise', own.last FROM own WHERE NOT EXISTS (SELECT 1 FROM records)) AS d,
        LATERAL (SELECT each AS k FROM jsonb_array_elements(rules) AS each
                 WHERE each -> 'sectors' ? d.sector OR each ->> 'key' = 'otherwise'
                 ORDER BY each ->> 'key' = 'otherwise' LIMIT 1) AS chosen(k))
    SELECT k.until, k.key, (SELECT max(x.last) FROM kept x), dead FROM kept k ORDER BY k.until DESC LIMIT 1;
END $$;

-- Whose time is over: some people at a time, in the order of their ids; the last row says where to go on, if anywhere.
CREATE OR REPLACE FUNCTION record.gate_retention_due(token text, rules jsonb, sectors jsonb, today date, after uuid,
    most integer, look_at integer)
RETURNS TABLE (person uuid, due_on date, rule text, last_on date, died date, is_held boolean, go_on uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token); p uuid; seen integer := 0; found integer := 0; soonest integer;
BEGIN
    IF NOT record.may_govern(claims, 'Disposal') THEN RETURN; END IF;
    SELECT min(least((r ->> 'years_after_last')::int, (r ->> 'years_after_death')::int)) INTO soonest
    FROM jsonb_array_elements(rules) AS r;
    FOR p IN SELECT x.id FROM record.person x WHERE x.joined_to IS NULL AND (after IS NULL OR x.id > after)
             ORDER BY x.id LIMIT look_at LOOP
        seen := seen + 1; go_on := p;
        -- Nearly everyone has an entry of the last years: one look into an index, and on.
        CONTINUE WHEN EXISTS (
            SELECT 1 FROM record.membership m JOIN record.resource r ON r.subject = m.subject
            WHERE m.person = p AND upper_inf(m.valid) AND r.type <> 'Patient'
              AND coalesce(r.ends, r.starts, r.updated) > today - make_interval(years => soonest));
        SELECT k.due_on, k.rule, k.last_on, k.died INTO due_on, rule, last_on, died
        FROM record.person_kept_until(p, rules, sectors) AS k;
        CONTINUE WHEN due_on IS NULL OR due_on > today;
        person := p; is_held := record.is_held(p); found := found + 1;
        RETURN NEXT;
        EXIT WHEN found >= most;
    END LOOP;
    IF seen >= look_at OR found >= most THEN
        person := NULL; due_on := NULL; rule := NULL; last_on := NULL; died := NULL; is_held := NULL;
        RETURN NEXT;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION record.gate_propose_disposal(token text, asked uuid, rules jsonb, sectors jsonb, today date,
    version text, own_words text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token); made uuid; kept record;
BEGIN
    IF NOT record.may_govern(claims, 'Disposal') OR record.person_of(asked) IS DISTINCT FROM asked OR record.is_held(asked) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO kept FROM record.person_kept_until(asked, rules, sectors);
    IF kept.due_on IS NULL OR kept.due_on > today THEN RETURN NULL; END IF;
    INSERT INTO record.disposal (subject, rule, due_on, last_on, words, proposed_by)
    VALUES (asked, version || ' ' || kept.rule, kept.due_on, kept.last_on, own_words, claims[1])
    ON CONFLICT DO NOTHING RETURNING id INTO made;
    IF made IS NOT NULL THEN
        INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)
        VALUES (claims[1], claims[2], claims[3], claims[4], 'disposal-proposed', ARRAY[asked], jsonb_build_object('id', made));
    END IF;
    RETURN made;
END $$;

-- The second person's word. Destroying is this one statement: all of it and its certificate, or nothing.
CREATE OR REPLACE FUNCTION record.gate_decide_disposal(token text, asked uuid, destroys boolean, rules jsonb, sectors jsonb,
    today date, own_words text, backups_until date) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE
    claims text[] := record.token_claims(token); d record.disposal; theirs uuid[]; t text; n bigint;
    counts jsonb := '{}'; at timestamptz := clock_timestamp(); kept record;
BEGIN
    IF NOT record.may_govern(claims, 'Disposal') THEN RETURN 'refused'; END IF;
    SELECT * INTO d FROM record.disposal x WHERE x.id = asked AND x.decision IS NULL FOR UPDATE;
    IF d.id IS NULL THEN RETURN 'gone'; END IF;
    IF d.proposed_by = claims[1] THEN RETURN 'own'; END IF;
    IF NOT destroys THEN
        UPDATE record.disposal SET decision = 'kept', decided_by = claims[1], decided_at = at, decided_words = own_words
        WHERE id = d.id;
        INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)
        VALUES (claims[1], claims[2], claims[3], claims[4], 'disposal-refused', ARRAY[d.subject], jsonb_build_object('id', d.id));
        RETURN 'kept';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('dispose ' || d.subject, 0));
    IF record.is_held(d.subject) THEN RETURN 'held'; END IF;
    SELECT * INTO kept FROM record.person_kept_until(d.subject, rules, sectors);
    IF kept.due_on IS NULL OR kept.due_on > today THEN RETURN 'not-due'; END IF;
    theirs := ARRAY(SELECT m.subject FROM record.membership m WHERE m.person = d.subject) || d.subject
        || ARRAY(SELECT p.id FROM record.person p WHERE p.joined_to = d.subject);
    IF EXISTS (SELECT 1 FROM unnest(theirs) AS s WHERE record.is_held(s)) THEN RETURN 'held'; END IF;
    -- A record that was parted from this person since belongs to somebody else.
    theirs := ARRAY(SELECT s FROM unnest(theirs) AS s WHERE record.person_of(s) IS NOT DISTINCT FROM d.subject);
    DELETE FROM record.review_pair r WHERE r.one = ANY (theirs) OR r.other = ANY (theirs);
    DELETE FROM record.link_event e WHERE e.subjects && theirs OR e.person = ANY (theirs);
    -- Every table that keeps anything by person, also one that a later version adds; what was decided is kept.
    FOR t IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'subject'
             WHERE c.relnamespace = 'record'::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped
               AND a.atttypid = 'uuid'::regtype AND c.relname NOT IN ('legal_hold', 'disposal')
             ORDER BY c.relname = 'access_request', c.relname LOOP
        EXECUTE format('DELETE FROM record.%I WHERE subject = ANY ($1)', t) USING theirs;
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n > 0 THEN counts := counts || jsonb_build_object(t, n); END IF;
    END LOOP;
    DELETE FROM record.membership m WHERE m.person = ANY (theirs);  -- stretches of records that went to somebody else
    UPDATE record.person SET joined_to = NULL WHERE joined_to = ANY (theirs);
    DELETE FROM record.person p WHERE p.id = ANY (theirs);
    UPDATE record.disposal SET decision = 'destroyed', decided_by = claims[1], decided_at = at, decided_words = own_words,
        certificate = jsonb_build_object('rule', d.rule, 'due_on', d.due_on, 'records', cardinality(theirs), 'rows', counts,
            'proposed_by', d.proposed_by, 'agreed_by', claims[1], 'at', at, 'backups_until', backups_until)
    WHERE id = d.id;
    INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)
    VALUES (claims[1], claims[2], claims[3], claims[4], 'disposed', theirs,
            jsonb_build_object('id', d.id, 'rule', d.rule, 'rows', counts));
    RETURN 'destroyed';
END $$;
