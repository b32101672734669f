"""The conference itself, on one shared screen: the record on the left, what is decided on the right (pages.md §5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.conferences import casefile, cases, discussing, meetings, papers, room, voices
from careweave.care.conferences.meetings import Meeting, Slot
from careweave.care.conferences.papers import Papers
from careweave.care.conferences.room import Shown
from careweave.care.conferences.shapes import Case
from careweave.care.teams.membership import carers_of, team_of
from careweave.record import Gate, Refusal
from careweave.record.relations import VOLUNTEER
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import banner
from careweave.web.presenters import conferences as presenter
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.roles import role_name
from careweave.web.staff import opened
from careweave.web.staff.conferences import carer_name, meeting_of

HIDE_TIME = "conference-hide-time"


@dataclass(frozen=True)
class OpenedCase:
    """A case as the screen may show it to everyone in the room."""

    gate: Gate
    meeting: Meeting
    slot: Slot
    case: Case
    papers: Papers
    shown: Shown
    person: Banner
    carer: str


def open_case(
    request: HttpRequest, meeting_id: Any, number: int, *, shared: bool = True
) -> OpenedCase | None:
    """The case, cut to what all who are here may see; None when it is not for this reader."""
    gate, meeting = access.gate_of(request), meeting_of(request, meeting_id)
    slot = meeting.slot(number)
    case = casefile.read_case(gate, slot.case_id) if slot else None
    record = gate.person(case.person_id) if case else None
    if slot is None or case is None or record is None:
        return None
    found = papers.papers_of(gate, case)
    belonging = papers.of_case(gate.about(case.person_id, ["Task", "Communication"]), case.id)
    every = [*found.resources, *found.later, *belonging]
    here = room.shown_in_room(gate, meeting, case, every) if shared else Shown(tuple(every), 0, ())
    names = directory.sources().names
    charge = opened.in_charge(gate, case.person_id)
    shown = banner.banner(
        case.person_id,
        here.resources,
        names,
        today=timezone.localdate(),
        in_charge=charge,
        held_back=record.held_back or bool(here.hidden),
    )
    return OpenedCase(gate, meeting, slot, case, found, here, shown, carer_name(gate, case.person_id))


@signed_in(*access.PROFESSIONALS)
def case(request: HttpRequest, meeting_id: Any, number: int) -> HttpResponse:
    """One case on the screen."""
    return show_case(request, meeting_id, number, None)


def show_case(request: HttpRequest, meeting_id: Any, number: int, form: Form | None) -> HttpResponse:
    """The screen, with what was typed when something could not be saved."""
    meeting = meeting_of(request, meeting_id)
    found = open_case(request, meeting_id, number)
    if found is None:
        context = {"meeting": meeting, "heading": presenter.heading(meeting), "why": cases.not_in_team()}
        return render(request, "staff/conferences/not_yours.jinja", context)
    context = {**_frame(request, found), **_record(found), **_decided(found), "form": form or Form(None)}
    status = 422 if form and form.errors else 200
    return render(request, "staff/conferences/case.jinja", context, status=status)


def _frame(request: HttpRequest, found: OpenedCase) -> dict[str, Any]:
    """Who is here, whether that is enough, which case this is and how long is left."""
    meeting, now = found.meeting, timezone.now()
    roles = [each.role for each in meeting.here]
    place = [each.number for each in meeting.slots].index(found.slot.number) + 1
    carers = [(f"person:{one.person_id}", one.name) for one in carers_of(found.gate, found.case.person_id)]
    # Before someone who has no part in this person's care, not even who looks after them is named.
    joe = (f"person:{found.case.person_id}", found.person.call_name)
    named = [] if found.shown.strangers else [joe, *carers]
    return {
        "meeting": meeting,
        "heading": presenter.heading(meeting),
        "number": found.slot.number,
        "case": found.case,
        "person": found.person,
        "joe": found.person.call_name,
        "here": {each.party for each in meeting.here} | set(voices.people_here(found.case)),
        "attendees": [(each.party, f"{each.name}, {role_name(each.role)}") for each in meeting.attendees],
        "people": named,
        "here_words": [
            *(f"{each.name}, {role_name(each.role)}" for each in meeting.here),
            *(name for party, name in named if party in voices.people_here(found.case)),
        ],
        "quorum": meeting.kind.quorum_words(roles),
        "is_quorate": not meeting.kind.missing(roles),
        "place": f"Case {place} of {len(meeting.slots)}",
        "left": presenter.minutes_left(meeting, found.slot, now) if found.slot.started_at else "",
        "until": (
            now + timedelta(seconds=meeting.kind.minutes_a_case * 60 - found.slot.spent(now))
        ).isoformat(),
        "is_running": bool(found.slot.started_at) and found.slot.is_open,
        "hides_time": request.COOKIES.get(HIDE_TIME) == "1",
        "is_last": not [one for one in meeting.slots if one.is_open and one.number != found.slot.number],
        "strangers": found.shown.strangers,
        "hidden": found.shown.hidden,
    }


def _record(found: OpenedCase) -> dict[str, Any]:
    """The left half: the question, what was said, why, what changed, and the plan."""
    sources, now = directory.sources(), timezone.now()
    visible = {one.id for one in found.shown.resources}
    frozen = [one for one in found.papers.resources if one.id in visible]
    later = Papers((), tuple(one for one in found.papers.later if one.id in visible), True)
    plan = presenter.plan_in(frozen)
    said = voices.voices(found.shown.resources, found.case.id)
    return {
        "said": said,
        "part": presenter.part_words(said, found.person.call_name, found.carer),
        "changes": presenter.changes(frozen, plan, sources, now),
        "plan": plan,
        "later": presenter.later_lines(later, sources.names, found.case.person_id),
        "carer": found.carer,
    }


def _decided(found: OpenedCase) -> dict[str, Any]:
    """The right half: what was decided so far, and who can do what comes next."""
    now = timezone.now()
    decided = discussing.decisions(found.shown.resources, found.case.id)
    return {
        "decisions": presenter.decision_rows(decided, now, is_open=not found.case.is_finished),
        "dissents": discussing.dissents(found.shown.resources, found.case.id),
        "owners": [("", "Choose"), *owners(found)],
        "by": (timezone.localdate() + timedelta(days=found.meeting.kind.decision_days)).isoformat(),
    }


def owners(found: OpenedCase) -> list[tuple[str, str]]:
    """Who can own a decision: everyone who was asked, and the rest of the person's team, by name."""
    asked = {each.party: each.name for each in found.meeting.attendees}
    team = {
        one.party: one.name
        for one in team_of(found.gate, found.case.person_id)
        if one.until is None and one.role != VOLUNTEER
    }
    return sorted({**team, **asked}.items(), key=lambda pair: pair[1])


