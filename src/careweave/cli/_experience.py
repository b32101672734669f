"""What people and staff say, counted: brings the staff's round and the record's own answer to where both are published."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from careweave.care.noticing.statements import statements
from careweave.cli._warehouse import WAREHOUSE, london_today
from careweave.configuration import Configuration
from careweave.identity.voices import last_voices
from careweave.measures.experience.published import PublishedExperience
from careweave.measures.experience.publishing import StaffSheets, publish_experience
from careweave.measures.experience.statements import ByRecord
from careweave.record import Gate, Purpose


def count_experience(configuration: Configuration) -> PublishedExperience:
    """Safe to repeat."""
    return publish_experience(configuration.home, london_today(), staff=staff_sheets(), by_record=by_record())


def staff_sheets() -> StaffSheets | None:
    """The last round that is over."""
    found = last_voices(london_today())
    if found is None:
        return None
    over = found.round
    return StaffSheets(
        over.survey, over.opened_on, over.closed_on or over.closes_on, over.asked, found.sheets, found.said
    )


def by_record() -> list[ByRecord]:
    """The seven statements by the record, over everyone in coordinated care who may be counted."""
    gate = Gate(WAREHOUSE, Purpose.SECONDARY_USE)
    people = {
        one.person_id
        for batch in gate.extract(["EpisodeOfCare"])
        for one in batch
        if orjson.loads(one.body)["status"] == "active"
    }
    found = statements(gate, sorted(people), now=datetime.now(UTC))
    return [ByRecord(one.id, one.quote, one.objective, one.met, one.applies) for one in found]
