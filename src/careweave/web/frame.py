"""What every page needs around its content: the product's name, who is signed in, the strip, one-time banners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from careweave.record import Actor
from careweave.web import access, guard, sign_in_keeping, wording
from careweave.web.access import public
from careweave.web.presenters.roles import ROLE_NAMES


@dataclass(frozen=True)
class Brand:
    """A place's own name, colours and numbers, from configuration."""

    product: str
    place: str
    logo: str
    colours: dict[str, str]
    help_telephone: str
    demonstration: bool

    @property
    def help(self) -> SafeString:
        """Whom to call, as a link that dials; a place that has set no number promises none."""
        digits = wording.digits(self.help_telephone)
        if not digits:
            return SafeString(escape(self.help_telephone))
        return format_html('<a href="tel:{}">{}</a>', digits, self.help_telephone)


@dataclass(frozen=True)
class Link:
    """An entry of the menu."""

    text: str
    href: str
    current: bool


# A number that is nobody's (Ofcom keeps 01632 960 for stories): the demonstration's, never a real place's.
_MADE_UP_NUMBER = "01632 960000"


def brand() -> Brand:
    """The brand, with plain words where the place has set nothing."""
    held = settings.CONFIGURATION
    return Brand(
        product=held.product_name,
        place=held.place_name or "Riverside",
        logo=held.logo,
        colours=dict(held.colours),
        help_telephone=held.help_telephone or (_MADE_UP_NUMBER if is_demonstration() else "your team"),
        demonstration=is_demonstration(),
    )


def is_demonstration() -> bool:
    """Whether this is the fictional place; never guessed, only what configuration says."""
    return bool(getattr(settings.CONFIGURATION, "demonstration", False))


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor behind templates/frame.jinja."""
    actor = access.actor_of(request) if hasattr(request, "user") else None
    if actor and request.session.get("locked"):
        actor = None  # whoever stands at a locked screen is nobody yet
    return {
        "brand": brand(),
        "actor": actor,
        "role_name": ROLE_NAMES.get(actor.role, actor.role) if actor else "",
        "organisation_name": request.session.get("organisation_name", "") if actor else "",
        "menu": menu(actor, request.path) if actor else (),
        "finds_people": bool(actor and actor.role in access.PROFESSIONALS),
        "signed_out_at": signed_out_at(actor),
        "flash": request.session.pop("flash", None) if hasattr(request, "session") else None,
        "kept": sign_in_keeping.offered(request) if actor else None,
        "today": timezone.localdate(),
        "now": timezone.now(),
        "path": request.path,
        "device_key": device_key(actor) if actor else "",
    }


def device_key(actor: Actor) -> str:
    """What encrypts words that are kept on a device: the same for the same person, and given to nobody else."""
    return salted_hmac("careweave.device-key", actor.id, algorithm="sha256").hexdigest()


def signed_out_at(actor: Actor | None) -> datetime | None:
    """When an idle session ends."""
    return timezone.now() + timedelta(seconds=guard.IDLE.total_seconds()) if actor else None


_PROFESSIONAL_MENU = (("My day", "/day"), ("Case conferences", "/conferences"), ("Services", "/directory"))
_MENUS: dict[str, tuple[tuple[str, str], ...]] = {
    "governance-lead": (
        ("What waits", "/governance"),
        ("Who has looked", "/audit"),
        ("Emergencies", "/governance/emergencies"),
        ("Agreements", "/governance/agreements"),
        ("Who may see what", "/governance/explain"),
        ("Same person?", "/identity/review"),
    ),
    "analyst": (
        ("Population", "/place"),
        ("Measures", "/place/measures"),
        ("Finding people", "/place/finding"),
        ("Groups", "/place/groups"),
        ("Teams", "/place/teams"),
        ("What is sent", "/place/feeds"),
    ),
    "administrator": (
        ("Organisations and staff", "/organisation"),
        ("Apps", "/organisation/programs"),
        ("Clinical leads", "/place/leads"),
    ),
    "data-clerk": (("Same person?", "/identity/review"), ("Refused rows", "/intake/refused")),
    "volunteer": (("Your visits", "/visits"),),
    "voluntary-worker": (("Your network", "/network"), ("Services", "/directory")),
    "person": (
        ("Your care", "/my"),
        ("Your plan", "/my/plan"),
        ("Who has looked", "/my/who-looked"),
        ("My choices", "/my/choices"),
    ),
    "carer": (("Caring", "/my/caring"),),
}


def menu(actor: Actor, path: str) -> tuple[Link, ...]:
    """The menu of a role."""
    entries = _MENUS.get(actor.role, _PROFESSIONAL_MENU)
    return tuple(Link(text, href, path == href) for text, href in entries)


@public
def brand_css(request: HttpRequest) -> HttpResponse:
    """The place's colours as a stylesheet, because the content policy allows no inline style."""
    safe = {
        name.replace("_", "-"): value
        for name, value in brand().colours.items()
        if all(ch.isalnum() or ch in "-_" for ch in name)
        and all(ch.isalnum() or ch in "#(),.% " for ch in value)
    }
    lines = "".join(f"--nhsuk-{name}-colour:{value};" for name, value in safe.items())
    response = HttpResponse(f":root{{{lines}}}" if lines else "", content_type="text/css")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
