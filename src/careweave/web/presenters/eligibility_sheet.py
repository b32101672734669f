"""An eligibility decision as its paper shows it: the decision, why, what the law asks, and who decided."""

from __future__ import annotations

from typing import Any

from careweave.care.assessments.deciding import Decision
from careweave.web import wording
from careweave.web.presenters.plan_sheet import Paper


def sheet(first_line: str, decision: Decision, paper: Paper) -> dict[str, Any]:
    """What decision.typ is filled with."""
    return {
        "title": decision.title,
        "line": first_line,
        "large": paper.large,
        "draft": False,
        "words": decision.eligibility.words,
        "findings": [
            {
                "text": each.text,
                "law": each.law,
                "met": "Yes" if each.is_met else "No",
                "because": list(each.because),
            }
            for each in decision.eligibility.findings
        ],
        "reason": decision.eligibility.reason,
        "by": f"{decision.by}, {wording.day(decision.on)}",
        "sources": list(decision.sources),
        "help": paper.help_telephone,
        "product": paper.product,
        "practice": paper.practice,
        "foot": paper.foot,
    }
