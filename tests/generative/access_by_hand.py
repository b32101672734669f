"""The access rules a third time, as plain conditions: the slow, obvious answer that the others must give."""

from careweave.record.policy import Facts


def words(text: str) -> set[str]:
    return set(text.split())


HEALTH = words(
    """Patient RelatedPerson Person AdverseEvent AllergyIntolerance Binary BodyStructure ClinicalImpression
    Composition Condition DetectedIssue Device DeviceRequest DeviceUseStatement DiagnosticReport
    DocumentReference Encounter FamilyMemberHistory ImagingStudy Immunization ImmunizationEvaluation
    ImmunizationRecommendation List Media MedicationAdministration MedicationDispense
    MedicationRequest MedicationStatement NutritionOrder Observation Procedure Provenance
    RequestGroup ServiceRequest Specimen SupplyDelivery SupplyRequest VisionPrescription Appointment
    AppointmentResponse CarePlan CareTeam Communication CommunicationRequest Consent EpisodeOfCare
    Flag Goal QuestionnaireResponse RiskAssessment Task"""
)
MONEY = words(
    """Account ChargeItem Claim ClaimResponse Coverage CoverageEligibilityRequest
    CoverageEligibilityResponse EnrollmentRequest ExplanationOfBenefit Invoice"""
)
DIRECTORY = words(
    """Endpoint HealthcareService Location Medication Organization OrganizationAffiliation Practitioner
    PractitionerRole Questionnaire Schedule Slot Substance"""
)
PROFESSIONALS = words(
    """coordinator gp practice-nurse district-nurse social-care-worker community-matron
    community-mental-health hospital-clinician"""
)
FINDING = words(
    """Patient Condition Encounter Task RiskAssessment Flag AllergyIntolerance EpisodeOfCare CareTeam"""
)
WRITTEN_BY_TEAMS = words(
    """CarePlan Goal DocumentReference Binary Task Communication CareTeam EpisodeOfCare QuestionnaireResponse RelatedPerson
    Consent Flag Appointment RiskAssessment Patient Composition"""
)
JOBS_READ = words(
    """Patient RelatedPerson Person Encounter ServiceRequest Appointment AppointmentResponse CarePlan
    CareTeam Communication CommunicationRequest Consent EpisodeOfCare Flag Goal
    QuestionnaireResponse RiskAssessment Task"""
)
SEEN_BY = {
    "mental-health": {"gp", "coordinator", "community-matron", "community-mental-health", "person", "system"},
    "sexual-health": {"gp", "person", "system"},
    "social-care-sensitive": {"gp", "coordinator", "social-care-worker", "person", "system"},
    "substance-misuse": {
        "gp",
        "coordinator",
        "community-matron",
        "community-mental-health",
        "person",
        "system",
    },
    "safeguarding": {"gp", "coordinator", "social-care-worker", "person", "system"},
    "domestic-abuse": {"gp", "coordinator", "social-care-worker", "system"},
    "third-party": {*PROFESSIONALS, "system"},
    "visit": {*PROFESSIONALS, "volunteer", "voluntary-worker", "person", "carer", "system"},
    "held-from-person": {*PROFESSIONALS, "governance-lead", "system"},
    "held-from-carers": {*PROFESSIONALS, "governance-lead", "person", "system"},
    "staff-only": {*PROFESSIONALS, "governance-lead", "system"},
    "own-choice": {"person", "governance-lead", "system"},
    "capacity": {*PROFESSIONALS, "governance-lead", "person", "system"},
    "person-may-end": {*PROFESSIONALS, "governance-lead", "person", "carer", "system"},
    "only-named": {*PROFESSIONALS, "person", "carer", "system"},
    "own-reading": {*PROFESSIONALS, "person", "carer", "system"},
    "survey": {*PROFESSIONALS, "person", "system"},
    "in-confidence": {"person", "system"},
    "intake": {"data-clerk", "system"},
}
PLAN = words("Patient CarePlan Goal CareTeam EpisodeOfCare Appointment")
TEAM_PAPERS = words(
    """RelatedPerson Person AppointmentResponse Communication CommunicationRequest Consent QuestionnaireResponse
    RiskAssessment Task"""
)
WHOM_TO_CALL = words("Patient CareTeam EpisodeOfCare")
ACTING_READS = {
    "carer": PLAN,
    "advocate": PLAN,
    "attorney-health": HEALTH - TEAM_PAPERS,
    "deputy-health": HEALTH - TEAM_PAPERS,
    "parent": HEALTH - TEAM_PAPERS,
    "attorney-property": MONEY | WHOM_TO_CALL,
    "deputy-property": MONEY | WHOM_TO_CALL,
    "nominated-person": MONEY | PLAN - {"Appointment"},
}
EMERGENCY = words(
    """Patient RelatedPerson AllergyIntolerance Condition MedicationRequest MedicationStatement Flag CarePlan Goal
    CareTeam EpisodeOfCare Encounter Observation Procedure Immunization"""
)
GOVERNANCE = words("SharingAgreement EmergencyOpening SubjectAccessRequest LegalHold Disposal")
STILL_FLOWS = words("Patient CareTeam EpisodeOfCare AllergyIntolerance Flag")
HANDLING = {"held-from-person", "held-from-carers", "staff-only", "visit"}


