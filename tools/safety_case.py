"""The hazard log and the threat models, read from definitions/safety, and what is wrong with them (DCB0129)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from careweave.definitions.definition import Definition, read_definition

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / "src" / "careweave" / "definitions" / "safety"
BUILT = frozenset({"design", "test"})  # shown by a test of ours; training and process are shown at the place
KINDS = BUILT | {"training", "process"}
STATUSES = ("controlled", "partly controlled", "open")
STRIDE = (
    "spoofing",
    "tampering",
    "repudiation",
    "information disclosure",
    "denial of service",
    "elevation of privilege",
)
MUST_BE_ACCEPTED = 4


@dataclass(frozen=True)
class Risk:
    severity: str
    likelihood: str


@dataclass(frozen=True)
class Control:
    """`tests` are pytest node ids: of a control that we built there is at least one."""

    kind: str
    what: str
    tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hazard:
    """`missing` says what is not built; `accepted` who has accepted a high residual risk, when and why."""

    id: str
    title: str
    causes: tuple[str, ...]
    effect: str
    harmed: str
    initial: Risk
    controls: tuple[Control, ...]
    residual: Risk
    owner: str
    status: str
    review_on: date
    missing: str = ""
    accepted: str = ""


@dataclass(frozen=True)
class Threat:
    """One way in which someone may do harm through a door."""

    id: str
    asset: str
    attacker: str
    threat: str
    how: str
    controls: tuple[Control, ...]
    residual: str
    status: str


@dataclass(frozen=True)
class Method:
    """The scales and the matrix by which risks are judged."""

    severities: Mapping[str, str]
    likelihoods: Mapping[str, str]
    matrix: Mapping[str, list[int]]
    meanings: Mapping[str, str]

    def rating(self, risk: Risk) -> int:
        return self.matrix[risk.likelihood][list(self.severities).index(risk.severity)]


@dataclass(frozen=True)
class SafetyCase:
    method: Method
    claims: tuple[Mapping[str, Any], ...]
    outside: tuple[str, ...]
    at_the_place: tuple[Mapping[str, str], ...]
    hazards: tuple[Hazard, ...]
    doors: Mapping[str, tuple[Threat, ...]]
    definitions: Mapping[str, Definition]


def load_safety_case(folder: Path = FOLDER) -> SafetyCase:
    """Raises DefinitionError or KeyError: what cannot be read is not a safety case."""
    files = sorted(folder.glob("*.toml"))
    read = {
        file.stem: read_definition("safety", file, folder, f"safety/{file.name}", False) for file in files
    }
    method, argument = read["method"].content, read["argument"].content
    hazards = [row for each in read.values() for row in each.content.get("hazards", ())]
    doors = {key: each.content["threats"] for key, each in read.items() if "threats" in each.content}
    names = [field.name for field in fields(Method)]
    return SafetyCase(
        Method(**{name: method[name] for name in names}),
        tuple(argument["claims"]),
        tuple(argument["outside"]),
        tuple(argument["at_the_place"]),
        tuple(sorted((hazard_of(row) for row in hazards), key=lambda one: one.id)),
        {key: tuple(threat_of(row) for row in rows) for key, rows in doors.items()},
        read,
    )


def hazard_of(row: Mapping[str, Any]) -> Hazard:
    """A field that the row lacks is empty, and `problems` names it."""
    empty = {"initial": {}, "residual": {}, "causes": (), "controls": (), "review_on": date.min}
    values = {field.name: row.get(field.name, empty.get(field.name, "")) for field in fields(Hazard)}
    for name in ("initial", "residual"):
        values[name] = Risk(values[name].get("severity", ""), values[name].get("likelihood", ""))
    values["causes"] = tuple(values["causes"])
    return Hazard(**{**values, "controls": controls_of(values["controls"])})


def threat_of(row: Mapping[str, Any]) -> Threat:
    values = {field.name: row.get(field.name, "") for field in fields(Threat)}
    return Threat(**{**values, "controls": controls_of(row.get("controls", ()))})


def controls_of(rows: Any) -> tuple[Control, ...]:
    return tuple(
        Control(row.get("kind", ""), row.get("what", ""), tuple(row.get("tests", ()))) for row in rows
    )


def problems(case: SafetyCase, on: date) -> list[str]:
    """Everything that keeps this from being a safety case on that day, each with the id it is about."""
    found = [f"{one.id}: {words}" for one in case.hazards for words in hazard_problems(one, case.method, on)]
    threats = [one for rows in case.doors.values() for one in rows]
    found += [f"{one.id}: {words}" for one in threats for words in threat_problems(one)]
    ids = [one.id for one in (*case.hazards, *threats)]
    found += [f"{id}: is used twice" for id in sorted({id for id in ids if ids.count(id) > 1})]
    found += [
        f"{each.name}: its review was due on {each.review_on}"
        for each in case.definitions.values()
        if each.review_on < on
    ]
    known = {one.id for one in case.hazards}
    for claim in case.claims:
        found += [f"claim {claim['claim']!r}: no hazard {id}" for id in claim["hazards"] if id not in known]
    argued = {id for claim in case.claims for id in claim["hazards"]}
    return found + [f"{id}: no claim of the safety case rests on it" for id in sorted(known - argued)]


def hazard_problems(one: Hazard, method: Method, on: date) -> Iterator[str]:
    for name in ("id", "title", "causes", "effect", "harmed", "owner"):
        if not getattr(one, name):
            yield f"{name} is missing"
    yield from status_problems(one)
    if one.review_on < on:
        yield f"its review was due on {one.review_on}"
    risks = (one.initial, one.residual)
    if any(risk.severity not in method.severities or risk.likelihood not in method.matrix for risk in risks):
        yield "a severity or likelihood is not on the scale"
        return
    initial, residual = (method.rating(risk) for risk in risks)
    if residual > initial:
        yield "the residual risk is higher than the initial one"
    if one.status == "open" and one.residual != one.initial:
        yield "an open hazard has its risk reduced by nothing"
    if residual >= MUST_BE_ACCEPTED and not one.accepted:
        yield "a high residual risk is accepted by nobody"


def status_problems(one: Hazard) -> Iterator[str]:
    if one.status not in STATUSES:
        yield f"status is none of {', '.join(STATUSES)}"
    if (one.status == "controlled") == bool(one.missing):
        yield "`missing` says what is not built, and a controlled hazard has nothing missing"
    if one.status != "open" and not any(each.kind in BUILT for each in one.controls):
        yield "no control of it is built"
    if one.status == "open" and any(each.kind in BUILT for each in one.controls):
        yield "it is open, yet a control of it is built"
    yield from control_problems(one.controls)


def threat_problems(one: Threat) -> Iterator[str]:
    for name in ("id", "asset", "attacker", "how", "residual"):
        if not getattr(one, name):
            yield f"{name} is missing"
    if one.threat not in STRIDE:
        yield f"threat is none of {', '.join(STRIDE)}"
    if one.status not in STATUSES:
        yield f"status is none of {', '.join(STATUSES)}"
    if one.status != "open" and not any(each.kind in BUILT for each in one.controls):
        yield "no control of it is built"
    yield from control_problems(one.controls)


def control_problems(controls: tuple[Control, ...]) -> Iterator[str]:
    for each in controls:
        if each.kind not in KINDS or not each.what:
            yield f"a control has no words, or its kind is none of {', '.join(sorted(KINDS))}"
        if each.kind in BUILT and not each.tests:
            yield f"no test shows: {each.what}"
        if each.kind not in BUILT and each.tests:
            yield f"a test cannot show training or process: {each.what}"
        yield from (f"there is no test {test}" for test in each.tests if not is_there(test))


def is_there(node: str) -> bool:
    """Whether the file holds that test, read without running it; parameters in brackets set aside."""
    path, _, name = node.partition("[")[0].partition("::")
    return name in tests_in(PROJECT / path)


def is_long(node: str) -> bool:
    """Whether it takes over a minute, so that it does not run with every change."""
    path, _, name = node.partition("[")[0].partition("::")
    return tests_in(PROJECT / path).get(name, False)


@lru_cache(maxsize=256)
def tests_in(file: Path) -> Mapping[str, bool]:
    """The names of the tests of a file, each with whether it is long."""
    if not file.is_file() or not file.name.startswith("test_"):
        return {}
    return dict(names_of(ast.parse(file.read_text(encoding="utf-8")).body, "", False))


def names_of(body: list[ast.stmt], prefix: str, all_long: bool) -> Iterator[tuple[str, bool]]:
    all_long = all_long or any(isinstance(part, ast.Assign) and marks_long(part) for part in body)
    for part in body:
        if isinstance(part, ast.ClassDef) and part.name.startswith("Test"):
            yield from names_of(
                part.body, f"{part.name}::", all_long or any(map(marks_long, part.decorator_list))
            )
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name.startswith("test"):
            yield prefix + part.name, all_long or any(map(marks_long, part.decorator_list))


def marks_long(part: ast.AST) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "long" for each in ast.walk(part))
