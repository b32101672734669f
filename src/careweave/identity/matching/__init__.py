"""Which records are about one person: staged, dated rules and then Splink. Pure: no Django, no database."""

from careweave.identity.matching.matcher import link_records
from careweave.identity.matching.person_ids import Assignment, assign_person_ids
from careweave.identity.matching.records import MatchRecord
from careweave.identity.matching.results import Decided, Evidence, Link, Linkage, ReviewPair, StageCount
from careweave.identity.matching.rules import MatchingRules, load_rules

__all__ = [
    "Assignment",
    "Decided",
    "Evidence",
    "Link",
    "Linkage",
    "MatchRecord",
    "MatchingRules",
    "ReviewPair",
    "StageCount",
    "assign_person_ids",
    "link_records",
    "load_rules",
]
