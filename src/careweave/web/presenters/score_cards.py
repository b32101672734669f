"""The card of a published score: whom it is for, what gives points, what it cannot see, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from careweave.definitions import Definition
from careweave.warehouse.scores import AnyScore, CodedScore, ListScore, StayScore, points_of
from careweave.warehouse.scores.list_definition import ListItem

# Of every score, whoever made it.
NEVER = (
    "To enrol anyone, or to refuse anyone a service: it orders people for a team to look at",
    "To set a price, a budget or a target, or to compare teams",
    "As the chance that help will make a difference: high risk is not the same as help that works",
    "As 0 where it could not be counted: not known is not low",
)
CONDITIONS = "Conditions"


@dataclass(frozen=True)
class Line:
    """What gives points, and how many."""

    words: str
    points: str


@dataclass(frozen=True)
class Card:
    definition: Definition
    words: str
    whom: str
    lines: tuple[Line, ...]
    bands: tuple[str, ...]
    cannot_see: tuple[str, ...]
    never: tuple[str, ...] = NEVER


def card(definition: Definition, score: AnyScore) -> Card:
    return Card(
        definition=definition,
        words=score.words,
        whom=_whom(score),
        lines=_lines(score),
        bands=tuple(_band(score, each.name, each.least) for each in score.bands),
        cannot_see=_cannot_see(score),
    )


def _whom(score: AnyScore) -> str:
    if isinstance(score, StayScore):
        days = score.within_days
        return f"Whoever is in hospital, or was within {days} days: it is about the last stay"
    age = score.age_from
    return f"People aged {age} and over" if age else "Everyone with coded diagnoses"


def _lines(score: AnyScore) -> tuple[Line, ...]:
    scale = score.point_scale
    if isinstance(score, ListScore):
        return tuple(Line(_listed(each), _number(each.units, scale)) for each in score.items)
    groups = sorted(score.groups, key=lambda each: (-each.tenths, each.words))
    told = tuple(Line(each.words, _number(each.tenths, scale)) for each in groups)
    if isinstance(score, CodedScore):
        return told
    own = [
        Line(each.words_for_many or each.words, _item(score, each.id)) for each in score.items if each.words
    ]
    return (*own, *told)


def _listed(item: ListItem) -> str:
    return f"{item.words}, {item.medicines_from} or more" if item.medicines_from else item.words


def _item(score: StayScore, id: str) -> str:
    item, scale = next(each for each in score.items if each.id == id), score.point_scale
    cuts = [(start, points) for start, points in item.cuts if points]
    if len(cuts) == 1:  # yes or no: the words say when
        return _number(cuts[0][1], scale)
    told = [f"{_number(points, scale)} from {start}" for start, points in cuts]
    if item.each:
        told.append(f"{_number(item.each, scale)} each")
    if item.squared:
        told.append(f"{_number(item.squared, scale)} times its square")
    return "; ".join(told) or "None"


def _band(score: AnyScore, name: str, least: int) -> str:
    return f"{name}: from {_number(least, score.scale)}"


def _cannot_see(score: AnyScore) -> tuple[str, ...]:
    if isinstance(score, ListScore):
        loaded = f"its list of codes, version {score.list_version}, was loaded by this place"
        return (*score.notes, loaded if score.listed is not None else "its list of codes is not loaded here")
    if isinstance(score, StayScore):
        left = [each.not_known for each in score.items if each.not_known and not each.is_refused_if_unknown]
        return (*score.notes, *left)
    return ()


def _number(units: int, scale: int) -> str:
    text = f"{float(points_of(units, scale)):.4f}".rstrip("0").rstrip(".")
    return text or "0"


def titles(known: Mapping[str, Definition]) -> list[tuple[str, str, str]]:
    """Address, title and what it is about, of each."""
    return [
        (f"/place/scores/{id}", one.title, str(one.content.get("words", "")))
        for id, one in sorted(known.items())
    ]
