"""The crisis card: what must be known, what to do if things change, and whom to call, on one screen (pages.md §6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from careweave.care.plans.checking import is_reachable
from careweave.care.plans.crisis import HOME, USUAL, Card, card_of
from careweave.care.plans.end_of_life import Decision, decision_kinds, decisions_of
from careweave.care.plans.fhir import Plan
from careweave.care.plans.parts import IfThen, PlanDraft
from careweave.web import wording
from careweave.web.presenters import facts
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.facts import Held

MOST_ROWS = 5
CPR = "resuscitation"
_FORMS = {"anticipatory-medicines": "kept"}


@dataclass(frozen=True)
class Row:
    """One trigger. What is lacking (a plan from elsewhere may lack it) is said in its place, never left blank."""

    trigger: str
    action: str
    call: str
    number: str
    is_lacking: bool = False


@dataclass(frozen=True)
class Crisis:
    """All that the card shows; pairs are a heading and its words."""

    reviewed: str
    out_of_date: str
    resuscitation: str
    decisions: tuple[str, ...]
    risks: tuple[str, ...]
    lives_with: str
    carers: tuple[str, ...]
    rows: tuple[Row, ...]
    usual: tuple[tuple[str, str], ...]
    helps: tuple[tuple[str, str], ...]
    please_do: tuple[str, ...]
    please_dont: tuple[str, ...]
    home: tuple[tuple[str, str], ...]
    key_code: str
    calls: tuple[tuple[str, str], ...]
    has_card: bool


def crisis(
    person: Banner, plan: Plan | None, resources: Sequence[Held], names: Mapping[str, str], *, today: date
) -> Crisis:
    """Shape the card; without a plan it still says whom to call, allergies and resuscitation."""
    draft = plan.draft if plan and not plan.withdrawn else None
    card = card_of(resources) or Card()
    agreed = (draft.agreed_on or (plan.published_on if plan else "")) if draft else ""
    reviews = sorted(day for day in (draft.review_on if draft else "", card.review_on) if day)
    first = wording.as_date(reviews[0]) if reviews else None
    rows = tuple(_row(one, person) for one in draft.if_then if one.trigger.strip()) if draft else ()
    seen = max(agreed[:10], card.reviewed_on[:10])
    return Crisis(
        reviewed=wording.day(seen) if seen else "",
        out_of_date=wording.day(first) if first and first < today else "",
        resuscitation=resuscitation(resources, names, today=today),
        decisions=_decisions(resources, today),
        risks=person.alerts,
        lives_with=card.lives_with,
        carers=tuple(_carer(one) for one in resources if _is_carer(one) and "carer" in _kinds(one)),
        rows=rows[:MOST_ROWS],
        usual=_written(card, USUAL),
        helps=_helps(draft, person.call_name) if draft else (),
        please_do=card.please_do,
        please_dont=card.please_dont,
        home=_written(card, HOME),
        key_code=card.key_code,
        calls=_calls(person, resources, draft),
        has_card=bool(rows) or not card.is_empty,
    )


def _row(one: IfThen, person: Banner) -> Row:
    """A row as written. One without an action or a number that can be rung gets whoever can be."""
    is_known = is_reachable(one.number)
    in_charge = person.in_charge
    fallback = (
        (f"{in_charge.name}, in charge", in_charge.telephone) if in_charge else ("In an emergency", "999")
    )
    call, number = (one.call, one.number) if is_known else fallback
    action = one.action.strip() or "No action is written here: call and ask"
    return Row(one.trigger, action, call, number, is_lacking=not (is_known and one.action.strip()))


def _helps(draft: PlanDraft, joe: str) -> tuple[tuple[str, str], ...]:
    """What the person and those around them do before anyone comes, from the plan."""
    alone = "; ".join(one for one in draft.own_contributions if one.strip())
    others = "; ".join(
        f"{one.name}: {one.what}" if one.what else one.name for one in draft.network if one.name.strip()
    )
    pairs = ((f"What {joe} does alone", alone), ("Who would help", others))
    return tuple((heading, words) for heading, words in pairs if words)


def _written(card: Card, parts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((heading, getattr(card, name)) for name, heading in parts.items() if getattr(card, name))


# -- decisions ----------------------------------------------------------------------------------------------------


def resuscitation(resources: Sequence[Held], names: Mapping[str, str], *, today: date | None = None) -> str:
    """“Resuscitation: {decision, by whom, date, where the form is}” or “Resuscitation: no decision recorded”."""
    ours = decisions_of(resources, [CPR]).get(CPR)
    found = [_decided(ours, today)] if ours else []
    found += [_from_source(one, names) for one in resources if _is_directive(one)]
    if not found:
        return "Resuscitation: no decision recorded"
    if len(found) > 1:
        return f"Resuscitation: sources differ. {'. '.join(found)}"
    return f"Resuscitation: {found[0]}"


def _is_directive(one: Held) -> bool:
    """What a source sent; what the team wrote has its own words."""
    body = one.body
    if body.get("status") != "active" or one.source == "careweave":
        return False
    is_flag = one.type == "Flag" and any(facts.code(kind) == CPR for kind in body.get("category") or ())
    return is_flag or (one.type == "Consent" and facts.code(body.get("scope")) == "adr")


def _from_source(one: Held, names: Mapping[str, str]) -> str:
    body = one.body
    what = facts.words(body.get("code")) or facts.words(next(iter(body.get("category") or ()), None))
    return f"{what}, {facts.source_of(one, ('dateTime', 'period'), names).text}"


def _decided(one: Decision, today: date | None) -> str:
    return f"{one.decision}, {one.decided_by}, {wording.day(one.decided_on)}{_where_and_until(one, today)}"


def _wished(one: Decision, today: date | None) -> str:
    """Sentences of their own words: who said them stands apart."""
    who = f"({one.decided_by}, {wording.day(one.decided_on)})"
    return f"{one.decision} {who}{_where_and_until(one, today)}"


def _where_and_until(one: Decision, today: date | None) -> str:
    where = f". {'Kept' if one.kind in _FORMS else 'Form'}: {one.form_at}" if one.form_at else ""
    late = ""
    if today and one.is_overdue(today):
        late = f". Out of date: review was due {wording.day(one.review_on)}. It may still hold"
    return where + late


def _decisions(resources: Sequence[Held], today: date) -> tuple[str, ...]:
    """What else was decided, each with its title; resuscitation has its own line."""
    kinds = decision_kinds(today)
    held = decisions_of(resources, kinds)
    return tuple(
        f"{kind.title}: {_wished(held[kind.key], today)}"
        for kind in kinds.values()
        if kind.key in held and kind.key != CPR
    )


# -- whom to call -------------------------------------------------------------------------------------------------


def _is_carer(one: Held) -> bool:
    return one.type == "RelatedPerson" and bool(one.body.get("active", True))


def _kinds(one: Held) -> str:
    return wording.listed([facts.words(kind).lower() for kind in one.body.get("relationship") or ()])


def _carer(one: Held) -> str:
    return f"{facts.person_name(one.body.get('name'))}, {_kinds(one)}"


def _calls(person: Banner, resources: Sequence[Held], draft: PlanDraft | None) -> tuple[tuple[str, str], ...]:
    """A chain: whom the plan says, carers, other relatives (“if Annie cannot”), who is in charge, out of hours."""
    near = sorted((one for one in resources if _is_carer(one)), key=lambda one: "carer" not in _kinds(one))
    known: dict[str, tuple[str, str]] = {}  # by number: two organisations know the same daughter
    for one in near:
        number = facts.telephone(one.body.get("telecom"))
        known.setdefault(wording.digits(number), (facts.person_name(one.body.get("name")), number))
    known.pop("", None)
    found: list[tuple[str, str]] = []
    if draft and is_reachable(draft.first_call_number):
        known.pop(wording.digits(draft.first_call_number), None)
        found.append((f"First: {draft.first_call}", draft.first_call_number))
    chain = list(known.values())
    found += [
        (name if at == 0 else f"{name}, if {chain[0][0]} cannot", number)
        for at, (name, number) in enumerate(chain)
    ]
    if person.in_charge:
        found.append((f"{person.in_charge.name}, in charge", person.in_charge.telephone))
        found.append(("Out of hours", person.in_charge.out_of_hours))
    return tuple((name, number) for name, number in found if number)
