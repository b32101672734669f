-- What organisations have agreed, what people chose, and what was opened in an emergency.

-- Who has signed the network's charter, and when; one stretch of time at a time, nothing is ever deleted.
CREATE TABLE record.charter (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organisation text NOT NULL CHECK (organisation ~ '^[A-Za-z0-9_-]{1,40}$'),
    signed_by text NOT NULL CHECK (signed_by <> ''),
    valid tstzrange NOT NULL CHECK (NOT isempty(valid) AND lower(valid) IS NOT NULL),
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_because text NOT NULL DEFAULT '',
    EXCLUDE USING gist (organisation WITH =, valid WITH &&)
);

-- Who supplies what to whom for what until when. Recipient '' is every organisation that signed the charter.
-- Unsigned (signed_at NULL) is a draft: nothing flows. Only a commissioner may be agreed to receive more than clinical.
CREATE TABLE record.agreement (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title text NOT NULL CHECK (title <> ''),
    supplier text NOT NULL CHECK (supplier ~ '^[A-Za-z0-9_-]{1,40}$'),
    recipient text NOT NULL DEFAULT '',
    recipient_is text NOT NULL DEFAULT 'provider' CHECK (recipient_is IN ('provider', 'commissioner')),
    purposes text[] NOT NULL CHECK (purposes <> '{}'),
    classes text[] NOT NULL CHECK (classes <> '{}'),
    valid tstzrange NOT NULL CHECK (NOT isempty(valid) AND lower(valid) IS NOT NULL),
    signed_by text NOT NULL DEFAULT '',
    signed_at timestamptz,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_because text NOT NULL DEFAULT '',
    CHECK ((signed_at IS NULL) = (signed_by = '')),
    CHECK (recipient_is = 'commissioner' OR classes <@ '{clinical}'),
    CHECK (recipient <> '' OR classes <@ '{clinical}')
);
CREATE INDEX agreement_of_supplier ON record.agreement (supplier);

-- What a person chose, projected from their Consents at each save: the entries that `covers` names do not reach
-- `to_party`; '' is everyone whom the residual rule does not name.
CREATE TABLE record.choice (
    resource uuid NOT NULL,
    subject uuid NOT NULL,
    covers text NOT NULL,
    to_party text NOT NULL DEFAULT '',
    purpose text NOT NULL,
    valid tstzrange NOT NULL,
    PRIMARY KEY (resource, covers, to_party, purpose)
);
CREATE INDEX choice_of_subject ON record.choice (subject);

-- Records opened in an emergency: for an hour at most, never made longer, reviewed by somebody else.
CREATE TABLE record.emergency (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subject uuid NOT NULL,
    actor text NOT NULL,
    role text NOT NULL,
    organisation text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    words text NOT NULL CHECK (length(btrim(words)) >= 10),
    valid tstzrange NOT NULL,
    review_by timestamptz NOT NULL,
    reviewed_at timestamptz,
    reviewed_by text,
    outcome text,
    note text NOT NULL DEFAULT '',
    CHECK (NOT isempty(valid) AND lower(valid) IS NOT NULL AND upper(valid) IS NOT NULL
        AND upper(valid) - lower(valid) <= interval '60 minutes'),
    CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (outcome IS NULL)),
    CHECK (reviewed_by IS DISTINCT FROM actor)
);
CREATE INDEX emergency_to_review ON record.emergency (review_by) WHERE reviewed_at IS NULL;
CREATE INDEX emergency_of_subject ON record.emergency (subject);
ALTER TABLE record.relationship ADD CONSTRAINT an_hour_at_most CHECK (kind <> 'emergency' OR (
    lower(valid) IS NOT NULL AND upper(valid) IS NOT NULL AND upper(valid) - lower(valid) <= interval '60 minutes'));

ALTER TABLE record.charter ENABLE ROW LEVEL SECURITY;
ALTER TABLE record.agreement ENABLE ROW LEVEL SECURITY;
ALTER TABLE record.choice ENABLE ROW LEVEL SECURITY;
ALTER TABLE record.emergency ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_all ON record.charter FOR SELECT USING ((SELECT record.session_claims()) IS NOT NULL);
CREATE POLICY read_all ON record.agreement FOR SELECT USING ((SELECT record.session_claims()) IS NOT NULL);
CREATE POLICY govern ON record.charter USING ((SELECT (record.session_claims())[4]) = 'governance');
CREATE POLICY govern ON record.agreement USING ((SELECT (record.session_claims())[4]) = 'governance');
CREATE POLICY gate ON record.choice FOR SELECT USING ((SELECT record.session_everyone())
    OR subject IN (SELECT unnest(record.session_subjects())));
CREATE POLICY govern ON record.emergency USING ((SELECT (record.session_claims())[4]) = 'governance');
