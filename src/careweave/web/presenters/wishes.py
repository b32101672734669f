"""A person's choices about sharing, and what organisations agreed, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from careweave.record.agreements import Stopped
from careweave.record.choices import Choice
from careweave.record.wishes import EVERYTHING, Wish
from careweave.web import wording

# The law asks that these are shared, or the person's own pages do not show them: nobody chooses about them here.
_NOT_TO_CHOOSE = {"safeguarding", "domestic-abuse", "third-party"}
_LABEL_WORDS = {
    "mental-health": "Anything about my mental health",
    "sexual-health": "Anything about my sexual health",
    "social-care-sensitive": "Sensitive things about my social care",
    "substance-misuse": "Anything about alcohol and drugs",
}
EVERYONE = "everyone"


@dataclass(frozen=True)
class ChoiceRow:
    """One choice as its person reads it."""

    id: str
    words: str
    since: str
    until: str


def cover_options(
    sensitive: Iterable[str], sources: Sequence[str], names: Mapping[str, str]
) -> list[tuple[str, str]]:
    """What can be chosen, the whole first."""
    labels = [label for label in _LABEL_WORDS if label in set(sensitive) - _NOT_TO_CHOOSE]
    return [
        (EVERYTHING, "Everything"),
        *((f"label:{label}", _LABEL_WORDS[label]) for label in labels),
        *((f"source:{code}", f"What {names.get(code, code)} wrote") for code in sources),
    ]


def reader_options(organisations: Mapping[str, str]) -> list[tuple[str, str]]:
    """Who can be kept out."""
    every = [(f"org:{code}", name) for code, name in sorted(organisations.items(), key=lambda one: one[1])]
    return [(EVERYONE, "Everyone else who cares for me"), *every]


def choice_rows(
    choices: Iterable[Choice], names: Mapping[str, str], *, standing: bool
) -> tuple[ChoiceRow, ...]:
    """The choices about care, in sentences."""
    return tuple(
        ChoiceRow(
            each.id,
            wish_words(each.wish, names),
            wording.moment(each.since),
            wording.moment(each.until) if each.until else "",
        )
        for each in choices
        if each.stands is standing
    )


def wish_words(wish: Wish, names: Mapping[str, str]) -> str:
    """“Riverside Hospital does not see anything about my mental health.”"""
    if wish.purpose.value == "secondary-use":
        return "Nothing about me is used for counting and planning."
    who = [names.get(each.partition(":")[2], each.partition(":")[2]) for each in wish.to]
    what = wording.listed([_cover_words(each, names) for each in wish.covers])
    if not who:
        return f"Not shared with others who care for me: {what}."
    return f"{wording.listed(who)} {'do' if len(who) > 1 else 'does'} not see {what}."


def _cover_words(cover: str, names: Mapping[str, str]) -> str:
    kind, _, rest = cover.partition(":")
    if kind == "source":
        return f"what {names.get(rest, rest)} wrote"
    words = _LABEL_WORDS.get(rest, rest.replace("-", " ")) if kind == "label" else "everything about me"
    return words[0].lower() + words[1:]


def stopped_words(stopped: Stopped, names: Mapping[str, str]) -> str:
    """Why a source's entries are not shown; it says nothing about whether there are any."""
    name = names.get(stopped.supplier, stopped.supplier)
    whose = f"{name}’{'' if name.endswith('s') else 's'} records are not shown: "
    if stopped.why == "ended" and isinstance(stopped.ended, datetime):
        return f"{whose}its sharing agreement ended on {wording.day(stopped.ended)}."
    return whose + {
        "charter": "it has not signed the network’s charter.",
        "unsigned": "its sharing agreement is not signed yet.",
    }.get(stopped.why, "there is no sharing agreement with it.")
