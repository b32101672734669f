-- What the serving role may do; run after every migration. {serving} is the role of the serving URL.
GRANT USAGE ON SCHEMA record TO {serving};
GRANT SELECT, INSERT, UPDATE ON record.resource, record.draft, record.responsibility, record.relationship,
    record.membership, record.person, record.load_batch, record.refused_row TO {serving};
GRANT SELECT, INSERT, DELETE ON record.token, record.finder, record.party_member TO {serving};
GRANT DELETE ON record.relationship, record.draft, record.membership TO {serving};
GRANT UPDATE ON record.party_member TO {serving};
GRANT SELECT, INSERT, UPDATE ON record.review_pair TO {serving};
GRANT SELECT, INSERT, UPDATE ON record.outbox_reader TO {serving};
GRANT SELECT, INSERT ON record.transition, record.link_event, record.outbox, record.load_chunk TO {serving};
GRANT SELECT ON record.resource_version TO {serving};
-- A clock is never wound back: whose it is, of what, and when it started stay as they were written.
REVOKE UPDATE ON record.clock FROM {serving};
GRANT SELECT, INSERT, UPDATE (due_at, paused_at, pause_reason, stopped_at, escalated_at) ON record.clock TO {serving};
GRANT SELECT, INSERT, UPDATE ON record.charter, record.agreement TO {serving};
GRANT SELECT ON record.choice, record.emergency TO {serving};
GRANT UPDATE (reviewed_at, reviewed_by, outcome, note) ON record.emergency TO {serving};
GRANT INSERT ON record.load_row TO {serving};
-- The number, time, transaction and salt of an audit row are the database's to give, never the writer's.
REVOKE INSERT ON record.audit FROM {serving};
GRANT INSERT (actor, role, organisation, purpose, act, subjects, detail) ON record.audit TO {serving};
REVOKE ALL ON FUNCTION record.gate_parties, record.gate_reach, record.gate_open, record.gate_read, record.gate_find, record.gate_people, record.gate_trace,
    record.gate_looks, record.gate_audit, record.load_rows, record.load_rows_moved, record.parties_of, record.person_of, record.is_known_to FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.gate_parties, record.gate_reach, record.gate_open, record.gate_read, record.gate_find, record.gate_people, record.gate_trace,
    record.gate_looks, record.gate_audit, record.load_rows TO {serving};
REVOKE ALL ON FUNCTION record.prune_outbox FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.prune_outbox TO {serving};
REVOKE ALL ON FUNCTION record.agreed_sources, record.is_agreed, record.objections_of, record.gate_standing, record.gate_emergency, record.gate_emergency_until FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.gate_standing, record.gate_emergency, record.gate_emergency_until TO {serving};
REVOKE ALL ON FUNCTION record.reclaim_load_rows FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.reclaim_load_rows TO {serving};
REVOKE ALL ON FUNCTION record.gate_search, record.few_subjects FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.gate_search TO {serving};
GRANT SELECT ON record.access_question TO {serving};
GRANT INSERT (actor, reason, covers_until, outcome, words, said_by) ON record.access_question TO {serving};
REVOKE ALL ON FUNCTION record.was_related, record.gate_unusual FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.gate_unusual TO {serving};
GRANT SELECT ON record.incident_step TO {serving};
GRANT INSERT (incident, act, reader, outcome, words, said_by) ON record.incident_step TO {serving};
REVOKE ALL ON FUNCTION record.wrong_entries, record.gate_incidents FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.gate_incidents TO {serving};
GRANT SELECT ON record.access_request, record.access_step, record.access_copy TO {serving};
GRANT INSERT (subject, asked_on, asked_how, recorded_by) ON record.access_request TO {serving};
GRANT INSERT (request, act, entry, type, version, words, reason, asked_of, said_by, said_role) ON record.access_step TO {serving};
GRANT INSERT (request, subject, made_by, digest, content, fetch_until) ON record.access_copy TO {serving};
REVOKE ALL ON FUNCTION record.gate_opinions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.gate_opinions TO {serving};
GRANT SELECT, INSERT ON record.delivery TO {serving};
GRANT UPDATE (state, tries, next_try, sent_by, provider_id, told, batch, handed_by, changed_at) ON record.delivery TO {serving};
GRANT SELECT, INSERT ON record.invitation TO {serving};
GRANT UPDATE (state, why, act_at, token, changed_at) ON record.invitation TO {serving};
GRANT SELECT ON record.legal_hold, record.disposal TO {serving};
REVOKE ALL ON FUNCTION record.is_held, record.may_govern, record.person_kept_until, record.gate_is_held, record.gate_hold, record.gate_lift,
    record.gate_retention_due, record.gate_propose_disposal, record.gate_decide_disposal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.gate_is_held, record.gate_hold, record.gate_lift, record.gate_retention_due,
    record.gate_propose_disposal, record.gate_decide_disposal TO {serving};
REVOKE ALL ON FUNCTION record.gate_caseloads FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.gate_caseloads TO {serving};
REVOKE ALL ON FUNCTION record.gate_ended FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.gate_ended TO {serving};
