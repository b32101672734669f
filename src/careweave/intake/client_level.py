"""Reads a council's Client Level Data file as it stands, without loading it: its events, and what is wrong in it by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from careweave.intake.reading.chunks import chunks
from careweave.intake.reading.files import find_files
from careweave.intake.reading.plans import Plan, plan
from careweave.intake.reading.rows import Limits, Refusal

FORMAT = "cld"
SERVICE, REQUEST, CLIENT = "Service", "Request", "Service User"
ROUTE = "Request: Route of Access"
# The columns of the file by the names that events go by.
COLUMNS = {
    "la": "LA Code",
    "nhs": "NHS Number",
    "local": "LA Person Unique Identifier",
    "client": "Client Type",
    "type": "Event Type",
    "outcome": "Event Outcome",
    "route": ROUTE,
    "service": "Service Type",
    "component": "Service Component",
    "delivery": "Delivery Mechanism",
    "reason": "Primary Support Reason",
    "accommodation": "Accommodation Status",
    "employment": "Employment Status",
    "gender": "Gender",
}
DAYS = {
    "start": "Event Start Date",
    "end": "Event End Date",
    "died": "Date of Death",
    "received": "Reporting Period End Date",
}
BORN = "Date of Birth"


@dataclass
class Read:
    """`events` in the columns of a Client Level Data event; a row that is refused is in `refused` and not in them."""

    rows: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def read_files(paths: Iterable[Path], source: str, today: date) -> Read:
    """Every row of every file; `source` is the code of the council that sent them."""
    found = Read()
    for file in find_files(paths):
        made = plan(file, source, format=FORMAT, today=today, limits=Limits())
        if isinstance(made, Refusal):
            found.refused.append(made)
        else:
            _read_file(made, found)
    return found


def _read_file(made: Plan, found: Read) -> None:
    how, name = made.how, made.file.name
    places = how.places(made.headers)
    for chunk in chunks(made):
        found.refused += chunk.refusals
        found.rows += len(chunk.refusals) + len(chunk.records)
        for line, cells in chunk.records:
            values = how.values(cells, places, made.source)
            wrong = [values] if isinstance(values, Refusal) else list(_problems(values))
            if wrong:
                found.refused += [each.at(name, line) for each in wrong]
            elif not isinstance(values, Refusal):
                found.events.append(_event(values))


def _problems(values: Mapping[str, Any]) -> Iterator[Refusal]:
    """What the national collection asks of each type of event, beyond what a row must have to be read at all."""
    type = values["Event Type"]
    if type == SERVICE:
        if not values.get("Service Type"):
            expected = "A service type of the national list"
            yield Refusal("", 0, "Service Type", "Service type is missing of a service", expected=expected)
        return
    if not values.get("Event End Date"):
        expected = "The day it was completed; only a service may be open. Leave out what is not completed"
        yield Refusal(
            "", 0, "Event End Date", f"Event end date is missing of a {type.lower()}", expected=expected
        )
    if not values.get("Event Outcome"):
        expected = "An outcome of the national list; without one its sequel cannot be told"
        yield Refusal(
            "", 0, "Event Outcome", f"Event outcome is missing of a {type.lower()}", expected=expected
        )
    if type == REQUEST and values["Client Type"] == CLIENT and not values.get(ROUTE):
        expected = "How the request came; the official tables count no request of a client without it"
        yield Refusal("", 0, ROUTE, "Route of access is missing of a request", expected=expected)


def _event(values: Mapping[str, Any]) -> dict[str, Any]:
    born = _day(values.get(BORN))
    return {
        **{name: _text(values.get(column)) for name, column in COLUMNS.items()},
        **{name: _day(values.get(column)) for name, column in DAYS.items()},
        "birth_month": born.replace(day=1) if born else None,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None
