"""Where writers put what they write: rows and resources in memory for one practice list, and the truth about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

import orjson

from careweave.demonstration.fhir import Resource
from careweave.demonstration.formats import feeds
from careweave.demonstration.registers import Register


@dataclass(frozen=True)
class Fault:
    """A row that intake must refuse; `row` counts within this part of the file, from 0."""

    source: str
    file: str
    row: int
    key: str
    field: str
    fault: str


@dataclass
class Outbox:
    """`rows` by feed; `lines` by file name for FHIR; `records` = (source, local id, true person, kind, errors)."""

    rows: dict[str, list[Sequence[str]]] = field(default_factory=lambda: defaultdict(list))
    lines: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    bundles: dict[str, bytes] = field(default_factory=dict)
    records: list[tuple[str, str, int, str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def written(self, feed: str, *files: str) -> set[str]:
        """The local ids that the rows of these files speak of."""
        place = feeds()[feed].columns.index(feeds()[feed].patient)
        return {row[place] for file in files for row in self.rows[file]}

    def resource(self, file: str, resource: Resource) -> None:
        self.lines[file].append(orjson.dumps(resource))

    def know(self, register: Register, people: Sequence[int], written: Container[str] | None = None) -> None:
        """Note which true person each record of a source belongs to; records that no row told of are left out."""
        for row, person in enumerate(register.person.tolist()):
            if written is not None and str(register.local[row]) not in written:
                continue
            kind = "duplicate" if register.duplicate[row] else "main"
            errors = ";".join(register.errors[row])
            self.records.append((register.source, str(register.local[row]), people[person], kind, errors))
