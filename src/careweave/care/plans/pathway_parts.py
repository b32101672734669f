"""What a plan lacks under the pathways its person is on; the pathways' definitions say what that is."""

from __future__ import annotations

from datetime import date

from careweave.record import Gate

from ..pathways.mandatory import CONTINGENCY, mandatory_for
from .checking import CHANGES, Missing
from .parts import PlanDraft

# Not a part that is written in the plan: its page shows what the pathway asks for, and where to do it.
PATHWAY = "pathway"


def missing_on_pathways(gate: Gate, person_id: str, draft: PlanDraft, today: date) -> tuple[Missing, ...]:
    """Everything a pathway asks for that is not there: a contingency cannot be argued away where it is mandatory."""
    has_contingency = any(row.trigger.strip() and row.action.strip() for row in draft.if_then)
    found = []
    for each in mandatory_for(gate, person_id, today):
        if each.kind == CONTINGENCY:
            if not has_contingency:
                found.append(Missing(CHANGES, each.words))
        elif not each.is_met:
            found.append(Missing(PATHWAY, each.words))
    return tuple(found)
