"""Which services fit a need and a person: each condition met, not met or not known, in words; the order explained; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from careweave.identity.services import Service, area_code_of

from .keeping import Entry
from .rules import ANYONE_AT_WORK, Keeping

MET, NOT_MET, NOT_KNOWN = "met", "not-met", "not-known"
ALSO = "Also"
# Plain words first, so that the order on the page can be understood and argued with.
ORDER = "Those that surely fit come first, then those with a free place, then by name."


@dataclass(frozen=True)
class Asked:
    """For whom and by whom it is asked; what is not known stays empty."""

    needs: tuple[str, ...]
    age: int | None = None
    postcode: str = ""
    referrer: str = ANYONE_AT_WORK
    text: str = ""


@dataclass(frozen=True)
class Check:
    """One condition, whether it is met, and why, in words."""

    what: str
    state: str
    words: str


@dataclass(frozen=True)
class Match:
    """A service that helps with the need, and every condition."""

    entry: Entry
    checks: tuple[Check, ...]
    places: str

    @property
    def service(self) -> Service:
        return self.entry.service

    @property
    def fits(self) -> bool:
        return all(one.state != NOT_MET for one in self.checks)

    @property
    def is_sure(self) -> bool:
        return all(one.state == MET for one in self.checks if one.what != ALSO)


def matches(found: Iterable[Entry], asked: Asked, rules: Keeping, today: date) -> list[Match]:
    """Every service that helps with one of the needs (or whose own words hold what was typed), best first."""
    listed = [_match(one, asked, rules, today) for one in found if _helps(one.service, asked)]
    return sorted(
        listed, key=lambda one: (not one.fits, _unknown(one), _is_full(one, rules, today), _name(one))
    )


def _helps(service: Service, asked: Asked) -> bool:
    if set(service.needs) & set(asked.needs):
        return True
    typed = asked.text.casefold().strip()
    return len(typed) > 2 and typed in f"{service.name} {service.about} {service.organisation}".casefold()


def _match(entry: Entry, asked: Asked, rules: Keeping, today: date) -> Match:
    service = entry.service
    checks = (
        _age(service, asked.age),
        _area(service, asked.postcode),
        _referrer(service, asked.referrer, rules),
    )
    also = (Check(ALSO, NOT_KNOWN, f"Ask them: {service.eligibility}"),) if service.eligibility else ()
    return Match(entry, (*checks, *also), places(service, rules, today))


def _age(service: Service, age: int | None) -> Check:
    if service.youngest is None and service.oldest is None:
        return Check("Age", MET, "For every age")
    limits = " and ".join(
        filter(
            None,
            (
                f"{service.youngest} or older" if service.youngest else "",
                f"{service.oldest} or younger" if service.oldest is not None else "",
            ),
        )
    )
    if age is None:
        return Check("Age", NOT_KNOWN, f"For people {limits}; the age is not known")
    inside = (service.youngest or 0) <= age <= (service.oldest if service.oldest is not None else 200)
    return Check(
        "Age", MET if inside else NOT_MET, f"For people {limits or 'of every age'}; the person is {age}"
    )


def _area(service: Service, postcode: str) -> Check:
    code, here = area_code_of(postcode), service.area_words
    if not service.area_codes:
        return Check("Area", NOT_KNOWN, f"Covers {here}; ask whether that holds this address")
    if not code:
        return Check("Area", NOT_KNOWN, f"Covers {here}; the postcode is not known")
    state = MET if code in service.area_codes else NOT_MET
    return Check("Area", state, f"Covers {here}; the person lives in {code}")


def _referrer(service: Service, referrer: str, rules: Keeping) -> Check:
    who = ", ".join(rules.referrers.get(key, key).lower() for key in service.may_refer)
    allowed = referrer in service.may_refer or (
        # Whoever works here may send someone wherever anyone may; and to what people turn to themselves, with them.
        referrer == "gp" and bool(_WORK & set(service.may_refer))
    )
    if not allowed and referrer == ANYONE_AT_WORK and service.takes_self_referral:
        return Check("Who may refer", MET, "People ask themselves; you may ask for them, with them")
    return Check("Who may refer", MET if allowed else NOT_MET, f"May refer: {who}")


_WORK = frozenset((ANYONE_AT_WORK, "self"))


def places(service: Service, rules: Keeping, today: date) -> str:
    """Free places and waiting, with how old that is; never a number that nobody believes any more."""
    parts = []
    if service.places_free is not None and service.places_on:
        old = service.places_on < today - rules.places_known_for
        day = f"{service.places_on.day} {service.places_on:%B}"
        free = "No place free" if not service.places_free else f"{service.places_free} places free"
        parts.append("Free places: not known now" if old else f"{free} on {day}")
    if service.waiting:
        parts.append(f"Waiting: {service.waiting}")
    return "; ".join(parts) or "Free places and waiting: not known"


def _unknown(one: Match) -> int:
    """Conditions nobody can check here weigh equally on everyone who has them written down."""
    return sum(check.state == NOT_KNOWN and check.what != ALSO for check in one.checks)


def _is_full(one: Match, rules: Keeping, today: date) -> int:
    service = one.service
    if service.places_free is None or not service.places_on:
        return 1
    if service.places_on < today - rules.places_known_for:
        return 1
    return 0 if service.places_free else 2


def _name(one: Match) -> str:
    return one.service.name.casefold()
