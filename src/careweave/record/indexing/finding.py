"""What a person can be found by: names, address, telephone, birth date, NHS number, folded to plain words."""

from __future__ import annotations

from collections.abc import Iterator

from careweave.record.indexing.folding import digits, fold, words
from careweave.record.validation import nhs_number

Resource = dict[str, object]
Entry = tuple[str, str]  # kind, value
NAME, ADDRESS, PHONE, BIRTH, NHS_NUMBER = "name", "address", "phone", "birth", "nhs-number"
PEOPLE = {"Patient", "RelatedPerson"}
_LONGEST = 200  # of what anyone types; PostgreSQL indexes no more than about 2,700 bytes


def finder_entries(resource: Resource) -> tuple[Entry, ...]:
    """Names of every use (nickname, maiden, old) are all entries: people are asked for by any of them."""
    if resource.get("resourceType") not in PEOPLE:
        return ()
    found = (*_names(resource), *_addresses(resource), *_numbers(resource))
    return tuple(dict.fromkeys((kind, value[:_LONGEST]) for kind, value in found))


def _objects(resource: Resource, name: str) -> Iterator[Resource]:
    value = resource.get(name)
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _texts(value: object) -> Iterator[str]:
    items = value if isinstance(value, list) else [value]
    return (item for item in items if isinstance(item, str))


def _names(resource: Resource) -> Iterator[Entry]:
    for name in _objects(resource, "name"):
        parts = [*_texts(name.get("family")), *_texts(name.get("given"))]
        for part in parts or _texts(name.get("text")):
            for word in words(part):
                yield NAME, word


def _addresses(resource: Resource) -> Iterator[Entry]:
    for address in _objects(resource, "address"):
        lines = (address.get(part) for part in ("line", "city", "district", "postalCode"))
        for line in lines:
            for text in _texts(line):
                for word in words(text):
                    yield ADDRESS, word
        for postcode in _texts(address.get("postalCode")):
            yield ADDRESS, fold(postcode).replace(" ", "")


def _numbers(resource: Resource) -> Iterator[Entry]:
    for contact in _objects(resource, "telecom"):
        number = digits(str(contact.get("value", "")))
        if contact.get("system") in ("phone", "sms") and number:
            yield PHONE, number
            if number.startswith("44") and len(number) == 12:
                yield PHONE, f"0{number[2:]}"
    for birth in _texts(resource.get("birthDate")):
        yield BIRTH, birth
    for identifier in _objects(resource, "identifier"):
        value = identifier.get("value")
        if identifier.get("system") == nhs_number.SYSTEM and isinstance(value, str):
            yield NHS_NUMBER, nhs_number.normalise(value)
