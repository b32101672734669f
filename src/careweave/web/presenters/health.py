"""Allergies, medicines and conditions over all sources, side by side where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from careweave.web.presenters import facts
from careweave.web.presenters.facts import Body, Fact, Held, Line, Part

# SNOMED CT: no known allergy, no known drug allergy, no known food allergy.
NO_KNOWN_ALLERGY = ("716186003", "409137002", "429625007")
_ALLERGY_DATES = ("recordedDate", "onsetDateTime", "lastOccurrence")
_MEDICINE_DATES = ("dateAsserted", "authoredOn", "effectivePeriod", "effectiveDateTime")
_CONDITION_DATES = ("recordedDate", "onsetDateTime", "onsetPeriod")
_OVER = ("inactive", "remission", "resolved")
_STOPPED = ("completed", "stopped", "cancelled", "not-taken", "on-hold")


@dataclass(frozen=True)
class Health:
    """The three lists, and the allergy line that stands in the banner."""

    allergies: Part
    medicines: Part
    conditions: Part
    allergy_tags: tuple[str, ...]


# A reader from whom any entry could be held back is never told that there is none, or that nobody knows: the words are
# the same whether something is held back or not, so they tell nothing (ADR 17).
NONE_SHOWN = "Allergies: none shown to you, so ask"
MAY_MISS = "You may not see all allergies: ask"


def health(resources: Sequence[Held], names: Mapping[str, str], *, may_miss: bool = True) -> Health:
    """Everything that the sources say about allergies, medicines and conditions."""
    allergies = [one for one in resources if one.type == "AllergyIntolerance"]
    medicines = [one for one in resources if one.type in ("MedicationStatement", "MedicationRequest")]
    conditions = [one for one in resources if one.type == "Condition"]
    return Health(
        allergies=_part(
            _lines(allergies, _allergy, names), NONE_SHOWN if may_miss else "Allergies: not known"
        ),
        medicines=_part(_lines(medicines, _medicine, names), "No medicines have been sent by anyone."),
        conditions=_part(_lines(conditions, _condition, names), "No conditions have been sent by anyone."),
        allergy_tags=allergy_tags(allergies, names, may_miss=may_miss),
    )


def _part(lines: Sequence[Line], empty: str) -> Part:
    now = tuple(line for line in lines if any(fact.active for fact in line.facts))
    past = tuple(line for line in lines if line not in now)
    return Part(now, "" if now else empty, past)


Shape = Callable[[Held, Mapping[str, str]], tuple[str, str, Fact, str]]


def _lines(resources: Iterable[Held], shape: Shape, names: Mapping[str, str]) -> list[Line]:
    """Facts about the same matter in one line; they differ when what they claim is not the same."""
    grouped: dict[str, list[tuple[str, Fact, str]]] = {}
    for one in resources:
        matter, heading, fact, claim = shape(one, names)
        grouped.setdefault(matter, []).append((heading, fact, claim))
    lines = [_line(entries) for entries in grouped.values()]
    return sorted(lines, key=lambda line: line.heading.casefold())


def _line(entries: list[tuple[str, Fact, str]]) -> Line:
    kept: dict[tuple[str, str, str], Fact] = {}
    for _, fact, claim in entries:
        kept.setdefault((fact.source.name, claim, fact.source.when), fact)
    found = sorted(kept.values(), key=lambda fact: not fact.active)
    current = {(fact.source.name, claim) for _, fact, claim in entries if not fact.struck}
    differ = len({name for name, _ in current}) > 1 and len({claim for _, claim in current}) > 1
    return Line(entries[0][0], tuple(found), differ)


def _allergy(held: Held, names: Mapping[str, str]) -> tuple[str, str, Fact, str]:
    body = held.body
    heading = facts.words(body.get("code")) or "Allergy to something not named"
    reactions = sorted(
        {
            facts.words(shown)
            for reaction in body.get("reaction") or ()
            for shown in reaction.get("manifestation") or ()
        }
        - {""}
    )
    detail = ", ".join(reactions)
    if body.get("criticality") == "high":
        detail = f"{detail} (can be severe)" if detail else "can be severe"
    state = facts.code(body.get("clinicalStatus")) or "active"
    struck = facts.is_mistake(body) or facts.code(body.get("verificationStatus")) == "refuted"
    fact = Fact(
        held.id,
        "",
        facts.source_of(held, _ALLERGY_DATES, names),
        detail,
        struck,
        active=state == "active" and not struck,
    )
    return facts.key(body.get("code")), heading, fact, state


def _medicine(held: Held, names: Mapping[str, str]) -> tuple[str, str, Fact, str]:
    body = held.body
    concept = body.get("medicationCodeableConcept") or {}
    heading = facts.words(concept) or facts.shown(body.get("medicationReference")) or "Medicine not named"
    dose = dose_words(body.get("dosage") or body.get("dosageInstruction") or ())
    status = str(body.get("status") or "")
    active = status not in _STOPPED and not facts.is_mistake(body)
    detail = dose if active else f"{dose} · {_stopped(body, status)}".strip(" ·")
    fact = Fact(
        held.id, dose, facts.source_of(held, _MEDICINE_DATES, names), detail, facts.is_mistake(body), active
    )
    matter = facts.key(concept) or heading.casefold()
    return matter, heading, fact, dose.casefold() if active else "stopped"


def _stopped(body: Body, status: str) -> str:
    reason = body.get("statusReason")
    concept = reason[0] if isinstance(reason, list) and reason else reason
    why = facts.words(concept if isinstance(concept, Mapping) else None)
    word = {"on-hold": "Paused", "not-taken": "Not taken", "completed": "Finished"}.get(status, "Stopped")
    return f"{word}: {why}" if why else word


def dose_words(dosages: Iterable[Body]) -> str:
    """How a medicine is taken: the source's own text, else amount, how often and route."""
    return "; ".join(filter(None, (_one_dose(dosage) for dosage in dosages)))


