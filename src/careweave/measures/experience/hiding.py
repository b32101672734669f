"""Which numbers of one survey stay hidden, so that none below the threshold is read or worked out from the others.

Three layers, each hidden with what the one before it shows or hides already: everyone, each dimension's groups, and each
question's answers by group. A group whose answers are too few to count has no question shown at all, so that no two
questions together tell how many they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from careweave.measures.experience.counts import WHOLE, Counts, Group
from careweave.measures.suppression import Total, hidden

Cell = tuple[str, str, str]  # dimension, group, what


def kept_back(counts: Counts, *, threshold: int) -> frozenset[Cell]:
    """Every cell that must not be shown."""
    cells = _cells((WHOLE, WHOLE), counts.whole)
    found = set(hidden(cells, [*_sums((WHOLE, WHOLE), counts.whole)], threshold=threshold, is_said_why=False))
    keys = {(dimension, name): one for dimension, groups in counts.by.items() for name, one in groups.items()}
    every = cells | {cell: count for key, one in keys.items() for cell, count in _cells(key, one).items()}
    if (WHOLE, WHOLE, "answered") in found:
        return frozenset(every)  # who answered is too near to nobody, or to everybody
    for dimension, groups in counts.by.items():
        found |= _of_dimension(dimension, groups, counts.whole, found, threshold)
    # Once more over everything at a time: what one layer hides must not follow from another.
    totals = [
        *_sums((WHOLE, WHOLE), counts.whole),
        *(sum_ for key, one in keys.items() for sum_ in _sums(key, one)),
    ]
    totals += [
        Total((WHOLE, WHOLE, what), tuple((dimension, name, what) for name in groups))
        for dimension, groups in counts.by.items()
        for what in _names(counts.whole)
    ]
    found |= {cell for cell in every if cell[0] and cell[2].startswith("who:")}  # told of everyone alone
    # What everyone said is safe by itself; where groups would tell on it or on each other, groups give way.
    shown = {cell for cell in every if not cell[0] and cell not in found}
    return hidden(every, totals, threshold=threshold, shown=shown, already=found, is_said_why=False)


def parts_of(group: Group) -> dict[str, tuple[str, ...]]:
    """What adds up to what, within one group: by the name of the total."""
    splits = {f"answered:{what}": parts for what, parts in _splits(group).items()}
    return {"asked": ("answered", "missing"), **splits}


def value(group: Group, what: str) -> int:
    """One count by its name."""
    plain = {
        "asked": group.asked,
        "answered": group.answered,
        "missing": group.asked - group.answered,
        "who:proxy": group.by_proxy,
        "who:person": group.by_person,
        "who:unknown": group.answered - group.by_proxy - group.by_person,
    }
    if what in plain:
        return plain[what]
    kind, name, part = what.split(":")
    if kind == "score":
        scored = group.scores[name].people
        return scored if part == "scored" else group.answered - scored
    said = group.said[name]
    counted = {"agree": said.agree, "disagree": said.disagree}
    return counted.get(part, group.answered - said.agree - said.disagree)


def _splits(group: Group) -> dict[str, tuple[str, ...]]:
    """The ways in which those who answered fall apart."""
    found: dict[str, tuple[str, ...]] = {"who": ("who:proxy", "who:person", "who:unknown")}
    found |= {f"score:{name}": (f"score:{name}:scored", f"score:{name}:unscored") for name in group.scores}
    found |= {
        f"item:{name}": (f"item:{name}:agree", f"item:{name}:disagree", f"item:{name}:none")
        for name in group.said
    }
    return found


def _cells(key: tuple[str, str], group: Group) -> dict[Cell, int]:
    return {(*key, name): value(group, name) for name in _names(group)}


def _names(group: Group) -> list[str]:
    return ["asked", "answered", "missing", *(part for parts in _splits(group).values() for part in parts)]


def _sums(key: tuple[str, str], group: Group) -> Iterator[Total[Cell]]:
    for name, parts in parts_of(group).items():
        yield Total((*key, name.partition(":")[0]), tuple((*key, part) for part in parts))


def _of_dimension(
    dimension: str, groups: Mapping[str, Group], whole: Group, before: set[Cell], threshold: int
) -> set[Cell]:
    """Who was asked and answered by group; then each score and question by group."""
    found = _layer(dimension, groups, whole, ("asked", "answered", "missing"), before, threshold, "asked")
    dark = {name for name in groups if (dimension, name, "answered") in found}
    for split, parts in _splits(whole).items():
        if split == "who":
            continue
        known = before | found | {(dimension, name, part) for name in dark for part in parts}
        found |= _layer(dimension, groups, whole, ("answered", *parts), known, threshold, "answered")
    return found


def _layer(
    dimension: str,
    groups: Mapping[str, Group],
    whole: Group,
    names: tuple[str, ...],
    before: Iterable[Cell],
    threshold: int,
    total: str,
) -> set[Cell]:
    """One table: `names` by group, each adding up to the whole, and in each group to its `total`."""
    keys = {(dimension, name): group for name, group in groups.items()} | {(WHOLE, WHOLE): whole}
    cells = {(*key, name): value(group, name) for key, group in keys.items() for name in names}
    parts = tuple(name for name in names if name != total)
    totals = [Total((*key, total), tuple((*key, part) for part in parts)) for key in keys]
    totals += [
        Total((WHOLE, WHOLE, name), tuple((dimension, group, name) for group in groups)) for name in names
    ]
    already = {cell for cell in before if cell in cells}
    fixed = {cell for cell in cells if cell[0] == WHOLE and cell not in already}
    if total == "answered":  # said already, by the layer before
        fixed |= {cell for cell in cells if cell[2] == "answered" and cell not in already}
    found = already | set(
        hidden(cells, totals, threshold=threshold, shown=fixed, already=already, is_said_why=False)
    )
    # A group's answers to a question are shown together or not at all: what stays hidden is then a plain table with
    # known margins, of which nothing narrower can be said than the bounds that `hidden` looks at.
    dark = {
        (*key, part)
        for key in keys
        for part in parts
        if any((*key, one) in found for one in parts) and key[0] != WHOLE
    }
    if total == "asked" or dark <= found:
        return found
    return _layer(dimension, groups, whole, names, found | dark, threshold, total)
