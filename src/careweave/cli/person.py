"""careweave person"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import click

from careweave.cli._acting import gate_of
from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting


@reporting()
@click.argument("id")
@click.option("--as", "user", required=True, help="E-mail address of the account to look as.")
@click.option("--purpose", required=True, help="direct-care, own-care, governance …")
@click.option("--role", default="", help="One of the account's roles; its first when not given.")
def command(id: str, user: str, purpose: str, role: str) -> Report:
    """What that user may see of that person, through the gate; the look is audited like any other."""
    ready_place()
    from careweave.record.fhir import resource_types

    gate = gate_of(user, purpose, role)
    person = gate.person(id)
    if person is None:
        return Report({"person": None}, ["Not there, or not for this user and purpose."], succeeded=False)
    found = gate.about(person.id, sorted(resource_types()))
    counts = Counter(each.type for each in found)
    sources = sorted({member.source for member in person.subjects})
    figures = {
        "person": person.id,
        "relationships": sorted(person.kinds),
        "sources": sources,
        "held_back": person.held_back,
        "counts": dict(sorted(counts.items())),
        "resources": [
            asdict(each) | {"labels": list(each.labels), "parties": list(each.parties)} for each in found
        ],
    }
    lines = [
        f"Person {person.id}",
        f"Relationships: {', '.join(sorted(person.kinds)) or 'none'}",
        f"Sources: {', '.join(map(str, sources))}",
        "A rule limits what this user sees." if person.held_back else "Nothing is held back by a rule.",
        *(f"  {type_}: {count}" for type_, count in sorted(counts.items())),
    ]
    return Report(figures, lines)
