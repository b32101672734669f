"""An assessment as its form and its page show it: each answer with whose it is, and what is needed and not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from careweave.care.assessments.completing import Known, answers_in, standing
from careweave.care.assessments.drafting import Clash, mark
from careweave.care.assessments.questions import NO_ANSWER, Answer, Assessment, Question
from careweave.record import Resource
from careweave.web import wording

WITHOUT = tuple(NO_ANSWER.items())


@dataclass(frozen=True)
class Asked:
    """One question of the form: the answer as typed or offered, and where it was known from."""

    question: Question
    answer: Answer
    mark: str
    known: str = ""
    offered: str = ""
    differing: tuple[str, ...] = ()
    theirs: str = ""


@dataclass(frozen=True)
class AskedSection:
    """Questions that belong together, and how many still want an answer."""

    id: str
    title: str
    questions: tuple[Asked, ...]
    left: int


@dataclass(frozen=True)
class Told:
    """One answer of a completed assessment."""

    question: str
    words: str
    is_unmet: bool
    is_answer: bool


@dataclass(frozen=True)
class Read:
    """A completed assessment: when, by whom, and its answers section by section."""

    id: str
    when: str
    by: str
    sections: tuple[tuple[str, tuple[Told, ...]], ...]
    unmet: tuple[str, ...]


def asked(
    form: Assessment, typed: Mapping[str, Answer], known: Mapping[str, Known], clashes: Sequence[Clash] = ()
) -> tuple[AskedSection, ...]:
    """The form, section by section. What is known and current is filled in; what is old is offered."""
    clashing = {clash.question: clash for clash in clashes}
    sections = []
    for section in form.sections:
        questions = tuple(
            _asked(question, typed.get(question.id), known.get(question.id), clashing.get(question.id))
            for question in section.questions
        )
        left = sum(not (one.answer.value or one.answer.none) for one in questions)
        sections.append(AskedSection(section.id, section.title, questions, left))
    return tuple(sections)


def _asked(question: Question, typed: Answer | None, known: Known | None, clash: Clash | None) -> Asked:
    answer = typed if typed is not None else _filled(known)
    theirs = f"{clash.name} answered “{clash.theirs.words}” at {wording.clock(clash.at)}" if clash else ""
    offered = known.answer.value if known and not known.is_current and not answer.value else ""
    return Asked(
        question,
        answer,
        mark(clash.theirs if clash else answer),
        known=_source(known) if known else "",
        offered=offered,
        differing=tuple(f"{one.by}, {wording.day(one.on)}: {one.answer.value}" for one in known.differing)
        if known
        else (),
        theirs=theirs,
    )


def _filled(known: Known | None) -> Answer:
    return known.answer if known and known.is_current else Answer()


def _source(known: Known) -> str:
    """“Answered 3 November 2026, Priya Shah”."""
    return ", ".join(filter(None, (f"Answered {wording.day(known.on)}", known.by)))


def anchor(question: Question) -> str:
    """The field that an error of this question leads to."""
    return f"a-{question.id}" if question.options else f"t-{question.id}"


def read(response: Resource) -> Read:
    """A completed assessment for reading; what had no answer says which kind of nothing it is."""
    body, answers = response.body, answers_in(response.body)
    sections = tuple(
        (
            str(section.get("text", "")),
            tuple(
                _told(str(item.get("text", "")), answers.get(item["linkId"], Answer()))
                for item in section["item"]
            ),
        )
        for section in body.get("item", [])
    )
    return Read(
        response.id,
        wording.moment(body.get("authored")),
        str(body.get("author", {}).get("display", "")),
        sections,
        tuple(told.question for _, lines in sections for told in lines if told.is_unmet),
    )


def _told(question: str, answer: Answer) -> Told:
    words = answer.words or "Not asked"
    if answer.why:
        words = f"{words}: {answer.why}"
    return Told(question, words, answer.unmet, bool(answer.value))


def latest(resources: Sequence[Resource]) -> Read | None:
    """The newest completed assessment among what was read about a person."""
    found = standing(resources)
    return read(found[0]) if found else None
