"""Which questions an assessment asks, given its answers so far, and what it works out by itself; pure."""

from __future__ import annotations

import operator
from datetime import date

from .calculating import Values, work_out
from .questions import (
    AND,
    NONE,
    NUMBERS,
    Answer,
    Answers,
    Assessment,
    Condition,
    Question,
    pence,
    pounds,
    row_key,
    rows_of,
)

_SIGNS = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
OPERATORS = frozenset((*_SIGNS, "exists"))


def is_asked(form: Assessment, question: Question, answers: Answers) -> bool:
    """Whether the answers so far ask for it (FHIR enableWhen); what is not asked counts as not answered."""
    if not question.when:
        return True
    held = [_holds(form, each, answers) for each in question.when]
    return all(held) if question.when_all else any(held)


def _holds(form: Assessment, condition: Condition, answers: Answers) -> bool:
    other = form.questions[condition.question]
    answer = answers.get(other.id, Answer()) if is_asked(form, other, answers) else Answer()
    has_answer = bool(answer.value) or bool(other.is_list and rows_of(other, answers))
    if condition.operator == "exists":
        return has_answer == (condition.answer == "true")
    if not has_answer:
        return False
    if other.type == "choices":
        chosen = condition.answer in answer.value.split(AND)
        return chosen if condition.operator == "=" else not chosen
    compare = _SIGNS[condition.operator]
    if other.type in NUMBERS:
        left, right = number(other, answer.value), number(other, condition.answer)
        return left is not None and right is not None and bool(compare(left, right))
    return bool(compare(answer.value, condition.answer))


def asked(form: Assessment, answers: Answers) -> dict[str, Question]:
    """Every question that is asked now, by id."""
    return {id_: each for id_, each in form.questions.items() if is_asked(form, each, answers)}


def worked_out(form: Assessment, answers: Answers) -> dict[str, Answer]:
    """The answers with every calculated one worked out anew; what was posted for those is never believed."""
    found = {
        key: answer
        for key, answer in answers.items()
        if (question := form.question_at(key)) is None or question.formula is None
    }
    # As many rounds as there are formulas: one may rest on another, and none on itself.
    formulas = [each for each in form.questions.values() if each.formula]
    for _ in formulas:
        for question in formulas:
            result = work_out(question.formula, _values(form, found)) if question.formula else None
            if result is not None:
                found[question.id] = Answer(pounds(result) if question.type == "money" else str(result))
            else:
                found.pop(question.id, None)
    return found


def _values(form: Assessment, answers: Answers) -> Values:
    def one(id_: str) -> int | None:
        question = form.questions[id_]
        return number(question, answers.get(id_, Answer()).value) if is_asked(form, question, answers) else 0

    def column(name: str) -> list[int] | None:
        list_id, _, child_id = name.partition(".")
        question = form.questions[list_id]
        if not is_asked(form, question, answers):
            return []
        if (rows(list_id)) is None:
            return None
        child = next(each for each in question.rows if each.id == child_id)
        found = [
            number(child, answers.get(row_key(question, row, child), Answer()).value)
            for row in rows_of(question, answers)
        ]
        return [each for each in found if each is not None] if None not in found else None

    def rows(id_: str) -> int | None:
        question = form.questions[id_]
        written = len(rows_of(question, answers))
        return written if written or answers.get(id_, Answer()).value == NONE else None

    return Values(one, column, rows)


def number(question: Question, value: str) -> int | None:
    """The whole number that a value stands for (pence for money), None when it is none."""
    if question.type == "money":
        negative = value.startswith("-")
        amount = pence(value.removeprefix("-"))
        return -amount if negative and amount is not None else amount
    digits = value.removeprefix("-")
    return int(value) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def as_day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
