"""The council's adult social care Client Level Data: one file a reporting year, release 1 headers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from careweave.demonstration import days
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import NONE
from careweave.demonstration.formats import feeds
from careweave.demonstration.registers import Register
from careweave.demonstration.sending.council_events import CareEvent, council_events
from careweave.demonstration.sending.faults import spoil_rows
from careweave.demonstration.sending.hospital import hash_share
from careweave.demonstration.sending.outbox import Outbox

SOURCE = "900"
COLUMNS = feeds()["cld"].columns
PERSONAL_CARE = "Physical Support: Personal care support"
ACCESS = "Physical Support: Access & mobility only"
CARER = "Social Support: Support to Carer"
RETIRED = "Not in Paid Employment (not actively seeking work / retired)"
HOMES = ("Owner occupier or shared ownership scheme", "Tenant", "Tenant - private landlord")  # by tenure
REASONS = (
    ("learning-disability", "Learning Disability Support"),
    ("dementia", "Support with Memory & Cognition"),
    ("severe-mental-illness", "Mental Health Support"),
    ("visual-impairment", "Sensory Support: Support for visual impairment"),
)


@dataclass(frozen=True)
class Period:
    """A reporting year; `file` is its name."""

    start: int
    end: int

    @property
    def file(self) -> str:
        return f"900/client_level_data_{days.iso(self.end)}.csv"


def periods(today: int) -> list[Period]:
    """Three years, the last ending with the last whole month: what came after has not been sent yet."""
    month_end = days.as_date(today).replace(day=1)
    found = []
    for back in (2, 1, 0):
        end = days.number(month_end.replace(year=month_end.year - back)) - 1
        start = days.number(month_end.replace(year=month_end.year - back - 1))
        found.append(Period(start, end))
    return found


def send_council(chunk: Chunk, outbox: Outbox) -> Register:
    events = council_events(chunk)
    told = periods(chunk.today)
    events = [
        event
        for event in events
        if event.start <= told[-1].end and (event.end <= NONE or event.end >= told[0].start)
    ]
    who = np.unique(np.array([event.person for event in events], dtype=np.int64))
    number = chunk.people.register[who]
    local = np.array([f"{5_000_000 + value * 3 % 4_000_000}" for value in number.tolist()], dtype=object)
    second = np.array([f"{5_900_000_0 + value}" for value in number.tolist()], dtype=object)
    register = chunk.registrar.register(chunk.rng("council-register"), SOURCE, SOURCE, who, local, second)
    writer = CouncilWriter(chunk, register, events)
    for period in told:
        outbox.rows[period.file].extend(writer.rows(period))
    written = outbox.written("cld", *(period.file for period in told))
    outbox.know(register, chunk.people.register.tolist(), written)
    for period in told:
        spoil_rows(
            chunk.rng(f"faults-{period.file}"),
            chunk.figures.errors,
            outbox,
            "cld",
            period.file,
            chunk.today,
            chunk.practice == 0,
        )
    return register


class CouncilWriter:
    """Writes the rows of one practice list for each reporting year."""

    def __init__(self, chunk: Chunk, register: Register, events: list[CareEvent]) -> None:
        self.chunk, self.register, self.events = chunk, register, events
        people = np.array([event.person for event in events], dtype=np.int64)
        self.record = register.rows_for(chunk.rng("council-rows"), people)
        cared_for = {int(event.more["Adult 1 Linked Person_ID"]) for event in events if event.carer}
        self.has_carer = cared_for

    def rows(self, period: Period) -> list[list[str]]:
        return [
            self._row(place, event, period)
            for place, event in enumerate(self.events)
            if event.start <= period.end and (event.end <= NONE or event.end >= period.start)
        ]

    def _row(self, place: int, event: CareEvent, period: Period) -> list[str]:
        row = int(self.record[place])
        over = NONE < event.end <= period.end
        cells = self._person(event, row, period) | event.more
        if "Adult 1 Linked Person_ID" in cells:
            linked = int(self.register.row_of[int(cells["Adult 1 Linked Person_ID"])])
            cells["Adult 1 Linked Person_ID"] = str(self.register.local[linked]) if linked >= 0 else ""
        cells |= {
            "LA Code": SOURCE,
            "Reporting Period Start Date": days.uk(period.start),
            "Reporting Period End Date": days.uk(period.end),
            "Event Type": event.type,
            "Event Reference": f"{event.type[0]}{self.chunk.practice + 1:03d}{place:06d}",
            "Event Start Date": days.uk(event.start),
            "Event End Date": days.uk(event.end) if over else "",
            "Event Description": event.description,
            "Event Outcome": event.outcome if over else "",
        }
        return [cells.get(column, "") for column in COLUMNS]

    def _person(self, event: CareEvent, row: int, period: Period) -> dict[str, str]:
        chunk, register, person = self.chunk, self.register, event.person
        people = chunk.people
        text = {name: values[row] for name, values in register.text.items()}
        death = int(people.death[person])
        title = chunk.figures.population["ethnicity"][int(people.ethnicity[person])]["title"]
        registered = bool(people.registered[person])
        return {
            "NHS Number": str(register.nhs[row]) if register.nhs[row] > 0 else "",
            "LA Person Unique Identifier": str(register.local[row]),
            "First Name": text["given"],
            "Last Name": text["family"],
            "GP Practice Name": chunk.practice_name if registered else "",
            "GP Practice Code": chunk.code if registered else "",
            "Gender": "Female" if register.female[row] else "Male",
            "Ethnicity": title if hash_share(person * 7) > 0.06 else "No data - Undeclared or Not known",
            "Date of Birth": days.uk(int(register.birth[row])),
            "Date of Death": days.uk(death) if NONE < death <= period.end else "",
            "Client Type": "Carer" if event.carer else "Service User",
            "Postcode": text["postcode"],
            **self._situation(person, event.carer),
        }

    def _situation(self, person: int, carer: bool) -> dict[str, str]:
        chunk, health = self.chunk, self.chunk.health

        def yes(condition: str) -> str:
            return "Yes" if health.has(condition, chunk.today)[person] else "No"

        reason = PERSONAL_CARE if health.frailty[person] > 0.2 else ACCESS
        reason = next((title for condition, title in REASONS if yes(condition) == "Yes"), reason)
        has_carer = person in self.has_carer or chunk.people.partner[person] >= 0
        return {
            "Primary Support Reason": CARER if carer else reason,
            "Accommodation Status": self._home(person),
            "Employment Status": RETIRED if chunk.age[person] > 62 else "Unknown",
            "Has Unpaid Carer": "Yes" if has_carer else "No",
            "Autism Spectrum Disorder (ASD)": yes("autism"),
            "Visual Impairment": yes("visual-impairment"),
            "Hearing Impairment": yes("hearing-loss"),
            "Dementia": yes("dementia"),
            "Client Funding Status": "Council & Client Funded" if person % 3 else "100% Council Funded",
        }

    def _home(self, person: int) -> str:
        if self.chunk.care_home_since[person] > NONE:
            return "Registered care home"
        if self.chunk.people.sheltered[person]:
            return "Sheltered housing / extra care housing / other sheltered housing"
        return HOMES[int(self.chunk.people.tenure[person])]
