-- Surveys that people are asked: what is planned, asked and over, with the moment of the next step. What is said of the
-- answers here is that they came: the answers are in the record.
CREATE TABLE record.invitation (
    id uuid PRIMARY KEY,                      -- of the Communication that asks, once it does
    subject uuid NOT NULL,
    survey text NOT NULL,
    version text NOT NULL,
    event text NOT NULL,                      -- what asked: discharge, plan-published, death …
    opens_at timestamptz NOT NULL,
    reminds_at timestamptz,
    closes_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'planned'
        CHECK (state IN ('planned', 'asked', 'reminded', 'answered', 'declined', 'closed', 'stopped')),
    why text NOT NULL DEFAULT '',
    act_at timestamptz,                       -- the next step of the background work; null when there is none
    token bytea UNIQUE,                       -- SHA-256 of the one-time link; the link itself is kept nowhere
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (opens_at < closes_at),
    CHECK ((state IN ('planned', 'asked', 'reminded')) = (act_at IS NOT NULL))
);
CREATE INDEX invitation_due ON record.invitation (act_at) WHERE act_at IS NOT NULL;
CREATE INDEX invitation_of_person ON record.invitation (subject, opens_at);
ALTER TABLE record.invitation ENABLE ROW LEVEL SECURITY;
CREATE POLICY gate ON record.invitation USING ((SELECT record.session_everyone())
    OR subject IN (SELECT unnest(record.session_subjects())));
