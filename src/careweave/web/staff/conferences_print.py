"""The papers and the minutes of a conference on paper: numbered copies, each with what its reader may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from careweave.record import Gate, Refused
from careweave.web import access, frame, wording
from careweave.web.access import signed_in
from careweave.web.documents import printing
from careweave.web.presenters import plan_sheet
from careweave.web.presenters.roles import role_name
from careweave.web.staff import conferences_after as after
from careweave.web.staff.conferences import meeting_of

# One side a case: the rest is on the screen.
MOST_LINES = 5


@signed_in(*access.PROFESSIONALS)
def papers(request: HttpRequest, meeting_id: Any) -> HttpResponse:
    """My numbered copy; its cover names nobody."""
    meeting = meeting_of(request, meeting_id)
    shown = after.papers_context(request, meeting)
    if not shown["copy"]:
        raise Refused("not there, or not allowed")
    locked = (
        f"Papers locked on {wording.moment(meeting.locked_at)}" if meeting.locked_at else "Not locked yet"
    )
    data = {
        **_sheet(access.gate_of(request), f"Case conference: {meeting.team_name}"),
        "line": f"Copy {shown['copy']} of {shown['copies']}",
        "when": f"{wording.long_day(meeting.on)}, {wording.clock(meeting.starts)}",
        "copy": str(shown["copy"]),
        "copies": str(shown["copies"]),
        "locked": locked,
        "not_shown": _not_shown(shown["not_shown"]),
        "cases": [_case(one) for one in shown["sheets"]],
    }
    return printing.as_file(printing.pdf("conference-papers", data), "papers.pdf")


def _case(one: dict[str, Any]) -> dict[str, Any]:
    plan = one["plan"]
    return {
        "number": str(one["number"]),
        "line": one["person"].first_line,
        "question": one["case"].question or "Not written yet",
        "part": one["part"],
        "said": [{"words": each.words, "whose": each.whose} for each in one["said"] if each.words][
            :MOST_LINES
        ],
        "why": one["case"].why,
        "allergies": " · ".join(one["person"].allergies),
        "conditions": wording.listed(one["conditions"]),
        "goals": [each.words for each in plan.draft.goals][:MOST_LINES] if plan else [],
        "if_then": [f"{each.trigger}: {each.action}" for each in plan.draft.if_then][:MOST_LINES]
        if plan
        else [],
        "changes": [" ".join((f"{each.when}:", each.what, each.where)) for each in one["changes"]][
            :MOST_LINES
        ],
        "later": [f"{each.words}: look at the record." for each in one["later"]][:MOST_LINES],
    }


@signed_in(*access.PROFESSIONALS)
def minutes(request: HttpRequest, meeting_id: Any) -> HttpResponse:
    """Decisions by person and date, who disagreed, who was there."""
    meeting = meeting_of(request, meeting_id)
    shown = after.minutes_context(access.gate_of(request), request, meeting)
    there = "; ".join(f"{name}, {role_name(role)}" for name, role in shown["there"])
    data = {
        **_sheet(access.gate_of(request), f"Minutes: {shown['heading']}"),
        "line": f"Case conference, {wording.long_day(meeting.on)}",
        "there": there or "Nobody was ticked as here.",
        "cases": [_decided(one) for one in shown["rows"]],
        "not_shown": _not_shown(shown["not_shown"]),
        "times": list(shown["times"]),
        "price": shown["price"],
    }
    return printing.as_file(printing.pdf("conference-minutes", data), "minutes.pdf")


def _decided(one: dict[str, Any]) -> dict[str, Any]:
    waits = wording.listed(one["waits_for"])
    return {
        "line": one["person"].first_line,
        "question": one["case"].question,
        "provisional": f"until someone from {waits} agrees" if waits else "",
        "decisions": [{"what": each.what, "who": each.who, "by": each.by} for each in one["decisions"]],
        "none": one["case"].none_because,
        "dissents": [{"who": each.who, "words": each.words} for each in one["dissents"]],
    }


def _sheet(gate: Gate, title: str) -> dict[str, Any]:
    """What documents/sheet.typ asks of every paper."""
    brand = frame.brand()
    return {
        "title": title,
        "product": brand.product,
        "practice": brand.demonstration,
        "large": False,
        "draft": False,
        "foot": plan_sheet.foot(gate.actor.name, timezone.now()),
    }


def _not_shown(count: int) -> str:
    return f"{wording.people(count, 'case is', 'cases are')} not shown to you." if count else ""
