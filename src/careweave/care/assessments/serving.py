"""Every assessment in use as a FHIR Questionnaire in the directory, where other systems read it through the API."""

from __future__ import annotations

from datetime import date
from typing import Any

from careweave.record import Actor, Conflict, Gate, Purpose
from careweave.record.ids import DIRECTORY

from .fhir import questionnaire
from .reading import all_assessments

_DEFINITIONS = Actor("system:definitions", "system", name="Definitions")


def serve_questionnaires(on: date) -> int:
    """Put every version that holds into the directory; returns how many are new or changed. Safe to repeat.

    Raises DefinitionError, with the name of its file, when one does not hold together.
    """
    gate, changed = Gate(_DEFINITIONS, Purpose.INTAKE), 0
    for form in all_assessments(on=on):
        body = questionnaire(form)
        stored = gate.read("Questionnaire", body["id"])
        if stored is not None and _without_meta(stored.body) == body:
            continue
        try:
            if stored is None:
                gate.create(body, subject=DIRECTORY)
            else:
                gate.update(body, version=stored.version)
        except Conflict:
            continue  # another process put it there in the same moment
        changed += 1
    return changed


def _without_meta(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "meta"}
