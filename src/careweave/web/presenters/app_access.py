"""What an app asks for, in the words of the person who is asked."""

from __future__ import annotations

from dataclasses import dataclass

from careweave.identity.scopes import ANY, LETTERS, Filters, Scopes, parse
from careweave.web import wording

_WORDS = {
    "Patient": "name, address, birth date and NHS number",
    "RelatedPerson": "family and carers",
    "AllergyIntolerance": "allergies",
    "Appointment": "appointments",
    "AuditEvent": "who has looked",
    "CarePlan": "care plans",
    "CareTeam": "who is in the team",
    "Communication": "notes and messages",
    "Composition": "reports",
    "Condition": "conditions",
    "Consent": "what was agreed about sharing",
    "DiagnosticReport": "test reports",
    "DocumentReference": "letters and documents",
    "Encounter": "visits, appointments and hospital stays",
    "EpisodeOfCare": "who is in charge of care",
    "Flag": "alerts",
    "Goal": "goals",
    "Immunization": "vaccinations",
    "MedicationRequest": "prescribed medicines",
    "MedicationStatement": "medicines",
    "Observation": "measurements and test results",
    "Organization": "names of organisations",
    "Practitioner": "names of professionals",
    "Procedure": "operations and procedures",
    "QuestionnaireResponse": "answers to questionnaires",
    "RiskAssessment": "risks",
    "ServiceRequest": "referrals",
    "Task": "tasks",
}
_ACTS = (("rs", "See"), ("c", "Add"), ("u", "Change"), ("d", "Take away"))


@dataclass(frozen=True)
class Line:
    """One thing that the app would do, and to what."""

    act: str
    what: tuple[str, ...]


def lines(scopes: Scopes) -> tuple[Line, ...]:
    """What the app asks to do with the record, acts first; one line an act."""
    found = []
    for letters, act in _ACTS:
        what = _what(scopes, letters)
        if what:
            found.append(Line(act, what))
    return tuple(found)


def _what(scopes: Scopes, letters: str) -> tuple[str, ...]:
    everything = scopes.rows.get(ANY, {})
    if any(letter in everything for letter in letters):
        return ("everything in the record that you may see yourself",)
    named = []
    for type, row in sorted(scopes.rows.items(), key=_place):
        asked = [row[letter] for letter in letters if letter in row]
        if asked:
            narrowed = "" if () in asked else _only(asked[0])
            named.append(f"{words_of(type)}{narrowed}")
    return tuple(dict.fromkeys(named))


def _place(row: tuple[str, object]) -> tuple[int, str]:
    """Who the person is comes first, then the words above in their order, then what is rare."""
    order = list(_WORDS)
    return (order.index(row[0]) if row[0] in order else len(order), row[0])


def words_of(type: str) -> str:
    """A type of entry in words; a rare one keeps its name, taken apart."""
    rare = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type).strip()
    return _WORDS.get(type, rare)


def _only(filters: Filters) -> str:
    parts = [
        f"{name.replace('-', ' ')} {wording.listed([one.rpartition('|')[2] for one in value.split(',')])}"
        for name, value in filters
    ]
    return f" (only {' and '.join(parts)})"


def does_anything_but_read(scopes: Scopes) -> bool:
    """Whether the app could leave its mark on the record."""
    return any(letter in row for row in scopes.rows.values() for letter in LETTERS if letter in "cud")


def how_long(scopes: Scopes) -> str:
    """Until when the app may act without asking again."""
    if "offline_access" in scopes.others:
        return "up to 90 days, also when you are not there. You can disconnect it at any time."
    if "online_access" in scopes.others:
        return "up to 8 hours. You can disconnect it at any time."
    return "one hour. You can disconnect it at any time."


def read(text: str) -> Scopes:
    """Scopes as they were stored; nothing when they cannot be read any more."""
    found = parse(text)
    return found if isinstance(found, Scopes) else Scopes()
