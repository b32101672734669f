"""Joe Harper as several organisations know him: FHIR bodies for the tests of presenters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from careweave.record.actor import Resource
from careweave.web.presenters.timeline import Sources

JOE = "8f3f7a52-1111-4a5e-9d00-000000000001"
NOW = datetime(2026, 11, 26, 14, 15, tzinfo=UTC)
SNOMED = "http://snomed.info/sct"
SOURCES = Sources(
    names={
        "Y90001": "Mill Lane Surgery",
        "RVR": "Riverside Hospital",
        "RVC": "Riverside Community Trust",
        "900": "Riverside Council",
        "RVV01": "Neighbours Together",
        "careweave": "Care team",
    },
    sectors={
        "Y90001": "gp",
        "RVR": "hospital",
        "RVC": "community",
        "900": "social-care",
        "RVV01": "voluntary",
        "careweave": "team",
    },
)
_count = 0


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def held(
    body: dict[str, Any],
    source: str = "Y90001",
    starts: str | None = None,
    ends: str | None = None,
    labels: tuple[str, ...] = (),
    id: str = "",
) -> Resource:
    """A resource as the gate gives it."""
    global _count
    _count += 1
    given = id or f"00000000-0000-4000-8000-{_count:012d}"
    return Resource(
        body["resourceType"],
        given,
        1,
        JOE,
        source,
        labels,
        (),
        instant(starts),
        instant(ends),
        datetime(2026, 11, 24, 6, 0, tzinfo=UTC),
        {"id": given, **body},
    )


def concept(text: str, code: str = "", system: str = SNOMED) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": text}] if code else [], "text": text}


def patient(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "name": [
            {"use": "official", "family": "Harper", "given": ["Joseph"]},
            {"use": "nickname", "given": ["Joe"]},
        ],
        "gender": "male",
        "birthDate": "1941-03-04",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
        "address": [{"line": ["12 Weir Road"], "city": "Riverside", "postalCode": "ZZ99 3WR"}],
        "telecom": [{"system": "phone", "value": "01632 960312"}],
        **more,
    }


def encounter(
    code: str,
    starts: str,
    source: str,
    kind: str = "",
    who: str = "",
    reason: str = "",
    ends: str | None = None,
    status: str = "finished",
) -> Resource:
    body: dict[str, Any] = {
        "resourceType": "Encounter",
        "status": status,
        "class": {"code": code},
        "period": {"start": f"{starts}:00+00:00", **({"end": f"{ends}:00+00:00"} if ends else {})},
    }
    if kind:
        body["type"] = [concept(kind)]
    if who:
        body["participant"] = [{"individual": {"display": who}}]
    if reason:
        body["reasonCode"] = [concept(reason)]
    return held(body, source, starts, ends)


def allergy(text: str, code: str, source: str, when: str, reaction: str = "") -> Resource:
    body: dict[str, Any] = {
        "resourceType": "AllergyIntolerance",
        "code": concept(text, code),
        "recordedDate": when,
        "clinicalStatus": {"coding": [{"code": "active"}]},
    }
    if reaction:
        body["reaction"] = [{"manifestation": [concept(reaction)]}]
    return held(body, source)


def medicine(text: str, code: str, dose: str, source: str, when: str, status: str = "active") -> Resource:
    return held(
        {
            "resourceType": "MedicationStatement",
            "status": status,
            "dateAsserted": when,
            "medicationCodeableConcept": concept(text, code, "https://dmd.nhs.uk"),
            "dosage": [{"text": dose}],
        },
        source,
    )


def condition(
    text: str, code: str, source: str, when: str, state: str = "active", onset: str = ""
) -> Resource:
    body: dict[str, Any] = {
        "resourceType": "Condition",
        "code": concept(text, code),
        "recordedDate": when,
        "clinicalStatus": {"coding": [{"code": state}]},
    }
    if onset:
        body["onsetDateTime"] = onset
    return held(body, source)


def joe() -> list[Resource]:
    """Joe's record: two sources differ about a dose, a gap of months, an alert, a carer and a team."""
    return [
        held(patient(), "careweave", id=JOE),
        held(patient(birthDate="1941-03-04"), "RVR"),
        allergy("Allergy to penicillin", "91936005", "RVR", "2026-11-12", "rash"),
        medicine("Donepezil 10mg tablets", "319283006", "One at night", "Y90001", "2026-10-02"),
        medicine("Bisoprolol 2.5mg tablets", "318590006", "One each morning", "Y90001", "2026-10-02"),
        medicine("Bisoprolol 2.5mg tablets", "318590006", "Two each morning", "RVR", "2026-11-12"),
        medicine("Nitrofurantoin 100mg capsules", "4", "One twice a day", "RVR", "2026-11-12", "completed"),
        condition("Dementia", "52448006", "Y90001", "2024-05-01", onset="2024"),
        condition("Hypertension", "38341003", "Y90001", "2011-02-01", onset="2011"),
        condition("Lower urinary tract infection", "4009004", "RVR", "2026-11-12", "resolved", "2026-11-10"),
        held(
            {
                "resourceType": "Flag",
                "status": "active",
                "category": [{"coding": [{"code": "contact"}]}],
                "code": concept("Hard of hearing: speak to the left side"),
            },
            "Y90001",
        ),
        held(
            {
                "resourceType": "Flag",
                "status": "active",
                "category": [{"coding": [{"code": "safety"}]}],
                "code": concept("Visit in pairs: dog loose in the yard"),
            },
            "900",
        ),
        held(
            {
                "resourceType": "RelatedPerson",
                "active": True,
                "name": [{"given": ["Annie"], "family": "Harper"}],
                "relationship": [concept("Wife"), concept("Carer")],
                "telecom": [{"system": "phone", "value": "01632 960313"}],
            },
            "careweave",
        ),
        held(
            {
                "resourceType": "CareTeam",
                "status": "active",
                "participant": [
                    {"member": {"display": "Priya Shah"}, "role": [{"text": "coordinator"}]},
                    {"member": {"display": "Dr Ruth Cole"}, "role": [{"text": "gp"}]},
                    {"member": {"display": "Tom Reid"}, "role": [{"text": "occupational therapist"}]},
                    {"member": {"display": "Asha Khan"}, "role": [{"text": "occupational therapist"}]},
                    {
                        "member": {"display": "Someone who left"},
                        "role": [{"text": "gp"}],
                        "period": {"end": "2025-01-01"},
                    },
                ],
            },
            "careweave",
        ),
    ]


