"""An assessment's shapes: sections, questions with when they are asked and how they are worked out, and answers; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .calculating import Formula

SHORT = "short-assessment"
NO_ANSWER = {"not-asked": "Not asked", "not-known": "Not known", "declined": "Did not want to say"}
# A list that has no rows says so; that is an answer, and another one than “Not asked”.
NONE = "None"
# Between the options of a question that takes several.
AND = "\n"
CHOICES = ("choice", "choices")
NUMBERS = ("integer", "money")


@dataclass(frozen=True)
class Condition:
    """When a question is asked, by the answer to another; operators as in FHIR's enableWhen."""

    question: str
    operator: str
    answer: str = ""


@dataclass(frozen=True)
class FromRecord:
    """What the record may already hold: an observation by its codes, or the active conditions."""

    observation: tuple[str, ...] = ()
    unit: str = ""
    within_days: int = 365
    conditions: bool = False


@dataclass(frozen=True)
class Question:
    """One question; `options` are empty for free text, and `is_need` asks whether the help for it is there.

    A question with `rows` is a list: its own answer says that there is none, and each row answers all of `rows`.
    """

    id: str
    text: str
    type: str
    options: tuple[str, ...]
    current_for_days: int
    is_need: bool = False
    hint: str = ""
    is_required: bool = True
    when: tuple[Condition, ...] = ()
    when_all: bool = False
    formula: Formula | None = None
    from_record: FromRecord | None = None
    rows: tuple[Question, ...] = ()
    most_rows: int = 0
    least: int | None = None
    most: int | None = None

    @property
    def is_list(self) -> bool:
        return bool(self.rows)


@dataclass(frozen=True)
class Section:
    """Questions that belong together and that one person may answer as a whole."""

    id: str
    title: str
    questions: tuple[Question, ...]
    hint: str = ""


@dataclass(frozen=True)
class Assessment:
    """One version of an assessment; `about` is who it is about, `kind` the folder of its definition."""

    id: str
    version: str
    title: str
    sections: tuple[Section, ...]
    about: str = "person"
    kind: str = "assessments"
    sources: tuple[str, ...] = ()
    intro: str = ""

    @property
    def questions(self) -> dict[str, Question]:
        return {question.id: question for section in self.sections for question in section.questions}

    @property
    def is_short(self) -> bool:
        """Whether it fits on one page."""
        return len(self.questions) <= 16

    def section(self, id: str) -> Section | None:
        return next((section for section in self.sections if section.id == id), None)

    def section_of(self, key: str) -> Section | None:
        """The section in which an answer stands."""
        asked = key.partition(".")[0]
        return next((one for one in self.sections if any(q.id == asked for q in one.questions)), None)

    def question_at(self, key: str) -> Question | None:
        """The question of an answer's key: an id, or `list.row.id` within a list."""
        parts = key.split(".")
        question = self.questions.get(parts[0])
        if question is None or len(parts) == 1:
            return question
        if len(parts) != 3 or not parts[1].isdigit() or int(parts[1]) >= question.most_rows:
            return None
        return next((each for each in question.rows if each.id == parts[2]), None)


@dataclass(frozen=True)
class Answer:
    """What was answered: a value, or one of NO_ANSWER as `none` with why it was not asked.

    `unmet` says that help is needed with this and nobody gives it now.
    """

    value: str = ""
    none: str = ""
    why: str = ""
    unmet: bool = False

    @property
    def words(self) -> str:
        return self.value.replace(AND, ", ") or NO_ANSWER.get(self.none, "")

    @property
    def is_blank(self) -> bool:
        return not (self.value.strip() or self.none or self.why.strip() or self.unmet)


Answers = Mapping[str, Answer]


def row_key(question: Question, row: int, child: Question) -> str:
    """The key of one answer in one row of a list."""
    return f"{question.id}.{row}.{child.id}"


def rows_of(question: Question, answers: Answers) -> list[int]:
    """The rows of a list in which something is written, in their order."""
    return [
        row
        for row in range(question.most_rows)
        if any(not answers.get(row_key(question, row, child), Answer()).is_blank for child in question.rows)
    ]


def row_answers(question: Question, answers: Answers) -> Iterator[tuple[int, list[tuple[Question, Answer]]]]:
    """Each written row with its questions and answers."""
    for row in rows_of(question, answers):
        yield row, [(child, answers.get(row_key(question, row, child), Answer())) for child in question.rows]


def pence(value: str) -> int | None:
    """The pence of an amount as it is kept (“£1,234.50”); None for anything else. Never a float."""
    digits = value.removeprefix("£").replace(",", "")
    pounds, point, rest = digits.partition(".")
    if not value.startswith("£") or not (pounds.isascii() and pounds.isdigit()):
        return None
    if point and not (len(rest) == 2 and rest.isascii() and rest.isdigit()):
        return None
    return int(pounds) * 100 + int(rest or 0)


def pounds(amount: int) -> str:
    """Pence in the words in which an amount is kept and shown."""
    whole, rest = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}£{whole:,}.{rest:02d}"
