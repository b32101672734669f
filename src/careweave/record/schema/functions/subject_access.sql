-- A request for a copy of a record: who may say what when, kept by the database whoever writes.

CREATE OR REPLACE FUNCTION record.access_step_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE
    ends text[] := ARRAY['released', 'refused', 'withdrawn'];
    is_ended boolean := EXISTS (SELECT 1 FROM record.access_step s WHERE s.request = NEW.request AND s.act = ANY (ends));
    asked record.access_step;
    whose uuid;
BEGIN
    -- One step after the other.
    SELECT r.subject INTO whose FROM record.access_request r WHERE r.id = NEW.request FOR UPDATE;
    IF NEW.said_role = 'person' AND NOT whose = ANY (record.session_subjects()) THEN
        RAISE EXCEPTION 'this is another person''s request' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.act = 'fetched' THEN
        IF NOT EXISTS (SELECT 1 FROM record.access_copy c WHERE c.request = NEW.request) THEN
            RAISE EXCEPTION 'there is no copy to fetch' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF is_ended THEN
        RAISE EXCEPTION 'this request has been answered' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.said_role NOT IN ('governance-lead', 'person') AND NEW.act NOT IN ('harm', 'no-harm')
       OR NEW.said_role = 'person' AND NEW.act NOT IN ('withdrawn', 'identity') THEN
        RAISE EXCEPTION 'this is not for this role to say' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.act IN ('harm', 'no-harm') THEN
        SELECT * INTO asked FROM record.access_step s
        WHERE s.request = NEW.request AND s.entry = NEW.entry AND s.act IN ('ask-opinion', 'harm', 'no-harm')
        ORDER BY s.id DESC LIMIT 1;
        IF asked.act IS DISTINCT FROM 'ask-opinion' OR asked.asked_of <> NEW.said_by OR NEW.said_role NOT IN (
            'gp', 'practice-nurse', 'district-nurse', 'community-matron', 'community-mental-health', 'hospital-clinician') THEN
            RAISE EXCEPTION 'only the health professional who was asked gives this opinion' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF NEW.act IN ('taken', 'released') AND NOT EXISTS (
        SELECT 1 FROM record.access_step s WHERE s.request = NEW.request AND s.act = 'identity') THEN
        RAISE EXCEPTION 'check first who asks' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.act = 'released' AND EXISTS (
        SELECT 1 FROM (SELECT DISTINCT ON (s.entry) s.act FROM record.access_step s
                       WHERE s.request = NEW.request AND s.act IN ('ask-opinion', 'harm', 'no-harm')
                       ORDER BY s.entry, s.id DESC) AS last WHERE last.act = 'ask-opinion') THEN
        RAISE EXCEPTION 'an opinion on serious harm is still waited for' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER access_step_follows BEFORE INSERT ON record.access_step FOR EACH ROW
    EXECUTE FUNCTION record.access_step_follows();

-- Whoever takes a request on reads the record until it has ended: the relationship lasts exactly as long.
CREATE OR REPLACE FUNCTION record.access_step_opens() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    IF NEW.act = 'taken' THEN
        INSERT INTO record.relationship (subject, party, kind, resource, valid)
        SELECT r.subject, NEW.said_by, 'subject-access', r.id, tstzrange(clock_timestamp(), NULL)
        FROM record.access_request r WHERE r.id = NEW.request ON CONFLICT DO NOTHING;
    ELSE
        UPDATE record.relationship k SET valid = tstzrange(lower(k.valid), greatest(clock_timestamp(), lower(k.valid)))
        WHERE k.resource = NEW.request AND k.kind = 'subject-access' AND upper_inf(k.valid);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER access_step_opens AFTER INSERT ON record.access_step FOR EACH ROW
    WHEN (NEW.act IN ('taken', 'released', 'refused', 'withdrawn')) EXECUTE FUNCTION record.access_step_opens();

-- No other way to that relationship.
CREATE OR REPLACE FUNCTION record.access_is_asked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM record.access_step s JOIN record.access_request r ON r.id = s.request
                   WHERE r.id = NEW.resource AND r.subject = NEW.subject AND s.act = 'taken' AND s.said_by = NEW.party)
       OR (upper_inf(NEW.valid) AND EXISTS (SELECT 1 FROM record.access_step s WHERE s.request = NEW.resource
                                            AND s.act IN ('released', 'refused', 'withdrawn'))) THEN
        RAISE EXCEPTION 'a record is opened to answer a request, and until it is answered' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER access_is_asked BEFORE INSERT OR UPDATE ON record.relationship FOR EACH ROW
    WHEN (NEW.kind = 'subject-access') EXECUTE FUNCTION record.access_is_asked();

-- What a health professional was asked about an entry and has not answered, while the request is open.
CREATE OR REPLACE FUNCTION record.gate_opinions(token text)
RETURNS TABLE (request text, act text, entry text, type text, version integer, words text, reason text, asked_of text,
               said_by text, said_role text, said_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token);
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    RETURN QUERY SELECT s.request::text, s.act, s.entry::text, s.type, s.version, s.words, s.reason, s.asked_of,
                        s.said_by, s.said_role, s.said_at
    FROM record.access_step s
    WHERE s.asked_of = claims[1] AND s.act = 'ask-opinion'
      AND NOT EXISTS (SELECT 1 FROM record.access_step n WHERE n.request = s.request AND n.id > s.id
                      AND (n.act IN ('released', 'refused', 'withdrawn')
                           OR (n.entry = s.entry AND n.act IN ('ask-opinion', 'harm', 'no-harm'))))
    ORDER BY s.id;
END $$;
