"""Find support near you: what someone needs, which services fit and why, what they chose, and what came of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.directory.keeping import entries, offered
from careweave.care.directory.matching import ORDER, Asked, Match, matches
from careweave.care.directory.needing import needs_in_words, needs_told
from careweave.care.directory.rules import ANYONE_AT_WORK, keeping_rules, need_kinds
from careweave.care.plans.publishing import published_plan
from careweave.care.referrals import community, community_answering
from careweave.care.referrals.community import Ask, Choice, CommunityReferral
from careweave.record import Gate, Refusal, Refused, Resource
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import opened
from careweave.web.staff.opened import Opened

_HOW = ("Visited", "Called", "Came to us")


@signed_in(*access.PROFESSIONALS)
def find(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Services for one need, each with its conditions in words; what was asked before stands above."""
    shown = opened.open_person(request, str(person_id), (("Goal",), 100))
    form = Form(request.POST if request.method == "POST" else None)
    need, text = request.GET.get("need", ""), request.GET.get("text", "").strip()[:100]
    found = matching(shown.gate, asked_for(shown.banner.age, shown.resources, need, text))
    if request.method == "POST":
        names = [one.service.name for one in found if one.fits]
        done = community.choose_none(
            shown.gate, person_id=shown.record.id, need=need or "other", offered=names, said=form.text("said")
        )
        if not isinstance(done, Refusal):
            flash.done(request, f"Written down: {shown.banner.call_name} wanted none of these.")
            return redirect("support", person_id=person_id)
        form.fail(done.field or "said", f"{done.reason}.")
    kinds = need_kinds(timezone.localdate())
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "form": form,
        "told": needs_told(shown.resources, kinds),
        "kinds": kinds,
        "need": need,
        "text": text,
        "asked": bool(need or text),
        "fitting": [one for one in found if one.fits],
        "others": [one for one in found if not one.fits],
        "order": ORDER,
        "states": community.STATES,
        "before": community.referrals_to_services(shown.gate, shown.record.id),
        "choices": community.choices_of(shown.gate, shown.record.id)[:5],
    }
    return render(request, "staff/support/find.jinja", context, status=200 if form.ok else 422)


def asked_for(
    age: int | None, resources: list[Resource], need: str, text: str, referrer: str = ANYONE_AT_WORK
) -> Asked:
    """For whom it is asked: the need that was chosen, or those that the typed words speak of."""
    kinds = need_kinds(timezone.localdate())
    wanted = (need,) if need in kinds else needs_in_words(text, kinds)
    addresses = (a for one in resources if one.type == "Patient" for a in one.body.get("address", []))
    current = (a for a in addresses if a.get("use") != "old" and a.get("postalCode"))
    return Asked(wanted, age, next((str(a["postalCode"]) for a in current), ""), referrer, text)


def matching(gate: Gate, asked: Asked) -> list[Match]:
    """The services that may be offered today and help with it."""
    today = timezone.localdate()
    if not asked.needs and len(asked.text) < 3:
        return []
    return matches(offered(entries(gate), today), asked, keeping_rules(today), today)


@signed_in(*access.PROFESSIONALS)
def refer(request: HttpRequest, person_id: Any, service_id: Any) -> HttpResponse:
    """Ask one service, with what it may know, for which goal, and what the person said."""
    shown = opened.open_person(request, str(person_id), (("Goal",), 100))
    need, text = request.GET.get("need", ""), request.GET.get("text", "")
    found = matching(shown.gate, asked_for(shown.banner.age, shown.resources, need, text))
    match = next((one for one in found if one.service.id == str(service_id)), None)
    if match is None:
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else {"telephone": shown.banner.telephone})
    if request.method == "POST":
        offered_names = tuple(one.service.name for one in found if one.fits)
        done = _referred(shown, form, match, need or next(iter(match.service.needs)), offered_names)
        if not isinstance(done, Refusal):
            flash.done(request, f"{match.service.name} is asked. You will hear what they say on My day.")
            return redirect("support", person_id=person_id)
        form.fail(done.field or "words", f"{done.reason}.")
    plan = published_plan(shown.gate, shown.record.id)
    goals = [(one.id, one.words) for one in plan.draft.goals] if plan and not plan.withdrawn else []
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "form": form,
        "match": match,
        "goals": [("", "None of these"), *goals],
        "back": request.get_full_path().partition("?")[2],
    }
    return render(request, "staff/support/refer.jinja", context, status=200 if form.ok else 422)


def _referred(
    shown: Opened, form: Form, match: Match, need: str, offered_names: tuple[str, ...]
) -> Resource | Refusal:
    ask = Ask(
        need=need,
        words=form.text("words"),
        first_name=shown.banner.call_name,
        telephone=form.text("telephone"),
        goal=form.get("goal"),
        agreed=form.text("agreed"),
        although=form.text("although"),
    )
    if not form.text("said"):
        return Refusal(f"Write what {shown.banner.call_name} said about it", "said")
    choice = Choice(offered_names, match.service.name, form.text("said"))
    return community.refer_to_service(
        shown.gate,
        person_id=shown.record.id,
        match=match,
        ask=ask,
        choice=choice,
        today=timezone.localdate(),
    )


@signed_in(*access.PROFESSIONALS, "voluntary-worker")
def referral(request: HttpRequest, task_id: Any) -> HttpResponse:
    """One referral: for the service, what is asked and the next answer; for the team, what has come back."""
    gate = access.gate_of(request)
    found = community.community_referral(gate, str(task_id))
    if found is None:
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = _answered(gate, found, form)
        if not isinstance(done, Refusal):
            flash.done(request, f"Written down. {found.first_name} can read it.")
            return redirect("network" if gate.actor.role == "voluntary-worker" else "day")
        form.fail(done.field or "act", f"{done.reason}.")
    context = {
        "form": form,
        "found": found,
        "state": community.STATES[found.state],
        "can_answer": found.is_open and found.owner in gate.door.parties,
        "how": [(one, one) for one in _HOW],
        "outcomes": list(community_answering.OUTCOMES.items()),
        "back": "/network" if gate.actor.role == "voluntary-worker" else f"/people/{found.person_id}/support",
        "need": need_kinds(timezone.localdate()).get(found.need),
    }
    return render(request, "staff/support/referral.jinja", context, status=200 if form.ok else 422)


def _answered(gate: Gate, found: CommunityReferral, form: Form) -> Resource | Refusal:
    version = form.whole("version")
    act, words = form.get("act"), form.text("words")
    if act == "yes":
        return community_answering.accept_person(gate, task_id=found.id, version=version, words=words)
    if act == "no":
        return community_answering.decline_person(
            gate, task_id=found.id, version=version, reason=form.text("reason"), instead=form.text("instead")
        )
    if act == "met":
        return community_answering.write_contact(
            gate, task_id=found.id, version=version, how=form.get("how"), words=words
        )
    if act == "outcome":
        return community_answering.write_outcome(
            gate, task_id=found.id, version=version, outcome=form.get("outcome"), words=words
        )
    return Refusal("Choose what you want to write down", "act")
