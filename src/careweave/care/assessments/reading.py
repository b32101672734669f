"""Reads the definition of an assessment and refuses by name one that does not hold together.

The format is FHIR R4's Questionnaire (https://hl7.org/fhir/R4/questionnaire.html) as TOML: sections, questions with
enableWhen and enableBehavior, calculated values, what the record may already hold, and lists with rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

from careweave.definitions import Definition, DefinitionError, all_definitions, load_definition

from . import eligibility
from .asking import OPERATORS
from .calculating import Formula, FormulaError, read_formula
from .checking import wrong_values
from .questions import CHOICES, NUMBERS, Answer, Assessment, Condition, FromRecord, Question, Section

KIND = "assessments"
KINDS = (KIND, eligibility.KIND)
TYPES = ("choice", "choices", "text", "string", "integer", "money", "date", "list")
ABOUT = ("person", "carer")
_KEYS = frozenset(
    (
        *("id", "text", "type", "options", "hint", "required", "current_for_days", "is_need"),
        *(
            "enable_when",
            "enable_behavior",
            "calculate",
            "from_record",
            "question",
            "most_rows",
            "least",
            "most",
        ),
    )
)
_MOST_ROWS = 8


def assessment(id: str, *, on: date) -> Assessment:
    """The version of an assessment that holds on a day. Raises DefinitionError with everything that is wrong."""
    for kind in KINDS:
        if any(each.id == id for each in all_definitions(kind)):
            return read_assessment(load_definition(kind, id, on))
    raise DefinitionError([f"{KIND}/{id}: there is no assessment of this name"])


def known_assessment(id: str, *, on: date) -> Assessment | None:
    """The same, None for a name that is not one: what came in an address."""
    known = {each.id for kind in KINDS for each in all_definitions(kind) if each.holds_on(on)}
    return assessment(id, on=on) if id in known else None


def all_assessments(*, on: date) -> tuple[Assessment, ...]:
    """Every assessment in use on a day, by its title; those that decide something come last."""
    ids = {each.id for kind in KINDS for each in all_definitions(kind) if each.holds_on(on)}
    return tuple(sorted((assessment(id_, on=on) for id_ in ids), key=lambda one: (one.kind, one.title)))


def assessment_problems() -> list[str]:
    """What is wrong with any assessment, each problem with the name of its file (`careweave check`)."""
    found: list[str] = []
    for kind in KINDS:
        for definition in all_definitions(kind):
            try:
                read_assessment(definition)
            except DefinitionError as error:
                found += error.problems
    return found


@lru_cache(maxsize=256)
def _read(definition: _ByName) -> Assessment:
    return _read_anew(definition.definition)


class _ByName:
    """A definition as a key: the same file read once has the same assessment."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition

    def __hash__(self) -> int:
        return hash((self.definition.name, self.definition.version))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByName) and other.definition is self.definition


def read_assessment(definition: Definition) -> Assessment:
    """The assessment a definition describes; refused with the name of its file if anything is wrong."""
    return _read(_ByName(definition))


def _read_anew(definition: Definition) -> Assessment:
    if definition.kind == eligibility.KIND:
        return eligibility.form_of(eligibility.read_criteria(definition))
    problems = [f"{definition.name}: {words}" for words in _wrong_shape(definition.content)]
    if problems:
        raise DefinitionError(problems)
    form = Assessment(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        sections=tuple(_section(each) for each in definition.content["section"]),
        about=str(definition.content.get("about", "person")),
        kind=definition.kind,
        sources=definition.source,
        intro=str(definition.content.get("intro", "")),
    )
    problems = [f"{definition.name}: {words}" for words in _does_not_hold(form)]
    if problems:
        raise DefinitionError(problems)
    return form


# -- from TOML --------------------------------------------------------------------------------------------------


def _section(section: Mapping[str, Any]) -> Section:
    questions = tuple(
        _question(each, int(section.get("current_for_days", 90))) for each in section["question"]
    )
    return Section(section["id"], section["title"], questions, str(section.get("hint", "")))


def _question(table: Mapping[str, Any], current_for_days: int) -> Question:
    current = int(table.get("current_for_days", current_for_days))
    found = table.get("from_record")
    return Question(
        id=table["id"],
        text=table["text"],
        type=table["type"],
        options=tuple(table.get("options", ())),
        current_for_days=current,
        is_need=bool(table.get("is_need", False)),
        hint=str(table.get("hint", "")),
        is_required=bool(table.get("required", True)),
        when=tuple(_condition(each) for each in table.get("enable_when", ())),
        when_all=table.get("enable_behavior", "any") == "all",
        formula=read_formula(table["calculate"]) if "calculate" in table else None,
        from_record=_from_record(found) if found else None,
        rows=tuple(_question(each, current) for each in table.get("question", ())),
        most_rows=int(table.get("most_rows", _MOST_ROWS)) if table["type"] == "list" else 0,
        least=table.get("least"),
        most=table.get("most"),
    )