# -- acts ---------------------------------------------------------------------------------------------------------


@signed_in(*access.PROFESSIONALS)
@require_POST
def begin(request: HttpRequest, meeting_id: Any, number: int) -> HttpResponse:
    """The first case, or this one, is discussed from now on."""
    meeting = meeting_of(request, meeting_id)
    meetings.begin_slot(meeting.id, number, now=timezone.now())
    return redirect("conference-case", meeting_id=meeting.id, number=number)


@signed_in(*access.PROFESSIONALS)
@require_POST
def here(request: HttpRequest, meeting_id: Any, number: int) -> HttpResponse:
    """Who is in the room: colleagues for the whole meeting, the person and carers for this case."""
    gate, meeting = access.gate_of(request), meeting_of(request, meeting_id)
    ticked = request.POST.getlist("here")
    slot = meeting.slot(number)
    case = casefile.read_case(gate, slot.case_id) if slot else None
    meetings.set_here(gate, meeting, parties=[one for one in ticked if one.startswith("staff:")])
    if case and not case.is_finished:
        carers = {f"person:{one.person_id}" for one in carers_of(gate, case.person_id)}
        known = {f"person:{case.person_id}", *carers}
        voices.set_person_here(gate, case, parties=sorted(set(ticked) & known))
    return redirect("conference-case", meeting_id=meeting.id, number=number)


