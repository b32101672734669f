-- What is to reach someone outside the pages: a notice by e-mail or text message, or paper. No address is kept here.
CREATE TABLE record.delivery (
    id uuid PRIMARY KEY,                      -- the reference that a provider is given: the same at every try
    subject uuid NOT NULL,
    entity uuid NOT NULL,                     -- the Communication it brings news of
    party text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('notice', 'print')),
    format text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'printed', 'handed', 'stopped')),
    tries integer NOT NULL DEFAULT 0,
    next_try timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_by text NOT NULL DEFAULT '',         -- email or text
    provider_id text,
    told text NOT NULL DEFAULT '',            -- the provider's own word
    batch uuid,
    handed_by text,
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((state IN ('printed', 'handed')) <= (channel = 'print' AND batch IS NOT NULL)),
    CHECK ((state = 'handed') <= (handed_by IS NOT NULL))
);
CREATE INDEX delivery_due ON record.delivery (next_try) WHERE channel = 'notice' AND state IN ('queued', 'sending', 'sent');
CREATE INDEX delivery_of_person ON record.delivery (subject, queued_at);
ALTER TABLE record.delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY gate ON record.delivery USING ((SELECT record.session_everyone())
    OR subject IN (SELECT unnest(record.session_subjects())));
