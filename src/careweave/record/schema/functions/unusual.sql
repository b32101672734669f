-- Looks at records that the governance lead may ask about, worked out from the audit since a time.

-- Whether any relationship of the reader to the person is known for that time: one that stands, or one that an entry
-- stated then and no longer does.
CREATE OR REPLACE FUNCTION record.was_related(reader text, asked uuid, moment timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE mine text[]; whose uuid; subjects uuid[];
BEGIN
    SELECT coalesce(array_agg(p.party), '{}') || reader INTO mine FROM record.party_member p
    WHERE p.actor = reader AND p.valid @> moment;
    SELECT m.person INTO whose FROM record.membership m WHERE m.subject = asked AND m.valid @> moment;
    subjects := ARRAY(SELECT m.subject FROM record.membership m WHERE m.person = whose AND upper_inf(m.valid))
        || asked || coalesce(whose, asked);
    RETURN EXISTS (SELECT 1 FROM record.relationship k
                   WHERE k.subject = ANY (subjects) AND k.party = ANY (mine) AND k.valid @> moment)
        OR EXISTS (SELECT 1 FROM record.resource r JOIN record.resource_version v ON v.id = r.id, unnest(mine) AS party
                   WHERE r.subject = ANY (subjects)
                     AND r.type IN ('Patient', 'CareTeam', 'EpisodeOfCare', 'Consent', 'Task', 'Encounter')
                     AND v.updated <= moment AND moment < coalesce(
                         (SELECT w.updated FROM record.resource_version w WHERE w.id = v.id AND w.version = v.version + 1),
                         r.updated)
                     AND strpos(v.body::text, '"' || regexp_replace(party, '^org:', '') || '"') > 0);
END $$;

-- One row for each reader and reason. Names and leaving days come from the staff directory, folded as finder words are.
CREATE OR REPLACE FUNCTION record.gate_unusual(token text, from_time timestamptz, readers text[], whole_names text[],
    last_names text[], left_on date[], at_least integer, times_usual numeric)
RETURNS TABLE (reason text, actor text, role text, organisation text, first_at timestamptz, last_at timestamptz,
               looks bigint, people uuid[], most bigint, usual double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token);
BEGIN
    IF claims IS NULL OR NOT record.policy_allows(
        claims[2], claims[4], 'read', '{}', false, 'AuditEvent', '{}', false, false, true) THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH reader AS MATERIALIZED (
        SELECT * FROM unnest(readers, whole_names, last_names, left_on) AS r(actor, whole, surname, gone)),
    acts AS MATERIALIZED (
        SELECT a.at, a.actor, a.role, a.organisation, a.purpose, a.act, a.subjects FROM record.audit a
        WHERE a.at >= from_time AND a.actor LIKE 'staff:%'),
    seen AS MATERIALIZED (
        SELECT a.actor, a.role, a.organisation, a.purpose, (a.at AT TIME ZONE 'Europe/London')::date AS day, s AS subject,
               min(a.at) AS first_at, max(a.at) AS last_at, count(*) AS n
        FROM acts a, unnest(a.subjects) AS s
        WHERE a.act IN ('read', 'history', 'search', 'everything', 'export')
        GROUP BY 1, 2, 3, 4, 5, 6),
    shown AS MATERIALIZED (
        SELECT s.*, coalesce(m.person, s.subject) AS person
        FROM seen s LEFT JOIN record.membership m ON m.subject = s.subject AND upper_inf(m.valid)),
    named AS (
        SELECT s.*, NOT EXISTS (
            SELECT 1 FROM unnest(string_to_array(r.whole, ' ')) AS w WHERE NOT EXISTS (
                SELECT 1 FROM record.finder f WHERE f.resource = s.subject AND f.kind = 'name' AND f.value = w)) AS is_own
        FROM shown s JOIN reader r ON r.actor = s.actor
        WHERE r.surname <> '' AND EXISTS (
            SELECT 1 FROM record.finder f WHERE f.resource = s.subject AND f.kind = 'name' AND f.value = r.surname)),
    daily AS MATERIALIZED (
        SELECT s.actor, s.role, max(s.organisation) AS organisation, s.day, min(s.first_at) AS first_at,
               max(s.last_at) AS last_at, sum(s.n)::bigint AS n, count(DISTINCT s.person) AS persons
        FROM shown s GROUP BY s.actor, s.role, s.day),
    busy AS (
        SELECT d.*, (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY o.persons) FROM daily o
                     WHERE o.role = d.role AND o.actor <> d.actor) AS usual
        FROM daily d WHERE d.persons >= at_least),
    found AS (
        SELECT CASE WHEN is_own THEN 'own-record' ELSE 'same-name' END AS reason, n.actor, n.role, n.organisation,
               n.first_at, n.last_at, n.n, n.person, 0::bigint AS persons, NULL::double precision AS usual FROM named n
        UNION ALL
        SELECT 'unrelated', s.actor, s.role, s.organisation, s.first_at, s.last_at, s.n, s.person, 0, NULL
        FROM shown s WHERE s.purpose = 'direct-care' AND NOT record.was_related(s.actor, s.subject, s.last_at)
        UNION ALL
        SELECT 'volume', b.actor, b.role, b.organisation, b.first_at, b.last_at, b.n, NULL, b.persons, b.usual
        FROM busy b WHERE b.persons > b.usual * times_usual
        UNION ALL
        SELECT 'left', a.actor, a.role, a.organisation, a.at, a.at, 1, NULL, 0, NULL
        FROM acts a JOIN reader r ON r.actor = a.actor
        WHERE (a.at AT TIME ZONE 'Europe/London')::date > r.gone)
    SELECT f.reason, f.actor, (array_agg(f.role ORDER BY f.last_at DESC))[1],
           (array_agg(f.organisation ORDER BY f.last_at DESC))[1], min(f.first_at), max(f.last_at), sum(f.n)::bigint,
           coalesce(array_agg(DISTINCT f.person) FILTER (WHERE f.person IS NOT NULL), '{}'), max(f.persons),
           (array_agg(f.usual ORDER BY f.persons DESC))[1]
    FROM found f
    WHERE f.last_at > coalesce((SELECT max(q.covers_until) FROM record.access_question q
                                WHERE q.actor = f.actor AND q.reason = f.reason AND q.outcome <> 'asked'), '-infinity')
    GROUP BY f.reason, f.actor ORDER BY max(f.last_at) DESC, f.reason, f.actor;
END $$;
