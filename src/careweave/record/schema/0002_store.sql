-- The store: one row a resource, one row a superseded version, keyed by the immutable subject.
CREATE TABLE record.resource (
    id uuid PRIMARY KEY,
    type text NOT NULL,
    subject uuid NOT NULL,
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    source text NOT NULL,
    labels text[] NOT NULL DEFAULT '{}',
    parties text[] NOT NULL DEFAULT '{}',
    starts timestamptz,
    ends timestamptz,
    stamp timestamptz,                 -- the source's own time stamp: decides which body wins
    content bytea NOT NULL,            -- hash of the body as sent: decides between equal stamps
    tokens bigint[] NOT NULL DEFAULT '{}',
    extra jsonb,                       -- folded strings (s), dates (d) and sort keys (k) of the search parameters
    updated timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    body jsonb NOT NULL
);
CREATE INDEX resource_of_subject ON record.resource (subject, type, starts DESC NULLS LAST, id);
-- What changed since: for the warehouse, and for system searches that name no exact value.
CREATE INDEX resource_changed ON record.resource (type, updated);

CREATE TABLE record.resource_version (
    id uuid NOT NULL,
    version integer NOT NULL,
    type text NOT NULL,
    subject uuid NOT NULL,
    source text NOT NULL,
    labels text[] NOT NULL,
    parties text[] NOT NULL,
    starts timestamptz,
    ends timestamptz,
    stamp timestamptz,
    content bytea NOT NULL,
    updated timestamptz NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (id, version)
);

-- A superseded version is kept by the database itself, so no writer can forget it; the subject never changes.
CREATE FUNCTION record.keep_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
BEGIN
    IF NEW.subject <> OLD.subject OR NEW.type <> OLD.type OR NEW.source <> OLD.source OR NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'the subject, type, source and id of a resource never change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version = OLD.version AND NEW.content = OLD.content AND NEW.labels = OLD.labels AND NEW.parties = OLD.parties
       AND NEW.body - 'meta' = OLD.body - 'meta' THEN
        RETURN NEW;  -- a source said the same again, at a later time: nothing to keep
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'a new version must follow version %', OLD.version USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO record.resource_version
    VALUES (OLD.id, OLD.version, OLD.type, OLD.subject, OLD.source, OLD.labels, OLD.parties, OLD.starts, OLD.ends,
            OLD.stamp, OLD.content, OLD.updated, OLD.body);
    RETURN NEW;
END $$;
CREATE TRIGGER keep_version BEFORE UPDATE ON record.resource FOR EACH ROW EXECUTE FUNCTION record.keep_version();

-- Not unique on purpose: equal keys share one index entry, which is a fifth of the size. A resource's tokens are put
-- here once, when it is new; afterwards the trigger follow_tokens keeps them as its `tokens` say.
CREATE TABLE record.token (
    token bigint NOT NULL,
    subject uuid NOT NULL,
    id uuid NOT NULL
);
CREATE INDEX token_of_subject ON record.token (token, subject);

-- What people are found by: names, addresses, telephones, birth dates, NHS numbers, folded to plain letters.
CREATE TABLE record.finder (
    resource uuid NOT NULL,
    subject uuid NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (resource, kind, value)
);
CREATE INDEX finder_value ON record.finder (kind, value text_pattern_ops);
CREATE INDEX finder_similar ON record.finder USING gin (value record.gin_trgm_ops);

-- Which party stands in which relationship to a subject: the facts the access rules look at.
CREATE TABLE record.relationship (
    subject uuid NOT NULL,
    party text NOT NULL,
    kind text NOT NULL,
    resource uuid NOT NULL,
    valid tstzrange NOT NULL DEFAULT tstzrange(NULL, NULL),
    PRIMARY KEY (resource, party, kind, subject)
);
CREATE INDEX relationship_of_subject ON record.relationship (subject, party);
CREATE INDEX relationship_of_party ON record.relationship (party, kind, subject);

CREATE TABLE record.party_member (
    actor text NOT NULL,
    party text NOT NULL,
    valid tstzrange NOT NULL DEFAULT tstzrange(now(), NULL),
    PRIMARY KEY (actor, party)
);

CREATE TABLE record.person (
    id uuid PRIMARY KEY,
    made_at timestamptz NOT NULL DEFAULT now(),
    joined_to uuid REFERENCES record.person (id)   -- a person whose records were all joined to another's
);
CREATE TABLE record.membership (
    subject uuid NOT NULL,
    person uuid NOT NULL REFERENCES record.person (id),
    source text NOT NULL,
    valid tstzrange NOT NULL DEFAULT tstzrange(now(), NULL),
    EXCLUDE USING gist (subject WITH =, valid WITH &&)
);
CREATE INDEX membership_now_of_person ON record.membership (person) WHERE upper_inf(valid);
CREATE INDEX membership_now_of_subject ON record.membership (subject) WHERE upper_inf(valid);
CREATE TABLE record.link_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    act text NOT NULL CHECK (act IN ('join', 'part', 'same', 'different')),
    person uuid NOT NULL,
    subjects uuid[] NOT NULL,
    rule text NOT NULL,
    evidence jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX link_event_of_person ON record.link_event (person, at);
