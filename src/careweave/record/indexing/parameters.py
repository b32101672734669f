"""The search parameters the record supports, as data: parameters.json, built from the FHIR R4 list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from careweave.record.fhir import shape
from careweave.record.indexing.clinical import CLINICAL

Path = tuple[str, ...]
STORED_KINDS = frozenset({"token", "reference", "date", "string"})


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str  # token, reference, date, string; read from the body: quantity, number, uri, composite
    paths: tuple[tuple[Path, str], ...]  # JSON path and the FHIR type of what lies there
    targets: tuple[str, ...] = ()  # of a reference; empty = any type
    system: str = ""  # of a contact point: phone or email
    same_as: str = ""  # the parameter whose tokens this one shares
    either: tuple[str, ...] = ()  # the parameters of whose tokens this one is the union
    pairs: tuple[
        tuple[Path, str, tuple[str, ...]], ...
    ] = ()  # of a composite: where, name of the code, of the values
    primary: bool = False  # the clinical interval, which the record keeps as starts and ends
    stored: bool = True  # beside the body; otherwise the body is looked at

    @property
    def stored_as(self) -> str:
        return self.same_as or self.name

    @property
    def token_names(self) -> tuple[str, ...]:
        return self.either or (self.stored_as,)

    @property
    def names_person(self) -> bool:
        """Asking for a person means all their joined records, so this is answered by whose record it is."""
        return self.kind == "reference" and self.name in ("patient", "subject")


_IDENTIFIER = Parameter("identifier", "token", ((("identifier",), "Identifier"),))

# Of every type, as a source or a writer here set them; few resources have any, so they are read from the body.
OF_ANY_TYPE = {
    "_tag": Parameter("_tag", "token", ((("meta", "tag"), "Coding"),), stored=False),
    "_security": Parameter("_security", "token", ((("meta", "security"), "Coding"),), stored=False),
    "_profile": Parameter("_profile", "uri", ((("meta", "profile"), "canonical"),), stored=False),
    "_source": Parameter("_source", "uri", ((("meta", "source"), "uri"),), stored=False),
}


@cache
def parameters_of(kind: str) -> dict[str, Parameter]:
    """By name. Types without a table of their own are found by identifier, person, id and time of change alone."""
    if kind in PARAMETERS:
        return PARAMETERS[kind]
    described = shape(kind)
    if described is None:
        return {}
    found = {"identifier": _IDENTIFIER} if "identifier" in described.elements else {}
    for name in ("patient", "subject"):
        element = described.elements.get(name)
        if element and "Patient" in element.targets and "patient" not in found:
            path = ((name,), "Reference")
            found["patient"] = Parameter("patient", "reference", (path,), targets=("Patient",), stored=False)
    return found


def _load() -> dict[str, dict[str, Parameter]]:
    text = (files("careweave.record.indexing") / "parameters.json").read_text()
    table = json.loads(text)
    return {
        kind: {name: _parameter(kind, name, facts) for name, facts in rows.items()}
        for kind, rows in table.items()
    }


def _parameter(kind: str, name: str, facts: dict[str, Any]) -> Parameter:
    paths = tuple((tuple(path.split(".")), value_type) for path, value_type in facts["paths"])
    clinical = CLINICAL.get(kind)
    return Parameter(
        name=name,
        kind=facts["kind"],
        paths=paths,
        targets=tuple(facts.get("targets", ())),
        system=facts.get("system", ""),
        same_as=facts.get("same_as", ""),
        either=tuple(facts.get("either", ())),
        pairs=tuple(
            (tuple(each["at"].split(".")) if each["at"] else (), each["code"], tuple(each["value"]))
            for each in facts.get("pairs", ())
        ),
        stored=facts["kind"] in STORED_KINDS and not facts.get("either"),
        primary=clinical is not None and clinical.parameter == name,
    )


PARAMETERS = _load()
