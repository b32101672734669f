"""The person banner: who this is, what can harm today, who is in charge and what is shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from careweave.web import wording
from careweave.web.presenters import facts, health
from careweave.web.presenters.facts import Body, Held

T = TypeVar("T")
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
_GENDERS = {"male": "Male", "female": "Female", "other": "Other", "unknown": "Sex not known"}


@dataclass(frozen=True)
class InCharge:
    """The one person in charge, as the page needs them."""

    name: str
    telephone: str = ""
    out_of_hours: str = ""
    team: str = ""
    deputy: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Banner:
    """The three lines of the banner."""

    id: str
    name: str
    known_as: str
    first_name: str
    surname: str
    born: str
    age: int | None
    sex: str
    nhs_number: str
    address: str
    telephone: str
    allergies: tuple[str, ...]
    communication: tuple[str, ...]
    alerts: tuple[str, ...]
    in_hospital: str
    died: str
    in_charge: InCharge | None
    held_back: bool
    may_miss: bool = True

    @property
    def sharing(self) -> str:
        return "Sharing: some parts held back" if self.held_back else "Sharing: everything"

    @property
    def heading(self) -> str:
        return f"{self.surname}, {self.first_name}" + (
            f" (known as {self.known_as})" if self.known_as else ""
        )

    @property
    def call_name(self) -> str:
        return self.known_as or self.first_name or self.name

    @property
    def first_line(self) -> str:
        years = f" ({self.age} years)" if self.age is not None else ""
        return " · ".join((self.heading, f"Born {self.born}{years}", f"NHS number {self.nhs_number}"))


def banner(
    person_id: str,
    resources: Sequence[Held],
    names: Mapping[str, str],
    *,
    today: date,
    in_charge: InCharge | None = None,
    held_back: bool = False,
    may_miss: bool = True,
) -> Banner:
    """Shape the banner; what teams hold about the person goes before what sources sent.

    `may_miss`: an entry could be held back from this reader, whoever the person is; true unless the caller knows better.
    """
    bodies = patients(person_id, resources)
    died = _died(bodies)
    return Banner(
        id=person_id,
        **_who(bodies, wording.as_date(died) or today),
        allergies=health.allergy_tags(
            [one for one in resources if one.type == "AllergyIntolerance"], names, may_miss=may_miss
        ),
        communication=_flags(resources, "contact", "communication") + _languages(bodies),
        alerts=_flags(resources, "alert", "safety", "behavioral"),
        in_hospital=in_hospital(resources, names) if not died else "",
        died=wording.day(died) if died else "",
        in_charge=in_charge,
        held_back=held_back,
        may_miss=may_miss,
    )


def _who(bodies: Sequence[Body], at: date) -> dict[str, Any]:
    """The first line: names, birth, number, address and telephone."""
    name = _first(bodies, lambda body: facts.best_name(body.get("name"))) or {}
    born = str(_first(bodies, lambda body: body.get("birthDate")) or "")
    return {
        "name": facts.person_name([name]) or "Name not known",
        "first_name": " ".join((name.get("given") or [""])[:1]),
        "surname": str(name.get("family") or "").upper() or "SURNAME NOT KNOWN",
        "known_as": _known_as(bodies, name),
        "born": wording.day(born, missing="on a date not known"),
        "age": wording.age(born, at),
        "sex": _GENDERS.get(str(_first(bodies, lambda body: body.get("gender"))), "Sex not known"),
        "nhs_number": nhs_number(bodies),
        "address": str(
            _first(bodies, lambda body: facts.address(body.get("address"))) or "Address not known"
        ),
        "telephone": str(_first(bodies, lambda body: facts.telephone(body.get("telecom"))) or ""),
    }


def patients(person_id: str, resources: Sequence[Held]) -> list[Body]:
    """Every Patient of the person, the place's own first, then the newest."""
    found = [one for one in resources if one.type == "Patient"]
    found.sort(key=lambda one: (one.id == person_id, one.updated), reverse=True)
    return [one.body for one in found]


def _first(bodies: Sequence[Body], pick: Callable[[Body], T]) -> T | None:
    return next((found for body in bodies if (found := pick(body))), None)


def nhs_number(bodies: Sequence[Body]) -> str:
    """The number in threes, or “not known yet”."""
    for body in bodies:
        for identifier in body.get("identifier") or ():
            if identifier.get("system") == NHS_NUMBER and identifier.get("use") != "old":
                return wording.nhs_number(identifier.get("value"))
    return wording.nhs_number(None)


def _known_as(bodies: Sequence[Body], official: Body) -> str:
    given = (official.get("given") or [""])[0]
    for body in bodies:
        for name in body.get("name") or ():
            if name.get("use") in ("nickname", "usual") and name.get("given") and name["given"][0] != given:
                return str(name["given"][0])
    return ""


def _died(bodies: Sequence[Body]) -> str:
    for body in bodies:
        if body.get("deceasedDateTime"):
            return str(body["deceasedDateTime"])
    return "date not known" if any(body.get("deceasedBoolean") for body in bodies) else ""


def _flags(resources: Sequence[Held], *categories: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for one in resources:
        if one.type != "Flag" or one.body.get("status") != "active":
            continue
        kinds = {facts.code(category) for category in one.body.get("category") or ()} or {"alert"}
        if kinds & set(categories):
            found.setdefault(facts.words(one.body.get("code")))
    return tuple(found)


def _languages(bodies: Sequence[Body]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for body in bodies:
        for one in body.get("communication") or ():
            language = facts.words(one.get("language"))
            if language and not language.lower().startswith(("english", "en")):
                found.setdefault(f"Speaks {language}")
    return tuple(found)


def in_hospital(resources: Sequence[Held], names: Mapping[str, str]) -> str:
    """“In hospital: Ward 7, since 24 November 2026”, from an admission that has not ended."""
    for one in resources:
        body = one.body
        if (
            one.type == "Encounter"
            and body.get("status") == "in-progress"
            and not one.ends
            and (body.get("class") or {}).get("code") in ("IMP", "ACUTE", "NONAC")
        ):
            where = next(
                (facts.shown(place.get("location")) for place in reversed(body.get("location") or ())), ""
            )
            where = where or facts.shown(body.get("serviceProvider")) or names.get(one.source, one.source)
            return f"In hospital: {where}, since {wording.day(facts.said(body, ('period',)))}"
    return ""
