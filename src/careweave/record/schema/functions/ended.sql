-- When access ended that somebody had by name: as a member of the team, in charge, as a carer with whom the person
-- shared, or by an authority to act for them. Nobody learns of anyone they did not know: only the asker's own past is looked at, and the name is the one
-- that the person had then.

CREATE OR REPLACE FUNCTION record.gate_ended(token text, asked uuid, days integer)
RETURNS TABLE (ended timestamptz, names jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE
    claims text[] := record.token_claims(token); who uuid := record.person_of(asked);
    subjects uuid[]; moment timestamptz; at timestamptz := clock_timestamp();
BEGIN
    IF claims IS NULL OR who IS NULL THEN RETURN; END IF;
    subjects := who || ARRAY(SELECT m.subject FROM record.membership m WHERE m.person = who AND upper_inf(m.valid));
    -- Whom a stop for safety keeps out learns nothing from an authority that ended before.
    IF EXISTS (SELECT 1 FROM record.resource f, jsonb_array_elements(coalesce(f.body #> '{provision,actor}', '[]')) AS a
               WHERE f.subject = ANY (subjects) AND f.type = 'Consent' AND f.source = 'careweave'
                 AND f.body ->> 'status' = 'active' AND f.body @> '{"category": [{"coding": [{"code": "proxy-freeze"}]}]}'
                 AND a #>> '{reference,identifier,value}' = claims[1]) THEN RETURN; END IF;
    SELECT max(each.until) INTO moment FROM (
        SELECT upper(h.valid) AS until FROM record.responsibility h
        WHERE h.subject = ANY (subjects) AND h.holder = claims[1]
        UNION ALL
        SELECT coalesce((p #>> '{period,end}')::timestamptz,
                        CASE WHEN t.body ->> 'status' <> 'active' THEN t.updated END)
        FROM record.resource t, jsonb_array_elements(coalesce(t.body -> 'participant', '[]')) AS p
        WHERE t.subject = ANY (subjects) AND t.type = 'CareTeam' AND t.source = 'careweave'
          AND t.body ->> 'status' <> 'entered-in-error'
          AND p #>> '{member,identifier,value}' = claims[1]
          AND NOT coalesce(p -> 'role', '[]') @> '[{"text": "volunteer"}]'
        UNION ALL
        -- A permit that stood once and stands no more; whoever was never shared with has none that stood.
        SELECT coalesce((SELECT min(v.updated) FROM record.resource_version v
                         WHERE v.id = c.id AND v.version > last.version), c.updated)
        FROM record.resource c
        JOIN LATERAL (SELECT max(v.version) AS version FROM record.resource_version v
                      WHERE v.id = c.id AND v.body ->> 'status' = 'active') AS last ON last.version IS NOT NULL,
            jsonb_array_elements(coalesce(c.body #> '{provision,actor}', '[]')) AS a
        WHERE c.subject = ANY (subjects) AND c.type = 'Consent' AND c.source = 'careweave'
          AND c.body ->> 'status' IN ('inactive', 'rejected')
          AND (c.body @> '{"category": [{"coding": [{"code": "carer-sharing"}]}]}'
               OR c.body @> '{"category": [{"coding": [{"code": "acting-for"}]}]}')
          AND a #>> '{reference,identifier,value}' = claims[1]
        UNION ALL
        -- An authority to act for the person whose day has come, with nobody ending it.
        SELECT (c.body #>> '{provision,period,end}')::timestamptz
        FROM record.resource c, jsonb_array_elements(coalesce(c.body #> '{provision,actor}', '[]')) AS a
        WHERE c.subject = ANY (subjects) AND c.type = 'Consent' AND c.source = 'careweave'
          AND c.body ->> 'status' = 'active' AND c.body #>> '{provision,type}' = 'permit'
          AND c.body @> '{"category": [{"coding": [{"code": "acting-for"}]}]}'
          AND (c.body #>> '{provision,period,end}')::timestamptz <= at
          AND a #>> '{reference,identifier,value}' = claims[1]) AS each;
    IF moment IS NULL OR moment > at OR moment < at - make_interval(days => days) THEN RETURN; END IF;
    RETURN QUERY SELECT moment, v.body -> 'name' FROM (
        SELECT r.body, r.updated FROM record.resource r WHERE r.id = who AND r.type = 'Patient'
        UNION ALL
        SELECT w.body, w.updated FROM record.resource_version w WHERE w.id = who AND w.type = 'Patient') AS v
    WHERE v.updated <= moment
      AND EXISTS (SELECT 1 FROM record.resource r WHERE r.id = who AND r.labels = '{}')
    ORDER BY v.updated DESC LIMIT 1;
EXCEPTION WHEN data_exception THEN RETURN;
END $$;
