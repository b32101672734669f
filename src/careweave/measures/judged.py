"""One day's list judged by what came: discrimination, calibration, what a caseload finds, and gaps between groups.

Counts from 1 to 4, of those to whom it happened or to whom it did not, are hidden, and whatever would give them away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from careweave.measures import discrimination as found
from careweave.measures.drift import fall_back
from careweave.measures.performance import Capacity, Falling, Month, Part
from careweave.measures.rates import Interval, wilson
from careweave.measures.suppression import THRESHOLD, Total, hidden

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
FEW = f"Hidden: fewer than {THRESHOLD}"
BESIDE = "Hidden: otherwise a small number could be worked out from it"
MOST_IN_A_YEAR = (0.005, 0.05)  # the share of people whose own fall is shown
Cell = tuple[str, str]
_WHOLE: Cell = ("", "")


@dataclass(frozen=True)
class Judged:
    """Everyone on one day: `scores` order them; `chances` where the list says how likely; `baseline` to be beaten."""

    on: date
    is_held_out: bool
    scores: Floats
    chances: Floats | None
    baseline: Floats | None
    happened: Bools
    before: Floats
    after: Floats
    groups: Mapping[str, NDArray[np.object_]]


def month(day: Judged, capacities: Mapping[str, int]) -> Month:
    """`capacities` by name; the first of them is the one by which groups are compared."""
    events = int(day.happened.sum())
    calibration = found.calibration(day.chances, day.happened) if day.chances is not None else None
    tenths, groups = _tenths(day), _groups(day, next(iter(capacities.values()), 0))
    why = _hidden([*tenths, *groups], len(day.happened), events)
    told = [_kept_back(part, why) for part in tenths]
    is_rare = 0 < events < THRESHOLD or 0 < len(day.happened) - events < THRESHOLD
    return Month(
        on=day.on,
        is_held_out=day.is_held_out,
        people=len(day.happened),
        events=None if is_rare else events,
        auc=found.auc(day.scores, day.happened),
        gain=found.auc_difference(day.scores, day.baseline, day.happened)
        if day.baseline is not None
        else None,
        brier=found.brier(day.chances, day.happened) if day.chances is not None and not is_rare else None,
        slope=calibration.slope if calibration else None,
        intercept=calibration.intercept if calibration else None,
        tenths=tuple(told),
        capacities=tuple(_capacities(day, capacities, tenths)),
        groups=tuple(_kept_back(part, why) for part in groups),
        falling=tuple(_falling(day)),
    )


def _tenths(day: Judged) -> list[Part]:
    """Without order there are no tenths: a list that cannot tell people apart is not cut into parts."""
    if len(day.scores) < 10 or float(np.ptp(day.scores)) == 0:
        return []
    return [
        Part("tenth", str(number), each.people, each.events, wilson(each.events, each.people),
             None if each.expected is None else each.expected / each.people)
        for number, each in enumerate(found.tenths(day.scores, day.happened, day.chances), 1)
    ]  # fmt: skip


def _groups(day: Judged, capacity: int) -> list[Part]:
    chosen = found.chosen_first(day.scores, capacity)
    here = {
        (by, name): names == name for by, names in day.groups.items() for name in sorted(set(names.tolist()))
    }
    reached = _reached(day, here, chosen)
    return [_group(day, by, name, mine, reached.get((by, name))) for (by, name), mine in here.items()]


def _reached(day: Judged, here: Mapping[Cell, Bools], chosen: Bools) -> dict[Cell, Interval]:
    """Of each group's people to whom it happened, the share with a place; not where few have, or few have not."""
    hits = {key: int((mine & chosen & day.happened).sum()) for key, mine in here.items()}
    missed = {key: int((mine & ~chosen & day.happened).sum()) for key, mine in here.items()}
    totals = [Total(_WHOLE, tuple(key for key in here if key[0] == by)) for by in day.groups]
    kept_back: set[Cell] = set()
    for counts in (hits, missed):
        whole = sum(count for (by, _), count in counts.items() if by == next(iter(day.groups)))
        kept_back |= hidden(
            {**counts, _WHOLE: whole}, totals, shown=[] if 0 < whole < THRESHOLD else [_WHOLE]
        )
    return {
        key: wilson(hits[key], hits[key] + missed[key])
        for key in here
        if key not in kept_back and hits[key] + missed[key]
    }