def allowed_by_hand(facts: Facts) -> bool:
    answers = facts.role == "governance-lead" and facts.purpose == "subject-access"
    seen = set(SEEN_BY) - {"intake"} if answers else set()
    if any(facts.role not in SEEN_BY.get(label, set()) and label not in seen for label in facts.labels):
        return False
    if "intake" in facts.labels and facts.purpose != "intake":
        return False
    if _held_back(facts) or _judges_capacity(facts) or _answers_for_somebody(facts):
        return False
    if facts.role == "carer" and "frozen" in facts.kinds:
        return False
    chosen = PROFESSIONALS | {"volunteer", "voluntary-worker", "person", "carer"}
    if "only-named" in facts.labels and facts.role in chosen and not facts.named:
        return False
    if facts.type in DIRECTORY and facts.interaction == "read":
        return _reads_directory(facts)
    if _keeps_services(facts):
        return True
    if facts.role in PROFESSIONALS:
        if facts.purpose == "emergency":
            return _in_an_emergency(facts)
        return facts.purpose == "direct-care" and _professional(facts)
    rule = {
        "volunteer": _volunteer,
        "voluntary-worker": _voluntary_worker,
        "person": _person,
        "carer": _carer,
        "governance-lead": _governance_lead,
        "data-clerk": _data_clerk,
        "system": _system,
    }.get(facts.role)
    return rule is not None and rule(facts)


def _held_back(facts: Facts) -> bool:
    """By what the person chose, by what no agreement covers, and by competition between providers."""
    if facts.purpose == "subject-access" and facts.type in HEALTH | MONEY:
        return not (facts.agreed or facts.own_source)
    if facts.purpose == "secondary-use":
        return facts.objected or not facts.agreed
    if facts.role not in PROFESSIONALS | {"volunteer", "voluntary-worker"}:
        return False
    if facts.type in MONEY and not facts.own_source:
        return True
    if facts.purpose != "direct-care" or facts.own_source:
        return False
    if facts.interaction in ("read", "update", "trace") and not facts.agreed:
        return True
    if not facts.objected or facts.interaction not in ("read", "update"):
        return False
    return not (facts.named or facts.type in STILL_FLOWS or "safeguarding" in facts.labels)


def _judges_capacity(facts: Facts) -> bool:
    """Whoever is no professional cannot write a judgement of capacity."""
    writes = facts.interaction in ("create", "update") and "capacity" in facts.labels
    return writes and facts.role in ("person", "carer", "volunteer", "voluntary-worker", "system")


def _reads_directory(facts: Facts) -> bool:
    roles = PROFESSIONALS | {"voluntary-worker", "person", "carer", "data-clerk", "governance-lead", "system"}
    closed = {"administration", "secondary-use", "emergency", "subject-access"}
    purposes = {
        "direct-care",
        "own-care",
        "governance",
        "identity",
        "intake",
        "case-finding",
        "administration",
        "secondary-use",
        "system",
        "emergency",
    }
    return not facts.labels and facts.role in roles and facts.purpose in purposes - closed


