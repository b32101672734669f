"""What the matcher answers: who belongs together, why, and what a person has to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from careweave.identity.matching.records import MatchRecord

__all__ = ["Decided", "Evidence", "Link", "Linkage", "MatchRecord", "ReviewPair", "StageCount"]


@dataclass(frozen=True)
class Evidence:
    """What one field says: `level` is the rule file's word, `words` is for people."""

    field: str
    level: str
    words: str


@dataclass(frozen=True)
class Decided:
    """What a person said of two records, `same` or `different`: it overrides every rule, for ever."""

    one: str
    other: str
    answer: str


@dataclass(frozen=True)
class Link:
    """Two records joined. `score` is the log2 odds that they are one person."""

    left: str
    right: str
    stage: str
    rule: str
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class ReviewPair:
    """Two records that a person must look at; `guard` names the rule that held them apart, if one did."""

    left: str
    right: str
    reason: str
    guard: str
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class StageCount:
    stage: str
    words: str
    links: int


@dataclass(frozen=True)
class Linkage:
    """`persons` gives each record its cluster, named by the first record id in it."""

    persons: Mapping[str, str]
    links: tuple[Link, ...] = ()
    for_review: tuple[ReviewPair, ...] = ()
    stages: tuple[StageCount, ...] = ()
    rules: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
