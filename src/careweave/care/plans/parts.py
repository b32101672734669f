"""The plan as it is written: its parts, each text with whose words it is; pure.

Follows the PRSB personalised care and support plan (DAPB4022): strengths; needs, goals, actions and outcomes; agreement;
review; contingency with what the person and the people around them contribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

AGREEMENT = {
    "yes": "Yes",
    "partly": "Yes, but not with everything",
    "no": "No",
    "could-not": "Could not be asked",
}
TEAM_AGREEMENT = {
    "yes": "The team agrees",
    "partly": "The team agrees, but not with everything",
    "no": "The team does not agree",
}
FORMATS = {
    "screen": "On screen",
    "print": "Print",
    "large": "Large print",
    "easy": "Easy read",
    "aloud": "Read aloud",
    "audio": "As text for listening",
}
OUTCOMES = {"reached": "Reached", "partly": "Partly reached", "not": "Not reached"}
NONE = "none"


@dataclass(frozen=True)
class Action:
    """What someone will do for a goal. `party` is empty when it is the person or someone without an account."""

    what: str
    name: str
    party: str = ""
    by: str = ""


@dataclass(frozen=True)
class Goal:
    """A goal in the person's own words, the need behind it, and what came of it.

    `whose` says whose words they are; `by` is who wrote them down, and `said_in` the message when the person sent them
    (PRSB importance 1–10, 0 not asked).
    """

    id: str
    words: str
    whose: str
    importance: int = 0
    actions: tuple[Action, ...] = ()
    need: str = ""
    need_whose: str = ""
    by: str = ""
    said_in: str = ""
    outcome: str = ""
    outcome_words: str = ""
    outcome_whose: str = ""
    outcome_on: str = ""


@dataclass(frozen=True)
class IfThen:
    """If this happens, do this, and call this number, which is answered day and night."""

    trigger: str
    action: str
    call: str
    number: str


@dataclass(frozen=True)
class Contribution:
    """Someone of the support network, and what they can do if things change."""

    name: str
    what: str = ""


@dataclass(frozen=True)
class Copy:
    """Who gets a copy and how; `role` as in the team, or “person” or “carer”."""

    party: str
    name: str
    role: str
    how: str = "screen"


@dataclass(frozen=True)
class PlanDraft:
    """All that is written so far. `written_by` says who wrote down each text; `*_none` hold an explicit “none”."""

    what_matters: str = ""
    what_matters_whose: str = ""
    strengths: str = ""
    strengths_whose: str = ""
    goals: tuple[Goal, ...] = ()
    if_then: tuple[IfThen, ...] = ()
    no_contingency_because: str = ""
    first_call: str = ""
    first_call_number: str = ""
    own_contributions: tuple[str, ...] = ()
    own_none: str = ""
    network: tuple[Contribution, ...] = ()
    network_none: str = ""
    not_covered: Mapping[str, str] = field(default_factory=dict)
    covered: tuple[str, ...] = ()
    agreement: str = ""
    agreed_with: str = ""
    disagreement: str = ""
    team_agreement: str = ""
    team_disagreement: str = ""
    agreed_on: str = ""
    reviewer: str = ""
    reviewer_name: str = ""
    review_on: str = ""
    copies: tuple[Copy, ...] = ()
    held_from_carers: tuple[str, ...] = ()
    written_by: Mapping[str, str] = field(default_factory=dict)