def _professional(facts: Facts) -> bool:
    kinds, kind_of_act = facts.kinds, facts.interaction
    if _confers(facts) or _owes_by_name(facts):
        return True
    if kind_of_act == "read":
        if kinds & {"team", "coordinator", "practice"} and facts.type in HEALTH | {"AuditEvent"}:
            return True
        if "admission" in kinds and facts.role == "hospital-clinician" and facts.type in HEALTH:
            return True
        if "provider" in kinds and facts.own_source and facts.type in HEALTH:
            return True
        return "finding" in kinds and facts.type in FINDING and facts.labels <= HANDLING
    if kind_of_act == "trace":
        return facts.type == "Patient" and not facts.labels
    if kind_of_act not in ("create", "update"):
        return False
    if kinds & {"team", "coordinator"} and facts.type in WRITTEN_BY_TEAMS:
        return True
    if facts.role == "coordinator" and facts.type == "ServiceRequest" and kind_of_act == "create":
        return bool(kinds & {"team", "coordinator", "finding"})
    if (
        "practice" in kinds
        and facts.role in ("gp", "practice-nurse")
        and facts.type in ("Communication", "Task")
    ):
        return True
    if kind_of_act == "update":
        return "finding" in kinds and facts.type == "Task" and facts.labels <= HANDLING
    if "admission" in kinds and facts.role == "hospital-clinician" and facts.type == "Communication":
        return True
    return "finding" in kinds and facts.type in ("EpisodeOfCare", "CareTeam", "Task")


def _owes_by_name(facts: Facts) -> bool:
    """After a stay the hospital answers what names it."""
    from_a_stay = facts.role == "hospital-clinician" and "provider" in facts.kinds and facts.named
    acts = ("read", "create", "update")
    return from_a_stay and facts.type in ("Task", "Communication") and facts.interaction in acts


def _confers(facts: Facts) -> bool:
    """A team brings someone whom it was asked about to its case conference."""
    of_a_conference = facts.type in ("Appointment", "Composition", "Communication")
    return (
        "finding" in facts.kinds
        and facts.interaction in ("read", "create", "update")
        and facts.named
        and of_a_conference
        and facts.labels <= HANDLING
    )


def _in_an_emergency(facts: Facts) -> bool:
    if facts.interaction == "create":
        return "emergency" in facts.kinds and facts.type == "Communication"
    opened = facts.interaction == "read" and "emergency" in facts.kinds
    return opened and facts.type in EMERGENCY and facts.labels <= HANDLING


def _volunteer(facts: Facts) -> bool:
    if facts.purpose != "direct-care" or "visit" not in facts.labels:
        return False
    if facts.interaction == "create":
        return facts.type == "Communication" and "visitor" in facts.kinds
    if facts.interaction == "read" and facts.type == "Communication":
        return facts.named
    return facts.interaction in ("read", "update") and facts.type == "Task" and facts.named


def _voluntary_worker(facts: Facts) -> bool:
    if facts.purpose != "direct-care":
        return False
    if facts.type == "Task":
        return facts.named and facts.interaction in ("read", "update")
    seen = words("Patient Goal CareTeam EpisodeOfCare Appointment Flag")
    return facts.interaction == "read" and "team" in facts.kinds and facts.type in seen


def _keeps_services(facts: Facts) -> bool:
    """The directory of services is about nobody."""
    is_theirs = facts.role == "coordinator" or (facts.role == "voluntary-worker" and facts.named)
    keeps = is_theirs and facts.interaction in ("create", "update")
    return keeps and facts.purpose == "direct-care" and facts.type == "HealthcareService" and not facts.labels


def _answers_for_somebody(facts: Facts) -> bool:
    """Answers to surveys come through the survey alone."""
    writes = facts.interaction in ("create", "update") and "survey" in facts.labels
    return writes and facts.role in {*PROFESSIONALS, "person"}


def _measures(facts: Facts) -> bool:
    """An own reading is its writer's alone."""
    return facts.type == "Observation" and "own-reading" in facts.labels and facts.named


