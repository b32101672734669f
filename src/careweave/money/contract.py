"""A capitation contract as a dated definition: what a person is worth in a year, and which practices are one network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from careweave.definitions import Definition, DefinitionError, all_definitions

KIND = "capitation"
NUMBERS = ("base_pence", "market_forces", "unknown")
PARTS = ("uplift", "efficiency")
SEXES = ("female", "male")
OLDEST = 130


@dataclass(frozen=True)
class Need:
    """A weight, in thousandths, of those whose age in whole years is from `first` to `last`, both included."""

    first: int
    last: int
    female: int
    male: int


@dataclass(frozen=True)
class Network:
    """Practices that are paid together."""

    code: str
    name: str
    practices: tuple[str, ...]


@dataclass(frozen=True)
class Contract:
    """`start` and `end` are the first and the last day that it pays for; weights and the rest are thousandths."""

    id: str
    version: str
    title: str
    source: tuple[str, ...]
    start: date
    end: date
    base_pence: int
    market_forces: int
    uplift: int
    efficiency: int
    unknown: int
    need: tuple[Need, ...]
    networks: tuple[Network, ...]

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def network_of(self) -> Mapping[str, str]:
        """The code of the network of each practice."""
        return {practice: each.code for each in self.networks for practice in each.practices}

    def weight(self, sex: str | None, age: int | None) -> int:
        """In thousandths; `sex` as FHIR codes it."""
        if sex not in SEXES or age is None:
            return self.unknown
        band = next((each for each in self.need if each.first <= age <= each.last), None)
        return self.unknown if band is None else int(getattr(band, sex))

    def price(self, sex: str | None, age: int | None) -> Fraction:
        """Exact pence of one person for all of the contract's days."""
        adjusted = self.market_forces * (1000 + self.uplift - self.efficiency)
        return Fraction(self.base_pence * self.weight(sex, age) * adjusted, 1000**3)


def contract_problems() -> list[str]:
    """What is wrong with any contract, each with the name of its file; for `careweave check`."""
    problems: list[str] = []
    for definition in all_definitions(KIND):
        try:
            read_contract(definition)
        except DefinitionError as error:
            problems += error.problems
    return problems


def read_contract(definition: Definition) -> Contract:
    """Refused with everything that is wrong, by the name of the file."""
    content = definition.content
    problems = [
        f"{name} is not a whole number above 0" for name in NUMBERS if not _is_number(content.get(name), 1)
    ]
    problems += [f"{name} is not a whole number" for name in PARTS if not _is_number(content.get(name), 0)]
    problems += [
        *_problems_of_need(content.get("need", ())),
        *_problems_of_networks(content.get("networks", ())),
    ]
    if definition.valid_to is None:
        problems.append("valid_to is missing: a price for a year needs the last day of that year")
    if problems or definition.valid_to is None:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return Contract(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        source=definition.source,
        start=definition.valid_from,
        end=definition.valid_to,
        **{name: content[name] for name in (*NUMBERS, *PARTS)},
        need=tuple(
            Need(each["ages"][0], each["ages"][1], each["female"], each["male"]) for each in content["need"]
        ),
        networks=tuple(
            Network(each["code"], each["name"], tuple(each["practices"])) for each in content["networks"]
        ),
    )


def _is_number(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _problems_of_need(bands: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Every age from 0 has one weight of each sex."""
    expected = 0
    for each in bands:
        ages = each.get("ages")
        if not (isinstance(ages, list) and len(ages) == 2 and all(_is_number(age, 0) for age in ages)):
            yield "a band of need has no ages, first and last"
            return
        if not all(_is_number(each.get(sex), 1) for sex in SEXES):
            yield f"need at {ages[0]} to {ages[1]} lacks a weight for female or male"
        if ages[0] != expected or ages[1] < ages[0]:
            yield f"need at {ages[0]} to {ages[1]}: the band should begin at {expected} and not end before it begins"
        expected = ages[1] + 1
    if expected <= OLDEST:
        yield f"need has no weight from age {expected} to {OLDEST}"


def _problems_of_networks(networks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not networks:
        yield "networks are missing"
    codes, taken = set[str](), dict[str, str]()
    for each in networks:
        code, name, practices = each.get("code"), each.get("name"), each.get("practices")
        if not (code and name and practices):
            yield f"network {code or name or '?'} lacks a code, a name or its practices"
            continue
        if code in codes:
            yield f"network {code} is listed twice"
        codes.add(code)
        for practice in practices:
            if practice in taken:
                yield f"practice {practice} is in {taken[practice]} and in {code}; its people would be paid for twice"
            taken[practice] = code
