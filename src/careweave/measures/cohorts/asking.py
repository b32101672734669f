"""Asking how many people fit a rule: an answer that tells of no few, an earlier answer that is as near, or a refusal.

What is published elsewhere counts too: a group that is near one whose number a measure publishes is taken for that one, so
that neither less the other tells of a few.

Whether a group is the same as an earlier one or differs by a few makes no difference to what is shown: a refusal that only
came when somebody was there would tell that somebody is there. None and few are alike for the same reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from uuid import uuid4

import numpy as np

from careweave.measures.cohorts import members as people
from careweave.measures.cohorts import remembering
from careweave.measures.cohorts.auditing import (
    as_published,
    is_beside_published,
    is_other_side,
    nearest,
    tells_of_few,
)
from careweave.measures.cohorts.measured import POPULATIONS, measured
from careweave.measures.cohorts.remembering import Answer, Cell
from careweave.measures.suppression import rounded
from careweave.warehouse.cohorts import TOLD, CohortError, Words, in_words, lines_of, read_group, written
from careweave.warehouse.cohorts.evaluating import Evaluated, Members, evaluate
from careweave.warehouse.registers import Rule
from careweave.warehouse.registers.rule import Both
from careweave.warehouse.store import SECONDARY_USE, Warehouse, open_warehouse

OTHER_SIDE = (
    "Together with groups that were counted before, this one would tell of a few people. Change a rule."
)
BESIDE = "Hidden, so that another small number cannot be worked out"


@dataclass(frozen=True)
class Asked:
    """`is_near`: the answer is that of an earlier or a published group, the same but for a few people or for none."""

    answer: Answer
    is_near: bool


@dataclass
class Ledger:
    """Every group that was counted, over the people of today, and those that this question adds."""

    home: Path
    words: Words
    found: Evaluated
    key: str
    by: str
    as_at: date
    now: datetime
    answers: list[Answer] = field(default_factory=list)
    members: list[Members] = field(default_factory=list)
    published: tuple[Members, ...] = ()  # by measures and populations, each of as many as may be shown

    @property
    def fewest(self) -> int:
        return self.words.fewest

    def add(self, answer: Answer, members: Members) -> None:
        self.answers.append(answer)
        self.members.append(members)
        people.keep(self.home, answer, self.found.people[members])


def ask(home: Path, words: Words, rule: str, *, by: str) -> Asked:
    """Raises CohortError with what to do. Every question is written down with who asked it."""
    try:
        register = read_group(words, rule)
        with remembering.one_at_a_time(home), open_warehouse(home, purpose=SECONDARY_USE) as warehouse:
            lines = lines_of(register.rule)
            found = evaluate(warehouse, register, lines)
            asked = answered(_ledger(home, words, found, warehouse, by), lines)
    except CohortError as error:
        remembering.log(home, rule=rule, by=by, outcome=str(error))
        raise
    remembering.log(home, rule=rule, by=by, outcome=asked.answer.id)
    return asked


def _ledger(home: Path, words: Words, found: Evaluated, warehouse: Warehouse, by: str) -> Ledger:
    manifest = warehouse.manifest
    ledger = Ledger(home, words, found, manifest.key, by, manifest.as_at, datetime.now(UTC))
    ledger.published = measured(home, found, manifest.key)
    for answer in remembering.answers(home, with_steps=True):
        if answer.key == ledger.key:
            behind = people.people_behind(home, answer)
            ledger.answers.append(answer)
            ledger.members.append(people.members_among(found.people, behind))
        elif not answer.is_step:  # under an older key: the people of today stand for those of then
            register = read_group(words, answer.rule)
            ledger.answers.append(answer)
            ledger.members.append(evaluate(warehouse, register, [register.rule]).steps[-1])
    return ledger


def answered(ledger: Ledger, lines: Sequence[Rule]) -> Asked:
    """What may be said of the group of people whom all these rules fit. Raises CohortError."""
    if len(ledger.found.people) < ledger.fewest:
        raise CohortError(f"Fewer than {ledger.fewest} people are counted here. No group can be made.")
    steps = [_step(ledger, lines[: number + 1]) for number in range(len(lines) - 1)]
    group = ledger.found.steps[-1]
    if int(group.sum()) < ledger.fewest:
        raise CohortError(_too_few(ledger, lines, steps))
    asked_for, group = group, as_published(group, ledger.published, ledger.fewest)
    near = nearest(group, ledger.members, ledger.fewest)
    if near is not None and not ledger.answers[near].is_step:
        return Asked(ledger.answers[near], True)
    if near is None and _tells(ledger, group):
        raise CohortError(OTHER_SIDE)
    # A group that is as near to a step is that step, with what is told of it.
    behind = group if near is None else ledger.members[near]
    made = _answer(ledger, lines, behind)
    count = made.count if near is None else ledger.answers[near].count
    answer = replace(made, steps=tuple(steps), cells=_cells(ledger, behind), count=count)
    ledger.add(answer, behind)
    return Asked(answer, near is not None or group is not asked_for)


def _tells(ledger: Ledger, group: Members) -> bool:
    return (
        is_other_side(group, ledger.members, ledger.fewest)
        or is_beside_published(group, ledger.published, ledger.fewest)
        or tells_of_few(group, ledger.members, ledger.fewest)
    )


def _step(ledger: Ledger, lines: Sequence[Rule]) -> int | None:
    """The number after one more rule, which is a count of its own; None where it would tell too much."""
    group = ledger.found.steps[len(lines) - 1]
    if int(group.sum()) < ledger.fewest:
        return None
    group = as_published(group, ledger.published, ledger.fewest)
    near = nearest(group, ledger.members, ledger.fewest)
    if near is not None:
        return ledger.answers[near].count
    if _tells(ledger, group):
        return None
    answer = replace(_answer(ledger, lines, group), is_step=True)
    ledger.add(answer, group)
    return answer.count


def _answer(ledger: Ledger, lines: Sequence[Rule], group: Members) -> Answer:
    words = ledger.words
    return Answer(
        id=uuid4().hex[:12],
        rule=written(Both(tuple(lines)) if len(lines) > 1 else lines[0]),
        definition=words.definition.id,
        version=words.version,
        asked_by=ledger.by,
        asked_at=ledger.now,
        as_at=ledger.as_at,
        fewest=words.fewest,
        rounded_to=words.rounded_to,
        count=rounded(int(group.sum()), words.rounded_to),
        everyone=rounded(len(group), words.rounded_to),
        key=ledger.key,
    )


def _too_few(ledger: Ledger, lines: Sequence[Rule], steps: Sequence[int | None]) -> str:
    """Which rule takes the most away, told only by numbers that are shown."""
    told = f"No one, or fewer than {ledger.fewest} people, fits all these rules."
    everyone = rounded(len(ledger.found.people), ledger.words.rounded_to)
    before = [everyone, *steps]
    after = [*steps, None]
    falls = [
        (was - (now or 0), number)
        for number, (was, now) in enumerate(zip(before, after, strict=True))
        if was is not None
    ]
    _, number = max(falls)
    now = after[number]
    left = f"{now:,}" if now is not None else f"fewer than {ledger.fewest}"
    rule = in_words(lines[number], ledger.words.measures)
    return f"{told} ‘{rule[:1].upper()}{rule[1:]}’ removes the most ({before[number]:,} to {left})."


def _cells(ledger: Ledger, group: Members) -> tuple[Cell, ...]:
    """Age, sex and so on of the group; a part that differs by a few from the same part of another group is hidden."""
    return tuple(cell for kind in TOLD for cell in _cells_of(ledger, group, kind))


def _cells_of(ledger: Ledger, group: Members, kind: str) -> list[Cell]:
    told, fewest = ledger.found.told[kind], ledger.fewest
    counts = {name: int((group & members).sum()) for name, members in told.items()}
    shown = {name for name, count in counts.items() if count >= fewest}
    shown -= {name for name in shown if _is_told_apart(ledger, group & told[name], kind, name)}
    few = {name for name, count in counts.items() if count < fewest}
    while shown and 0 < sum(counts[name] for name in counts.keys() - shown) < fewest:
        shown.remove(min(shown, key=lambda name: (counts[name], name)))
    why = f"Hidden: fewer than {fewest} people"
    return [
        Cell(kind, name, rounded(count, ledger.words.rounded_to))
        if name in shown
        else Cell(kind, name, None, why if name in few else BESIDE)
        for name, count in counts.items()
    ]


def _is_told_apart(ledger: Ledger, part: Members, kind: str, name: str) -> bool:
    """Whether the same part of an earlier group, as it was shown, differs by a few people."""
    earlier = (
        members & ledger.found.told[kind][name]
        for answer, members in zip(ledger.answers, ledger.members, strict=True)
        if any(cell.kind == kind and cell.name == name and cell.count is not None for cell in answer.cells)
    )
    here = ledger.found.told[kind][name]
    others = chain(earlier, (members & here for members in ledger.published if kind in POPULATIONS))
    return any(0 < int(np.count_nonzero(part ^ other)) < ledger.fewest for other in others)
