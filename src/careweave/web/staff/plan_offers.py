"""Facts of the record offered in the plan editor: “Use · Leave out”, each with its source (pages.md §4)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from careweave.care.plans import offered, offering
from careweave.care.plans.offered import Offered
from careweave.care.plans.offering import Around, Offer
from careweave.care.plans.parts import Goal
from careweave.care.teams import membership
from careweave.record import Refusal
from careweave.record.ids import new_id
from careweave.web import flash
from careweave.web.presenters import plan_parts
from careweave.web.staff import opened
from careweave.web.staff.opened import Opened

USE, LEAVE_OUT, AGAIN = "use", "leave-out", "offer-again"


def offers(shown: Opened) -> Offered:
    """What is offered now to whoever writes the plan, and what was left out."""
    held = [*shown.resources, *shown.gate.about(shown.record.id, ["Communication"])]
    charge = opened.in_charge(shown.gate, shown.record.id)
    around = Around(
        party=f"person:{shown.record.id}",
        joe=shown.banner.call_name,
        carers=membership.carers_of(shown.gate, shown.record.id),
        in_charge=charge.name if charge else "",
        in_charge_number=charge.telephone if charge else "",
    )
    every = offering.offers(held, around, on=timezone.localdate())
    return offered.offered(shown.gate, person_id=shown.record.id, every=every, room=plan_parts.NETWORK_ROWS)


def answer(request: HttpRequest, shown: Opened, key: str) -> str:
    """Do what was chosen for one offer; returns where to go next within the part, or “” when nothing was chosen."""
    chosen = {name: request.POST.get(name, "") for name in (USE, LEAVE_OUT, AGAIN)}
    wanted = next(filter(None, chosen.values()), "")
    if not wanted:
        return ""
    found = offers(shown).of(key)
    one = next((each for each in (*found.now, *found.left_out) if each.id == wanted), None)
    if one is None:
        flash.note(request, offered.GONE.reason)
    elif not chosen[USE]:
        offered.leave_out(
            shown.gate, person_id=shown.record.id, offer=one, is_left_out=bool(chosen[LEAVE_OUT])
        )
    elif one.into == "need":
        return f"?need={one.id}#more"  # a goal is in the person's own words, so somebody writes them first
    else:
        done = offered.use(shown.gate, person_id=shown.record.id, offer=one, room=plan_parts.NETWORK_ROWS)
        if isinstance(done, Refusal):
            flash.note(request, done.reason)
    return "#offered"


def context(request: HttpRequest, shown: Opened, key: str) -> dict[str, Any]:
    """What one part of the editor offers, and the new goal that begins from an offered need."""
    found = offers(shown).of(key)
    need = _wanted(found, request.GET.get("need", "")) if key == "goals" else None
    goal = Goal(new_id(), "", shown.banner.call_name)
    if need:
        goal = Goal(new_id(), "", shown.banner.call_name, need=need.words, need_whose=need.whose)
    return {"offered": found, "blank_goal": goal, "more": bool(need or request.GET.get("more"))}


def _wanted(found: Offered, id_: str) -> Offer | None:
    return next((one for one in found.now if one.id == id_), None)
