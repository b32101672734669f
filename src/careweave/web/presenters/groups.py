"""Groups made by rule as pages and files show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from careweave.measures.cohorts import Answer, Cell
from careweave.warehouse.cohorts import TOLD, Words, in_words, lines_of, read_group
from careweave.warehouse.registers import read_rule
from careweave.web.presenters.bars import Bar

Option = tuple[str, str]
_FIFTHS = {"1": "1, most deprived fifth", "5": "5, least deprived fifth"}
COLUMNS = (
    *("definition", "version", "data_up_to", "counted_at", "name", "rule", "rule_in_words"),
    *("what", "part", "people_rounded", "why_hidden", "rounded_to", "fewest_shown"),
)


@dataclass(frozen=True)
class Part:
    """One characteristic of a group: what its table and its bars show."""

    title: str
    rows: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Step:
    """“75 or over”, and how many are left after it."""

    words: str
    left: str


@dataclass(frozen=True)
class GroupPage:
    """All that the page of one group shows."""

    answer: Answer
    title: str
    steps: tuple[Step, ...]
    parts: tuple[Part, ...]


def options(words: Words) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    """Every rule that can be chosen, by what it is about."""
    ages, conditions, care = list[Option](), list[Option](), list[Option]()
    for id, measure in words.measures.items():
        if measure.kind == "condition":
            conditions += [_option(words, id), _option(words, f"not {id}")]
            continue
        into = ages if measure.kind == "age" else care
        signs = (">=", "<") if measure.kind == "age" else (">=",)
        into += [_option(words, f"{id} {sign} {number}") for sign in signs for number in words.numbers[id]]
    return (("Age", tuple(ages)), ("Conditions", tuple(conditions)), ("Use of care and scores", tuple(care)))


def _option(words: Words, text: str) -> Option:
    return text, told(words, text)


def told(words: Words, text: str) -> str:
    """A rule in words, with a capital."""
    said = in_words(read_rule(text), words.measures)
    return said[:1].upper() + said[1:]


def page(answer: Answer, words: Words) -> GroupPage:
    """One counted group."""
    lines = lines_of(read_group(words, answer.rule).rule)
    said = [in_words(line, words.measures) for line in lines]
    left = [_shown(count) for count in answer.steps] + [f"{answer.count:,}"]
    padded = ["Hidden"] * (len(said) - len(left)) + left
    steps = tuple(
        Step(each[:1].upper() + each[1:], number) for each, number in zip(said, padded, strict=True)
    )
    return GroupPage(
        answer, answer.name or ", ".join(step.words for step in steps), steps, tuple(_parts(answer))
    )


def _shown(count: int | None) -> str:
    return "Hidden, so that a small number cannot be worked out" if count is None else f"{count:,}"


def _parts(answer: Answer) -> Iterator[Part]:
    for kind, title in TOLD.items():
        cells = [cell for cell in answer.cells if cell.kind == kind]
        rows = tuple((cell_name(cell), cell_told(cell, answer.count)) for cell in cells)
        bars = tuple(
            Bar(cell_name(cell), cell.count, cell_told(cell, answer.count) if cell.count else "hidden")
            for cell in cells
        )
        yield Part(title, rows, bars)


def cell_name(cell: Cell) -> str:
    return _FIFTHS.get(cell.name, cell.name) if cell.kind == "fifth" else cell.name


def cell_told(cell: Cell, of: int) -> str:
    """A number and its share of the group, both of rounded numbers; or why it is not shown."""
    if cell.count is None:
        return cell.why_hidden
    return f"{cell.count:,} ({cell.count / of:.0%})" if of else f"{cell.count:,}"


def rows_of(answer: Answer, words: Words) -> list[tuple[object, ...]]:
    """The group's numbers, with the definition, version and dates in each row; no people."""
    said = page(answer, words)
    about = (
        *(answer.definition, answer.version, answer.as_at, answer.asked_at.isoformat(timespec="seconds")),
        *(answer.name, answer.rule, " and ".join(step.words for step in said.steps)),
    )
    ends = (answer.rounded_to, answer.fewest)
    rows: list[tuple[object, ...]] = [
        (*about, "everyone counted", "", answer.everyone, "", *ends),
        (*about, "the group", "", answer.count, "", *ends),
    ]
    rows += [
        (*about, TOLD[cell.kind], cell_name(cell), cell.count, cell.why_hidden, *ends)
        for cell in answer.cells
    ]
    return rows
