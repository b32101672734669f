"""What one source has written down about the people it knows: their details with that source's own mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from careweave.demonstration import mistakes
from careweave.demonstration.days import NONE
from careweave.demonstration.naming import without_accents
from careweave.demonstration.nhs_numbers import mistyped_but_valid
from careweave.demonstration.people import Bools, Ints, People, Texts

Rates = Mapping[str, float]
TEXTS = (
    "given",
    "middle",
    "family",
    "family_at_birth",
    "known_as",
    "title",
    "line",
    "town",
    "postcode",
    "telephone",
    "mobile",
)


@dataclass
class Register:
    """One row a record of a source. `row_of` finds the main record of a person, `second_of` a duplicate if there is one."""

    source: str
    person: Ints  # index within the list of people
    local: Texts
    duplicate: Bools
    text: dict[str, Texts]
    birth: Ints
    female: Bools
    nhs: Ints
    errors: list[list[str]]
    row_of: Ints
    second_of: Ints

    def __len__(self) -> int:
        return len(self.person)

    def rows_for(self, rng: np.random.Generator, people: Ints) -> Ints:
        """Which record an event of a person went to: a third of the events of people registered twice go to the second."""
        second = self.second_of[people]
        astray = (second >= 0) & (rng.random(len(people)) < 0.35)
        return np.where(astray, second, self.row_of[people])


class Registrar:
    """Writes registers for sources, each with its own rates of mistakes."""

    def __init__(
        self, errors: Mapping[str, Any], names: Mapping[str, Any], people: People, today: int, first_day: int
    ) -> None:
        self.table, self.names, self.people, self.today = errors, names, people, today
        self.first_day = first_day

    def register(
        self, rng: np.random.Generator, source: str, kind: str, who: Ints, local: Texts, second: Texts
    ) -> Register:
        """`second` are the local ids that duplicates get, one for each of `who`."""
        rates: Rates = {**self.table["rates"]["default"], **self.table["rates"].get(kind, {})}
        twice = rng.random(len(who)) * 100 < rates["duplicate"]
        person = np.concatenate([who, who[twice]])
        people = self.people
        row_of = np.full(len(people), -1, dtype=np.int64)
        row_of[who] = np.arange(len(who))
        second_of = np.full(len(people), -1, dtype=np.int64)
        second_of[who[twice]] = np.arange(len(who), len(person))
        record = Register(
            source=source,
            person=person,
            local=np.concatenate([local, second[twice]]),
            duplicate=np.arange(len(person)) >= len(who),
            text={name: people.text[name][person].copy() for name in TEXTS},
            birth=people.birth[person].copy(),
            female=people.female[person].copy(),
            nhs=people.nhs[person].copy(),
            errors=[[] for _ in person],
            row_of=row_of,
            second_of=second_of,
        )
        self._spoil(rng, record, rates)
        return record

    def _spoil(self, rng: np.random.Generator, record: Register, rates: Rates) -> None:
        self._numbers(rng, record, rates)
        self._family_names(rng, record, rates)
        self._given_names(rng, record, rates)
        self._birth_dates(rng, record, rates)
        self._addresses(rng, record, rates)
        self._babies(rng, record, rates)
        self._plain_letters(rng, record, rates)

    def _hit(self, rng: np.random.Generator, record: Register, rates: Rates, name: str) -> Ints:
        return np.flatnonzero(rng.random(len(record)) * 100 < rates.get(name, 0.0))

    def _note(self, record: Register, rows: Ints, error: str) -> None:
        for row in rows.tolist():
            record.errors[row].append(error)

    def _numbers(self, rng: np.random.Generator, record: Register, rates: Rates) -> None:
        if rates.get("none"):
            record.nhs[:] = NONE
            return
        wrong = self._hit(rng, record, rates, "nhs_wrong")
        wrong = wrong[record.nhs[wrong] > 0]
        record.nhs[wrong] = mistyped_but_valid(record.nhs[wrong], rng)
        self._note(record, wrong, "nhs-wrong")
        earlier = self.people.earlier_nhs[record.person]
        had_another = max(float(np.count_nonzero(earlier > 0)) / max(len(earlier), 1), 1e-9)
        share = {"old": min(rates["nhs_superseded"] / had_another, 100.0)}
        old = self._hit(rng, record, share, "old")
        old = old[(earlier[old] > 0) & (record.nhs[old] > 0)]
        record.nhs[old] = earlier[old]
        self._note(record, old, "nhs-superseded")
        missing = self._hit(rng, record, rates, "nhs_missing")
        missing = missing[record.nhs[missing] > 0]
        record.nhs[missing] = NONE
        self._note(record, missing, "nhs-missing")

    def _family_names(self, rng: np.random.Generator, record: Register, rates: Rates) -> None:
        family = record.text["family"]
        changed = self._hit(rng, record, {"x": rates["surname_changed"] * 1.6}, "x")
        changed = changed[self.people.age_on(self.today)[record.person[changed]] > 16]
        changed = changed[record.female[changed] | (rng.random(len(changed)) < 0.12)]
        for row in changed.tolist():
            family[row] = self._other_family_name(rng, record, row)
        self._note(record, changed, "surname-changed")
        slips = self._hit(rng, record, rates, "surname_misspelt")
        for row in slips.tolist():
            family[row] = mistakes.misspelt(rng, family[row], self.names["also_written"])
        self._note(record, slips, "surname-misspelt")

    def _other_family_name(self, rng: np.random.Generator, record: Register, row: int) -> str:
        """The name before marriage, else a partner's, else that of a marriage that no one told us of."""
        born, now = record.text["family_at_birth"][row], record.text["family"][row]
        if born != now:
            return str(born)
        person = int(record.person[row])
        partner = int(self.people.partner[person])
        if partner >= 0 and self.people.text["family"][partner] != now:
            return str(self.people.text["family"][partner])
        alike = np.flatnonzero(self.people.pool == self.people.pool[person])
        return str(self.people.text["family"][int(rng.choice(alike))])

    def _given_names(self, rng: np.random.Generator, record: Register, rates: Rates) -> None:
        given = record.text["given"]
        nick = self._hit(rng, record, rates, "given_nickname")
        for row in nick.tolist():
            options = self.names["known_as"].get(given[row])
            if options:
                given[row] = record.text["known_as"][row] or options[int(rng.integers(len(options)))]
                record.errors[row].append("given-nickname")
        slips = self._hit(rng, record, rates, "given_misspelt")
        for row in slips.tolist():
            given[row] = mistakes.misspelt(rng, given[row], self.names["also_written"])
        self._note(record, slips, "given-misspelt")
        initials = self._hit(rng, record, rates, "given_initial")
        for row in initials.tolist():
            given[row] = given[row][:1]
        self._note(record, initials, "given-initial")
        swapped = self._hit(rng, record, rates, "names_swapped")
        for row in swapped.tolist():
            given[row], record.text["family"][row] = record.text["family"][row], given[row]
        self._note(record, swapped, "names-swapped")
        sexes = self._hit(rng, record, rates, "sex_wrong")
        record.female[sexes] = ~record.female[sexes]
        self._note(record, sexes, "sex-wrong")

    def _birth_dates(self, rng: np.random.Generator, record: Register, rates: Rates) -> None:
        """A wrong date still lies before the first thing that the source did for the person: its system would object."""
        latest = np.maximum(record.birth, self.first_day - 30).tolist()
        for row in self._hit(rng, record, {"x": rates["birth_day_month_swapped"] * 2.75}, "x").tolist():
            swapped = mistakes.day_and_month_swapped(int(record.birth[row]))
            if swapped != record.birth[row] and swapped <= latest[row]:
                record.birth[row] = swapped
                record.errors[row].append("birth-day-month-swapped")
        for row in self._hit(rng, record, rates, "birth_year_wrong").tolist():
            record.birth[row] = mistakes.wrong_year(rng, int(record.birth[row]), latest[row])
            record.errors[row].append("birth-year-wrong")
        for row in self._hit(rng, record, rates, "birth_day_wrong").tolist():
            record.birth[row] = mistakes.wrong_day(rng, int(record.birth[row]), latest[row])
            record.errors[row].append("birth-day-wrong")
        missing = self._hit(rng, record, rates, "birth_date_missing")
        record.birth[missing] = NONE
        self._note(record, missing, "birth-date-missing")

    def _addresses(self, rng: np.random.Generator, record: Register, rates: Rates) -> None:
        old = self._hit(rng, record, rates, "address_old")
        for name in ("line", "town", "postcode"):
            record.text[name][old] = self.people.text[f"old_{name}"][record.person[old]]
        self._note(record, old, "address-old")
        slips = self._hit(rng, record, rates, "postcode_misspelt")
        for row in slips.tolist():
            record.text["postcode"][row] = mistakes.misspelt_postcode(rng, record.text["postcode"][row])
        self._note(record, slips, "postcode-misspelt")

    def _babies(self, rng: np.random.Generator, record: Register, rates: Rates) -> None:
        """Births that this source saw: a ward name, and now and then the mother's own number."""
        mother = self.people.mother[record.person]
        young = (mother >= 0) & (self.people.birth[record.person] > self.today - 365)
        for row in np.flatnonzero(young).tolist():
            drawn = rng.random(3) * 100
            if drawn[0] < rates.get("placeholder_name_on_baby", 0.0):
                person = int(record.person[row])
                twin = 1 if self.people.twin[person] >= 0 else 2 if person in self.people.twin else 0
                record.text["given"][row] = mistakes.baby_name(bool(record.female[row]), twin)
                record.text["middle"][row] = record.text["known_as"][row] = ""
                record.errors[row].append("baby-placeholder-name")
            if drawn[1] < rates.get("mothers_number_on_baby", 0.0) and self.people.nhs[mother[row]] > 0:
                record.nhs[row] = self.people.nhs[mother[row]]
                record.errors[row].append("nhs-mothers")
            elif drawn[2] < rates.get("number_missing_on_baby", 0.0) and record.nhs[row] > 0:
                record.nhs[row] = NONE
                record.errors[row].append("nhs-missing")

    def _plain_letters(self, rng: np.random.Generator, record: Register, rates: Rates) -> None:
        for row in self._hit(rng, record, rates, "accents_lost").tolist():
            plain = {name: without_accents(record.text[name][row]) for name in ("given", "middle", "family")}
            if any(plain[name] != record.text[name][row] for name in plain):
                record.errors[row].append("accents-lost")
                for name, value in plain.items():
                    record.text[name][row] = value
