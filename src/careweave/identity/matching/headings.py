"""Says what the columns of a plain file hold: by their headings in many languages, then by what is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from careweave.identity.matching.dates import read_birth_date
from careweave.identity.matching.digits import digits_of, is_nhs_number
from careweave.identity.matching.names import fold
from careweave.identity.matching.reference import reference_rows

SEVERAL = frozenset(("identifier", "ignore", "record_id", "attribute"))
POSTCODE = re.compile(r"[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}")
GENDERS = frozenset(("m", "f", "male", "female", "u", "x", "unknown", "other", "0", "1", "2", "9"))
SAMPLE = 500


def read_headings() -> dict[str, str]:
    return {row["heading"]: row["field"] for row in reference_rows("headings.csv")}


def fields_of(columns: Mapping[str, Sequence[str]], known: Mapping[str, str]) -> dict[str, str]:
    """The field of each column; the first column of a field wins, another one becomes an attribute."""
    found: dict[str, str] = {}
    for heading in columns:
        field = known.get(plain_heading(heading))
        if field and (field in SEVERAL or field not in found.values()):
            found[heading] = field
    for heading, values in columns.items():
        if heading not in found:
            field = _by_content([value for value in values if value.strip()][:SAMPLE], plain_heading(heading))
            found[heading] = field if field in SEVERAL or field not in found.values() else "attribute"
    if {"given", "family"} <= set(found.values()):
        found = {heading: "ignore" if field == "full_name" else field for heading, field in found.items()}
    return {heading: _checked(field, columns[heading]) for heading, field in found.items()}


def plain_heading(heading: str) -> str:
    """`Date of Birth`, `dateOfBirth` and ` date_of_birth` are one heading."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", heading.strip())
    return re.sub(r"[^a-z0-9]+", "_", fold(spaced)).strip("_")


def _by_content(values: Sequence[str], heading: str) -> str:
    if not values:
        return "ignore"
    if _share(values, lambda value: "@" in value) > 0.6:
        return "email"
    if _share(values, is_nhs_number) > 0.8:
        return "nhs_number"
    if _share(values, lambda value: bool(POSTCODE.fullmatch(value.strip().lower()))) > 0.7:
        return "postcode"
    if {value.strip().lower() for value in values} <= GENDERS and len(set(values)) > 1:
        return (
            "gender"
            if _share(values, lambda value: value.strip()[:1].lower() in "mf12") > 0.9
            else "attribute"
        )
    if re.search(r"birth|dob|born|naiss|nacim|nascit|urodz|geb", heading):
        return (
            "birth_date" if _share(values, lambda value: bool(read_birth_date(value))) > 0.8 else "attribute"
        )
    if re.search(r"phone|mobile|tel|handy", heading):
        return "phone"
    for ending, field in ENDINGS:
        if re.search(ending, heading):
            return field
    coded = _share(values, lambda value: len(digits_of(value)) >= 5)
    return "identifier" if coded > 0.8 and len(set(values)) > 0.5 * len(values) else "attribute"


ENDINGS = (
    (r"nhs", "nhs_number"),
    (r"(first|given|fore|vor|christian).*name|prenom|nombre", "given"),
    (r"(last|family|sur|nach|familien).*name|apellido|cognome|nazwisko", "family"),
    (r"post.?code|zip|postal", "postcode"),
    (r"(^|_)(e_?mail|email)", "email"),
    (r"(^|_)(sex|gender)($|_)", "gender"),
    (r"(^|_)(city|town|suburb)($|_)", "town"),
    (r"address|street", "address"),
)


def _checked(field: str, values: Sequence[str]) -> str:
    """A heading may promise what the column does not hold."""
    held = [value for value in values if value.strip()][:SAMPLE]
    if field == "email" and held and _share(held, lambda value: "@" in value) < 0.2:
        return "attribute"
    if field == "birth_date" and held and _share(held, lambda value: bool(read_birth_date(value))) < 0.3:
        return "attribute"
    return field


def _share(values: Sequence[str], test: object) -> float:
    assert callable(test)
    return sum(bool(test(value)) for value in values) / len(values)
