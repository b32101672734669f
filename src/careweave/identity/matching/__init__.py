"""Which records are about one person: staged, dated rules and then Splink. Pure: no Django, no database."""

from careweave.identity.matching.matcher import link_records
from careweave.identity.matching.records import MatchRecord
from careweave.identity.matching.results import Evidence, Link, Linkage, ReviewPair, StageCount
from careweave.identity.matching.rules import MatchingRules, load_rules

__all__ = [
    "Evidence",
    "Link",
    "Linkage",
    "MatchRecord",
    "MatchingRules",
    "ReviewPair",
    "StageCount",
    "link_records",
    "load_rules",
]
