-- Entries that stood in the wrong person's record: notes moved to another person, and records held apart again.
CREATE OR REPLACE FUNCTION record.wrong_entries(from_time timestamptz)
RETURNS TABLE (incident uuid, kind text, at timestamptz, found_by text, person uuid, subjects uuid[],
               shown_from timestamptz, reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT r.id, 'note', r.updated,
           (SELECT a.actor FROM record.audit a WHERE cardinality(a.subjects) = 1 AND a.subjects[1] = r.subject
            AND a.at BETWEEN r.updated - interval '1 minute' AND r.updated + interval '1 minute'
            AND a.act = 'update' AND a.detail ->> 'id' = r.id::text ORDER BY a.at DESC LIMIT 1),
           coalesce(record.person_of(r.subject), r.subject), ARRAY[r.subject],
           (SELECT min(v.updated) FROM record.resource_version v WHERE v.id = r.id), r.body #>> '{statusReason,text}'
    FROM record.resource r
    WHERE r.type = 'Communication' AND r.body ->> 'status' = 'entered-in-error'
      AND starts_with(r.body #>> '{statusReason,text}', 'Wrong person') AND r.updated >= from_time
    UNION ALL
    SELECT md5('parted ' || e.id)::uuid, 'record', e.at, e.actor, coalesce(d.person, e.person), e.subjects,
           (SELECT min(lower(m.valid)) FROM record.membership m
            WHERE m.subject = ANY (e.subjects) AND m.person = d.person), d.evidence ->> 'reason'
    FROM record.link_event e LEFT JOIN LATERAL (
        SELECT x.person, x.evidence FROM record.link_event x
        WHERE x.at = e.at AND x.act = 'different' AND x.subjects && e.subjects LIMIT 1) AS d ON true
    WHERE e.rule = 'parted by a person' AND e.at >= from_time $$;

-- One row for each entry and everyone who saw it while it stood there; one row without a reader when nobody did.
CREATE OR REPLACE FUNCTION record.gate_incidents(token text, from_time timestamptz)
RETURNS TABLE (incident uuid, kind text, at timestamptz, found_by text, person uuid, reason text,
               reader text, role text, organisation text, first_at timestamptz, last_at timestamptz, looks bigint,
               told_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE claims text[] := record.token_claims(token);
BEGIN
    IF claims IS NULL OR NOT record.policy_allows(
        claims[2], claims[4], 'read', '{}', false, 'AuditEvent', '{}', false, false, true) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT w.incident, w.kind, w.at, w.found_by, w.person, w.reason, s.actor, s.role, s.organisation, s.first_at,
           s.last_at, s.n, CASE WHEN s.actor = w.found_by THEN w.at ELSE
               (SELECT min(c.updated) FROM record.resource c
                WHERE c.subject = ANY (w.subjects) AND c.type = 'Communication' AND s.actor = ANY (c.parties)
                  AND c.body @> jsonb_build_object('about', jsonb_build_array(
                      jsonb_build_object('reference', 'Communication/' || w.incident)))) END
    FROM record.wrong_entries(from_time) AS w LEFT JOIN LATERAL (
        SELECT a.actor, max(a.role) AS role, max(a.organisation) AS organisation, min(a.at) AS first_at,
               max(a.at) AS last_at, count(*) AS n
        FROM (SELECT * FROM record.audit x WHERE cardinality(x.subjects) = 1 AND x.subjects[1] = ANY (w.subjects)
                AND x.at BETWEEN w.shown_from AND w.at
              UNION ALL
              SELECT * FROM record.audit x WHERE cardinality(x.subjects) > 1 AND x.subjects && w.subjects
                AND x.at BETWEEN w.shown_from AND w.at) AS a
        WHERE a.act IN ('read', 'history', 'search', 'everything', 'export') AND a.actor NOT LIKE 'system:%'
          AND (w.kind = 'record' OR a.act IN ('everything', 'export') OR a.detail ->> 'id' = w.incident::text
               OR a.detail -> 'types' ? 'Communication'
               OR (a.detail ->> 'type' = 'Communication' AND NOT a.detail ? 'id'))
        GROUP BY a.actor) AS s ON true
    ORDER BY w.at DESC, w.incident, s.first_at;
END $$;
