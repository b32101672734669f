"""Surveys as data: who is asked, when, in which words, and how answers count; one that is wrong is refused by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions.definition import SLUG, Definition, DefinitionError
from careweave.definitions.loading import all_definitions, load_definition

KIND, WORDS = "surveys", "survey-words"
ASKS = ("person", "family", "staff")
EVENTS = ("discharge", "conference", "plan-published", "ninety-one-days", "care-ended", "death")
WAYS = ("mean", "sums", "each")  # one score of 0 to 100 · a sum for each scale · each question by itself
DECLINED = (
    "declined"  # “I would rather not say” stands under every question; no scale has a code of this name
)
DONT_KNOW = "dont-know"
_KEYS = {
    "licence", "about", "asks", "words", "ask_for_words", "caveat", "asked", "scoring", "scales", "items",
}  # fmt: skip


class SurveyNotLoaded(Exception):
    """The words of this survey belong to somebody else and are not here; the message says what to do."""


@dataclass(frozen=True)
class Option:
    """One answer; without a `value` it is never counted (“don't know”)."""

    code: str
    label: str
    value: int | None
    is_favourable: bool


@dataclass(frozen=True)
class Item:
    """One question; `part` is a heading that starts here, or empty."""

    id: str
    text: str
    part: str
    options: tuple[Option, ...]

    def option(self, code: str) -> Option | None:
        """The answer of this code."""
        return next((one for one in self.options if one.code == code), None)


@dataclass(frozen=True)
class Asked:
    """An event that asks: open from `after_days` to `closes_after_days` after it, with one reminder or none."""

    event: str
    after_days: int
    closes_after_days: int
    reminds_after_days: int | None


@dataclass(frozen=True)
class Scoring:
    """`fewest` answers that count make a score; `sums` are the scales of a survey that has several."""

    way: str
    fewest: int
    sums: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Survey:
    """A survey that can be asked: every question has its words."""

    id: str
    version: str
    title: str
    about: str
    asks: str
    licence: str
    caveat: str
    items: tuple[Item, ...]
    asked: tuple[Asked, ...]
    scoring: Scoring
    definition: Definition

    @property
    def url(self) -> str:
        """What a QuestionnaireResponse names, with the version behind a bar."""
        return f"https://careweave.org/definitions/{KIND}/{self.id}"

    def item(self, id: str) -> Item | None:
        """The question of this id."""
        return next((one for one in self.items if one.id == id), None)


def survey_ids(on: date, *, asks: str | None = None) -> tuple[str, ...]:
    """Every survey that holds on a day, loaded or not."""
    held = (one for one in all_definitions(KIND) if one.holds_on(on))
    return tuple(dict.fromkeys(one.id for one in held if asks in (None, one.content.get("asks"))))


def load_survey(id: str, on: date) -> Survey:
    """The version of a day. Raises DefinitionError, and SurveyNotLoaded where the place has yet to load the words."""
    definition = load_definition(KIND, id, on)
    if definition.content.get("words") != "loaded":
        return read_survey(definition)
    return read_survey(definition, _words(definition, on))


def load_asked(id: str, version: str, on: date) -> Survey:
    """The version that somebody was asked, whatever holds today; that of the day when it is gone."""
    held = [one for one in all_definitions(KIND) if (one.id, one.version) == (id, version)]
    if not held:
        return load_survey(id, on)
    definition = max(held, key=lambda one: one.is_the_places_own)
    is_loaded = definition.content.get("words") == "loaded"
    return read_survey(definition, _words(definition, on) if is_loaded else None)


def surveys_in_use(on: date, *, asks: str | None = None) -> tuple[Survey, ...]:
    """Those that can be asked on a day; what is not loaded is left out."""
    found = []
    for id in survey_ids(on, asks=asks):
        try:
            found.append(load_survey(id, on))
        except SurveyNotLoaded:
            continue
    return tuple(found)


def survey_problems() -> list[str]:
    """What is wrong with any survey, each problem with the name of its file (`careweave check`)."""
    problems: list[str] = []
    words = {one.id: one for one in all_definitions(WORDS)}
    for definition in all_definitions(KIND):
        try:
            read_survey(definition, words.get(definition.id))
        except SurveyNotLoaded:
            continue
        except DefinitionError as error:
            problems += error.problems
    return problems


def read_survey(definition: Definition, words: Definition | None = None) -> Survey:
    """Raises DefinitionError with everything that is wrong with it; `words` are those that the place loaded."""
    content = definition.content
    problems = [f"{definition.name}: {one}" for one in _problems(content)]
    if problems:
        raise DefinitionError(problems)
    if content["words"] == "loaded" and words is None:
        raise SurveyNotLoaded(f"{definition.title} is not loaded here. {content['ask_for_words']}")
    if words is not None and content["words"] == "loaded":
        problems = [f"{words.name}: {one}" for one in _problems_of_words(content, words.content)]
    if problems:
        raise DefinitionError(problems)
    return Survey(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        about=content["about"],
        asks=content["asks"],
        licence=content["licence"],
        caveat=content.get("caveat", ""),
        items=tuple(_item(one, content["scales"], words) for one in content["items"]),
        asked=tuple(
            Asked(
                one["event"], one["after_days"], one["closes_after_days"], one.get("reminds_after_days")
            )
            for one in content.get("asked", ())
        ),
        scoring=Scoring(
            content["scoring"]["way"],
            content["scoring"]["fewest"],
            {name: tuple(ids) for name, ids in content["scoring"].get("sums", {}).items()},
        ),
        definition=definition,
    )  # fmt: skip


def _words(definition: Definition, on: date) -> Definition | None:
    held = [one for one in all_definitions(WORDS) if one.id == definition.id and one.holds_on(on)]
    return max(held, key=lambda one: one.is_the_places_own, default=None)


def _item(told: Mapping[str, Any], scales: Mapping[str, Any], words: Definition | None) -> Item:
    scale, id = scales[told["scale"]], told["id"]
    if "values" not in scale:
        options = [
            Option(one["code"], one["label"], one.get("value"), one.get("favourable", False))
            for one in scale["options"]
        ]
        return Item(id, told["text"], told.get("part", ""), tuple(options))
    assert words is not None  # read_survey has refused it otherwise
    values, labels = scale["values"], words.content["answers"][id]
    options = [Option(f"v{value}", label, value, False) for value, label in zip(values, labels, strict=True)]
    return Item(id, words.content["items"][id], told.get("part", ""), tuple(options))


# -- what is refused ----------------------------------------------------------------------------------------------


def _problems(content: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{key} is not known" for key in sorted(content.keys() - _KEYS))
    for key in ("licence", "about"):
        if not str(content.get(key) or "").strip():
            yield f"{key} is missing"
    if content.get("asks") not in ASKS:
        yield f"asks is one of {', '.join(ASKS)}, not {content.get('asks')!r}"
    if content.get("words") not in ("here", "loaded"):
        yield f"words is “here” or “loaded”, not {content.get('words')!r}"
    if content.get("words") == "loaded" and not content.get("ask_for_words"):
        yield "ask_for_words is missing: it says what a place does to load the words"
    items, scales = content.get("items") or [], content.get("scales") or {}
    for name, scale in scales.items():
        yield from _problems_of_scale(name, scale, content.get("words"))
    yield from _problems_of_items(items, scales, content.get("words"))
    yield from _problems_of_scoring(content.get("scoring") or {}, items, scales)
    for one in content.get("asked", ()):
        yield from _problems_of_asked(one, content.get("asks"))
    asked = [one.get("event") for one in content.get("asked", ())]
    yield from (f"{event} asks twice" for event in sorted({str(e) for e in asked if asked.count(e) > 1}))


def _problems_of_items(items: Sequence[Any], scales: Mapping[str, Any], words: object) -> Iterator[str]:
    if not items:
        yield "it has no items"
    ids = [str(one.get("id", "")) for one in items]
    yield from (f"item {id} stands twice" for id in sorted({id for id in ids if ids.count(id) > 1}))
    for id, one in zip(ids, items, strict=True):
        if not SLUG.match(id):
            yield f"an item has the id {id!r}: small letters, digits, '.', '_' and '-' only"
        if one.get("scale") not in scales:
            yield f"item {id}: there is no scale {one.get('scale')!r}"
        if words == "here" and not str(one.get("text") or "").strip():
            yield f"item {id} has no text"
        if words == "loaded" and "text" in one:
            yield f"item {id}: its text is licensed and does not belong here; a place loads it"


def _problems_of_scale(name: str, scale: Mapping[str, Any], words: object) -> Iterator[str]:
    if words == "loaded":
        values = scale.get("values") or []
        if len(values) < 2 or len(set(values)) != len(values) or not all(type(v) is int for v in values):
            yield f"scale {name}: values are two or more different whole numbers"
        if "options" in scale:
            yield f"scale {name}: its words are licensed and do not belong here; give values alone"
        return
    options = scale.get("options") or []
    counted = [one["value"] for one in options if "value" in one]
    if len(counted) < 2:
        yield f"scale {name} has fewer than two answers with a value"
    if not all(type(value) is int for value in counted):
        yield f"scale {name}: a value is a whole number"
    if len(set(counted)) != len(counted):
        yield f"scale {name}: two answers have one value"
    codes = [str(one.get("code", "")) for one in options]
    yield from (
        f"scale {name}: {code} stands twice" for code in sorted({c for c in codes if codes.count(c) > 1})
    )
    for one in options:
        if not SLUG.match(str(one.get("code", ""))) or not one.get("label"):
            yield f"scale {name}: an answer needs a code and a label"
        if one.get("code") == DECLINED:
            yield f"scale {name}: {DECLINED} stands under every question already"


def _problems_of_scoring(
    scoring: Mapping[str, Any], items: Sequence[Any], scales: Mapping[str, Any]
) -> Iterator[str]:
    ids = {str(one.get("id")) for one in items}
    way, fewest = scoring.get("way"), scoring.get("fewest")
    if way not in WAYS:
        yield f"scoring: way is one of {', '.join(WAYS)}, not {way!r}"
    if type(fewest) is not int or not 1 <= fewest <= max(1, len(items)):
        yield f"scoring: fewest is a number from 1 to {len(items)}, not {fewest!r}"
    if way == "mean" and len({str(one.get("scale")) for one in items} & scales.keys()) > 1:
        yield "scoring: a mean needs one scale for every item"
    if (way == "sums") != bool(scoring.get("sums")):
        yield "scoring: sums are named when, and only when, the way is sums"
    for name, named in (scoring.get("sums") or {}).items():
        yield from (
            f"scoring: {name} names item {id}, which does not exist" for id in sorted(set(named) - ids)
        )


def _problems_of_asked(one: Mapping[str, Any], asks: object) -> Iterator[str]:
    event = one.get("event")
    after, closes, reminds = (one.get(f"{key}_days") for key in ("after", "closes_after", "reminds_after"))
    if event not in EVENTS:
        yield f"asked: event is one of {', '.join(EVENTS)}, not {event!r}"
    if asks == "staff":
        yield "asked: staff are not asked by what happens to a person"
    if (event == "death") != (asks == "family"):
        yield f"asked: after a death the family is asked, and nobody else: {event} cannot ask the {asks}"
    if type(after) is not int or type(closes) is not int or not 0 <= after < closes:
        yield f"asked by {event}: after_days and closes_after_days are days, the first before the second"
    elif reminds is not None and (type(reminds) is not int or not 0 < reminds < closes - after):
        yield f"asked by {event}: the reminder (reminds_after_days) lies between asking and closing"


def _problems_of_words(content: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[str]:
    texts, answers = words.get("items") or {}, words.get("answers") or {}
    ids = {one["id"] for one in content["items"]}
    for given in (texts, answers):
        yield from (f"there is no item {id}" for id in sorted(given.keys() - ids))
    for one in content["items"]:
        values, labels = content["scales"][one["scale"]]["values"], answers.get(one["id"]) or []
        if not str(texts.get(one["id"]) or "").strip():
            yield f"item {one['id']} has no words"
        if len(labels) != len(values) or not all(isinstance(label, str) and label for label in labels):
            yield f"item {one['id']} needs the words of its {len(values)} answers, lowest first"
