-- What organisations agreed, what people chose and what is opened in an emergency, as the door asks for it.

-- The sources whose entries may flow to whoever asks, each in the form of record.flow_key: their own always; the place's
-- own and, under an agreement in force for the purpose, every supplier's when both have signed the charter. Jobs of the
-- system work for the place itself.
CREATE OR REPLACE FUNCTION record.agreed_sources(role text, asked_purpose text, mine text[]) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN  -- plpgsql keeps the plan for the session; a function in SQL would be planned at each read
    RETURN (WITH own AS (
        SELECT substr(p, 5) AS code FROM unnest(mine) AS p WHERE p LIKE 'org:%'
        UNION ALL SELECT 'careweave' WHERE role = 'system'),
    signed AS (SELECT c.organisation AS code FROM record.charter c WHERE c.valid @> clock_timestamp()),
    members AS (SELECT code FROM own WHERE code = 'careweave' OR code IN (SELECT code FROM signed)),
    flows AS (
        SELECT a.supplier, unnest(a.classes) AS class FROM record.agreement a
        WHERE EXISTS (SELECT 1 FROM members) AND a.signed_at <= clock_timestamp() AND a.valid @> clock_timestamp()
          AND asked_purpose = ANY (a.purposes) AND a.supplier IN (SELECT code FROM signed)
          AND (a.recipient IN (SELECT code FROM members) OR a.recipient = ''))
    SELECT coalesce(array_agg(DISTINCT key ORDER BY key), '{}') FROM (
        SELECT 'careweave' AS key WHERE EXISTS (SELECT 1 FROM members)
        UNION ALL SELECT f.key FROM own, LATERAL (VALUES (code), ('financial:' || code)) AS f(key)
        UNION ALL SELECT CASE class WHEN 'clinical' THEN supplier ELSE class || ':' || supplier END FROM flows) AS keys);
END $$;