def contacts() -> list[Resource]:
    """What happened to Joe, out of order."""
    note = held(
        {
            "resourceType": "Communication",
            "status": "completed",
            "category": [concept("Note", "note", "x")],
            "sent": "2026-11-25T10:05:00+00:00",
            "medium": [{"text": "Call"}],
            "sender": {"display": "Priya Shah"},
            "extension": [{"url": "https://careweave.org/fhir/with", "valueString": "Annie Harper"}],
            "payload": [{"contentString": "Joe slept badly. Annie is tired."}],
        },
        "careweave",
        "2026-11-25T10:05",
    )
    service = held(
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "code": concept("Home support"),
            "category": [{"coding": [{"code": "social-care-service"}]}],
            "occurrencePeriod": {"start": "2026-08-01"},
        },
        "900",
        "2026-08-01T00:00",
    )
    return [
        encounter(
            "IMP",
            "2026-11-10T16:00",
            "RVR",
            "Emergency admission",
            reason="Urinary tract infection",
            ends="2026-11-12T11:00",
        ),
        encounter("EMER", "2026-11-10T13:20", "RVR", reason="Confusion", ends="2026-11-10T16:00"),
        encounter("AMB", "2026-11-05T09:10", "Y90001", "GP appointment", who="Dr Ruth Cole"),
        encounter("AMB", "2026-03-02T09:30", "Y90001", "Dementia review", who="Nurse Ann Bell"),
        encounter("HH", "2026-11-18T10:00", "RVC", "District nurse visit", who="Maria Lopez"),
        encounter("HH", "2026-11-20T10:00", "RVC", "District nurse visit", who="Maria Lopez"),
        encounter("social-care", "2026-11-19T12:00", "900", "Review of care", who="Tom Reid"),
        encounter("HH", "2026-11-21T14:00", "RVV01", "Befriending visit", who="Sam Okoro"),
        note,
        service,
    ]


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)
