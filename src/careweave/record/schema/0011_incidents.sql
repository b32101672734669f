-- What was done about an entry that stood in the wrong person's record: who was told, and how it ended.
CREATE TABLE record.incident_step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident uuid NOT NULL,
    act text NOT NULL CHECK (act IN ('told', 'closed')),
    reader text NOT NULL DEFAULT '',
    outcome text NOT NULL DEFAULT '',
    words text NOT NULL CHECK (btrim(words) <> ''),
    said_by text NOT NULL,
    said_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((act = 'told') = (reader <> '')),
    CHECK ((act = 'closed') = (outcome <> '')),
    CHECK (said_by <> reader)
);
CREATE UNIQUE INDEX incident_step_once ON record.incident_step (incident, act, reader);
ALTER TABLE record.incident_step ENABLE ROW LEVEL SECURITY;
CREATE POLICY govern_read ON record.incident_step FOR SELECT
    USING ((SELECT (record.session_claims())[4]) = 'governance');
CREATE POLICY govern ON record.incident_step FOR INSERT
    WITH CHECK ((SELECT (record.session_claims())[4]) = 'governance' AND said_by = (SELECT record.session_actor()));
CREATE INDEX link_event_by_time ON record.link_event (at);
CREATE INDEX wrong_person_note ON record.resource (updated) WHERE type = 'Communication'
    AND body ->> 'status' = 'entered-in-error' AND starts_with(body #>> '{statusReason,text}', 'Wrong person');
