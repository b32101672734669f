"""How values are spread over people: cut once into parts of about one size, and counted again on later days."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def cuts_of(values: Floats, parts: int = 10) -> Floats:
    """Where values are cut into parts of about one size; equal values are never parted. Unknown ones are left out."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.empty(0)
    return np.unique(np.quantile(known, np.arange(1, parts) / parts, method="inverted_cdf"))


def counts_between(values: Floats, cuts: Floats) -> Floats:
    """How many lie in each part, those that are not known last."""
    known = values[~np.isnan(values)]
    counted = np.bincount(np.searchsorted(cuts, known, side="left"), minlength=len(cuts) + 1)
    return np.append(counted, len(values) - len(known)).astype(np.float64)