def _condition(table: Mapping[str, Any]) -> Condition:
    answer = table.get("answer", "")
    words = str(answer).lower() if isinstance(answer, bool) else str(answer)
    return Condition(str(table.get("question", "")), str(table.get("operator", "=")), words)


def _from_record(table: Mapping[str, Any]) -> FromRecord:
    return FromRecord(
        observation=tuple(table.get("observation", ())),
        unit=str(table.get("unit", "")),
        within_days=int(table.get("within_days", 365)),
        conditions=bool(table.get("conditions", False)),
    )


# -- what is refused --------------------------------------------------------------------------------------------


def _wrong_shape(content: Mapping[str, Any]) -> Iterator[str]:
    if content.get("about", "person") not in ABOUT:
        yield f"about is one of {', '.join(ABOUT)}"
    sections = content.get("section")
    if not isinstance(sections, list) or not sections:
        yield "it has no [[section]]"
        return
    for section in sections:
        name = section.get("id") or "?"
        if not section.get("id") or not section.get("title"):
            yield f"section {name} has no id or no title"
        if not section.get("question"):
            yield f"section {name} asks nothing"
        for table in section.get("question", ()):
            yield from _wrong_question(table, in_list=False)


def _wrong_question(table: Mapping[str, Any], *, in_list: bool) -> Iterator[str]:
    name = f"question {table.get('id') or '?'}"
    if not table.get("id") or not table.get("text"):
        yield f"{name} has no id or no text"
    if "." in str(table.get("id", "")):
        yield f"{name} has a point in its id"
    unknown = set(table) - _KEYS
    if unknown:
        yield f"{name} has unknown keys: {', '.join(sorted(unknown))}"
    type_ = table.get("type")
    if type_ not in TYPES or (in_list and type_ == "list"):
        yield f"{name} has no type that is known: {type_}"
    if (type_ in CHOICES) != bool(table.get("options")):
        yield f"{name} is a choice without options, or has options and is none"
    if (type_ == "list") != bool(table.get("question")):
        yield f"{name} is a list without questions, or has questions and is none"
    if table.get("enable_behavior", "any") not in ("any", "all"):
        yield f"{name} has an enable_behavior that is neither any nor all"
    if "calculate" in table:
        yield from _wrong_formula(name, table, in_list)
    for child in table.get("question", ()):
        yield from _wrong_question(child, in_list=True)


def _wrong_formula(name: str, table: Mapping[str, Any], in_list: bool) -> Iterator[str]:
    if table.get("type") not in NUMBERS or in_list:
        yield f"{name} is worked out, so it must be an integer or money, outside of a list"
    try:
        read_formula(str(table["calculate"]))
    except FormulaError as error:
        yield f"{name} has a formula that cannot be read: {error}"


def _does_not_hold(form: Assessment) -> Iterator[str]:
    ids = [question.id for section in form.sections for question in section.questions]
    yield from (
        f"question {id_} is asked twice" for id_ in sorted({each for each in ids if ids.count(each) > 1})
    )
    sections = [section.id for section in form.sections]
    yield from (
        f"section {id_} is there twice" for id_ in sorted({s for s in sections if sections.count(s) > 1})
    )
    unknown = [*_unknown_in_conditions(form), *_unknown_in_formulas(form)]
    yield from unknown
    if not unknown:
        yield from _cycles(form)


def _unknown_in_conditions(form: Assessment) -> Iterator[str]:
    for question in form.questions.values():
        for each in question.when:
            other = form.questions.get(each.question)
            if each.operator not in OPERATORS:
                yield f"question {question.id} is enabled by an unknown operator: {each.operator}"
            elif other is None:
                yield f"question {question.id} is enabled by an unknown question: {each.question}"
            elif each.operator != "exists" and wrong_values(form, {other.id: Answer(each.answer)}):
                yield f"question {question.id} is enabled by an answer that {other.id} cannot have: {each.answer}"


def _unknown_in_formulas(form: Assessment) -> Iterator[str]:
    for question in form.questions.values():
        for name in question.formula.names if question.formula else ():
            if not _is_number(form, name):
                yield f"question {question.id} is worked out from an unknown number: {name}"


def _is_number(form: Assessment, name: str) -> bool:
    list_id, _, child = name.partition(".")
    question = form.questions.get(list_id)
    if question is None:
        return False
    if not child:
        return question.is_list or question.type in NUMBERS
    return any(each.id == child and each.type in NUMBERS for each in question.rows)


def _cycles(form: Assessment) -> Iterator[str]:
    needs = {
        question.id: {each.question for each in question.when} | _needed(question.formula)
        for question in form.questions.values()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        yield f"questions depend on each other in a circle: {' → '.join(error.args[1])}"


def _needed(formula: Formula | None) -> set[str]:
    return {name.partition(".")[0] for name in formula.names} if formula else set()
