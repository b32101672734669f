"""Whose record each resource belongs to: where each FHIR R4 type names its person.

From the patient compartment of FHIR R4 (https://hl7.org/fhir/R4/compartmentdefinition-patient.html), narrowed to the
element that says whom the resource is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Body = dict[str, Any]

# What belongs to no person: services, staff, products and definitions.
DIRECTORY_TYPES = frozenset(
    [
        "ActivityDefinition",
        "CapabilityStatement",
        "CatalogEntry",
        "ChargeItemDefinition",
        "CodeSystem",
        "CompartmentDefinition",
        "ConceptMap",
        "DeviceDefinition",
        "DeviceMetric",
        "EffectEvidenceSynthesis",
        "Endpoint",
        "EventDefinition",
        "Evidence",
        "EvidenceVariable",
        "ExampleScenario",
        "GraphDefinition",
        "HealthcareService",
        "ImplementationGuide",
        "InsurancePlan",
        "Library",
        "Location",
        "Measure",
        "Medication",
        "MedicationKnowledge",
        "MessageDefinition",
        "NamingSystem",
        "ObservationDefinition",
        "OperationDefinition",
        "Organization",
        "OrganizationAffiliation",
        "PlanDefinition",
        "Practitioner",
        "PractitionerRole",
        "Questionnaire",
        "ResearchDefinition",
        "ResearchElementDefinition",
        "ResearchStudy",
        "RiskEvidenceSynthesis",
        "SearchParameter",
        "Slot",
        "SpecimenDefinition",
        "StructureDefinition",
        "StructureMap",
        "Substance",
        "SubstanceSpecification",
        "TerminologyCapabilities",
        "ValueSet",
    ]
)
# A person if they name one, otherwise part of the directory.
_PERHAPS = {"Device": ("patient",), "Schedule": ("actor",)}
# Letters, instructions to servers and statements about many people: not part of anyone's record.
NOT_A_RECORD = {
    "Group": "lists several people; send each person's own resources",
    "Linkage": "says which records are the same, which is decided here",
    "MessageHeader": "is the envelope of a message",
    "Subscription": "is an instruction to a server",
    "PaymentNotice": "is about a payment, not about a person",
    "PaymentReconciliation": "is about a payment, not about a person",
    "TestReport": "is about a test of software",
    "TestScript": "is about a test of software",
    "VerificationResult": "is about a check of directory entries",
}
_SUBJECT = [
    "Account",
    "AdverseEvent",
    "Basic",
    "CarePlan",
    "CareTeam",
    "ChargeItem",
    "ClinicalImpression",
    "Communication",
    "CommunicationRequest",
    "Composition",
    "Condition",
    "Contract",
    "DeviceRequest",
    "DeviceUseStatement",
    "DiagnosticReport",
    "DocumentManifest",
    "DocumentReference",
    "Encounter",
    "Flag",
    "Goal",
    "GuidanceResponse",
    "ImagingStudy",
    "Invoice",
    "List",
    "MeasureReport",
    "Media",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Procedure",
    "QuestionnaireResponse",
    "RequestGroup",
    "RiskAssessment",
    "ServiceRequest",
    "Specimen",
]
_PATIENT = [
    "AllergyIntolerance",
    "BodyStructure",
    "Claim",
    "ClaimResponse",
    "Consent",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
    "DetectedIssue",
    "EpisodeOfCare",
    "ExplanationOfBenefit",
    "FamilyMemberHistory",
    "Immunization",
    "ImmunizationEvaluation",
    "ImmunizationRecommendation",
    "MolecularSequence",
    "NutritionOrder",
    "RelatedPerson",
    "SupplyDelivery",
    "VisionPrescription",
]
_PATHS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_SUBJECT, ("subject",)),
    **dict.fromkeys(_PATIENT, ("patient",)),
    **_PERHAPS,
    "Appointment": ("participant.actor",),
    "AppointmentResponse": ("actor",),
    "AuditEvent": ("entity.what", "agent.who"),
    "Binary": ("securityContext",),
    "BiologicallyDerivedProduct": ("collection.source",),
    "Coverage": ("beneficiary",),
    "EnrollmentRequest": ("candidate",),
    "Person": ("link.target",),
    "Provenance": ("target",),
    "QuestionnaireResponse": ("subject", "source"),
    "ResearchSubject": ("individual",),
    "SupplyRequest": ("deliverTo",),
    "Task": ("for",),
}


def belongs_to_no_person(kind: str) -> bool:
    return kind in DIRECTORY_TYPES


def may_belong_to_no_person(kind: str) -> bool:
    return kind in _PERHAPS


def subject_field(kind: str) -> str:
    """The element that should have named the person, for the words of a refusal."""
    return f"{kind}.{_PATHS.get(kind, ('subject',))[0]}"


def subject_references(body: Body) -> Iterator[Body]:
    """The References that may say whom the resource is about, the most telling first."""
    for path in _PATHS.get(body["resourceType"], ("subject",)):
        yield from _at(body, path.split("."))


def _at(node: Any, steps: list[str]) -> Iterator[Body]:
    if isinstance(node, list):
        for item in node:
            yield from _at(item, steps)
    elif isinstance(node, dict):
        if not steps:
            yield node
        elif steps[0] in node:
            yield from _at(node[steps[0]], steps[1:])
