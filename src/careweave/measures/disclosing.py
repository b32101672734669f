"""What of an indicator would tell of a few: the counts behind each figure, and which figures are not shown for them.

Months and the whole are one table, each way to group another with the same whole. Counted are events, those with and
without what a share asks, the people that a rate is for in each month, and the people behind the events of a group: eight
stays may be one person's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from careweave.measures.suppression import THRESHOLD, Total, hidden
from careweave.warehouse.indicators.definition import MEAN, RATE, SHARE, SITE, Indicator

FEW = f"Hidden: fewer than {THRESHOLD}"
BESIDE = "Hidden: otherwise a small number could be worked out from it"
Pair = tuple[int, int]
Key = tuple[str, str]  # group, month or whole; and its name
WHOLE: Key = ("whole", "everyone")


@dataclass(frozen=True)
class Count:
    """A count behind a figure; `is_each_time`: of people, each of whom is in it again every month."""

    of: Callable[[int, int], int]
    is_each_time: bool = False


_NUMERATOR, _DENOMINATOR = Count(lambda n, _: n), Count(lambda _, d: d)
_WITHOUT, _EACH_TIME = Count(lambda n, d: d - n), Count(lambda _, d: d, is_each_time=True)


def counts_behind(indicator: Indicator) -> tuple[Count, ...]:
    """Of a mean also its sum: two handovers among a hundred people are two people's at most."""
    if indicator.kind == RATE:
        return (_NUMERATOR, _EACH_TIME)
    if indicator.kind == SHARE:
        return (_NUMERATOR, _WITHOUT, _DENOMINATOR)
    return (_NUMERATOR, _DENOMINATOR) if indicator.kind == MEAN else (_DENOMINATOR,)


@dataclass(frozen=True)
class Behind:
    """The counts of one result; `people`: how many different people are behind each group's events, where that is known."""

    by: str
    groups: Mapping[str, Pair]
    months: Mapping[str, Pair]
    whole: Pair
    people: Mapping[str, int] | None = None


def kept_back(indicator: Indicator, behind: Behind) -> dict[Key, str]:
    """Which figures are not shown, and why: too few, or else the few could be worked out from the rest."""
    found = _of_time(indicator, behind)
    if behind.by:
        found |= _of_groups(indicator, behind, is_whole_shown=WHOLE not in found)
    return found


def _of_time(indicator: Indicator, behind: Behind) -> dict[Key, str]:
    """The whole and its months: the same whichever way it is grouped by."""
    found: dict[Key, str] = {}
    cells = {("month", name): pair for name, pair in behind.months.items()}
    if _is_of_few(indicator, behind):
        return {WHOLE: FEW, **dict.fromkeys(cells, BESIDE)}
    for count in counts_behind(indicator):
        counts = {key: count.of(*pair) for key, pair in {**cells, WHOLE: behind.whole}.items()}
        for key in hidden(counts, [Total(WHOLE, tuple(cells))]):
            found.setdefault(key, FEW if 0 < counts[key] < THRESHOLD else BESIDE)
    return found


def _is_of_few(indicator: Indicator, behind: Behind) -> bool:
    """Whether all of it is of a few people: many stays may be one person's."""
    if indicator.kind == RATE:
        return 0 < behind.whole[1] < _threshold(_EACH_TIME, behind)
    return behind.people is not None and 0 < sum(behind.people.values()) < THRESHOLD


def _of_groups(indicator: Indicator, behind: Behind, *, is_whole_shown: bool) -> dict[Key, str]:
    """Where nothing of a table can be shown beside its whole, it is not said either which of it is small."""
    found: dict[Key, str] = {}
    fixed, already = ([WHOLE], []) if is_whole_shown else ([], [WHOLE])
    for counts, threshold in _by_group(indicator, behind):
        total = Total(WHOLE, tuple(key for key in counts if key != WHOLE))
        for key in hidden(counts, [total], threshold=threshold, shown=fixed, already=already):
            found.setdefault(key, FEW if 0 < counts[key] < threshold else BESIDE)
    found.pop(WHOLE, None)
    is_all = len(found) == len(behind.groups)
    return dict.fromkeys(found, BESIDE) if is_all and is_whole_shown else found


def _by_group(indicator: Indicator, behind: Behind) -> Iterator[tuple[dict[Key, int], int]]:
    """Each count by group, with the least that is shown of it."""
    for count in counts_behind(indicator):
        if count.is_each_time and behind.by == SITE:
            continue  # at each site everyone of the place, who are many
        counts = {("group", name): count.of(*pair) for name, pair in behind.groups.items()}
        yield {**counts, WHOLE: sum(counts.values())}, _threshold(count, behind)
    if behind.people is not None and indicator.kind != RATE:
        people = {("group", name): behind.people.get(name, 0) for name in behind.groups}
        yield {**people, WHOLE: sum(people.values())}, THRESHOLD


def _threshold(count: Count, behind: Behind) -> int:
    times = sum(1 for _, denominator in behind.months.values() if denominator)
    return THRESHOLD * max(times, 1) if count.is_each_time else THRESHOLD


def disclosing(indicator: Indicator) -> tuple[Callable[[int, int], int], ...]:
    """What is counted at each site, where the people of a rate are those of the whole place."""
    return tuple(each.of for each in counts_behind(indicator) if not each.is_each_time)
