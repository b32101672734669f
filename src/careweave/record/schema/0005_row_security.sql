-- The last line: without a gate session the serving role sees and writes nothing; with one, only what it names.
-- The named subjects are a hashed subplan: a worklist names thousands, and a list would be walked for every row.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['token', 'finder', 'relationship', 'membership', 'draft', 'responsibility', 'transition',
                             'clock', 'outbox'] LOOP
        EXECUTE format('ALTER TABLE record.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY gate ON record.%I USING ((SELECT record.session_everyone())
            OR subject IN (SELECT unnest(record.session_subjects())))', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['resource', 'resource_version'] LOOP
        EXECUTE format('ALTER TABLE record.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY gate ON record.%I USING ((SELECT record.session_everyone())
            OR (subject IN (SELECT unnest(record.session_subjects()))
                AND labels <@ (SELECT record.session_labels())::text[]))', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['load_batch', 'load_chunk', 'refused_row'] LOOP
        EXECUTE format('ALTER TABLE record.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY gate ON record.%I USING (''intake'' = ANY ((SELECT record.session_labels())::text[]))', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['person', 'link_event'] LOOP
        EXECUTE format('ALTER TABLE record.%I ENABLE ROW LEVEL SECURITY', t);
    END LOOP;
END $$;
CREATE POLICY gate ON record.person USING ((SELECT record.session_everyone())
    OR id IN (SELECT unnest(record.session_subjects())));
CREATE POLICY gate ON record.link_event USING ((SELECT record.session_everyone())
    OR person IN (SELECT unnest(record.session_subjects())));
ALTER TABLE record.party_member ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own ON record.party_member FOR SELECT USING ((SELECT record.session_claims()) IS NOT NULL);
CREATE POLICY administer ON record.party_member USING ((SELECT (record.session_claims())[4]) = 'administration');
ALTER TABLE record.audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY append ON record.audit FOR INSERT WITH CHECK (actor = (SELECT record.session_actor()));
