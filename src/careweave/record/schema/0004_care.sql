-- What stands beside FHIR: drafts, who is in charge, transitions, clocks, and the files that were loaded.
CREATE TABLE record.draft (
    subject uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL DEFAULT '',
    content jsonb NOT NULL,
    version integer NOT NULL DEFAULT 1,
    saved_by text NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subject, kind, key)
);

-- Exactly one in charge: never two (exclusion), never none while enrolled (deferred trigger below).
CREATE TABLE record.responsibility (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subject uuid NOT NULL,
    holder text NOT NULL,
    deputy text,
    accepted_by text NOT NULL,
    reason text NOT NULL DEFAULT '',
    valid tstzrange NOT NULL,
    CHECK (NOT isempty(valid) AND lower(valid) IS NOT NULL),
    EXCLUDE USING gist (subject WITH =, valid WITH &&)
);
CREATE INDEX responsibility_now ON record.responsibility (holder) WHERE upper_inf(valid);

CREATE FUNCTION record.someone_in_charge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE who uuid := coalesce(NEW.subject, OLD.subject);
BEGIN
    IF EXISTS (SELECT 1 FROM record.resource WHERE subject = who AND type = 'EpisodeOfCare' AND source = 'careweave'
               AND body ->> 'status' = 'active')
       AND NOT EXISTS (SELECT 1 FROM record.responsibility WHERE subject = who AND upper_inf(valid)) THEN
        RAISE EXCEPTION 'someone must be in charge while a person is enrolled' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER someone_in_charge AFTER INSERT OR UPDATE OR DELETE ON record.responsibility
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION record.someone_in_charge();
CREATE CONSTRAINT TRIGGER someone_in_charge_insert AFTER INSERT ON record.resource
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.type = 'EpisodeOfCare') EXECUTE FUNCTION record.someone_in_charge();
CREATE CONSTRAINT TRIGGER someone_in_charge_update AFTER UPDATE ON record.resource
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.type = 'EpisodeOfCare') EXECUTE FUNCTION record.someone_in_charge();

-- A plan cannot be active without its agreement, reviewer, review date and what to do if things change.
CREATE FUNCTION record.plan_is_complete(body jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT body ->> 'status' <> 'active' OR (
        SELECT count(DISTINCT e ->> 'url') = 4 FROM jsonb_array_elements(body -> 'extension') AS e
        WHERE e ->> 'url' IN ('https://careweave.org/fhir/agreement', 'https://careweave.org/fhir/reviewer',
                              'https://careweave.org/fhir/review-date', 'https://careweave.org/fhir/contingency')) $$;
ALTER TABLE record.resource ADD CONSTRAINT plan_is_complete
    CHECK (type <> 'CarePlan' OR source <> 'careweave' OR record.plan_is_complete(body));

CREATE TABLE record.transition (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    entity uuid NOT NULL,
    from_state text,
    to_state text NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX transition_of_entity ON record.transition (entity, id);

CREATE TABLE record.clock (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subject uuid NOT NULL,
    entity uuid NOT NULL,
    kind text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL,
    paused_at timestamptz,
    pause_reason text,
    stopped_at timestamptz,
    escalated_at timestamptz,
    CHECK ((paused_at IS NULL) = (pause_reason IS NULL)),
    UNIQUE (entity, kind)
);
CREATE INDEX clock_due ON record.clock (due_at) WHERE stopped_at IS NULL AND escalated_at IS NULL AND paused_at IS NULL;

CREATE TABLE record.load_batch (
    id uuid PRIMARY KEY,
    source text NOT NULL,
    file_name text NOT NULL,
    file_hash text NOT NULL,
    format text NOT NULL,
    actor text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    read bigint NOT NULL DEFAULT 0,
    accepted bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    flags text[] NOT NULL DEFAULT '{}'
);
CREATE TABLE record.load_chunk (                 -- chunks already in: a resumed load leaves them out
    batch uuid NOT NULL REFERENCES record.load_batch (id),
    chunk bigint NOT NULL,
    PRIMARY KEY (batch, chunk)
);
CREATE TABLE record.refused_row (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    batch uuid NOT NULL REFERENCES record.load_batch (id),
    line bigint NOT NULL,
    field text NOT NULL,
    reason text NOT NULL,
    expected text NOT NULL DEFAULT '',
    value text NOT NULL DEFAULT '',
    raw text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'refused' CHECK (state IN ('refused', 'corrected', 'left')),
    corrected text,
    decided_by text,
    decided_at timestamptz,
    why text NOT NULL DEFAULT ''
);
CREATE INDEX refused_row_of_batch ON record.refused_row (batch, line);

-- COPY cannot write under row-level security, so a load is copied here and moved by record.load_rows().
CREATE UNLOGGED TABLE record.load_row (
    chunk uuid NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    subject uuid NOT NULL,
    source text NOT NULL,
    labels text[] NOT NULL,
    parties text[] NOT NULL,
    starts timestamptz,
    ends timestamptz,
    stamp timestamptz,
    content bytea NOT NULL,
    tokens bigint[] NOT NULL,
    extra jsonb,
    finder text[] NOT NULL,          -- kind, value, kind, value, …
    relationships text[] NOT NULL,   -- party, kind, party, kind, …
    news boolean NOT NULL,
    counts boolean NOT NULL,         -- false for what a row says besides its main thing: a row is counted once
    body jsonb NOT NULL
);
CREATE INDEX load_row_of_chunk ON record.load_row (chunk);
