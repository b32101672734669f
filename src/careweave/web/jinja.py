"""The template environment: NHS.UK macros, our templates, and the words of dates, times and due tags as filters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, FileSystemLoader, PackageLoader

from careweave.identity.clients_launches import can_launch
from careweave.web import wording
from careweave.web.components.drawing import drawing
from careweave.web.components.readings_chart import readings_chart
from careweave.web.presenters.facts import coded
from careweave.web.presenters.roles import role_name

TEMPLATES = Path(__file__).parent / "templates"


def environment(**options: Any) -> Environment:
    """The environment that Django's Jinja2 backend asks for; the NHS.UK macros need ChainableUndefined."""
    options.update(
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), PackageLoader("nhsuk_frontend_jinja")]),
    )
    built = Environment(**options, autoescape=True) if "autoescape" not in options else Environment(**options)  # noqa: S701
    built.filters.update(FILTERS)
    built.globals.update(
        static=static,
        url=address,
        due=_due,
        ago=_ago,
        drawing=drawing,
        readings_chart=readings_chart,
        can_launch=can_launch,
    )
    return built


def address(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page by its name."""
    return str(reverse(name, args=args, kwargs=kwargs))


def _due(value: Any) -> wording.Due:
    return wording.due(value, timezone.now())


def _ago(value: Any) -> str:
    return wording.ago(value, timezone.now())


FILTERS = {
    "day": wording.day,
    "long_day": wording.long_day,
    "weekday": wording.weekday,
    "clock": wording.clock,
    "moment": wording.moment,
    "nhs_number": wording.nhs_number,
    "digits": wording.digits,
    "people": wording.people,
    "listed": wording.listed,
    "role": role_name,
    "coded": coded,
}