def _group(day: Judged, by: str, name: str, here: Bools, reached: Interval | None) -> Part:
    people, events = int(here.sum()), int(day.happened[here].sum())
    return Part(
        by=by,
        name=name,
        people=people,
        events=events,
        observed=wilson(events, people),
        expected=None if day.chances is None else float(day.chances[here].mean()),
        auc=found.auc(day.scores[here], day.happened[here]),
        reached=reached,
    )


def _hidden(parts: Sequence[Part], people: int, events: int) -> dict[Cell, str]:
    """Which parts are not shown, and why: those to whom it happened are counted, and those to whom it did not."""
    why: dict[Cell, str] = {}
    kinds = sorted({part.by for part in parts})
    totals = [Total(_WHOLE, tuple((p.by, p.name) for p in parts if p.by == kind)) for kind in kinds]
    told = {(part.by, part.name): (part.people, part.events or 0) for part in parts} | {
        _WHOLE: (people, events)
    }
    of_yes = {key: yes for key, (_, yes) in told.items()}
    of_no = {key: everyone - yes for key, (everyone, yes) in told.items()}
    for counts in (of_yes, of_no, {key: everyone for key, (everyone, _) in told.items()}):
        shown = [] if 0 < counts[_WHOLE] < THRESHOLD else [_WHOLE]  # by every kind of part alike
        for key in hidden(counts, totals, shown=shown):
            why.setdefault(key, FEW if 0 < counts[key] < THRESHOLD else BESIDE)
    is_all = {kind: all((p.by, p.name) in why for p in parts if p.by == kind) for kind in kinds}
    # Where no part of a kind can be shown, which of them are small is not said either.
    return {key: BESIDE if is_all.get(key[0]) else words for key, words in why.items()}


def _kept_back(part: Part, why: Mapping[Cell, str]) -> Part:
    reason = why.get((part.by, part.name))
    return part if reason is None else Part(part.by, part.name, 0, None, None, None, why_hidden=reason)


def _capacities(day: Judged, capacities: Mapping[str, int], tenths: Sequence[Part]) -> list[Capacity]:
    """A length of list between two that are told must not leave a small number between them."""
    order = np.argsort(-day.scores, kind="stable")
    held = np.concatenate([[0], np.cumsum(day.happened[order])])
    cuts = {0, len(order), *np.cumsum([part.people for part in tenths], dtype=int).tolist()}
    told = []
    for name, wanted in capacities.items():
        size = min(wanted, len(order))
        made = found.at_capacity(day.scores, day.happened, size)
        if made is None:
            continue
        if _tells_few(size, cuts, held):
            is_first = max(cut for cut in cuts if cut <= size) == 0
            told.append(Capacity(name, size, None, None, None, FEW if is_first else BESIDE))
            continue
        cuts.add(size)
        told.append(Capacity(name, size, made.found, made.sensitivity, made.needed))
    return told


def _tells_few(size: int, cuts: set[int], held: NDArray[np.int64]) -> bool:
    below, above = max(cut for cut in cuts if cut <= size), min(cut for cut in cuts if cut >= size)
    for one, other in ((below, size), (size, above)):
        events = int(held[other] - held[one])
        if 0 < events < THRESHOLD or 0 < other - one - events < THRESHOLD:
            return True
    return False


def _falling(day: Judged) -> list[Falling]:
    made = [fall_back(day.before, day.after, share) for share in MOST_IN_A_YEAR]
    return [
        Falling(each.share, each.people, round(each.before, 2), round(each.after, 2))
        for each in made
        if each is not None and each.people >= 2 * THRESHOLD
    ]
