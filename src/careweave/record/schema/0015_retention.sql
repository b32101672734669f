-- Legal holds, and what two people decided to destroy when its time was over.
CREATE TABLE record.legal_hold (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subject uuid NOT NULL,
    subjects uuid[] NOT NULL,                 -- every record of the person when it was placed: parting frees none of them
    reason text NOT NULL CHECK (length(btrim(reason)) >= 10),
    placed_by text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    lifted_by text,
    lifted_at timestamptz,
    lifted_because text NOT NULL DEFAULT '',
    CHECK ((lifted_by IS NULL) = (lifted_at IS NULL) AND (lifted_by IS NULL) = (lifted_because = '')),
    CHECK (lifted_by IS DISTINCT FROM placed_by)
);
CREATE UNIQUE INDEX legal_hold_now ON record.legal_hold (subject) WHERE lifted_at IS NULL;
CREATE INDEX legal_hold_covers ON record.legal_hold USING gin (subjects) WHERE lifted_at IS NULL;

CREATE TABLE record.disposal (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subject uuid NOT NULL,
    rule text NOT NULL,
    due_on date NOT NULL,
    last_on date,
    words text NOT NULL CHECK (btrim(words) <> ''),
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decision text CHECK (decision IN ('destroyed', 'kept')),
    decided_by text,
    decided_at timestamptz,
    decided_words text NOT NULL DEFAULT '',
    certificate jsonb,
    CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
    CHECK ((decision IS NOT DISTINCT FROM 'destroyed') = (certificate IS NOT NULL)),
    CHECK (decided_by IS DISTINCT FROM proposed_by)
);
CREATE UNIQUE INDEX disposal_open ON record.disposal (subject) WHERE decision IS NULL;

ALTER TABLE record.legal_hold ENABLE ROW LEVEL SECURITY;
ALTER TABLE record.disposal ENABLE ROW LEVEL SECURITY;
CREATE POLICY govern ON record.legal_hold FOR SELECT USING ((SELECT (record.session_claims())[4]) = 'governance');
CREATE POLICY govern ON record.disposal FOR SELECT USING ((SELECT (record.session_claims())[4]) = 'governance');