def _person(facts: Facts) -> bool:
    if facts.purpose != "own-care" or "self" not in facts.kinds:
        return False
    if facts.interaction in ("create", "update") and _measures(facts):
        return True
    if facts.interaction == "read":
        return facts.type in HEALTH | MONEY | {"AuditEvent", "SubjectAccessRequest"}
    if facts.interaction == "create":
        asks = facts.type in ("Communication", "QuestionnaireResponse", "SubjectAccessRequest")
        return asks or _chooses(facts)
    if facts.interaction != "update":
        return False
    ends = facts.type == "Consent" and "person-may-end" in facts.labels
    return (facts.type == "Communication" and facts.named) or _chooses(facts) or ends


def _chooses(facts: Facts) -> bool:
    return facts.type == "Consent" and "own-choice" in facts.labels


def _carer(facts: Facts) -> bool:
    held = facts.kinds & set(ACTING_READS)
    if facts.purpose != "own-care" or not held:
        return False
    measures = held & {"carer", "attorney-health", "deputy-health", "parent"}
    if measures and facts.interaction in ("read", "create", "update") and _measures(facts):
        return True
    if facts.interaction == "create":
        return facts.type == "Communication"
    if facts.interaction == "update":
        return facts.type == "Communication" and facts.named
    if facts.interaction != "read" or (facts.type == "Patient" and not facts.place_source):
        return False
    if facts.named and facts.type in ("Communication", "Task", "Consent"):
        return True
    return any(facts.type in ACTING_READS[kind] for kind in held)


def _governance_lead(facts: Facts) -> bool:
    if facts.interaction == "trace" and facts.purpose in ("subject-access", "governance"):
        return facts.type == "Patient" and not facts.labels
    if facts.purpose == "subject-access":
        return _answers_a_request(facts)
    if facts.type in GOVERNANCE:
        return _keeps_agreements(facts)
    return (
        facts.purpose == "governance"
        and facts.interaction == "read"
        and facts.type in ("AuditEvent", "Consent")
    )


def _answers_a_request(facts: Facts) -> bool:
    if facts.type == "SubjectAccessRequest":
        return facts.interaction in ("read", "create", "update")
    about_someone = facts.type in HEALTH | MONEY | {"AuditEvent"}
    return facts.interaction == "read" and "subject-access" in facts.kinds and about_someone


def _keeps_agreements(facts: Facts) -> bool:
    return facts.purpose == "governance" and facts.interaction in ("read", "create", "update")


def _data_clerk(facts: Facts) -> bool:
    if facts.purpose == "identity":
        return facts.interaction == "read" and facts.type in ("Patient", "RelatedPerson")
    in_files = facts.purpose == "intake" and facts.type == "RefusedRow" and "intake" in facts.labels
    return in_files and facts.interaction in ("read", "update")


def _system(facts: Facts) -> bool:
    writes, reads = facts.interaction in ("create", "update"), facts.interaction == "read"
    if facts.purpose == "governance":
        return facts.type in GOVERNANCE and _keeps_agreements(facts)
    if facts.purpose == "secondary-use":
        return reads and facts.type in HEALTH | MONEY
    if facts.purpose == "intake":
        if facts.type == "RefusedRow":
            return "intake" in facts.labels and (reads or writes)
        if reads and facts.own_source and facts.type in HEALTH | MONEY:
            return True
        return writes and facts.type in HEALTH | MONEY | DIRECTORY
    if facts.purpose == "identity":
        return (writes and facts.type == "Patient") or (
            reads and facts.type in ("Patient", "RelatedPerson", "Person")
        )
    if facts.purpose == "case-finding":
        return (reads and facts.type in HEALTH | MONEY) or (
            writes and facts.type in ("Task", "RiskAssessment")
        )
    if facts.purpose == "system":
        answers = facts.type == "QuestionnaireResponse" and "survey" in facts.labels
        makes = facts.type in ("Task", "Communication", "ServiceRequest") or answers
        return (reads and facts.type in JOBS_READ) or (writes and makes)
    return False
