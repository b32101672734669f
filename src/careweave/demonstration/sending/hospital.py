"""The hospital trust's admissions (SUS-APC-like) and A&E attendances (ECDS-like), one row an episode or attendance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from careweave.demonstration import days
from careweave.demonstration.causes import Cause, Causes
from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.figures import steps
from careweave.demonstration.formats import feeds
from careweave.demonstration.registers import Register
from careweave.demonstration.sending.faults import spoil_rows
from careweave.demonstration.sending.inpatients import Messages, spells_told_by_message
from careweave.demonstration.sending.outbox import Outbox
from careweave.demonstration.stays import BORN, DELIVERY, EMERGENCY, PLANNED

SOURCE = "RVR"
SITE, MINOR_SITE = "RVR01", "RVR02"
ADMISSIONS, ATTENDANCES = "RVR/admissions.csv", "RVR/emergency.csv"
METHOD = {EMERGENCY: "21", PLANNED: "11", DELIVERY: "31", BORN: "82"}
CARE = feeds()["admissions"].columns[16:]  # from the admission date on
OLD_AGE_CODES = (
    "R54X",
    "R296",
    "L893",
    "R32X",
    "N179",
    "I951",
    "E559",
    "Z602",
    "R410",
    "R13X",
    "Z742",
    "D649",
)


def hospital_register(chunk: Chunk) -> Register:
    """Everyone with a stay or an attendance in these years has a hospital number."""
    hospital = chunk.hospital
    who = np.unique(np.concatenate([hospital.spells["person"], hospital.visits["person"]])).astype(np.int64)
    number = chunk.people.register[who]
    local = np.array([f"{1_000_000 + value * 7 % 9_000_000:07d}" for value in number.tolist()], dtype=object)
    second = np.array([f"T{100_000 + value}" for value in number.tolist()], dtype=object)
    return chunk.registrar.register(chunk.rng("hospital-register"), SOURCE, SOURCE, who, local, second)


def send_hospital(chunk: Chunk, outbox: Outbox) -> Register:
    register = hospital_register(chunk)
    writer = HospitalWriter(chunk, register)
    by_message = spells_told_by_message(chunk)
    told = set(by_message.tolist())
    for place, spell in enumerate(chunk.hospital.spells.rows()):
        if place not in told:
            outbox.rows[ADMISSIONS].extend(writer.episodes(place, spell))
    Messages(chunk, register, writer).send(outbox, by_message, writer.record)
    outbox.rows[ATTENDANCES].extend(writer.attendances())
    written = outbox.written("admissions", ADMISSIONS) | outbox.written("emergency", ATTENDANCES)
    by_name = {file.split("/")[-1].removesuffix(".json") for file in outbox.bundles}
    outbox.know(register, chunk.people.register.tolist(), written | by_name)
    first = chunk.practice == 0
    for feed, file in (("admissions", ADMISSIONS), ("emergency", ATTENDANCES)):
        spoil_rows(chunk.rng(f"faults-{feed}"), chunk.figures.errors, outbox, feed, file, chunk.today, first)
    return register


class HospitalWriter:
    """Writes the rows of one practice list; keeps which record of a person each stay went to."""

    def __init__(self, chunk: Chunk, register: Register) -> None:
        self.chunk, self.register = chunk, register
        self.rng = chunk.rng("hospital-rows")
        self.causes = Causes(chunk.figures.causes)
        self.planned: Sequence[Mapping[str, Any]] = chunk.figures.causes["planned"]
        self.codes: Mapping[str, Any] = chunk.figures.causes["codes"]
        spells = chunk.hospital.spells
        self.record = register.rows_for(self.rng, spells["person"])
        self.chance = self.rng.random((len(spells), 8))
        self.conditions = [row["icd10"] for row in chunk.figures.conditions["condition"]]
        self.updated_latest = chunk.today * DAY + 240

    def spell_id(self, place: int) -> str:
        person = self.chunk.hospital.spells["person"][place]
        return f"S{self.chunk.people.register[person]:07d}{place:06d}"

    def told(self, place: int, spell: dict[str, Any]) -> dict[str, Any]:
        """What a message says about a stay, by the names of the admissions file."""
        chance = self.chance[place]
        care = dict(
            zip(CARE, self._care(spell, chance, spell["start"], spell["end"], assessment=False), strict=False)
        )
        emergency = spell["kind"] == EMERGENCY
        return care | {
            "spell_id": self.spell_id(place),
            "cause": self._cause(spell).id if emergency else "",
            "title": self._cause(spell).title if emergency else "Childbirth",
            "diagnoses": [code for code in self._diagnoses(spell, chance) if code],
        }

    def details(self, row: int) -> list[str]:
        """From nhs_number to registered_gp_practice; names and address unless the number was traced to this person."""
        register = self.register
        text = {name: values[row] for name, values in register.text.items()}
        person = int(register.person[row])
        number = str(register.nhs[row]) if register.nhs[row] > 0 else ""
        traced = register.nhs[row] > 0 and register.nhs[row] == self.chunk.people.nhs[person]
        status = "01" if traced else "02" if number else "03"
        named = (
            ["", "", ""]
            if traced
            else [text["family"].upper(), text["given"].upper(), f"{text['line']}, {text['town']}".upper()]
        )
        sex = "2" if register.female[row] else "1"
        ethnic = self.chunk.ethnic_codes[self.chunk.people.ethnicity[person]]
        practice = self.chunk.code if self.chunk.people.registered[person] else "V81999"
        return [
            number, status, str(register.local[row]), *named, text["postcode"], days.iso(int(register.birth[row])), sex,
            "Z" if hash_share(person) < 0.07 else ethnic, practice,
        ]  # fmt: skip

    def episodes(self, place: int, spell: dict[str, Any]) -> list[list[str]]:
        chance, row = self.chance[place], int(self.record[place])
        start, end = spell["start"], spell["end"]
        stayed = (end if end > NONE else self.chunk.today * DAY) - start
        parts = 2 if spell["kind"] == EMERGENCY and stayed > 2 * DAY and chance[0] < 0.35 else 1
        change = start + int(DAY * (0.4 + chance[1]))
        updated = min(end + 300 if end > NONE else self.updated_latest, self.updated_latest)
        rows = []
        for part in range(parts):
            begins = start if part == 0 else change
            ends = end if part == parts - 1 else change
            head = ["RVR", SITE, self.spell_id(place), str(part + 1), days.utc_stamp(updated)]
            tail = self._care(spell, chance, begins, ends, assessment=part < parts - 1)
            rows.append(head + self.details(row) + tail)
        return rows

    def _care(
        self, spell: dict[str, Any], chance: Any, begins: int, ends: int, assessment: bool
    ) -> list[str]:
        person, kind, end = spell["person"], spell["kind"], spell["end"]
        in_home = NONE < self.chunk.care_home_since[person] <= spell["start"] // DAY
        method = METHOD[kind] if kind != EMERGENCY or spell["department"] else "22"
        source = "79" if kind == BORN else "85" if in_home else "19"
        specialty, ward = self._ward(spell, assessment)
        day_case = "2" if kind == PLANNED and end > NONE and end - spell["start"] < 600 else "1"
        ready = days.iso(spell["ready"]) if spell["ready"] > NONE else ""
        return [
            days.iso_minute(spell["start"]), method, source, day_case, days.iso_minute(begins), days.iso_minute(ends),
            specialty, ward, f"C{7_000_000 + spell['reason'] * 31 + self.chunk.practice % 7}", ready,
            self._delay(spell, chance[2]), *self._discharge(spell, in_home), *self._diagnoses(spell, chance),
            *self._procedures(spell, chance),
        ]  # fmt: skip

    def _ward(self, spell: dict[str, Any], assessment: bool) -> tuple[str, str]:
        if assessment:
            return "300", "Wren assessment unit"
        if spell["kind"] in (DELIVERY, BORN):
            return "501" if spell["kind"] == DELIVERY else "424", "Maternity"
        if spell["kind"] == PLANNED:
            return str(self.planned[spell["reason"]]["specialty"]), "Day unit"
        cause = self.causes.list[spell["reason"]]
        return cause.specialty, cause.ward

    def _delay(self, spell: dict[str, Any], chance: float) -> str:
        if spell["ready"] <= NONE:
            return ""
        reasons: list[str] = self.codes["delays"][str(spell["path"])]
        return reasons[int(chance * len(reasons))]

    def _discharge(self, spell: dict[str, Any], in_home: bool) -> list[str]:
        """Date, method, destination and pathway; empty while the person is still there."""
        if spell["end"] <= NONE:
            return ["", "", "", ""]
        at = days.iso_minute(spell["end"])
        if spell["died"]:
            return [at, "4", "79", ""]
        if in_home:
            return [at, "1", "85", "0"]
        return [at, "1", {2: "54", 3: "85"}.get(spell["path"], "19"), str(spell["path"])]

    def _diagnoses(self, spell: dict[str, Any], chance: Any) -> list[str]:
        person, day = spell["person"], spell["start"] // DAY
        found = self._primary(spell, chance[3])
        if spell["kind"] != BORN:
            since = self.chunk.health.since[person]
            ill = np.flatnonzero((since > NONE) & (since <= day)).tolist()
            keep = 0.85 if spell["kind"] == EMERGENCY else 0.5
            found += [self.conditions[kind] for kind in ill if hash_share(person * 64 + kind + day) < keep]
        frailty = float(self.chunk.health.frailty[person])
        if spell["kind"] == EMERGENCY and self.chunk.age[person] > 72:
            found += [
                code
                for place, code in enumerate(OLD_AGE_CODES)
                if hash_share(person * 131 + place + day) < frailty * 0.8
            ]
        unique = list(dict.fromkeys(found))[:12]
        return unique + [""] * (12 - len(unique))

    def _primary(self, spell: dict[str, Any], chance: float) -> list[str]:
        if spell["kind"] == BORN:
            return ["Z383" if spell["reason"] else "Z380"]
        if spell["kind"] == DELIVERY:
            return ["O800" if chance < 0.7 else "O821", "Z370"]
        codes = (
            self.planned[spell["reason"]]["icd10"] if spell["kind"] == PLANNED else self._cause(spell).icd10
        )
        also = () if spell["kind"] == PLANNED else self._cause(spell).also
        return [codes[int(chance**1.6 * len(codes))], *also]

    def _cause(self, spell: dict[str, Any]) -> Cause:
        return self.causes.list[int(spell["reason"])]

    def _procedures(self, spell: dict[str, Any], chance: Any) -> list[str]:
        code = ""
        if spell["kind"] == PLANNED:
            code = str(self.planned[spell["reason"]]["procedure"])
        elif spell["kind"] == EMERGENCY and self._cause(spell).procedures:
            options = self._cause(spell).procedures
            code = options[int(chance[4] * len(options))]
        elif spell["kind"] == DELIVERY:
            code = "R249" if chance[3] < 0.7 else "R179"
        day = min(spell["start"] // DAY + (1 if spell["kind"] == EMERGENCY else 0), self.chunk.today)
        return [code, days.iso(day) if code else "", "", ""]

    def attendances(self) -> list[list[str]]:
        chunk, spells = self.chunk, self.chunk.hospital.spells
        through = np.flatnonzero((spells["kind"] == EMERGENCY) & spells["department"])
        visits = chunk.hospital.visits
        rows = [self._led_to_admission(int(place)) for place in through]
        record = self.register.rows_for(self.rng, visits["person"])
        chance = self.rng.random((len(visits), 6))
        ambulance = steps(chunk.age, chunk.figures.use["arrivals"]["ambulance_percent"]) / 100
        for place, visit in enumerate(visits.rows()):
            rows.append(
                self._visit(
                    place, visit, int(record[place]), chance[place], float(ambulance[visit["person"]])
                )
            )
        return rows

    def _led_to_admission(self, place: int) -> list[str]:
        spells, codes = self.chunk.hospital.spells, self.codes
        person, start, reason = (int(spells[name][place]) for name in ("person", "start", "reason"))
        cause, chance = self.causes.list[reason], self.chance[place]
        arrive = start - 60 - int(chance[5] * 420)
        mode = codes["arrival"][
            "ambulance" if chance[6] < 0.45 + 0.4 * (self.chunk.age[person] > 65) else "walk_in"
        ]
        acuity = codes["acuity"][1 if chance[7] < 0.3 else 2]
        origin = codes["came_from"]["line_111" if mode == codes["arrival"]["ambulance"] else "self"]
        updated = days.utc_stamp(min(start + 200, self.updated_latest))
        return [
            "RVR", SITE, "01", f"A{self.spell_id(place)[1:]}", updated,
            *self.details(int(self.record[place])), days.iso_minute(arrive), mode, origin, acuity,
            cause.complaint, cause.seen, "", "", days.iso_minute(start), codes["left"]["treated"],
            codes["went"]["ward"], "", self.spell_id(place),
        ]  # fmt: skip

    def _visit(self, place: int, visit: dict[str, Any], row: int, chance: Any, ambulance: float) -> list[str]:
        codes, person = self.codes, visit["person"]
        kind = self.chunk.figures.causes["visit"][visit["kind"]]
        minor = (
            chance[0] < self.chunk.figures.use["arrivals"]["minor_unit_percent"] / 100 and not visit["fall"]
        )
        mode = (
            codes["arrival"]["ambulance"]
            if chance[1] < ambulance * 0.7 and not minor
            else codes["arrival"]["walk_in"]
        )
        acuity = codes["acuity"][min(4, 2 + int(chance[2] * 3))]
        seen = kind["seen"][int(chance[3] * len(kind["seen"]))]
        left = codes["left"]["before_treated" if chance[4] < 0.04 else "treated"]
        in_home = NONE < self.chunk.care_home_since[person] <= visit["arrive"] // DAY
        updated = days.utc_stamp(min(visit["leave"] + 120, self.updated_latest))
        origin = "self" if chance[5] < 0.68 else "line_111" if chance[5] < 0.92 else "gp"
        return [
            "RVR", MINOR_SITE if minor else SITE, "03" if minor else "01",
            f"V{self.chunk.people.register[person]:07d}{place:06d}", updated, *self.details(row),
            days.iso_minute(visit["arrive"]), mode, codes["came_from"][origin], acuity,
            kind["complaint"], seen, "", "", days.iso_minute(visit["leave"]), left,
            codes["went"]["nursing" if in_home else "home"], "", "",
        ]  # fmt: skip


def hash_share(value: int) -> float:
    """A number from 0 to 1 that depends on nothing but the value: the same answer each time a row is written."""
    return (int(value) * 2654435761 % 4294967296) / 4294967296
