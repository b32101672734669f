-- Pairs of records that a person must look at; decisions are kept for ever and steer every later linkage.
CREATE TABLE record.review_pair (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    one uuid NOT NULL,
    other uuid NOT NULL,
    reason text NOT NULL,
    guard text NOT NULL DEFAULT '',              -- twins, mother and baby: a second person must agree
    score double precision NOT NULL DEFAULT 0,
    evidence jsonb NOT NULL DEFAULT '[]',
    found_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'second', 'same', 'different', 'gone')),
    passed_to text,
    decided_by text,
    decided_at timestamptz,
    agreed_by text,
    CHECK (one < other),
    CHECK (agreed_by IS NULL OR agreed_by <> decided_by),
    UNIQUE (one, other)
);
CREATE INDEX review_pair_open ON record.review_pair (found_at) WHERE state IN ('open', 'second');
ALTER TABLE record.review_pair ENABLE ROW LEVEL SECURITY;
CREATE POLICY identity_work ON record.review_pair USING ((SELECT (record.session_claims())[4]) = 'identity');
