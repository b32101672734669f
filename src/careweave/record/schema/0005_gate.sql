-- The functions of the door. Each verifies a token before it looks; none can be asked without one.

CREATE FUNCTION record.parties_of(who text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT array_append(coalesce(array_agg(m.party), '{}'), who)
    FROM record.party_member m WHERE m.actor = who AND m.valid @> clock_timestamp() $$;

-- The person an id stands for: a member's person, a person joined to another, or NULL for a record not yet linked.
CREATE FUNCTION record.person_of(asked uuid) RETURNS uuid
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

-- The facts for the people asked for: whose records they are and how the actor stands to each person.
CREATE FUNCTION record.gate_open(token text, asked uuid[])
RETURNS TABLE (asked_id uuid, person uuid, subject uuid, source text, since timestamptz, kinds text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token); parties text[];
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    parties := record.parties_of(claims[1]);
    RETURN QUERY
    WITH people AS (SELECT a AS asked_id, record.person_of(a) AS person FROM unnest(asked) AS a),
    members AS (
        SELECT p.asked_id, p.person, m.subject, m.source, lower(m.valid) AS since
        FROM people p JOIN record.membership m ON m.person = p.person AND upper_inf(m.valid)
        UNION ALL
        SELECT p.asked_id, NULL, r.subject, r.source, r.updated
        FROM people p JOIN record.resource r ON r.id = p.asked_id AND r.id = r.subject WHERE p.person IS NULL),
    facts AS (
        SELECT s.asked_id, array_agg(DISTINCT r.kind) AS kinds
        FROM members s JOIN record.relationship r ON r.subject = s.subject AND r.party = ANY (parties)
        WHERE r.valid @> clock_timestamp() GROUP BY s.asked_id)
    SELECT s.asked_id, s.person, s.subject, s.source, s.since, coalesce(f.kinds, '{}')
    FROM members s LEFT JOIN facts f USING (asked_id);
END $$;

-- One resource, decided, audited and handed out in one statement. No row: absent or not allowed, alike, also in what is
-- done for it.
CREATE FUNCTION record.gate_read(token text, wanted_type text, wanted uuid)
RETURNS TABLE (version integer, subject uuid, source text, labels text[], parties text[],
               starts timestamptz, ends timestamptz, updated timestamptz, body jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE
    claims text[] := record.token_claims(token);
    mine text[]; held text[]; joined uuid[]; r record.resource; allowed boolean;
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    SELECT * INTO r FROM record.resource x WHERE x.id = wanted AND x.type = wanted_type;
    mine := record.parties_of(claims[1]);
    joined := ARRAY(
        SELECT b.subject FROM record.membership a JOIN record.membership b ON b.person = a.person AND upper_inf(b.valid)
        WHERE a.subject = coalesce(r.subject, wanted) AND upper_inf(a.valid)) || coalesce(r.subject, wanted);
    SELECT coalesce(array_agg(DISTINCT k.kind), '{}') INTO held FROM record.relationship k
    WHERE k.subject = ANY (joined) AND k.party = ANY (mine) AND k.valid @> clock_timestamp();
    allowed := r.id IS NOT NULL AND record.policy_allows(
        claims[2], claims[4], 'read', held, r.parties && mine, r.type, r.labels, ('org:' || r.source) = ANY (mine));
    INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)
    VALUES (claims[1], claims[2], claims[3], claims[4], CASE WHEN allowed THEN 'read' ELSE 'refused' END,
            CASE WHEN allowed THEN ARRAY[r.subject] ELSE '{}'::uuid[] END,
            jsonb_build_object('type', wanted_type, 'id', wanted));
    IF allowed THEN
        RETURN QUERY SELECT r.version, r.subject, r.source, r.labels, r.parties, r.starts, r.ends, r.updated, r.body;
    END IF;
END $$;

-- The body as a FHIR client expects it: with the version, and the time of this version.
CREATE FUNCTION record.with_meta(body jsonb, version integer, updated timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (body || jsonb_build_object('meta', coalesce(body -> 'meta', '{}') || jsonb_build_object(
        'versionId', version::text,
        'lastUpdated', to_char(updated AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))))::text $$;

-- People this actor stands in some relationship to, by words they are found by: every word must fit the person.
CREATE FUNCTION record.gate_find(token text, words text[], birth date, digits text, most integer)
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
CREATE FUNCTION record.is_known_to(asked uuid, mine text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM record.relationship k
                   WHERE k.subject = asked AND k.party = ANY (mine) AND k.valid @> clock_timestamp())
        OR EXISTS (SELECT 1 FROM record.membership a
                   JOIN record.membership b ON b.person = a.person AND upper_inf(b.valid)
                   JOIN record.relationship k ON k.subject = b.subject AND k.party = ANY (mine)
                   WHERE a.subject = asked AND upper_inf(a.valid) AND k.valid @> clock_timestamp()) $$;

-- The people this actor has a relationship of one of these kinds to.
CREATE FUNCTION record.gate_people(token text, wanted text[]) RETURNS TABLE (person uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token);
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    RETURN QUERY SELECT DISTINCT coalesce(m.person, k.subject) FROM record.relationship k
    LEFT JOIN record.membership m ON m.subject = k.subject AND upper_inf(m.valid)
    WHERE k.party = ANY (record.parties_of(claims[1])) AND k.kind = ANY (wanted) AND k.valid @> clock_timestamp();
END $$;

-- The one audited way to learn that someone is known here: exact NHS number, or exact name and birth date.
CREATE FUNCTION record.gate_trace(token text, number text, name_words text[], birth date) RETURNS TABLE (person uuid)
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
CREATE FUNCTION record.gate_looks(from_time timestamptz, most integer)
RETURNS TABLE (at timestamptz, actor text, role text, organisation text, purpose text, act text, detail jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT a.at, a.actor, a.role, a.organisation, a.purpose, a.act, a.detail FROM (
        SELECT * FROM record.audit WHERE cardinality(subjects) = 1
          AND subjects[1] = ANY ((SELECT record.session_subjects())::uuid[]) AND at >= from_time
        UNION ALL
        SELECT * FROM record.audit WHERE cardinality(subjects) > 1
          AND subjects && (SELECT record.session_subjects())::uuid[] AND at >= from_time) AS a
    ORDER BY a.at DESC LIMIT most $$;

-- Takes out of a copied chunk what is stored for another subject, source or type already; gives their ids.
CREATE FUNCTION record.load_rows_moved(wanted uuid) RETURNS uuid[]
LANGUAGE sql VOLATILE SET search_path = pg_catalog, record, pg_temp AS $$
    WITH gone AS (
        DELETE FROM record.load_row l USING record.resource r WHERE l.chunk = wanted AND r.id = l.id
          AND (r.subject <> l.subject OR r.source <> l.source OR r.type <> l.type) RETURNING l.id)
    SELECT coalesce(array_agg(id), '{}') FROM gone $$;

-- Moves one copied chunk into the store: the newest body by the source's stamp, then by content, wins.
CREATE FUNCTION record.load_rows(wanted uuid, of_batch uuid, chunk_number bigint)
RETURNS TABLE (accepted bigint, unchanged bigint, moved uuid[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.session_claims(); taken uuid[]; changed uuid[]; total bigint; other uuid[] := '{}';
    counted uuid[]; lost bigint; copied bigint; distinct_ids bigint;
BEGIN
    IF claims IS NULL OR claims[4] <> 'intake' OR claims[7] <> '*' THEN
        RAISE EXCEPTION 'a load needs an intake session' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT count(*) FILTER (WHERE l.counts), coalesce(array_agg(DISTINCT l.id) FILTER (WHERE l.counts), '{}'),
           count(*), count(DISTINCT l.id)
    INTO total, counted, copied, distinct_ids FROM record.load_row l WHERE l.chunk = wanted;
    IF copied > distinct_ids THEN
        other := record.load_rows_moved(wanted);
        DELETE FROM record.load_row l USING (
            SELECT d.ctid AS at, row_number() OVER (PARTITION BY d.id ORDER BY d.stamp DESC NULLS LAST, d.content DESC)
                AS place FROM record.load_row d WHERE d.chunk = wanted) AS ranked
        WHERE l.ctid = ranked.at AND ranked.place > 1;
    END IF;
    WITH saved AS (
        INSERT INTO record.resource AS r
            (id, type, subject, source, labels, parties, starts, ends, stamp, content, tokens, extra, body)
        SELECT n.id, n.type, n.subject, n.source, n.labels, n.parties, n.starts, n.ends, n.stamp, n.content, n.tokens, n.extra, n.body
        FROM record.load_row n WHERE n.chunk = wanted ORDER BY n.id
        ON CONFLICT (id) DO UPDATE SET
            version = r.version + (r.content <> excluded.content OR r.labels <> excluded.labels OR r.parties <> excluded.parties)::int,
            updated = CASE WHEN r.content = excluded.content AND r.labels = excluded.labels AND r.parties = excluded.parties
                      THEN r.updated ELSE clock_timestamp() END,
            xid = CASE WHEN r.content = excluded.content AND r.labels = excluded.labels AND r.parties = excluded.parties
                  THEN r.xid ELSE pg_current_xact_id() END,
            labels = excluded.labels, parties = excluded.parties, starts = excluded.starts,
            ends = excluded.ends, stamp = excluded.stamp, content = excluded.content, tokens = excluded.tokens,
            extra = excluded.extra, body = excluded.body
        WHERE (coalesce(excluded.stamp, '-infinity'), excluded.content) > (coalesce(r.stamp, '-infinity'), r.content)
          AND r.subject = excluded.subject AND r.source = excluded.source AND r.type = excluded.type
        RETURNING r.id, r.subject, r.type, r.version, r.xid = pg_current_xact_id() AS new),  -- else: the same, said later
    told AS (
        INSERT INTO record.outbox (subject, type, resource, version, news)
        SELECT s.subject, s.type, s.id, s.version, l.news FROM saved s
        JOIN record.load_row l ON l.chunk = wanted AND l.id = s.id WHERE s.new)
    SELECT coalesce(array_agg(s.id), '{}'), coalesce(array_agg(s.id) FILTER (WHERE s.version > 1), '{}')
    INTO taken, changed FROM saved s WHERE s.new;
    IF cardinality(changed) > 0 THEN
        DELETE FROM record.finder f WHERE f.resource = ANY (changed);
        DELETE FROM record.relationship k WHERE k.resource = ANY (changed);
    END IF;
    IF cardinality(taken) < distinct_ids THEN
        other := other || record.load_rows_moved(wanted);
        DELETE FROM record.load_row l WHERE l.chunk = wanted AND l.id NOT IN (SELECT unnest(taken));
    END IF;
    INSERT INTO record.token SELECT w.token, t.subject, t.id FROM record.load_row t, unnest(t.tokens) AS w(token)
        WHERE t.chunk = wanted AND t.id NOT IN (SELECT unnest(changed)) ORDER BY w.token, t.subject;
    INSERT INTO record.finder (resource, subject, kind, value)
        SELECT t.id, t.subject, t.finder[i], t.finder[i + 1]
        FROM record.load_row t, generate_series(1, cardinality(t.finder), 2) AS i
        WHERE t.chunk = wanted AND t.finder <> '{}' ON CONFLICT DO NOTHING;
    INSERT INTO record.relationship (resource, subject, party, kind)
        SELECT t.id, t.subject, t.relationships[i], t.relationships[i + 1]
        FROM record.load_row t, generate_series(1, cardinality(t.relationships), 2) AS i
        WHERE t.chunk = wanted AND t.relationships <> '{}' ON CONFLICT DO NOTHING;
    INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)
        SELECT claims[1], claims[2], claims[3], claims[4], 'load', coalesce(array_agg(DISTINCT t.subject), '{}'),
               jsonb_build_object('batch', of_batch, 'chunk', chunk_number, 'accepted', cardinality(taken))
        FROM record.load_row t WHERE t.chunk = wanted;
    DELETE FROM record.load_row l WHERE l.chunk = wanted;
    SELECT count(*) INTO accepted FROM (SELECT unnest(taken) INTERSECT ALL SELECT unnest(counted)) AS new;
    SELECT count(*) INTO lost FROM unnest(other) AS o WHERE o = ANY (counted);
    unchanged := total - accepted - lost;
    moved := other;
    RETURN NEXT;
END $$;

-- The token table follows a body in the same statement that replaces it, whoever writes it.
CREATE FUNCTION record.follow_tokens() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    DELETE FROM record.token t USING unnest(OLD.tokens) AS o
    WHERE t.token = o AND t.subject = OLD.subject AND t.id = OLD.id AND NOT o = ANY (NEW.tokens);
    INSERT INTO record.token SELECT n, NEW.subject, NEW.id FROM unnest(NEW.tokens) AS n WHERE NOT n = ANY (OLD.tokens);
    RETURN NULL;
END $$;
CREATE TRIGGER follow_tokens AFTER UPDATE ON record.resource FOR EACH ROW
    WHEN (OLD.tokens IS DISTINCT FROM NEW.tokens) EXECUTE FUNCTION record.follow_tokens();

-- Every party the actor of this token acts as: themself, their teams, their organisations.
CREATE FUNCTION record.gate_parties(token text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT record.parties_of((record.token_claims(token))[1]) $$;

-- When each source last sent a file: about feeds, not about people.
CREATE FUNCTION record.last_received() RETURNS TABLE (source text, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT b.source, max(coalesce(b.finished_at, b.started_at)) FROM record.load_batch b GROUP BY b.source $$;

-- Everyone this actor stands in some relationship to, with all their records: where an open search may look.
CREATE FUNCTION record.gate_reach(token text)
RETURNS TABLE (person uuid, subject uuid, source text, since timestamptz, kinds text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token);
BEGIN
    IF claims IS NULL THEN RETURN; END IF;
    RETURN QUERY
    WITH held AS (
        SELECT coalesce(m.person, k.subject) AS who, array_agg(DISTINCT k.kind) AS kinds
        FROM record.relationship k LEFT JOIN record.membership m ON m.subject = k.subject AND upper_inf(m.valid)
        WHERE k.party = ANY (record.parties_of(claims[1])) AND k.valid @> clock_timestamp() GROUP BY 1)
    SELECT h.who, coalesce(m.subject, h.who), coalesce(m.source, ''), lower(m.valid), h.kinds
    FROM held h LEFT JOIN record.membership m ON m.person = h.who AND upper_inf(m.valid);
END $$;

-- Recent acts over everyone, for those who answer for how information is used: who, when, for what; subjects as ids.
CREATE FUNCTION record.gate_audit(token text, of_actor text, from_time timestamptz, most integer)
RETURNS TABLE (at timestamptz, actor text, role text, organisation text, purpose text, act text, detail jsonb, subjects uuid[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token);
BEGIN
    IF claims IS NULL OR NOT record.policy_allows(claims[2], claims[4], 'read', '{}', false, 'AuditEvent', '{}', false) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT a.at, a.actor, a.role, a.organisation, a.purpose, a.act, a.detail, a.subjects FROM record.audit a
    WHERE a.at >= from_time AND (of_actor = '' OR a.actor = of_actor) ORDER BY a.id DESC LIMIT most;
END $$;

-- What every reader has passed is no longer needed; the resources and the audit keep the history.
CREATE FUNCTION record.prune_outbox() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    DELETE FROM record.outbox o USING (SELECT xid, id FROM record.outbox_reader ORDER BY xid, id LIMIT 1) AS r
    WHERE (o.xid, o.id) <= (r.xid, r.id) $$;
