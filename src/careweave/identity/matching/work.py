"""What the stages of one linkage hand to each other."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import duckdb
import numpy as np
import numpy.typing as npt

from careweave.identity.matching.candidates import Pairs, compare
from careweave.identity.matching.levels import Comparison
from careweave.identity.matching.prepare import Prepared
from careweave.identity.matching.rules import MatchingRules
from careweave.identity.matching.staged import Verdicts

Keys = npt.NDArray[np.int64]


@dataclass
class Work:
    """`lifted` names guards that do not apply to these data."""

    rules: MatchingRules
    prepared: Prepared
    connection: duckdb.DuckDBPyConnection
    compared: list[Comparison]
    lifted: frozenset[str] = frozenset()
    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    @property
    def sources(self) -> int:
        return len(self.prepared.table.column("source").unique())

    def done(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = round(self.seconds.get(step, 0.0) + now - self.started, 3)
        self.started = now


@dataclass(frozen=True)
class Weighed:
    """Candidate pairs, what guards and rules say of them, and the log2 odds of each (-inf if never weighed)."""

    pairs: Pairs
    verdicts: Verdicts
    score: npt.NDArray[np.float64]


def compared(work: Work, keys: Keys) -> Pairs:
    """The levels of chosen pairs, in the order of their keys."""
    chosen = {"left_idx": (keys >> 32).astype(np.int32), "right_idx": (keys & 0xFFFFFFFF).astype(np.int32)}
    work.connection.register("chosen", chosen)
    try:
        return compare(work.connection, work.prepared, work.compared, "chosen")
    finally:
        work.connection.unregister("chosen")
