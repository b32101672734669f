"""A person's scores in words: what each says, why, what it could not see, and how old it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from careweave.definitions import Definition, all_definitions
from careweave.measures import continuity
from careweave.warehouse.scores import Driver, Score
from careweave.web import wording
from careweave.web.presenters.finding import list_address

if TYPE_CHECKING:  # what counts is heavy, and only the page of one person's scores needs it
    from careweave.care.finding.scores import Told
    from careweave.warehouse.one_person import OnePerson

AFTER_A_STAY, OF_A_PERSON = "After a stay in hospital", "Conditions and frailty"
STALE = "More than 90 days ago: look again"
Names = Mapping[str, str]


@dataclass(frozen=True)
class ScoreRow:
    """One score; `others`: what its other published versions give, in a line each."""

    title: str
    words: str
    value: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    why_not: str
    counted: str
    is_stale: bool
    version: str
    card: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListRow:
    """What a list said when it was last asked."""

    title: str
    because: str
    counted: str
    is_stale: bool
    version: str
    card: str
    scores: tuple[ScoreRow, ...]


@dataclass(frozen=True)
class ScoresPage:
    counted: str
    is_stale: bool
    groups: tuple[tuple[str, tuple[ScoreRow, ...]], ...]
    not_for: tuple[ScoreRow, ...]
    facts: tuple[tuple[str, str], ...]


def page(found: OnePerson, names: Names, today: date) -> ScoresPage:
    """Those that say something first; the rest with the reason why they say nothing."""
    known = definitions(found.as_at)
    by_id = {one.definition: one for one in found.scores}
    rows = [
        (known[id], score, _row(known[id], score, _others(id, by_id, known), names, today))
        for id, score in by_id.items()
        if "variant_of" not in known[id].content
    ]
    told = [(definition, row) for definition, score, row in rows if score.computable]
    groups = tuple(
        (title, tuple(row for definition, row in told if _group(definition) == title))
        for title in (AFTER_A_STAY, OF_A_PERSON)
    )
    return ScoresPage(
        counted=wording.day(found.as_at),
        is_stale=any(one.is_stale(today) for one in found.scores),
        groups=tuple((title, rows) for title, rows in groups if rows),
        not_for=tuple(row for _, score, row in rows if not score.computable),
        facts=tuple(_facts(found)),
    )


def lists(told: Sequence[Told], names: Names, today: date) -> tuple[ListRow, ...]:
    known = {one.id: one for kind in ("scores", "models") for one in all_definitions(kind)}
    return tuple(
        ListRow(
            title=one.title,
            because=one.because,
            counted=wording.day(one.on),
            is_stale=any(each.is_stale(today) for each in one.scores),
            version=one.version,
            card=list_address(one.register),
            scores=tuple(
                _row(known[each.definition], each, (), names, today)
                for each in one.scores
                if each.computable and each.definition in known
            ),
        )
        for one in told
    )


def definitions(on: date) -> dict[str, Definition]:
    """The score definitions of a day, by id; a place's own wins."""
    holding = [each for each in all_definitions("scores") if each.holds_on(on)]
    return {each.id: each for each in sorted(holding, key=lambda each: each.is_the_places_own)}


def _group(definition: Definition) -> str:
    return AFTER_A_STAY if definition.content.get("form") == "stay" else OF_A_PERSON


def _others(id: str, scores: Mapping[str, Score], known: Mapping[str, Definition]) -> tuple[str, ...]:
    return tuple(
        f"{known[other].title}: {value_in_words(known[other], score)}"
        for other, score in scores.items()
        if known[other].content.get("variant_of") == id and score.computable
    )


def _row(
    definition: Definition, score: Score, others: tuple[str, ...], names: Names, today: date
) -> ScoreRow:
    return ScoreRow(
        title=definition.title,
        words=str(definition.content.get("words", "")),
        value=value_in_words(definition, score),
        reasons=tuple(_reason(each, names) for each in score.drivers),
        missing=score.missing,
        why_not=score.why_not,
        counted=wording.day(score.on),
        is_stale=score.is_stale(today),
        version=score.version,
        card=f"/place/scores/{definition.id}" if definition.content.get("outcome") is None
        else "/place/finding",
        others=others,
    )  # fmt: skip


def value_in_words(definition: Definition, score: Score) -> str:
    """“12 points: high”, “18.2 %”, “0.28: moderate”, “47 in 100”."""
    if score.value is None:
        return ""
    content: Mapping[str, Any] = definition.content
    if content.get("outcome") is not None:
        return score.band
    number = f"{score.value.normalize():f}"
    if content.get("result") == "percent":
        number = f"{score.value:.1f} %"
    elif content.get("share_of"):
        number = f"{score.value:.2f} of 1"
    else:
        number += " point" if number in {"1", "-1"} else " points"
    return f"{number}: {score.band}" if score.band else number


def _reason(driver: Driver, names: Names) -> str:
    """“heart failure: 1.8 (Riverside Royal, 3 May 2024)”."""
    source = names.get(driver.source, driver.source) if driver.system != "model" else ""
    when = wording.day(driver.on) if driver.on and driver.code else ""
    told = ", ".join(each for each in (source if driver.code else "", when) if each)
    points = f"{driver.points:.2f}".rstrip("0").rstrip(".")
    return f"{driver.words}: {points}" + (f" ({told})" if told else "")


def _facts(found: OnePerson) -> list[tuple[str, str]]:
    told = [("Segment", f"{found.segment} ({found.segments})")]
    stays = [f"{words}, {wording.day(day)}" for day, words in found.avoidable]
    if found.stays_not_known:
        stays.append(
            f"{wording.people(found.stays_not_known, 'stay', 'stays')} of which nobody says what it was for"
        )
    told.append(
        (
            "Emergency stays in a year that care outside hospital might have prevented",
            "; ".join(stays) or "None",
        )
    )
    return [*told, ("Who was met in a year", _continuity(found.providers))]


def _continuity(providers: Sequence[str]) -> str:
    if len(providers) < 2:
        return "Fewer than two contacts: nothing to say of continuity"
    index = {
        "COC": continuity.coc(providers),
        "UPC": continuity.upc(providers),
        "SECON": continuity.secon(providers),
        "MMCI": continuity.mmci(providers),
    }
    told = ", ".join(f"{name} {value:.2f}" for name, value in index.items() if value is not None)
    changes = continuity.handovers(providers)
    return (
        f"{wording.people(len(providers), 'contact', 'contacts')} with"
        f" {wording.people(len(set(providers)), 'organisation', 'organisations')},"
        f" {wording.people(changes, 'change', 'changes')} from one to another"
        f" (continuity, 1 is always the same: {told})"
    )
