"""careweave explain"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from careweave.cli._acting import gate_of
from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting

if TYPE_CHECKING:
    from careweave.record.explaining import EntryExplained, Explained, PersonExplained
    from careweave.record.policy import RuleOutcome


@reporting()
@click.argument("id")
@click.option("--as", "user", required=True, help="E-mail address of the account to explain.")
@click.option("--purpose", required=True, help="direct-care, own-care, governance …")
@click.option("--role", default="", help="One of the account's roles; its first when not given.")
def command(id: str, user: str, purpose: str, role: str) -> Report:
    """Why that user may or may not see each thing about a person, or one entry, by its id. Shows no contents."""
    ready_place()
    from careweave.record.explaining import explain_entry, explain_person
    from careweave.record.ids import is_id

    gate = gate_of(user, purpose, role)
    person = explain_person(gate, id)
    if person is not None:
        return _person_report(person)
    entry = explain_entry(gate, id) if is_id(id) else None
    if entry is not None:
        return _entry_report(entry)
    return Report({"id": id, "found": False}, ["Nobody and nothing has this id."], succeeded=False)


def _person_report(person: PersonExplained) -> Report:
    figures = {
        "person": person.person_id,
        "relationships": sorted(person.kinds),
        "entries": [
            {
                "type": each.type,
                "labels": list(each.labels),
                "source": each.source,
                "named": each.named,
                "count": each.count,
                **asdict(each.decision),
                "nearest": _nearest_words(each.nearest),
            }
            for each in person.entries
        ],
    }
    lines = [
        f"Person {person.person_id}",
        f"Relationships: {', '.join(sorted(person.kinds)) or 'none'}",
        *(_line(each) for each in person.entries),
    ]
    return Report(figures, lines)


def _line(each: Explained) -> str:
    marked = f", marked {', '.join(each.labels)}" if each.labels else ""
    named = ", naming this user" if each.named else ""
    what = f"{each.count} × {each.type} from {each.source}{marked}{named}"
    if each.decision.allowed:
        return f"  open    {what}: because {each.decision.reason} [{each.decision.rule}]"
    nearest = _nearest_words(each.nearest)
    return f"  closed  {what}: {each.decision.reason} [{each.decision.rule}]" + (
        f"; nearest: {nearest}" if nearest else ""
    )


def _nearest_words(nearest: RuleOutcome | None) -> str:
    return f"{nearest.name}, which asks that {' and '.join(nearest.unmet)}" if nearest else ""


def _entry_report(entry: EntryExplained) -> Report:
    facts = {**asdict(entry.facts), "kinds": sorted(entry.facts.kinds), "labels": sorted(entry.facts.labels)}
    figures = {
        "type": entry.type,
        "facts": facts,
        **asdict(entry.decision),
        "rules": [asdict(rule) | {"unmet": list(rule.unmet)} for rule in entry.rules],
    }
    word = "Open" if entry.decision.allowed else "Closed"
    lines = [
        f"{word}: {entry.decision.reason} [{entry.decision.rule}]",
        *(f"  {name}: {value}" for name, value in facts.items()),
        *(_rule_line(rule) for rule in entry.rules),
    ]
    return Report(figures, lines)


def _rule_line(rule: RuleOutcome) -> str:
    effect = "forbids" if rule.forbids else "opens"
    if rule.applies:
        return f"  {effect}: {rule.name}: {rule.reason}"
    return f"  does not apply: {rule.name}: it asks that {' and '.join(rule.unmet)}"
