"""Continuity of care: how a person's contacts were spread over providers, and how connected those providers are.

Each takes the providers of one person's contacts in order of time. With fewer than two contacts an index is None: it is
neither perfect nor absent continuity. Computed over clinicians, organisations and sectors alike.

Bice and Boxerman 1977 (COC), Breslau and Reeb 1975 (UPC), Steinwachs 1979 (SECON), Magill and Senf 1987 (MMCI),
Pollack et al. 2013 (care density).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import combinations, pairwise

Provider = Hashable


def coc(providers: Sequence[Provider]) -> float | None:
    """Continuity of Care index: 1 when every contact was with one provider, 0 when no two were."""
    number = len(providers)
    if number < 2:
        return None
    squares = sum(count**2 for count in Counter(providers).values())
    return (squares - number) / (number * (number - 1))


def fragmentation(providers: Sequence[Provider]) -> float | None:
    """1 - COC."""
    index = coc(providers)
    return None if index is None else 1 - index


def upc(providers: Sequence[Provider]) -> float | None:
    """Usual Provider of Care: the share of the provider seen most."""
    return None if len(providers) < 2 else max(Counter(providers).values()) / len(providers)


def secon(providers: Sequence[Provider]) -> float | None:
    """Sequential Continuity: the share of contacts with the same provider as the one before."""
    if len(providers) < 2:
        return None
    return sum(before == after for before, after in pairwise(providers)) / (len(providers) - 1)


def mmci(providers: Sequence[Provider]) -> float | None:
    """Modified, Modified Continuity Index: few providers for many contacts are near 1."""
    number = len(providers)
    if number < 2:
        return None
    return (1 - len(set(providers)) / (number + 0.1)) / (1 - 1 / (number + 0.1))


def herfindahl(providers: Sequence[Provider]) -> float | None:
    """The sum of the squared shares."""
    number = len(providers)
    return None if number < 2 else sum((count / number) ** 2 for count in Counter(providers).values())


def handovers(providers: Sequence[Provider]) -> int:
    """How often a contact was with another provider than the one before."""
    return sum(before != after for before, after in pairwise(providers))


def care_density(providers: Collection[Provider], shared: Mapping[frozenset[Provider], int]) -> float | None:
    """Mean number of patients that each pair of one person's providers shares in the place; None for one provider.

    `shared` counts, for each pair, the people who saw both.
    """
    pairs = [frozenset(pair) for pair in combinations(set(providers), 2)]
    return sum(shared.get(pair, 0) for pair in pairs) / len(pairs) if pairs else None
