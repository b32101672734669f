"""A survey as a letter: what the list says of it, and the one side of paper with a link that works once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import segno
from django.utils import timezone

from careweave.care.experience.messages import is_survey
from careweave.care.teams.delivering_links import SURVEY_LETTER, link_of
from careweave.care.teams.shapes import extension_value
from careweave.record import Resource
from careweave.record.deliveries import Delivery
from careweave.web import frame, wording
from careweave.web.presenters import facts
from careweave.web.presenters.banner import Banner
from careweave.web.staff.opened import Opened


def is_letter(one: Delivery, stored: Resource) -> bool:
    """Whether a delivery is a survey that goes by post."""
    return one.format == SURVEY_LETTER and is_survey(stored.body)


def name_of(stored: Resource, person: Banner) -> str:
    """Whom it is for: the person, or somebody close to them by name."""
    return str(stored.body["recipient"][0].get("display") or person.name)


def address_of(shown: Opened, stored: Resource) -> tuple[str, ...]:
    """Line by line, from the record of whoever it is for."""
    type_, _, id_ = str(stored.body["recipient"][0].get("reference", "")).partition("/")
    held: Sequence[Resource] = shown.of("RelatedPerson" if type_ == "RelatedPerson" else "Patient")
    for one in held:
        if type_ == "RelatedPerson" and one.id != id_:
            continue
        lines = facts.address(one.body.get("address")).split(", ")
        if any(lines):
            return tuple(line for line in lines if line)
    return ()


def inside(shown: Opened, stored: Resource) -> tuple[str, dict[str, Any]]:
    """The sheet and its values; nothing about the person's health is in it."""
    brand, door = frame.brand(), link_of(stored.id)
    return "survey", {
        "title": "How was your care?",
        "product": brand.product,
        "practice": brand.demonstration,
        "large": True,
        "draft": False,
        "line": f"For {name_of(stored, shown.banner)}",
        "foot": f"Printed {wording.day(timezone.now())}",
        "words": stored.body["payload"][0]["contentString"],
        "door": door.removeprefix("https://").removeprefix("http://"),
        "square": segno.make(door, error="m").svg_inline(scale=4, border=2),
        "until": wording.long_day(str(extension_value(stored.body, "survey-closes"))),
        "telephone": brand.help_telephone,
    }
