-- The functions of the door, installed anew at each migration. Each verifies a token before it looks; none can be asked without one.

CREATE OR REPLACE FUNCTION record.parties_of(who text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT array_append(coalesce(array_agg(m.party), '{}'), who)
    FROM record.party_member m WHERE m.actor = who AND m.valid @> clock_timestamp() $$;

-- Whom the session opens. OFFSET 0: the token is verified once and not for each mention of its claims; that of a large
-- reach is half a megabyte, and the policy of each table asks.
CREATE OR REPLACE FUNCTION record.session_subjects() RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN c[7] IS NULL OR c[7] IN ('*', '') THEN '{}'::uuid[] ELSE string_to_array(c[7], ',')::uuid[] END
    FROM (SELECT record.session_claims() AS c OFFSET 0) AS claims $$;

-- The person an id stands for: a member's person, a person joined to another, or NULL for a record not yet linked.
CREATE OR REPLACE FUNCTION record.person_of(asked uuid) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE found uuid; next uuid;
BEGIN
    SELECT person INTO found FROM record.membership WHERE subject = asked AND upper_inf(valid);
    IF found IS NULL THEN SELECT id INTO found FROM record.person WHERE id = asked; END IF;
    LOOP
        SELECT joined_to INTO next FROM record.person WHERE id = found;
        EXIT WHEN next IS NULL;
        found := next;
    END LOOP;
    RETURN found;
END $$;

-- The facts for the people asked for: whose records they are, how the actor stands to each person, and what the person
-- holds against entries reaching this actor (words that begin with “objects:”).
CREATE OR REPLACE FUNCTION record.gate_open(token text, asked uuid[])
RETURNS TABLE (asked_id uuid, person uuid, subject uuid, source text, since timestamptz, kinds text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token); parties text[];
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    parties := record.parties_of(claims[1]);
    RETURN QUERY
    -- OFFSET 0 keeps each look-up to the few rows of one person: the plan that is kept for every call knows neither how
    -- few are asked for nor how many this actor looks after, and would read all of these.
    WITH people AS (SELECT a AS asked_id, record.person_of(a) AS person FROM unnest(asked) AS a),
    members AS MATERIALIZED (
        SELECT p.asked_id, p.person, m.subject, m.source, m.since
        FROM people p CROSS JOIN LATERAL (
            SELECT b.subject, b.source, lower(b.valid) AS since FROM record.membership b
            WHERE b.person = p.person AND upper_inf(b.valid) OFFSET 0) AS m
        UNION ALL
        SELECT p.asked_id, NULL, r.subject, r.source, r.updated
        FROM people p CROSS JOIN LATERAL (
            SELECT x.subject, x.source, x.updated FROM record.resource x
            WHERE x.id = p.asked_id AND x.id = x.subject OFFSET 0) AS r
        WHERE p.person IS NULL),
    facts AS (
        SELECT w.asked_id, array_agg(DISTINCT w.word) AS kinds FROM (
            SELECT s.asked_id, r.kind AS word
            FROM members s CROSS JOIN LATERAL (
                SELECT k.kind FROM record.relationship k
                WHERE k.subject = s.subject AND k.party = ANY (parties) AND k.valid @> clock_timestamp() OFFSET 0) AS r
            UNION ALL
            SELECT s.asked_id, 'objects:' || c.covers
            FROM members s CROSS JOIN LATERAL (
                SELECT o.covers FROM record.choice o
                WHERE o.subject = s.subject AND o.purpose = claims[4] AND o.valid @> clock_timestamp()
                  AND (o.to_party = '' OR o.to_party = ANY (parties)) OFFSET 0) AS c) AS w
        GROUP BY w.asked_id)
    SELECT s.asked_id, s.person, s.subject, s.source, s.since, coalesce(f.kinds, '{}')
    FROM members s LEFT JOIN facts f USING (asked_id);
END $$;

-- One resource, decided, audited and handed out in one statement. No row: absent or not allowed, alike, also in what is
-- done for it.
CREATE OR REPLACE FUNCTION record.gate_read(token text, wanted_type text, wanted uuid)
RETURNS TABLE (version integer, subject uuid, source text, labels text[], parties text[],
               starts timestamptz, ends timestamptz, updated timestamptz, body jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE
    claims text[] := record.token_claims(token);
    mine text[]; held text[]; objections text[]; joined uuid[]; r record.resource; allowed boolean;
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    SELECT * INTO r FROM record.resource x WHERE x.id = wanted AND x.type = wanted_type;
    mine := record.parties_of(claims[1]);
    joined := ARRAY(
        SELECT b.subject FROM record.membership a JOIN record.membership b ON b.person = a.person AND upper_inf(b.valid)
        WHERE a.subject = coalesce(r.subject, wanted) AND upper_inf(a.valid)) || coalesce(r.subject, wanted);
    SELECT coalesce(array_agg(DISTINCT k.kind), '{}') INTO held FROM record.relationship k
    WHERE k.subject = ANY (joined) AND k.party = ANY (mine) AND k.valid @> clock_timestamp();
    objections := record.objections_of(joined, mine, claims[4]);
    allowed := r.id IS NOT NULL AND record.policy_allows(
        claims[2], claims[4], 'read', held, r.parties && mine, r.type, r.labels, ('org:' || r.source) = ANY (mine),
        objections && record.objectionable(r.source, r.labels), 
        record.is_agreed(claims[2], claims[4], mine, r.type, r.source), r.source = 'careweave');
    INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)
    VALUES (claims[1], claims[2], claims[3], claims[4], CASE WHEN allowed THEN 'read' ELSE 'refused' END,
            CASE WHEN allowed THEN ARRAY[r.subject] ELSE '{}'::uuid[] END,
            jsonb_build_object('type', wanted_type, 'id', wanted));
    IF allowed THEN
        RETURN QUERY SELECT r.version, r.subject, r.source, r.labels, r.parties, r.starts, r.ends, r.updated, r.body;
    END IF;
END $$;

-- The body as a FHIR client expects it: with the version, and the time of this version.
CREATE OR REPLACE FUNCTION record.with_meta(body jsonb, version integer, updated timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (body || jsonb_build_object('meta', coalesce(body -> 'meta', '{}') || jsonb_build_object(
        'versionId', version::text,
        'lastUpdated', to_char(updated AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))))::text $$;

-- People this actor stands in some relationship to, by words they are found by: every word must fit the person.
CREATE OR REPLACE FUNCTION record.gate_find(token text, words text[], birth date, digits text, most integer)
RETURNS TABLE (person uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token); mine text[]; word text; found uuid[]; hits uuid[];
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    mine := record.parties_of(claims[1]);
    FOREACH word IN ARRAY words LOOP
        SELECT array_agg(DISTINCT record.person_of(f.subject)) INTO hits FROM record.finder f
        WHERE f.kind IN ('name', 'address') AND f.value LIKE word || '%'
          AND record.is_known_to(f.subject, mine);
        IF hits IS NULL THEN
            SELECT array_agg(DISTINCT record.person_of(f.subject)) INTO hits FROM record.finder f
            WHERE f.kind = 'name' AND f.value % word AND record.is_known_to(f.subject, mine);
        END IF;
        found := CASE WHEN found IS NULL THEN coalesce(hits, '{}')
                      ELSE ARRAY(SELECT unnest(found) INTERSECT SELECT unnest(hits)) END;
    END LOOP;
    IF birth IS NOT NULL THEN
        SELECT array_agg(DISTINCT record.person_of(f.subject)) INTO hits FROM record.finder f
        WHERE f.kind = 'birth' AND f.value = birth::text AND record.is_known_to(f.subject, mine);
        found := CASE WHEN found IS NULL THEN coalesce(hits, '{}')
                      ELSE ARRAY(SELECT unnest(found) INTERSECT SELECT unnest(hits)) END;
    END IF;
    IF digits <> '' THEN
        SELECT array_agg(DISTINCT record.person_of(f.subject)) INTO hits FROM record.finder f
        WHERE f.kind IN ('nhs-number', 'phone') AND f.value = digits AND record.is_known_to(f.subject, mine);
        found := CASE WHEN found IS NULL THEN coalesce(hits, '{}')
                      ELSE ARRAY(SELECT unnest(found) INTERSECT SELECT unnest(hits)) END;
    END IF;
    RETURN QUERY SELECT p FROM unnest(found) AS p WHERE p IS NOT NULL ORDER BY p LIMIT most;
END $$;

-- Whether any record of the same person stands in a relationship to one of these parties.
CREATE OR REPLACE FUNCTION record.is_known_to(asked uuid, mine text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM record.relationship k
                   WHERE k.subject = asked AND k.party = ANY (mine) AND k.valid @> clock_timestamp())
        OR EXISTS (SELECT 1 FROM record.membership a
                   JOIN record.membership b ON b.person = a.person AND upper_inf(b.valid)
                   JOIN record.relationship k ON k.subject = b.subject AND k.party = ANY (mine)
                   WHERE a.subject = asked AND upper_inf(a.valid) AND k.valid @> clock_timestamp()) $$;

-- The people this actor has a relationship of one of these kinds to.
CREATE OR REPLACE FUNCTION record.gate_people(token text, wanted text[]) RETURNS TABLE (person uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token);
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    RETURN QUERY SELECT DISTINCT coalesce(m.person, k.subject) FROM record.relationship k
    LEFT JOIN record.membership m ON m.subject = k.subject AND upper_inf(m.valid)
    WHERE k.party = ANY (record.parties_of(claims[1])) AND k.kind = ANY (wanted) AND k.valid @> clock_timestamp();
END $$;

-- The one audited way to learn that someone is known here: exact NHS number, or exact name and birth date.
CREATE OR REPLACE FUNCTION record.gate_trace(token text, number text, name_words text[], birth date) RETURNS TABLE (person uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token);
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    RETURN QUERY
    WITH hits AS (
        SELECT f.subject FROM record.finder f WHERE number <> '' AND f.kind = 'nhs-number' AND f.value = number
        UNION
        SELECT f.subject FROM record.finder f WHERE number = '' AND f.kind = 'birth' AND f.value = birth::text
          AND NOT EXISTS (SELECT 1 FROM unnest(name_words) AS w WHERE NOT EXISTS (
              SELECT 1 FROM record.finder n WHERE n.subject = f.subject AND n.kind = 'name' AND n.value = w))),
    people AS (SELECT DISTINCT record.person_of(h.subject) AS p FROM hits h)
    SELECT p FROM people WHERE p IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM record.resource r JOIN record.membership m ON m.subject = r.subject AND upper_inf(m.valid)
        WHERE m.person = p AND r.type = 'Patient' AND r.labels <> '{}');
END $$;

-- Who looked at, or changed, the records of the people the session is open for.
CREATE OR REPLACE FUNCTION record.gate_looks(from_time timestamptz, most integer)
RETURNS TABLE (at timestamptz, actor text, role text, organisation text, purpose text, act text, detail jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT a.at, a.actor, a.role, a.organisation, a.purpose, a.act, a.detail FROM (
        SELECT * FROM record.audit WHERE cardinality(subjects) = 1
          AND subjects[1] = ANY ((SELECT record.session_subjects())::uuid[]) AND at >= from_time
        UNION ALL
        SELECT * FROM record.audit WHERE cardinality(subjects) > 1
          AND subjects && (SELECT record.session_subjects())::uuid[] AND at >= from_time) AS a
    ORDER BY a.at DESC LIMIT most $$;

-- Every party the actor of this token acts as: themself, their teams, their organisations.
CREATE OR REPLACE FUNCTION record.gate_parties(token text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT record.parties_of((record.token_claims(token))[1]) $$;

-- When each source last sent a file: about feeds, not about people.
CREATE OR REPLACE FUNCTION record.last_received() RETURNS TABLE (source text, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT b.source, max(coalesce(b.finished_at, b.started_at)) FROM record.load_batch b GROUP BY b.source $$;

-- Everyone this actor stands in some relationship to, with all their records: where an open search may look.
CREATE OR REPLACE FUNCTION record.gate_reach(token text)
RETURNS TABLE (person uuid, subject uuid, source text, since timestamptz, kinds text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token); parties text[] := record.parties_of(claims[1]);
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    RETURN QUERY
    WITH held AS (
        SELECT coalesce(m.person, k.subject) AS who, array_agg(DISTINCT k.kind) AS kinds
        FROM record.relationship k LEFT JOIN record.membership m ON m.subject = k.subject AND upper_inf(m.valid)
        WHERE k.party = ANY (parties) AND k.valid @> clock_timestamp() GROUP BY 1),
    members AS MATERIALIZED (
        SELECT h.who, coalesce(m.subject, h.who) AS subject, coalesce(m.source, '') AS source, lower(m.valid) AS since,
               h.kinds
        FROM held h LEFT JOIN record.membership m ON m.person = h.who AND upper_inf(m.valid)),
    objecting AS (
        SELECT s.who, array_agg(DISTINCT 'objects:' || c.covers) AS words
        FROM members s JOIN record.choice c ON c.subject = s.subject
        WHERE c.purpose = claims[4] AND c.valid @> clock_timestamp() AND (c.to_party = '' OR c.to_party = ANY (parties))
        GROUP BY s.who)
    SELECT s.who, s.subject, s.source, s.since, s.kinds || coalesce(o.words, '{}')
    FROM members s LEFT JOIN objecting o ON o.who = s.who;
END $$;

-- Recent acts over everyone, for those who answer for how information is used: who, when, for what; subjects as ids.
CREATE OR REPLACE FUNCTION record.gate_audit(token text, of_actor text, from_time timestamptz, most integer)
RETURNS TABLE (at timestamptz, actor text, role text, organisation text, purpose text, act text, detail jsonb, subjects uuid[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token);
BEGIN
    IF claims IS NULL OR NOT record.policy_allows(
        claims[2], claims[4], 'read', '{}', false, 'AuditEvent', '{}', false, false, true) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT a.at, a.actor, a.role, a.organisation, a.purpose, a.act, a.detail, a.subjects FROM record.audit a
    WHERE a.at >= from_time AND (of_actor = '' OR a.actor = of_actor) ORDER BY a.id DESC LIMIT most;
END $$;

-- What every reader has passed is no longer needed; the resources and the audit keep the history.
CREATE OR REPLACE FUNCTION record.prune_outbox() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    DELETE FROM record.outbox o USING (SELECT xid, id FROM record.outbox_reader ORDER BY xid, id LIMIT 1) AS r
    WHERE (o.xid, o.id) <= (r.xid, r.id) $$;
