"""An assessment as its form and its page show it: each answer with whose it is, and what is needed and not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from careweave.care.assessments.asking import is_asked, worked_out
from careweave.care.assessments.drafting import Clash, Writing, mark
from careweave.care.assessments.fhir import Given, definition_named, given_in
from careweave.care.assessments.knowing import Known, offered, standing
from careweave.care.assessments.needs import unmet_needs
from careweave.care.assessments.questions import (
    NO_ANSWER,
    Answer,
    Answers,
    Assessment,
    Condition,
    Question,
    Section,
    row_key,
    rows_of,
)
from careweave.record import Resource
from careweave.web import wording

WITHOUT = tuple(NO_ANSWER.items())
_OPERATORS = {
    "=": "is",
    "!=": "is not",
    ">": "is more than",
    "<": "is less than",
    ">=": "is at least",
    "<=": "is at most",
}


@dataclass(frozen=True)
class Asked:
    """One question of the form: the answer as typed or offered, and where it was known from."""

    question: Question
    key: str
    answer: Answer
    mark: str
    known: str = ""
    offered: str = ""
    differing: tuple[str, ...] = ()
    theirs: str = ""
    only_if: str = ""
    when: tuple[dict[str, str], ...] = ()
    is_asked: bool = True
    rows: tuple[tuple[Asked, ...], ...] = ()

    @property
    def is_answered(self) -> bool:
        has_row = any(cell.answer.value for row in self.rows for cell in row)
        return has_row or bool(self.answer.value or self.answer.none) or not self.question.is_required


@dataclass(frozen=True)
class AskedSection:
    """Questions that belong together, how many still want an answer, and who wrote here last."""

    id: str
    title: str
    questions: tuple[Asked, ...]
    left: int
    hint: str = ""
    to_confirm: int = 0
    author: str = ""


@dataclass(frozen=True)
class Told:
    """One answer of a completed assessment, and by whom if it was not its author."""

    question: str
    words: str
    is_unmet: bool
    is_answer: bool
    source: str = ""


@dataclass(frozen=True)
class Read:
    """A completed assessment: when, by whom, and its answers section by section, each with its authors."""

    id: str
    when: str
    by: str
    sections: tuple[tuple[str, tuple[Told, ...], str], ...]
    unmet: tuple[str, ...]
    title: str = ""
    form_id: str = ""


# -- the form ---------------------------------------------------------------------------------------------------


def asked(
    form: Assessment,
    typed: Mapping[str, Answer],
    known: Mapping[str, Known],
    clashes: Sequence[Clash] = (),
    *,
    names: Mapping[str, str] | None = None,
    authors: Mapping[str, str] | None = None,
) -> tuple[AskedSection, ...]:
    """The form, section by section. What is known and current is filled in; what is old is offered."""
    answers = worked_out(form, {**offered(known), **typed})
    shower = _Shower(form, answers, typed, known, {clash.question: clash for clash in clashes}, names or {})
    return tuple(shower.section(each, (authors or {}).get(each.id, "")) for each in form.sections)


@dataclass(frozen=True)
class _Shower:
    """What every question of one page is shown from."""

    form: Assessment
    answers: Answers
    typed: Answers
    known: Mapping[str, Known]
    clashes: Mapping[str, Clash]
    names: Mapping[str, str]

    def section(self, section: Section, author: str) -> AskedSection:
        questions = tuple(self.question(each) for each in section.questions)
        wanted = [one for one in questions if one.is_asked and one.question.formula is None]
        return AskedSection(
            section.id,
            section.title,
            questions,
            left=sum(not one.is_answered and not one.offered for one in wanted),
            hint=section.hint,
            to_confirm=sum(bool(one.offered) for one in wanted),
            author=author,
        )

    def question(self, question: Question) -> Asked:
        found = self.known.get(question.id)
        answer, clash = self.answers.get(question.id, Answer()), self.clashes.get(question.id)
        is_open = not answer.value and not answer.none and not rows_of(question, self.answers)
        is_stale = found is not None and not found.is_current and is_open
        return Asked(
            question,
            question.id,
            answer,
            mark(clash.theirs if clash else answer),
            known=_source(found, self.names) if found else "",
            offered=_words_of(found, question) if found and is_stale else "",
            differing=tuple(
                f"{_who(one, self.names)}, {wording.day(one.on)}: {_words_of(one, question)}"
                for one in found.differing
            )
            if found
            else (),
            theirs=_theirs(clash),
            only_if=_only_if(self.form, question),
            when=tuple(
                {"question": each.question, "operator": each.operator, "answer": each.answer}
                for each in question.when
            ),
            is_asked=is_asked(self.form, question, self.answers),
            rows=self.rows(question),
        )

    def rows(self, question: Question) -> tuple[tuple[Asked, ...], ...]:
        """What is written, and two empty rows for more."""
        if not question.is_list:
            return ()
        written = rows_of(question, self.answers)
        shown = min((written[-1] + 3) if written else 2, question.most_rows)
        return tuple(
            tuple(self.cell(child, row_key(question, row, child)) for child in question.rows)
            for row in range(shown)
        )

    def cell(self, question: Question, key: str) -> Asked:
        answer, clash = self.answers.get(key, Answer()), self.clashes.get(key)
        return Asked(question, key, answer, mark(clash.theirs if clash else answer), theirs=_theirs(clash))


def _theirs(clash: Clash | None) -> str:
    return f"{clash.name} answered “{clash.theirs.words}” at {wording.clock(clash.at)}" if clash else ""


def _source(known: Known, names: Mapping[str, str]) -> str:
    """“Answered 3 November 2026, Priya Shah”, or “From Riverside Hospital, 12 November 2026”."""
    if known.source:
        return f"From {_who(known, names)}, {wording.day(known.on)}"
    return ", ".join(filter(None, (f"Answered {wording.day(known.on)}", known.by)))


def _who(known: Known, names: Mapping[str, str]) -> str:
    return source_name(known.source, names) or known.by


def source_name(codes: str, names: Mapping[str, str]) -> str:
    """The organisations behind their codes: “Riverside Hospital and Weir Lane Surgery”."""
    return wording.listed([names.get(each, each) for each in codes.split(", ")]) if codes else ""


def _words_of(known: Known, question: Question) -> str:
    if not known.rows:
        return known.answer.words
    rows = rows_of(question, known.rows)
    return "; ".join(
        ", ".join(
            filter(
                None, (known.rows.get(row_key(question, row, each), Answer()).words for each in question.rows)
            )
        )
        for row in rows
    )


def _only_if(form: Assessment, question: Question) -> str:
    """When a question is asked, in words: for whoever has no script that hides it."""
    if not question.when:
        return ""
    parts = [_condition(form, each) for each in question.when]
    return f"Only if {wording.listed(parts, 'and' if question.when_all else 'or')}"


def _condition(form: Assessment, each: Condition) -> str:
    other = form.questions[each.question].text.rstrip("?")
    if each.operator == "exists":
        return f"“{other}” has {'an' if each.answer == 'true' else 'no'} answer"
    return f"“{other}” {_OPERATORS[each.operator]} “{each.answer}”"


def writers(writing: Sequence[Writing]) -> tuple[str, ...]:
    """“Maria is writing in ‘Home’.”"""
    return tuple(f"{one.name} is writing in ‘{one.section}’." for one in writing)


def anchor(question: Question, key: str = "") -> str:
    """The field that an error of this question leads to."""
    chosen = question.type in ("choice", "choices") or question.is_list
    return f"{'a' if chosen else 't'}-{key or question.id}"


# -- what was completed -----------------------------------------------------------------------------------------


def read(response: Resource, form: Assessment | None = None, names: Mapping[str, str] | None = None) -> Read:
    """A completed assessment for reading; what had no answer says which kind of nothing it is."""
    body, given = response.body, given_in(response.body, form)
    by = str(body.get("author", {}).get("display", ""))
    sections = tuple(_read_section(section, given, by, names or {}) for section in body.get("item", []))
    return Read(
        response.id,
        wording.moment(body.get("authored")),
        by,
        sections,
        tuple(told.question for _, lines, _ in sections for told in lines if told.is_unmet),
        title=form.title if form else "",
        form_id=definition_named(body)[0],
    )


def _read_section(
    section: Mapping[str, Any], given: Mapping[str, Given], by: str, names: Mapping[str, str]
) -> tuple[str, tuple[Told, ...], str]:
    lines: list[Told] = []
    authors: dict[str, str] = {}
    counted: dict[str, int] = {}
    for item in section["item"]:
        link = item["linkId"]
        row = counted[link] = counted.get(link, -1) + 1
        cells = [(f"{link}.{row}.{cell['linkId'].partition('.')[2]}", cell) for cell in item.get("item", [])]
        found = [one for key, _ in cells or [(link, item)] if (one := given.get(key))]
        for one in found:
            who = source_name(one.source, names) or one.name
            authors.setdefault(who, wording.day(one.at))
        lines.append(_told(str(item.get("text", "")), found, is_row=bool(cells), names=names))
    written = [f"{who}, {day}" for who, day in authors.items() if who]
    return str(section.get("text", "")), tuple(lines), "; ".join(written)


def _told(question: str, found: Sequence[Given], *, is_row: bool, names: Mapping[str, str]) -> Told:
    if is_row:
        return Told(question, ", ".join(one.answer.words for one in found), False, True)
    answer = found[0].answer if found else Answer()
    words = answer.words or "Not asked"
    if answer.why:
        words = f"{words}: {answer.why}"
    source = source_name(found[0].source, names) if found else ""
    return Told(question, words, answer.unmet, bool(answer.value), source)


def latest(resources: Sequence[Resource]) -> Read | None:
    """The newest completed assessment among what was read about a person, with the needs of them all."""
    found = standing(resources)
    needs = tuple(one.question for one in unmet_needs(resources))
    return replace(read(found[0]), unmet=needs) if found else None
