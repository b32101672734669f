-- Moves loaded chunks into the store, and keeps the token table in step with every body.

-- Takes out of a copied chunk what is stored for another subject, source or type already; gives their ids.
CREATE OR REPLACE FUNCTION record.load_rows_moved(wanted uuid) RETURNS uuid[]
LANGUAGE sql VOLATILE SET search_path = pg_catalog, record, pg_temp AS $$
    WITH gone AS (
        DELETE FROM record.load_row l USING record.resource r WHERE l.chunk = wanted AND r.id = l.id
          AND (r.subject <> l.subject OR r.source <> l.source OR r.type <> l.type) RETURNING l.id)
    SELECT coalesce(array_agg(id), '{}') FROM gone $$;

-- Moves one copied chunk into the store: the newest body by the source's stamp, then by content, wins.
CREATE OR REPLACE FUNCTION record.load_rows(wanted uuid, of_batch uuid, chunk_number bigint)
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
CREATE OR REPLACE FUNCTION record.follow_tokens() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    DELETE FROM record.token t USING unnest(OLD.tokens) AS o
    WHERE t.token = o AND t.subject = OLD.subject AND t.id = OLD.id AND NOT o = ANY (NEW.tokens);
    INSERT INTO record.token SELECT n, NEW.subject, NEW.id FROM unnest(NEW.tokens) AS n WHERE NOT n = ANY (OLD.tokens);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER follow_tokens AFTER UPDATE ON record.resource FOR EACH ROW
    WHEN (OLD.tokens IS DISTINCT FROM NEW.tokens) EXECUTE FUNCTION record.follow_tokens();

-- Gives back the room that copied chunks took, unless another load is at work: it will do so at its own end.
CREATE OR REPLACE FUNCTION record.reclaim_load_rows() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    LOCK TABLE record.load_row IN ACCESS EXCLUSIVE MODE NOWAIT;
    TRUNCATE record.load_row;  -- each chunk takes its rows out itself: what is left is dead
EXCEPTION WHEN lock_not_available THEN NULL;
END $$;
