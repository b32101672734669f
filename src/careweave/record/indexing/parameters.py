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


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str  # token, reference, date, string
    paths: tuple[tuple[Path, str], ...]  # JSON path and the FHIR type of what lies there
    targets: tuple[str, ...] = ()  # of a reference; empty = any type
    system: str = ""  # of a contact point: phone or email
    same_as: str = ""  # the parameter whose tokens this one shares
    primary: bool = False  # the clinical interval, which the record keeps as starts and ends

    @property
    def stored_as(self) -> str:
        return self.same_as or self.name


_IDENTIFIER = Parameter("identifier", "token", ((("identifier",), "Identifier"),))


@cache
def parameters_of(kind: str) -> dict[str, Parameter]:
    """By name. Types without a table of their own are found by identifier, id and time of change alone."""
    if kind in PARAMETERS:
        return PARAMETERS[kind]
    described = shape(kind)
    return {"identifier": _IDENTIFIER} if described and "identifier" in described.elements else {}


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
        primary=clinical is not None and clinical.parameter == name,
    )


PARAMETERS = _load()