def _one_dose(dosage: Body) -> str:
    if dosage.get("text"):
        return str(dosage["text"])
    rates = dosage.get("doseAndRate") or ()
    quantity = rates[0].get("doseQuantity") if rates else None
    amount = f"{quantity.get('value', '')} {quantity.get('unit', '')}".strip() if quantity else ""
    repeat = (dosage.get("timing") or {}).get("repeat") or {}
    every = _every(repeat)
    need = "when needed" if dosage.get("asNeededBoolean") else ""
    return " ".join(filter(None, (amount, every, facts.words(dosage.get("route")).lower(), need)))


def _every(repeat: Body) -> str:
    unit = {"d": "day", "wk": "week", "h": "hour", "mo": "month"}.get(str(repeat.get("periodUnit")), "")
    if not unit or not repeat.get("frequency"):
        return ""
    times = {1: "once", 2: "twice"}.get(repeat["frequency"], f"{repeat['frequency']} times")
    period = repeat.get("period", 1)
    return f"{times} a {unit}" if period == 1 else f"{times} every {period:g} {unit}s"


def _condition(held: Held, names: Mapping[str, str]) -> tuple[str, str, Fact, str]:
    body = held.body
    heading = facts.words(body.get("code")) or "Condition not named"
    state = facts.code(body.get("clinicalStatus")) or "active"
    struck = facts.is_mistake(body) or facts.code(body.get("verificationStatus")) == "refuted"
    over = state in _OVER or bool(body.get("abatementDateTime"))
    detail = " · ".join(filter(None, (_since(body), "now over" if over else "", _doubt(body))))
    fact = Fact(
        held.id,
        "",
        facts.source_of(held, _CONDITION_DATES, names),
        detail,
        struck,
        active=not over and not struck,
    )
    return facts.key(body.get("code")), heading, fact, "over" if over else "now"


def _since(body: Body) -> str:
    start = facts.said(body, ("onsetDateTime", "onsetPeriod"))
    return f"since {start[:4]}" if start else str(body.get("onsetString") or "")


def _doubt(body: Body) -> str:
    return {
        "provisional": "not certain",
        "differential": "one of several possible",
        "unconfirmed": "not confirmed",
    }.get(facts.code(body.get("verificationStatus")), "")


def allergy_tags(
    allergies: Sequence[Held], names: Mapping[str, str], *, may_miss: bool = True
) -> tuple[str, ...]:
    """The banner's words: each allergy, or who says that there is none, or that nobody knows; never more than is sure."""
    active: dict[str, str] = {}
    none: str | None = None
    for held in allergies:
        _, heading, fact, _ = _allergy(held, names)
        if not fact.active:
            continue
        if any(
            facts.code(held.body.get("code"), "http://snomed.info/sct") == nil for nil in NO_KNOWN_ALLERGY
        ):
            none = none or f"No known allergies ({fact.source.text})"
        else:
            words = f"Allergy: {_thing(heading)}" + (f", {fact.detail}" if fact.detail else "")
            if len(words) > len(active.get(facts.key(held.body.get("code")), "")):
                active[facts.key(held.body.get("code"))] = words
    more = (MAY_MISS,) if may_miss else ()
    if active:
        return (*active.values(), *(("Sources differ",) if none else ()), *more)
    if none:
        return (none, *more)
    return (NONE_SHOWN if may_miss else "Allergies: not known",)


def _thing(heading: str) -> str:
    lowered = heading.lower()
    for prefix in ("allergy to ", "allergic to "):
        if lowered.startswith(prefix):
            return heading[len(prefix) :]
    return heading.removesuffix(" allergy").removesuffix(" (finding)").removesuffix(" (disorder)")
