-- Audit rows are written in the transaction of the act and never changed; a sealer chains their digests afterwards.
CREATE TABLE record.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    actor text NOT NULL,
    role text NOT NULL,
    organisation text NOT NULL DEFAULT '',
    purpose text NOT NULL,
    act text NOT NULL,
    subjects uuid[] NOT NULL DEFAULT '{}',
    detail jsonb,
    salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid())
);
CREATE INDEX audit_of_one ON record.audit ((subjects[1]), at DESC) WHERE cardinality(subjects) = 1;
CREATE INDEX audit_of_many ON record.audit USING gin (subjects) WHERE cardinality(subjects) > 1;
CREATE INDEX audit_in_order ON record.audit (xid, id);

CREATE TABLE record.audit_seal (
    seq bigint PRIMARY KEY,
    audit_id bigint NOT NULL UNIQUE,
    digest bytea NOT NULL,
    chain bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Changes, in the order they became visible, for the actions that definitions bind to them.
CREATE TABLE record.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    subject uuid NOT NULL,
    type text NOT NULL,
    resource uuid NOT NULL,
    version integer NOT NULL,
    news boolean NOT NULL,
    PRIMARY KEY (xid, id)
);
CREATE TABLE record.outbox_reader (
    name text PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT '0',
    id bigint NOT NULL DEFAULT 0
);
