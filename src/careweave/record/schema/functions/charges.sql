-- Who is in charge: nobody for nobody, nobody for another, and history as it was.

-- While someone is enrolled or has a plan in force, somebody is in charge.
CREATE OR REPLACE FUNCTION record.someone_in_charge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE who uuid := coalesce(NEW.subject, OLD.subject);
BEGIN
    IF EXISTS (SELECT 1 FROM record.resource WHERE subject = who AND type IN ('EpisodeOfCare', 'CarePlan')
               AND source = 'careweave' AND body ->> 'status' = 'active')
       AND NOT EXISTS (SELECT 1 FROM record.responsibility WHERE subject = who AND upper_inf(valid)) THEN
        RAISE EXCEPTION 'someone must be in charge while a person is enrolled' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- Whoever is in charge accepted it themself: in their own session, or they were in charge the moment before.
CREATE OR REPLACE FUNCTION record.charge_is_accepted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.session_claims();
BEGIN
    IF NEW.accepted_by <> NEW.holder OR (claims[1] <> NEW.holder AND NOT EXISTS (
        SELECT FROM record.responsibility o
        WHERE o.subject = NEW.subject AND o.holder = NEW.holder AND upper(o.valid) = lower(NEW.valid))) THEN
        RAISE EXCEPTION 'nobody accepts for another' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER charge_is_accepted BEFORE INSERT ON record.responsibility FOR EACH ROW
    EXECUTE FUNCTION record.charge_is_accepted();

-- A stretch is ended, now, and otherwise stays as it was written.
CREATE OR REPLACE FUNCTION record.charge_only_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    IF NOT upper_inf(OLD.valid) OR upper(NEW.valid) IS DISTINCT FROM now() OR lower(NEW.valid) <> lower(OLD.valid)
       OR (NEW.id, NEW.subject, NEW.holder, NEW.deputy, NEW.accepted_by, NEW.reason, NEW.organisation, NEW.coordinates)
          IS DISTINCT FROM
          (OLD.id, OLD.subject, OLD.holder, OLD.deputy, OLD.accepted_by, OLD.reason, OLD.organisation, OLD.coordinates) THEN
        RAISE EXCEPTION 'who was in charge stays as it was written' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER charge_only_ends BEFORE UPDATE ON record.responsibility FOR EACH ROW
    EXECUTE FUNCTION record.charge_only_ends();

-- How many people someone has: asked before anyone gives them one more.
CREATE OR REPLACE FUNCTION record.gate_caseloads(token text, holders text[])
RETURNS TABLE (holder text, people integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    IF record.token_claims(token) IS NULL THEN RETURN; END IF;
    RETURN QUERY
    SELECT r.holder, count(DISTINCT coalesce(m.person, r.subject))::integer FROM record.responsibility r
    LEFT JOIN record.membership m ON m.subject = r.subject AND upper_inf(m.valid)
    WHERE r.holder = ANY (holders) AND upper_inf(r.valid) GROUP BY r.holder;
END $$;
