-- Requests of people for a copy of their record: what was asked, every step of the answer, and the copy itself.
CREATE TABLE record.access_request (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subject uuid NOT NULL,
    asked_on date NOT NULL,
    asked_how text NOT NULL CHECK (btrim(asked_how) <> ''),
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (asked_on <= (recorded_at AT TIME ZONE 'Europe/London')::date)
);
CREATE INDEX access_request_of_subject ON record.access_request (subject);

-- Steps are only added; the last one about the same thing counts.
CREATE TABLE record.access_step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request uuid NOT NULL REFERENCES record.access_request (id) ON DELETE CASCADE,
    act text NOT NULL CHECK (act IN ('identity', 'extended', 'taken', 'include', 'leave-out', 'remove-words', 'restore-words',
        'ask-opinion', 'harm', 'no-harm', 'released', 'refused', 'withdrawn', 'fetched')),
    entry uuid,
    type text NOT NULL DEFAULT '',
    version integer,
    words text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    asked_of text NOT NULL DEFAULT '',
    said_by text NOT NULL,
    said_role text NOT NULL,
    said_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((entry IS NULL) = (version IS NULL) AND (entry IS NULL) = (type = '')),
    CHECK (act NOT IN ('include', 'leave-out', 'ask-opinion', 'harm', 'no-harm') OR entry IS NOT NULL),
    CHECK (act NOT IN ('leave-out', 'remove-words') OR reason <> ''),
    CHECK (act NOT IN ('extended', 'refused', 'identity', 'remove-words', 'restore-words', 'ask-opinion', 'harm', 'no-harm')
        OR btrim(words) <> ''),
    CHECK ((act = 'ask-opinion') = (asked_of <> '')),
    CHECK (asked_of <> said_by)
);
CREATE INDEX access_step_of_request ON record.access_step (request, id);
CREATE INDEX access_step_asked_of ON record.access_step (asked_of) WHERE asked_of <> '';

CREATE TABLE record.access_copy (
    request uuid PRIMARY KEY REFERENCES record.access_request (id) ON DELETE CASCADE,
    subject uuid NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by text NOT NULL,
    digest text NOT NULL,
    content bytea NOT NULL CHECK (sha256(content) = decode(digest, 'hex')),
    fetch_until timestamptz NOT NULL
);
CREATE INDEX access_copy_of_subject ON record.access_copy (subject);

ALTER TABLE record.access_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE record.access_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE record.access_copy ENABLE ROW LEVEL SECURITY;
CREATE POLICY answer ON record.access_request USING ((SELECT (record.session_claims())[4]) = 'subject-access');
CREATE POLICY desk ON record.access_request FOR SELECT USING ((SELECT (record.session_claims())[4]) = 'governance');
CREATE POLICY own ON record.access_request USING ((SELECT (record.session_claims())[4]) = 'own-care'
    AND subject IN (SELECT unnest(record.session_subjects())));
CREATE POLICY answer ON record.access_step FOR SELECT USING ((SELECT (record.session_claims())[4]) = 'subject-access');
CREATE POLICY desk ON record.access_step FOR SELECT USING ((SELECT (record.session_claims())[4]) = 'governance');
CREATE POLICY own ON record.access_step FOR SELECT USING ((SELECT (record.session_claims())[4]) = 'own-care'
    AND act IN ('identity', 'extended', 'released', 'refused', 'withdrawn', 'fetched')
    AND request IN (SELECT r.id FROM record.access_request r WHERE r.subject IN (SELECT unnest(record.session_subjects()))));
CREATE POLICY say ON record.access_step FOR INSERT WITH CHECK (said_by = (SELECT record.session_actor())
    AND said_role = (SELECT (record.session_claims())[2]));
CREATE POLICY answer ON record.access_copy USING ((SELECT (record.session_claims())[4]) = 'subject-access');
CREATE POLICY own ON record.access_copy FOR SELECT USING ((SELECT (record.session_claims())[4]) = 'own-care'
    AND subject IN (SELECT unnest(record.session_subjects())));
