"""The crisis card: what must be known, what to do if things change, and whom to call, on one screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from careweave.care.plans.fhir import Plan
from careweave.care.plans.parts import IfThen
from careweave.web import wording
from careweave.web.presenters import facts
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.facts import Held

MOST_ROWS = 5


@dataclass(frozen=True)
class Crisis:
    """All that the card shows."""

    reviewed: str
    out_of_date: str
    resuscitation: str
    risks: tuple[str, ...]
    carers: tuple[str, ...]
    rows: tuple[IfThen, ...]
    calls: tuple[tuple[str, str], ...]
    has_card: bool


def crisis(
    person: Banner, plan: Plan | None, resources: Sequence[Held], names: Mapping[str, str], *, today: date
) -> Crisis:
    """Shape the card; without a plan it still says whom to call, allergies and resuscitation."""
    draft = plan.draft if plan and not plan.withdrawn else None
    review = wording.as_date(draft.review_on) if draft else None
    return Crisis(
        reviewed=wording.day(draft.agreed_on or (plan.published_on if plan else "")) if draft else "",
        out_of_date=wording.day(review) if review and review < today else "",
        resuscitation=resuscitation(resources, names),
        risks=person.alerts,
        carers=tuple(_carer(one) for one in resources if _is_carer(one) and "carer" in _kinds(one)),
        rows=draft.if_then[:MOST_ROWS] if draft else (),
        calls=_calls(person, resources),
        has_card=bool(draft and draft.if_then),
    )


def resuscitation(resources: Sequence[Held], names: Mapping[str, str]) -> str:
    """“Resuscitation: {decision, by whom, date}” or “Resuscitation: no decision recorded”."""
    for one in resources:
        body = one.body
        flag = one.type == "Flag" and any(
            facts.code(kind) == "resuscitation" for kind in body.get("category") or ()
        )
        directive = one.type == "Consent" and facts.code(body.get("scope")) == "adr"
        if (flag or directive) and body.get("status") == "active":
            what = facts.words(body.get("code")) or facts.words(next(iter(body.get("category") or ()), None))
            return f"Resuscitation: {what}, {facts.source_of(one, ('dateTime', 'period'), names).text}"
    return "Resuscitation: no decision recorded"


def _is_carer(one: Held) -> bool:
    return one.type == "RelatedPerson" and bool(one.body.get("active", True))


def _kinds(one: Held) -> str:
    return wording.listed([facts.words(kind).lower() for kind in one.body.get("relationship") or ()])


def _carer(one: Held) -> str:
    return f"{facts.person_name(one.body.get('name'))}, {_kinds(one)}"


def _calls(person: Banner, resources: Sequence[Held]) -> tuple[tuple[str, str], ...]:
    found = [
        (facts.person_name(one.body.get("name")), facts.telephone(one.body.get("telecom")))
        for one in resources
        if _is_carer(one)
    ]
    if person.in_charge:
        found.append((f"{person.in_charge.name}, in charge", person.in_charge.telephone))
        found.append(("Out of hours", person.in_charge.out_of_hours))
    return tuple((name, number) for name, number in found if number)