-- The same for one entry, which a single read asks about: a few looks into an index instead of the whole list.
CREATE OR REPLACE FUNCTION record.is_agreed(role text, asked_purpose text, mine text[], type text, source text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE class text := split_part(record.flow_key(type, ''), ':', 1);
BEGIN
    IF class = '' THEN class := 'clinical'; END IF;
    IF 'org:' || source = ANY (mine) THEN RETURN class IN ('clinical', 'financial'); END IF;
    IF role <> 'system' AND NOT EXISTS (SELECT 1 FROM record.charter c WHERE 'org:' || c.organisation = ANY (mine)
                                        AND c.valid @> clock_timestamp()) THEN
        RETURN false;
    END IF;
    IF source = 'careweave' THEN RETURN class = 'clinical' OR (role = 'system' AND class = 'financial'); END IF;
    RETURN EXISTS (
        SELECT 1 FROM record.agreement a JOIN record.charter s ON s.organisation = a.supplier
        WHERE a.supplier = source AND s.valid @> clock_timestamp()
          AND a.signed_at <= clock_timestamp() AND a.valid @> clock_timestamp()
          AND asked_purpose = ANY (a.purposes) AND class = ANY (a.classes)
          AND (a.recipient = '' OR (role = 'system' AND a.recipient = 'careweave')
               OR ('org:' || a.recipient = ANY (mine) AND EXISTS (
                   SELECT 1 FROM record.charter r WHERE r.organisation = a.recipient AND r.valid @> clock_timestamp()))));
END $$;

-- What a person holds against entries reaching these parties for a purpose, as words beside the relationships.
CREATE OR REPLACE FUNCTION record.objections_of(subjects uuid[], mine text[], asked_purpose text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(array_agg(DISTINCT 'objects:' || c.covers), '{}') FROM record.choice c
            WHERE c.subject = ANY (subjects) AND c.purpose = asked_purpose AND c.valid @> clock_timestamp()
              AND (c.to_party = '' OR c.to_party = ANY (mine)));
END $$;

-- The words by which one entry would be held back.
CREATE OR REPLACE FUNCTION record.objectionable(source text, labels text[]) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT ARRAY['objects:everything', 'objects:source:' || source]
        || string_to_array('objects:label:' || array_to_string(labels, ',objects:label:'), ',') $$;

-- Every party of the actor, and the sources that agreements let flow to them: asked once for each door.
CREATE OR REPLACE FUNCTION record.gate_standing(token text) RETURNS TABLE (parties text[], agreed text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token);
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    parties := record.parties_of(claims[1]);
    agreed := record.agreed_sources(claims[2], claims[4], parties);
    RETURN NEXT;
END $$;

-- The table of choices follows a Consent in the same statement that stores it, whoever stores it. Only the place's own
-- Consents count: no file can close a record, or open one again.
CREATE OR REPLACE FUNCTION record.follow_choices() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE provision jsonb := NEW.body -> 'provision';
BEGIN
    DELETE FROM record.choice c WHERE c.resource = NEW.id;
    IF NEW.body ->> 'status' <> 'active' OR provision ->> 'type' IS DISTINCT FROM 'deny' THEN RETURN NULL; END IF;
    INSERT INTO record.choice (resource, subject, covers, to_party, purpose, valid)
    SELECT DISTINCT NEW.id, NEW.subject, covered.word, reader.party, aim ->> 'code',
           tstzrange((provision #>> '{period,start}')::timestamptz, (provision #>> '{period,end}')::timestamptz)
    FROM jsonb_array_elements(provision -> 'purpose') AS aim,
    LATERAL (
        SELECT 'label:' || (l ->> 'code') FROM jsonb_array_elements(provision -> 'securityLabel') AS l
        UNION ALL
        SELECT 'source:' || (a #>> '{reference,identifier,value}') FROM jsonb_array_elements(provision -> 'actor') AS a
        WHERE a #>> '{role,coding,0,code}' = 'CST'
        UNION ALL
        SELECT 'everything' WHERE NOT provision ? 'securityLabel' AND NOT EXISTS (
            SELECT 1 FROM jsonb_array_elements(provision -> 'actor') AS a WHERE a #>> '{role,coding,0,code}' = 'CST')
    ) AS covered(word),
    LATERAL (
        SELECT a #>> '{reference,identifier,value}' FROM jsonb_array_elements(provision -> 'actor') AS a
        WHERE a #>> '{role,coding,0,code}' = 'IRCP'
        UNION ALL
        SELECT '' WHERE NOT EXISTS (
            SELECT 1 FROM jsonb_array_elements(provision -> 'actor') AS a WHERE a #>> '{role,coding,0,code}' = 'IRCP')
    ) AS reader(party);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER follow_choices AFTER INSERT OR UPDATE ON record.resource FOR EACH ROW
    WHEN (NEW.type = 'Consent' AND NEW.source = 'careweave') EXECUTE FUNCTION record.follow_choices();

-- A relationship of an emergency stands only beside its opening, for exactly as long.
CREATE OR REPLACE FUNCTION record.emergency_is_opened() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM record.emergency e WHERE e.id = NEW.resource AND e.subject = NEW.subject
                   AND e.actor = NEW.party AND e.valid = NEW.valid) THEN
        RAISE EXCEPTION 'an emergency is opened with a reason, and is not made longer' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER emergency_is_opened BEFORE INSERT OR UPDATE ON record.relationship FOR EACH ROW
    WHEN (NEW.kind = 'emergency') EXECUTE FUNCTION record.emergency_is_opened();

-- Opens a person's record to whoever asks for an hour, and tells the audit, in one transaction. The person must be
-- known here; the gate has decided that this role may. Answers the person and until when, or nothing.
CREATE OR REPLACE FUNCTION record.gate_emergency(token text, asked uuid, why text, own_words text, days integer)
RETURNS TABLE (person uuid, until timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token); at timestamptz := clock_timestamp(); who uuid; made record.emergency;
BEGIN
    IF claims IS NULL OR NOT record.policy_allows(
        claims[2], claims[4], 'read', '{emergency}', false, 'Patient', '{}', false, false, false) OR claims[4] <> 'emergency'
    THEN RETURN; END IF;
    who := record.person_of(asked);
    IF who IS NULL THEN RETURN; END IF;
    INSERT INTO record.emergency (subject, actor, role, organisation, reason, words, valid, review_by)
    VALUES (who, claims[1], claims[2], claims[3], why, own_words,
            tstzrange(at, at + interval '60 minutes'), at + make_interval(days => days))
    RETURNING * INTO made;
    INSERT INTO record.relationship (subject, party, kind, resource, valid)
    VALUES (who, claims[1], 'emergency', made.id, made.valid);
    INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)
    VALUES (claims[1], claims[2], claims[3], claims[4], 'emergency', ARRAY[who],
            jsonb_build_object('id', made.id, 'reason', why, 'words', own_words, 'until', upper(made.valid)));
    RETURN QUERY SELECT who, upper(made.valid);
END $$;

-- Until when whoever asks holds this person's record open in an emergency.
CREATE OR REPLACE FUNCTION record.gate_emergency_until(token text, asked uuid) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token);
BEGIN
    IF claims IS NULL THEN RETURN NULL; END IF;
    RETURN (SELECT max(upper(k.valid)) FROM record.relationship k
            WHERE k.subject = record.person_of(asked) AND k.party = claims[1] AND k.kind = 'emergency'
              AND k.valid @> clock_timestamp());
END $$;
