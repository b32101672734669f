"""Roles as people read them."""

ROLE_NAMES = {
    "coordinator": "care coordinator",
    "gp": "GP",
    "practice-nurse": "practice nurse",
    "district-nurse": "district nurse",
    "social-care-worker": "social care worker",
    "community-matron": "community matron",
    "community-mental-health": "community mental health",
    "hospital-clinician": "hospital clinician",
    "volunteer": "volunteer",
    "voluntary-worker": "voluntary-sector worker",
    "person": "person",
    "carer": "carer",
    "governance-lead": "governance lead",
    "analyst": "analyst",
    "administrator": "administrator",
    "data-clerk": "records clerk",
    "system": "system",
}


def role_name(role: str) -> str:
    """A role in words; one that we do not know stays as it was sent."""
    return ROLE_NAMES.get(role, role)
