-- Gate sessions: what the serving role may touch is decided by a token it can neither read the key of nor make up.
CREATE SCHEMA record;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA record;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA record;

-- HMAC-SHA256 pads (RFC 2104), set at migration from the key file; only the owner can read them.
CREATE TABLE record.gate_key (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
    outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64)
);

-- A token is hex(hmac) '|' actor '|' role '|' organisation '|' purpose '|' expiry '|' labels '|' subjects.
-- Returns the fields after the hmac, or NULL when the token is forged, malformed or out of date.
CREATE FUNCTION record.token_claims(token text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
DECLARE
    payload text := substr(token, 66);
    claims text[];
    expected bytea;
BEGIN
    IF token IS NULL OR token = '' THEN RETURN NULL; END IF;
    SELECT sha256(outer_pad || sha256(inner_pad || convert_to(payload, 'UTF8'))) INTO expected FROM record.gate_key;
    IF encode(expected, 'hex') IS DISTINCT FROM left(token, 64) THEN RETURN NULL; END IF;
    claims := string_to_array(payload, '|');
    IF cardinality(claims) <> 7 OR claims[5]::double precision < extract(epoch FROM clock_timestamp()) THEN
        RETURN NULL;
    END IF;
    RETURN claims;
END $$;

CREATE FUNCTION record.session_claims() RETURNS text[]
LANGUAGE sql STABLE AS $$ SELECT record.token_claims(current_setting('careweave.session', true)) $$;

CREATE FUNCTION record.session_actor() RETURNS text LANGUAGE sql STABLE AS $$ SELECT (record.session_claims())[1] $$;

CREATE FUNCTION record.session_everyone() RETURNS boolean
LANGUAGE sql STABLE AS $$ SELECT coalesce((record.session_claims())[7] = '*', false) $$;

CREATE FUNCTION record.session_subjects() RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN c[7] IS NULL OR c[7] IN ('*', '') THEN '{}'::uuid[] ELSE string_to_array(c[7], ',')::uuid[] END
    FROM (SELECT record.session_claims() AS c) AS claims $$;

CREATE FUNCTION record.session_labels() RETURNS text[]
LANGUAGE sql STABLE AS $$ SELECT string_to_array(coalesce((record.session_claims())[6], ''), ',') $$;