@signed_in(*access.PROFESSIONALS)
@require_POST
def question(request: HttpRequest, meeting_id: Any, number: int) -> HttpResponse:
    """The one question of this case."""
    return _act(
        request, meeting_id, number, lambda found, form: cases.ask_differently(
            found.gate, found.case, question=form.text("question")
        )
    )  # fmt: skip


@signed_in(*access.PROFESSIONALS)
@require_POST
def decide(request: HttpRequest, meeting_id: Any, number: int) -> HttpResponse:
    """“Add decision”."""

    def act(found: OpenedCase, form: Form) -> Any:
        names = dict(owners(found))
        who = form.get("who")
        return discussing.decide(
            found.gate,
            found.meeting,
            number=number,
            what=form.text("what"),
            owner=(who if who in names else "", names.get(who, "")),
            by=form.day("by", "Enter by when."),
            today=timezone.localdate(),
        )

    return _act(request, meeting_id, number, act)


@signed_in(*access.PROFESSIONALS)
@require_POST
def take_back(request: HttpRequest, meeting_id: Any, number: int, task_id: Any) -> HttpResponse:
    """A decision that was written wrongly."""
    done = discussing.take_back(
        access.gate_of(request), meeting_of(request, meeting_id), number=number, task_id=str(task_id)
    )
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    return redirect("conference-case", meeting_id=meeting_id, number=number)


@signed_in(*access.PROFESSIONALS)
@require_POST
def disagree(request: HttpRequest, meeting_id: Any, number: int) -> HttpResponse:
    """“Someone disagrees”."""
    return _act(
        request, meeting_id, number, lambda found, form: discussing.disagree(
            found.gate,
            found.meeting,
            number=number,
            who=form.text("dissent_who"),
            words=form.text("dissent_words"),
        )
    )  # fmt: skip


@signed_in(*access.PROFESSIONALS)
@require_POST
def finish(request: HttpRequest, meeting_id: Any, number: int) -> HttpResponse:
    """“Finish Joe and go to the next”. The next screen names nobody of this case."""
    found, form = open_case(request, meeting_id, number), Form(request.POST)
    if found is None:
        return show_case(request, meeting_id, number, None)
    done = discussing.finish(
        found.gate,
        found.meeting,
        number=number,
        name=found.person.call_name,
        none_because=form.text("none_because"),
    )
    if isinstance(done, Refusal):
        form.fail(done.field or "what", done.reason if done.reason.endswith(".") else f"{done.reason}.")
        return show_case(request, meeting_id, number, form)
    flash.done(request, "Finished. What to tell the person waits on the agenda.")
    if done.following is None:
        return redirect("conference", meeting_id=meeting_id)
    return redirect("conference-case", meeting_id=meeting_id, number=done.following.number)


@signed_in(*access.PROFESSIONALS)
@require_POST
def later(request: HttpRequest, meeting_id: Any, number: int) -> HttpResponse:
    """“Come back to Joe later”: all that was written stays."""
    done = discussing.come_back_later(access.gate_of(request), meeting_of(request, meeting_id), number=number)
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
        return redirect("conference-case", meeting_id=meeting_id, number=number)
    flash.done(request, "Put to the end of the agenda.")
    return redirect("conference-case", meeting_id=meeting_id, number=done.number)


@signed_in(*access.PROFESSIONALS)
@require_POST
def time_hint(request: HttpRequest, meeting_id: Any, number: int) -> HttpResponse:
    """Hide the time, or show it again."""
    response = redirect("conference-case", meeting_id=meeting_id, number=number)
    response.set_cookie(HIDE_TIME, "1" if request.POST.get("hide") else "0", httponly=True, samesite="Lax")
    return response


def _act(
    request: HttpRequest, meeting_id: Any, number: int, act: Callable[[OpenedCase, Form], Any]
) -> HttpResponse:
    """Do it and show the case again; with an error every word is kept."""
    found, form = open_case(request, meeting_id, number), Form(request.POST)
    if found is None:
        return show_case(request, meeting_id, number, None)
    done = act(found, form)
    if isinstance(done, Refusal):
        form.fail(done.field or "what", done.reason if done.reason.endswith(".") else f"{done.reason}.")
    if form.errors:
        return show_case(request, meeting_id, number, form)
    return redirect("conference-case", meeting_id=meeting_id, number=number)
