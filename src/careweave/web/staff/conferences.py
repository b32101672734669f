"""Case conferences: the list, a new one, and its agenda up to the moment it begins (pages.md §5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.conferences import casefile, cases, meetings, papers, summaries, voices
from careweave.care.conferences.kinds import conference_kinds
from careweave.care.conferences.meetings import Meeting, Slot
from careweave.care.conferences.shapes import Case
from careweave.care.teams import staff_facts
from careweave.care.teams.membership import carers_of
from careweave.record import Gate, Refusal, Refused
from careweave.record.relations import VOLUNTEER
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import conferences as presenter
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.conferences import AgendaRow
from careweave.web.presenters.roles import role_name
from careweave.web.staff import colleagues, people

LONDON = ZoneInfo("Europe/London")
CLOSED = "This conference is over."


def meeting_of(request: HttpRequest, meeting_id: Any) -> Meeting:
    """The meeting, for its team and for those who are asked; for everyone else it is not there."""
    found = meetings.open_meeting(access.gate_of(request), str(meeting_id))
    if found is None:
        raise Refused("not there, or not allowed")
    return found


@signed_in(*access.PROFESSIONALS)
def conferences(request: HttpRequest) -> HttpResponse:
    """Those to come and those that were, by month."""
    gate, now = access.gate_of(request), timezone.now()
    found = meetings.meetings_of(gate)
    coming = [one for one in reversed(found) if one.ended_at is None]
    months: dict[str, list[Meeting]] = {}
    for one in found:
        if one.ended_at is not None:
            months.setdefault(f"{one.on:%B %Y}", []).append(one)
    context = {"coming": coming, "months": months, "can_plan": bool(_my_team(gate)), "now": now}
    return render(request, "staff/conferences/list.jinja", context)


def _my_team(gate: Gate) -> str:
    me = colleagues.me(gate.actor)
    return me.team if me and me.team else ""


@signed_in(*access.PROFESSIONALS)
def new(request: HttpRequest) -> HttpResponse:
    """“Plan a case conference”: when, and who besides the team."""
    gate = access.gate_of(request)
    kinds = conference_kinds(timezone.localdate())
    form = Form(request.POST if request.method == "POST" else {"hour": "13:00", "kind": kinds[0].id})
    if request.method == "POST":
        day = form.day("day", "Enter the day.")
        hour = _hour(form)
        kind = form.choice("kind", [one.id for one in kinds], "Choose which conference this is.")
        if form.ok and day and hour:
            starts = datetime.combine(day, hour, LONDON)
            made = meetings.plan_meeting(gate, team=_my_team(gate), starts=starts, kind=kind)
            if isinstance(made, Meeting):
                flash.done(request, "The conference is planned. Your team is asked to come.")
                return redirect("conference", meeting_id=made.id)
            form.fail(made.field or "day", f"{made.reason}.")
    context = {"form": form, "kinds": [(one.id, one.title) for one in kinds]}
    return render(request, "staff/conferences/new.jinja", context, status=200 if form.ok else 422)


def _hour(form: Form) -> Any:
    try:
        return datetime.strptime(form.text("hour", "Enter the time."), "%H:%M").time()  # noqa: DTZ007
    except ValueError:
        form.fail("hour", f"‘{form.get('hour')}’ is not a time. For example: 13:00.")
        return None


@signed_in(*access.PROFESSIONALS)
def conference(request: HttpRequest, meeting_id: Any) -> HttpResponse:
    """The agenda: whose case, why, what is asked, who comes; and what is still to do before it begins."""
    return show_agenda(request, meeting_of(request, meeting_id), None)


def show_agenda(request: HttpRequest, meeting: Meeting, form: Form | None) -> HttpResponse:
    """The agenda page, with an error where something could not be done."""
    gate = access.gate_of(request)
    found = casefile.agenda(gate, meeting)
    known = {one.id: one for one in people.banners(request, [case.person_id for _, case in found if case])}
    asked = {each.party for each in meeting.attendees}
    others = [
        (one.party, f"{one.name}, {role_name(one.role)}")
        for one in staff_facts.workers(roles=access.PROFESSIONALS)
        if one.party not in asked and one.role != VOLUNTEER
    ]
    context = {
        "meeting": meeting,
        "heading": presenter.heading(meeting),
        "rows": [_row(gate, slot, case, known) for slot, case in found],
        "form": form or Form(None),
        "attendees": meeting.attendees,
        "others": [("", "Choose"), *dict(others).items()],
        "following": meeting.next_slot,
        "suggested": len([one for one in cases.candidates(gate, meeting) if one.is_suggested]),
    }
    return render(
        request, "staff/conferences/agenda.jinja", context, status=422 if form and form.errors else 200
    )


def _row(gate: Gate, slot: Slot, case: Case | None, known: dict[str, Banner]) -> AgendaRow:
    person = known.get(case.person_id) if case else None
    if case is None or person is None:
        return AgendaRow(slot.number, "", "", cases.not_in_team(), "", "", "", "", slot.is_open)
    found = gate.about(case.person_id, ["Communication"])
    told = voices.voices(found, case.id)
    state, colour = presenter.case_state(slot, case)
    sent = summaries.of_case(gate, case) if case.is_finished else []
    return AgendaRow(
        number=slot.number,
        name=f"{person.call_name} {person.surname.title()}",
        person_id=case.person_id,
        why=case.why,
        question=case.question,
        part=presenter.part_words(told, person.call_name, carer_name(gate, case.person_id)),
        state=state,
        colour=colour,
        is_open=slot.is_open,
        told=""
        if not case.is_finished
        else (f"Told on {wording.day(sent[0].sent)}" if sent else "Not told yet"),
    )


def carer_name(gate: Gate, person_id: str) -> str:
    """The first name of the carer who has a copy, when there is one."""
    found = [one for one in carers_of(gate, person_id) if one.has_a_copy]
    return found[0].name.split(" ")[0] if found else ""


@signed_in(*access.PROFESSIONALS)
@require_POST
def ask(request: HttpRequest, meeting_id: Any) -> HttpResponse:
    """Ask one more colleague to come."""
    meeting = meeting_of(request, meeting_id)
    form = Form(request.POST)
    done = meetings.ask_colleague(access.gate_of(request), meeting, party=form.get("party"))
    if isinstance(done, Refusal):
        form.fail("party", f"{done.reason}.")
        return show_agenda(request, meeting, form)
    return redirect("conference", meeting_id=meeting.id)


@signed_in(*access.PROFESSIONALS)
@require_POST
def lock(request: HttpRequest, meeting_id: Any) -> HttpResponse:
    """“Lock the papers”: from this moment what is added is shown as added since."""
    meeting = meeting_of(request, meeting_id)
    done = papers.lock(access.gate_of(request), meeting)
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    else:
        flash.done(request, f"The papers of {wording.people(done, 'case', 'cases')} are locked.")
    return redirect("conference", meeting_id=meeting.id)


@signed_in(*access.PROFESSIONALS)
def take_off(request: HttpRequest, meeting_id: Any, number: int) -> HttpResponse:
    """Off the agenda, with the reason; the invitation is taken back."""
    gate, meeting = access.gate_of(request), meeting_of(request, meeting_id)
    slot = meeting.slot(number)
    case = casefile.read_case(gate, slot.case_id) if slot else None
    known = people.banners(request, [case.person_id]) if case else []
    if not known:
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = cases.take_off(gate, meeting, number=number, reason=form.text("reason"))
        if done is None:
            flash.done(request, "Taken off the agenda. The invitation is taken back.")
            return redirect("conference", meeting_id=meeting.id)
        form.fail(done.field or "reason", f"{done.reason}.")
    context = {"form": form, "meeting": meeting, "person": known[0], "heading": presenter.heading(meeting)}
    return render(request, "staff/conferences/take_off.jinja", context, status=200 if form.ok else 422)


@signed_in(*access.PROFESSIONALS)
def choose(request: HttpRequest, meeting_id: Any) -> HttpResponse:
    """“Choosing cases”: suggested people with their reasons, people of the team, and “Add someone”."""
    gate, meeting = access.gate_of(request), meeting_of(request, meeting_id)
    form = Form(request.POST if request.method == "POST" else request.GET)
    if request.method == "POST" and _chosen(request, gate, meeting, form):
        return redirect("conference-choose", meeting_id=meeting.id)
    query = form.text("q")
    looked = [one.id for one in people.found_people(request, query)] if query else []
    reasons = {one.person_id: one for one in cases.candidates(gate, meeting)}
    known = {one.id: one for one in people.banners(request, list(dict.fromkeys([*looked, *reasons]))[:200])}
    # Whoever was searched for stands under the search alone: each person has one form on the page.
    listed = [(known[id_], one) for id_, one in reasons.items() if id_ in known and id_ not in looked]
    askers = [(each.party, f"{each.name}, {role_name(each.role)}") for each in meeting.attendees]
    context = {
        "form": form,
        "meeting": meeting,
        "heading": presenter.heading(meeting),
        "suggested": [each for each in listed if each[1].is_suggested],
        "ours": [each for each in listed if not each[1].is_suggested],
        "found": [(known[id_], reasons.get(id_)) for id_ in looked if id_ in known],
        "query": query,
        "askers": askers,
        "chosen": len(meeting.slots),
    }
    return render(request, "staff/conferences/choose.jinja", context, status=200 if form.ok else 422)


def _chosen(request: HttpRequest, gate: Gate, meeting: Meeting, form: Form) -> bool:
    """Whether the one whose button was pressed is on the agenda now; else why not is in the form."""
    person_id = form.get("person")
    known = people.banners(request, [person_id])
    askers = {each.party: each.name for each in meeting.attendees}
    asker = form.get(f"asker-{person_id}") or gate.actor.id
    done = cases.choose(
        gate,
        meeting,
        person_id=person_id,
        name=known[0].call_name if known else "",
        why=form.text(f"why-{person_id}"),
        question=form.text(f"question-{person_id}"),
        asker=(asker, askers.get(asker, gate.actor.name)),
        today=timezone.localdate(),
    )
    if isinstance(done, Refusal):
        form.fail(f"{done.field}-{person_id}" if done.field == "why" else "cases", f"{done.reason}.")
        return False
    name = known[0].call_name if known else "They"
    flash.done(request, f"{name} is on the agenda, and is invited.")
    return True
