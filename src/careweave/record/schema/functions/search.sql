-- A search is entered once: the database works out from the signed token where it may look and how the actor stands to
-- each person, signs what it opened, and keeps the facts beside the session, so that no list of people travels.

-- Whose records can answer an open search for something rare, known to the actor, at most so many; NULL when it is not
-- rare, which changes nothing but how the search is done.
CREATE OR REPLACE FUNCTION record.few_subjects(
    mine text[], tokens bigint[], ids uuid[], births text[], word text, most integer) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE hits uuid[];
BEGIN
    IF cardinality(ids) > 0 THEN
        hits := ARRAY(SELECT r.subject FROM record.resource r WHERE r.id = ANY (ids));
    ELSIF cardinality(births) > 0 THEN
        hits := ARRAY(SELECT f.subject FROM record.finder f WHERE f.kind = 'birth' AND f.value = ANY (births) LIMIT most + 1);
    END IF;
    IF (hits IS NULL OR cardinality(hits) > most) AND cardinality(tokens) > 0 THEN
        hits := ARRAY(SELECT t.subject FROM record.token t WHERE t.token = ANY (tokens) LIMIT most + 1);
    END IF;
    IF (hits IS NULL OR cardinality(hits) > most) AND word <> '' THEN
        hits := ARRAY(SELECT f.subject FROM record.finder f WHERE f.kind = 'name' AND f.value LIKE word || '%' LIMIT most + 1);
    END IF;
    IF hits IS NULL OR cardinality(hits) > most THEN RETURN NULL; END IF;
    RETURN ARRAY(SELECT DISTINCT h FROM unnest(hits) AS h WHERE record.is_known_to(h, mine));
END $$;

-- Opens a search. The token names `+a,b`: all records of the people whom a and b stand for; `~`: all records of everyone
-- the actor stands in some relationship to, or of those few of them whom the hints leave; `*`: everyone, for jobs of the
-- system. The directory, which is about nobody, is open to every search.
CREATE OR REPLACE FUNCTION record.gate_search(
    token text, with_people boolean, tokens bigint[], ids uuid[], births text[], word text, most integer) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE
    claims text[] := record.token_claims(token); standing record; asked uuid[];
    subjects uuid[]; held jsonb; people jsonb; objecting boolean; payload text; mac text;
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    IF claims IS NULL THEN RAISE EXCEPTION 'no valid session' USING ERRCODE = 'insufficient_privilege'; END IF;
    SELECT s.parties, s.agreed INTO standing FROM record.gate_standing(token) AS s;
    IF left(claims[7], 1) = '+' THEN
        asked := string_to_array(substr(claims[7], 2), ',')::uuid[];
    ELSIF claims[7] = '~' THEN
        asked := record.few_subjects(standing.parties, tokens, ids, births, word, most);
    ELSIF claims[7] = '*' THEN
        asked := '{}';
    ELSE
        RAISE EXCEPTION 'this session opens no search' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF asked IS NULL THEN
        SELECT array_agg(g.subject), jsonb_object_agg(g.subject, array_to_string(g.kinds, ',')),
               jsonb_object_agg(g.subject, g.person) FILTER (WHERE with_people AND g.subject <> g.person),
               bool_or(array_to_string(g.kinds, ',') LIKE '%objects:%')
        INTO subjects, held, people, objecting FROM record.gate_reach(token) AS g;
    ELSIF asked <> '{}' THEN
        SELECT array_agg(g.subject), jsonb_object_agg(g.subject, array_to_string(g.kinds, ',')),
               jsonb_object_agg(g.subject, coalesce(g.person, g.asked_id)) FILTER (WHERE with_people),
               bool_or(array_to_string(g.kinds, ',') LIKE '%objects:%')
        INTO subjects, held, people, objecting FROM record.gate_open(token, asked) AS g;
    END IF;
    subjects := coalesce(subjects, '{}') || nobody;
    IF claims[7] <> '*' THEN
        claims[7] := array_to_string(subjects, ',');
        payload := array_to_string(claims, '|');
        SELECT encode(sha256(k.outer_pad || sha256(k.inner_pad || convert_to(payload, 'UTF8'))), 'hex') INTO mac
        FROM record.gate_key AS k;
        PERFORM set_config('careweave.session', mac || '|' || payload, true);
    ELSE
        PERFORM set_config('careweave.session', token, true);
    END IF;
    PERFORM set_config('careweave.facts', jsonb_build_object(
        'subjects', subjects::text, 'held', coalesce(held, '{}'), 'people', coalesce(people, '{}'),
        'said', CASE WHEN objecting THEN 'objects:' ELSE '' END,
        'mine', standing.parties::text, 'agreed', standing.agreed::text)::text, true);
END $$;

-- The facts of the search that is open, as one row beside every row of it: the subjects, how the actor stands to each
-- (and what each holds against it: `said` tells whether anybody does), whose record each is, and whom the actor acts as.
-- OFFSET 0: a large reach is a megabyte, unpacked once and not for each column.
CREATE OR REPLACE FUNCTION record.session_facts()
RETURNS TABLE (subjects uuid[], held jsonb, said text, people jsonb, mine text[], agreed text[])
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT (j ->> 'subjects')::uuid[], j -> 'held', j ->> 'said', j -> 'people', (j ->> 'mine')::text[],
           (j ->> 'agreed')::text[]
    FROM (SELECT current_setting('careweave.facts')::jsonb AS j OFFSET 0) AS kept $$;

-- What the references at these paths of a body lead to, as far as they lead to resources kept here.
CREATE OR REPLACE FUNCTION record.references_in(body jsonb, paths jsonpath[]) RETURNS TABLE (type text, id uuid)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 2 AS $$
    SELECT split_part(r.said, '/', 1),
           CASE WHEN r.said ~ '^[A-Za-z]+/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(/_history/[^/]+)?$'
                THEN split_part(r.said, '/', 2)::uuid END
    FROM unnest(paths) AS p, LATERAL (SELECT v #>> '{}' AS said FROM jsonb_path_query(body, p) AS v) AS r $$;
