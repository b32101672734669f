"""Labels for what is sensitive although its sender did not say so: unlabelled, it would be open to everyone who reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from careweave.definitions import Definition, load_definition

# Where a resource says what it is about.
_ABOUT = (
    "code",
    "reasonCode",
    "type",
    "serviceType",
    "specialty",
    "category",
    "valueCodeableConcept",
    "medicationCodeableConcept",
    "vaccineCode",
)
_WHO_SOMEONE_IS = frozenset({"Patient", "RelatedPerson", "Person"})
_ICD = "icd-10"


@dataclass(frozen=True)
class Sensitive:
    """Labels by code, by the first three signs of an ICD-10 code, by specialty and by source."""

    codes: Mapping[tuple[str, str], str]
    begins: Mapping[str, str]
    specialties: Mapping[str, str]
    sources: Mapping[str, str]

    def labelled(self, body: Mapping[str, Any], source: str, labels: Iterable[str]) -> list[str]:
        """The labels as sent and those that the content or the source asks for, in order and each once."""
        held = set(labels)
        if body.get("resourceType") not in _WHO_SOMEONE_IS:
            if source in self.sources:
                held.add(self.sources[source])
            held.update(self._found(body))
        return sorted(held)

    def _found(self, body: Mapping[str, Any]) -> Iterator[str]:
        for field in _ABOUT:
            value = body.get(field)
            if value is None:
                continue
            for concept in value if isinstance(value, list) else (value,):
                for coding in concept.get("coding", ()) if isinstance(concept, dict) else ():
                    label = self._label_of(field, coding.get("system", ""), coding.get("code", ""))
                    if label:
                        yield label

    def _label_of(self, field: str, system: str, code: str) -> str | None:
        if field in ("serviceType", "specialty"):
            return self.specialties.get(code)
        if _ICD in system:
            return self.begins.get(code[:3])
        return self.codes.get((system, code))


def labelled(body: Mapping[str, Any], source: str, labels: Iterable[str]) -> list[str]:
    """What is stored: the labels as sent, and those of the list that holds today."""
    return _on(datetime.now(UTC).date()).labelled(body, source, labels)


@lru_cache(maxsize=2)
def _on(day: date) -> Sensitive:
    return read_sensitive(load_definition("access", "sensitive", day))


def read_sensitive(definition: Definition) -> Sensitive:
    """The list as tables to look up."""
    groups = definition.content.get("code", [])
    return Sensitive(
        codes={(each["system"], code): each["label"] for each in groups for code in each.get("codes", [])},
        begins={code: each["label"] for each in groups for code in each.get("begins", [])},
        specialties={
            code: each["label"] for each in definition.content.get("specialty", []) for code in each["codes"]
        },
        sources={each["code"]: each["label"] for each in definition.content.get("source", [])},
    )
