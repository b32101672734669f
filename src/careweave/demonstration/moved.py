"""People who are still on the list of a practice that they left: an old record in another practice's extract."""

from __future__ import annotations

import numpy as np

from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import DAY
from careweave.demonstration.fhir import UK_CORE, Resource, identifiers, organisation
from careweave.demonstration.registers import Register
from careweave.demonstration.registrations import old_practice
from careweave.demonstration.sending.gp import LEFT_ID
from careweave.demonstration.sending.outbox import Outbox


def send_old_registrations(chunk: Chunk, outbox: Outbox, practices: int) -> None:
    if practices < 2:
        return
    rng, people, rates = chunk.rng("moved"), chunk.people, chunk.figures.errors["moved"]
    moved = rng.random(len(people)) * 100 < rates["has_old_registration_percent"]
    who = np.flatnonzero(moved & people.registered & (chunk.age > 3))
    source = old_practice(chunk, practices)
    local = np.array([str(LEFT_ID + value) for value in who.tolist()], dtype=object)
    register = chunk.registrar.register(
        chunk.rng("moved-register"), source, "old-registration", who, local, local
    )
    for row, person in enumerate(register.person.tolist()):
        if register.duplicate[row]:
            continue
        left = chunk.today - int(rng.integers(200, 2500))
        left = max(left, int(people.birth[person]) + 400)
        outbox.resource("moved", _old_patient(chunk, register, row, left))
        outbox.records.append(
            (
                source,
                str(register.local[row]),
                int(people.register[person]),
                "old registration",
                ";".join(register.errors[row]),
            )
        )


def _old_patient(chunk: Chunk, register: Register, row: int, left: int) -> Resource:
    old, person, local = chunk.people.text, int(register.person[row]), str(register.local[row])
    number = int(register.nhs[row])
    return {
        "resourceType": "Patient",
        "id": local,
        "meta": {"lastUpdated": days.instant(left * DAY + 600), "profile": [UK_CORE + "UKCore-Patient"]},
        "identifier": identifiers(register.source, local, str(number) if number > 0 else ""),
        "active": False,
        "name": [
            {
                "use": "official",
                "family": register.text["family"][row],
                "given": [register.text["given"][row]],
            }
        ],
        "gender": "female" if register.female[row] else "male",
        "birthDate": days.iso(int(register.birth[row])),
        "address": [
            {
                "use": "home",
                "line": [old["old_line"][person]],
                "city": old["old_town"][person],
                "postalCode": old["old_postcode"][person],
            }
        ],
        "managingOrganization": organisation(register.source),
    }
