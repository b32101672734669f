-- What the governance lead asked about an unusual look, and what came of it: steps, of which the last one counts.
CREATE TABLE record.access_question (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor text NOT NULL,
    reason text NOT NULL CHECK (reason IN ('own-record', 'same-name', 'left', 'volume', 'unrelated')),
    covers_until timestamptz NOT NULL,           -- a later look of the same kind is a new question
    outcome text NOT NULL CHECK (outcome IN ('asked', 'explained', 'further')),
    words text NOT NULL CHECK (btrim(words) <> ''),
    said_by text NOT NULL,
    said_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (said_by <> actor),                    -- nobody answers a question about themselves
    CHECK (covers_until <= said_at)
);
CREATE INDEX access_question_latest ON record.access_question (actor, reason, id);
ALTER TABLE record.access_question ENABLE ROW LEVEL SECURITY;
CREATE POLICY govern_read ON record.access_question FOR SELECT
    USING ((SELECT (record.session_claims())[4]) = 'governance');
CREATE POLICY govern ON record.access_question FOR INSERT
    WITH CHECK ((SELECT (record.session_claims())[4]) = 'governance' AND said_by = (SELECT record.session_actor()));
-- The audit is written in the order of time, so a few pages say where a stretch of time lies, and a write costs nothing.
CREATE INDEX audit_by_time ON record.audit USING brin (at) WITH (pages_per_range = 32, autosummarize = on);
