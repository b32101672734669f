"""Why somebody may or may not see each kind of information about a person: for the governance lead."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from careweave.identity import representatives
from careweave.identity.models import Account, Staff
from careweave.identity.staffing import actor_of, roles_of
from careweave.record import Actor, Gate, Purpose
from careweave.record.categories import Standing, explain_for
from careweave.record.ids import is_id
from careweave.web import access, directory, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters.roles import role_name

_PURPOSES = ("direct-care", "own-care", "emergency")


@signed_in("governance-lead")
def explain(request: HttpRequest) -> HttpResponse:
    """Choose who, about whom and for what; the answer names the rule and what it stands on. It is in the person's log."""
    form = Form(request.POST if request.method == "POST" else request.GET)
    gate = access.gate_of(request)
    words = gate.door.policy.words
    context: dict[str, Any] = {
        "form": form,
        "staff": [("", "The person themself"), *((str(one.id), one.name) for one in _staff())],
        "purposes": [(key, words.purposes[key].capitalize()) for key in _PURPOSES],
        "answer": None,
    }
    if request.method == "POST":
        person_id = form.text("person", "Enter the id of the person.")
        purpose = form.choice("purpose", _PURPOSES, "Choose what for.")
        if person_id and not is_id(person_id):
            form.fail("person", "This is not an id. It stands in the address of the person page.")
        actor = _actor(form.get("who"), person_id)
        if form.ok and actor is None:
            form.fail("who", "This member of staff has no role now.")
        if form.ok and actor is not None:
            found = explain_for(gate.door, actor=actor, purpose=Purpose(purpose), person_id=person_id)
            if found is None:
                form.fail("person", "Nobody is known here by this id.")
            else:
                context["answer"] = answer_context(found, words.kinds, words.types)
                context |= acting_context(gate, person_id)
    return render(request, "staff/governance/explain.jinja", context, status=200 if form.ok else 422)


def acting_context(gate: Gate, person_id: str) -> dict[str, Any]:
    """Who acts for the person, what ended and why, and whose access was stopped; as the papers say it."""
    now = timezone.now()
    held = representatives.authorities(gate, person_id)
    return {
        "acting": [(one, one.holds(now)) for one in held if one.basis != "no"],
        "stops": representatives.freezes(gate, person_id),
    }


def answer_context(found: Standing, kinds: Any, groups: Any) -> dict[str, Any]:
    """The answer as the page shows it: relationships, then one line for all that is decided alike."""
    names = directory.sources().names
    labels: dict[tuple[Any, ...], list[str]] = {}
    for each in found.categories:
        key = (each.types, each.allowed, each.reason, each.rule, each.stands_on, each.sources)
        labels.setdefault(key, []).append(each.label)
    sources: dict[tuple[Any, ...], list[str]] = {}
    for (*alike, of), marked in labels.items():
        sources.setdefault((*alike, tuple(marked)), []).extend(of)
    everything = {each.label for each in found.categories} - {"own-choice"}
    every = {code for each in found.categories for code in each.sources}
    rows = [
        {
            "what": _in_groups(types, groups),
            "labels": "any label or none" if set(marked) == everything else _label_words(marked),
            "sources": "every source" if set(of) == every else _source_words(of, names),
            "allowed": allowed,
            "because": reason,
            "rule": rule,
            "on": wording.listed(list(on)),
        }
        for (types, allowed, reason, rule, on, marked), of in sources.items()
    ]
    return {
        "name": directory.contact(found.actor.id).name,
        "role": role_name(found.actor.role),
        "relationships": [kinds[kind] for kind in found.relationships],
        "open": [row for row in rows if row["allowed"]],
        "closed": [row for row in rows if not row["allowed"]],
    }


def _label_words(labels: tuple[str, ...]) -> str:
    return wording.listed([each.replace("-", " ") or "no label" for each in labels])


def _source_words(codes: list[str], names: Any) -> str:
    shown = [names.get(code, code) for code in codes]
    return wording.listed(shown if len(shown) <= 4 else [*shown[:3], f"{len(shown) - 3} more"])


def _in_groups(types: tuple[str, ...], groups: Any) -> str:
    """Whole groups by their name, the rest type by type."""
    left, told = set(types), []
    for group, members in groups.items():
        if left.issuperset(members):
            told.append(f"all {group}")
            left -= set(members)
    return wording.listed([*told, *sorted(left)])


def _staff() -> list[Staff]:
    return list(Staff.objects.filter(left_on__isnull=True).order_by("name"))


def _actor(staff_id: str, person_id: str) -> Actor | None:
    if not staff_id:
        return Actor(f"person:{person_id}", "person")
    account = (
        Account.objects.filter(staff_id=staff_id).select_related("staff").first() if is_id(staff_id) else None
    )
    held = roles_of(account) if account else []
    return actor_of(account, held[0]) if account and held else None
