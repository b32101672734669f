"""The crisis card as the values of documents/crisis.typ: one side for the ambulance, or in large letters for the fridge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from careweave.web.presenters.banner import Banner
from careweave.web.presenters.crisis import Crisis


@dataclass(frozen=True)
class Paper:
    """How the card is printed; the fridge is read by whoever comes in, so it never shows the key code."""

    product: str
    practice: bool
    foot: str
    is_fridge: bool
    shows_key: bool


def sheet(person: Banner, card: Crisis, paper: Paper) -> dict[str, Any]:
    """Allergies and resuscitation always stand there; other empty parts are left out."""
    home = list(card.home)
    if paper.shows_key and not paper.is_fridge and card.key_code:
        home.append(("Key code", card.key_code))
    carers = [] if card.lives_with else [f"Looked after by {one}" for one in card.carers]
    lives = [f"Lives with {card.lives_with}"] if card.lives_with else []
    return {
        "title": f"Crisis card: {person.call_name}",
        "product": paper.product,
        "practice": paper.practice,
        "large": paper.is_fridge,
        "draft": False,
        "line": person.first_line,
        "foot": paper.foot,
        "address": person.address,
        "telephone": person.telephone,
        "name": person.call_name,
        "reviewed": card.reviewed,
        "out_of_date": card.out_of_date,
        "must": [*person.allergies, card.resuscitation, *card.decisions, *card.risks],
        "know": [*lives, *carers, *person.communication],
        "rows": [
            {"if": row.trigger, "then": row.action, "call": f"{row.call} {_unbroken(row.number)}"}
            for row in card.rows
        ],
        "usual": [list(pair) for pair in (*card.usual, *card.helps)],
        "dos": list(card.please_do),
        "donts": list(card.please_dont),
        "home": [list(pair) for pair in home],
        "calls": [[name, _unbroken(number)] for name, number in card.calls],
    }


def _unbroken(number: str) -> str:
    """A number stays on one line: half of it is dialled otherwise."""
    return number.replace(" ", "\u00a0")
