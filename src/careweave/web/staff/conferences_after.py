"""After the conference: what the person is told, who must still agree, the look back, and the minutes."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.conferences import (
    agreeing,
    casefile,
    costing,
    discussing,
    papers,
    reviews,
    summaries,
    voices,
)
from careweave.care.conferences.kinds import conference_kinds, staff_rates
from careweave.care.conferences.meetings import Meeting, open_meeting
from careweave.care.conferences.shapes import ASK, Case, Decision, is_kind
from careweave.record import Gate, Refusal, Refused
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import conferences as presenter
from careweave.web.presenters import timeline
from careweave.web.staff import opened, people
from careweave.web.staff.conferences import carer_name, meeting_of
from careweave.web.staff.conferences_room import OpenedCase, open_case


def finished_case(request: HttpRequest, meeting_id: Any, number: int) -> tuple[Meeting, Case]:
    """A case of one's own that the conference has finished."""
    meeting = meeting_of(request, meeting_id)
    slot = meeting.slot(number)
    case = casefile.read_case(access.gate_of(request), slot.case_id) if slot else None
    if case is None or not case.is_finished:
        raise Refused("not there, or not allowed")
    return meeting, case


@signed_in(*access.PROFESSIONALS)
def after(request: HttpRequest, meeting_id: Any, number: int) -> HttpResponse:
    """“What we will tell Joe”: read through, and sent."""
    meeting, case = finished_case(request, meeting_id, number)
    gate = access.gate_of(request)
    shown = opened.open_person(request, case.person_id)
    joe = shown.banner.call_name
    decided = _decided(gate, case)
    form = Form(request.POST if request.method == "POST" else {"words": _first_words(meeting, case, decided)})
    if request.method == "POST":
        done = summaries.send(
            gate,
            meeting,
            case,
            name=joe,
            words=form.text("words"),
            is_read_through=bool(form.get("read_through")),
        )
        if not isinstance(done, Refusal):
            flash.done(request, f"Sent to {wording.people(done)}.")
            return redirect("conference-after", meeting_id=meeting.id, number=number)
        form.fail(done.field or "words", done.reason if done.reason.endswith(".") else f"{done.reason}.")
    context = {
        "form": form,
        "meeting": meeting,
        "number": number,
        "person": shown.banner,
        "joe": joe,
        "case": case,
        "decisions": presenter.decision_rows(decided, timezone.now(), is_open=False),
        "sent": summaries.of_case(gate, case),
        "waits_for": [need.words for key in case.waits_for if (need := meeting.kind.need(key))],
        "times": presenter.time_words(case.times),
        "price": presenter.pounds(costing.pence(case.times, staff_rates(meeting.on))),
        "heading": presenter.heading(meeting),
        "look_again": meeting.kind.review_after_days,
    }
    return render(request, "staff/conferences/after.jinja", context, status=200 if form.ok else 422)


def _decided(gate: Gate, case: Case) -> tuple[Decision, ...]:
    return discussing.decisions(gate.about(case.person_id, ["Task"]), case.id)


def _first_words(meeting: Meeting, case: Case, decided: tuple[Decision, ...]) -> str:
    days = {one.by.isoformat(): wording.weekday(one.by) for one in decided if one.by}
    return summaries.plain_words(case, decided, day=wording.weekday(meeting.on), words_of_day=days)


@signed_in(*access.PROFESSIONALS)
@require_POST
def read_out(request: HttpRequest, meeting_id: Any, number: int, summary_id: Any) -> HttpResponse:
    """“I read it to Joe”."""
    _, case = finished_case(request, meeting_id, number)
    done = summaries.read_out(access.gate_of(request), summary_id=str(summary_id), case=case)
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    else:
        flash.done(request, "Written down.")
    return redirect("conference-after", meeting_id=meeting_id, number=number)


@signed_in(*access.PROFESSIONALS)
def asked(request: HttpRequest, task_id: Any) -> HttpResponse:
    """“Ask Joe what he wants us to know”: how they take part, and their words."""
    gate = access.gate_of(request)
    task = gate.read("Task", str(task_id))
    focus = task.body.get("focus", {}).get("reference", "") if task and is_kind(task, ASK) else ""
    case = casefile.read_case(gate, focus.removeprefix("Composition/")) if focus else None
    meeting = open_meeting(gate, case.meeting_id) if case else None
    if task is None or case is None or meeting is None:
        raise Refused("not there, or not allowed")
    shown = opened.open_person(request, case.person_id)
    joe, annie = shown.banner.call_name, carer_name(gate, case.person_id)
    form = Form(request.POST if request.method == "POST" else {"whose": joe})
    if request.method == "POST":
        done = voices.write_down(
            gate, case, part=form.get("part"), words=form.text("words"), whose=form.text("whose")
        )
        if not isinstance(done, Refusal):
            flash.done(request, f"Written down. It is read out first when {joe}’s case is discussed.")
            return redirect("conference", meeting_id=meeting.id)
        form.fail(done.field, f"{done.reason}.")
    parts = [(key, text.format(joe=joe, annie=annie)) for key, text in voices.PARTS.items()]
    context = {
        "form": form,
        "person": shown.banner,
        "joe": joe,
        "meeting": meeting,
        "parts": [one for one in parts if annie or one[0] != "carer"],
        "said": voices.voices(gate.about(case.person_id, ["Communication"]), case.id),
        "whose": [(name, name) for name in filter(None, (joe, annie))],
        "lock_by": meeting.lock_by,
    }
    return render(request, "staff/conferences/asked.jinja", context, status=200 if form.ok else 422)


@signed_in(*access.PROFESSIONALS)
def agree(request: HttpRequest, task_id: Any) -> HttpResponse:
    """Whoever was missing agrees, or does not."""
    gate = access.gate_of(request)
    question = agreeing.question(gate, str(task_id))
    if question is None:
        flash.note(request, "This has been answered, or it is not yours to answer.")
        return redirect("day")
    shown = opened.open_person(request, question.case.person_id)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        said = {"yes": True, "no": False}.get(form.get("agrees"))
        done = agreeing.answer(
            gate, question, agrees=said, words=form.text("words"), today=timezone.localdate()
        )
        if not isinstance(done, Refusal):
            stands = (
                "The decisions stand."
                if said and not done.waits_for
                else "Your answer is kept with the case."
            )
            flash.done(request, stands)
            return redirect("day")
        form.fail(done.field or "agrees", done.reason if done.reason.endswith(".") else f"{done.reason}.")
    found = gate.about(question.case.person_id, ["Task", "Communication"])
    context = {
        "form": form,
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "case": question.case,
        "need": question.need,
        "meeting": question.meeting,
        "decisions": presenter.decision_rows(
            discussing.decisions(found, question.case.id), timezone.now(), is_open=False
        ),
        "dissents": discussing.dissents(found, question.case.id),
    }
    return render(request, "staff/conferences/agree.jinja", context, status=200 if form.ok else 422)


@signed_in(*access.PROFESSIONALS)
def review(request: HttpRequest, task_id: Any) -> HttpResponse:
    """“Look again in 30 days”: what the record shows, and what the team says about it."""
    gate = access.gate_of(request)
    seen = reviews.look_back(gate, str(task_id))
    if seen is None:
        raise Refused("not there, or not allowed")
    shown = opened.open_person(request, seen.case.person_id)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = reviews.save(
            gate, seen, avoided=form.get("avoided"), followed=form.get("followed"), words=form.text("words")
        )
        if not isinstance(done, Refusal):
            flash.done(request, "The result is kept. It counts in this month.")
            return redirect("conference-review", task_id=task_id)
        form.fail(done.field, done.reason if done.reason.endswith(".") else f"{done.reason}.")
    sources = directory.sources()
    context = {
        "form": form,
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "seen": seen,
        "admissions": [timeline.event(one, sources) for one in seen.admissions],
        "attendances": [timeline.event(one, sources) for one in seen.attendances],
        "decisions": presenter.decision_rows(seen.decided, timezone.now(), is_open=False),
        "avoided": list(reviews.AVOIDED.items()),
        "followed": list(reviews.FOLLOWED.items()),
        "result": seen.result,
        "avoided_words": reviews.AVOIDED.get(seen.result.avoided, "") if seen.result else "",
        "followed_words": reviews.FOLLOWED.get(seen.result.followed, "") if seen.result else "",
    }
    return render(request, "staff/conferences/review.jinja", context, status=200 if form.ok else 422)


@signed_in(*access.PROFESSIONALS)
def counter(request: HttpRequest) -> HttpResponse:
    """Each GP's month against the aim; what it counts, and what it cannot show."""
    today = timezone.localdate()
    first = _month(request.GET.get("month", "")) or today.replace(day=1)
    kind = conference_kinds(today)[0]
    context = {
        "lines": reviews.month_of(access.gate_of(request), first),
        "first": first,
        "before": _other(first, -1),
        "after": _other(first, 1) if first < today.replace(day=1) else None,
        "aim": kind.aim_avoided_a_month,
        "source": kind.source,
    }
    return render(request, "staff/conferences/counter.jinja", context)


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _other(first: date, step: int) -> date:
    month = first.month - 1 + step
    return date(first.year + month // 12, month % 12 + 1, 1)


@signed_in(*access.PROFESSIONALS)
def minutes(request: HttpRequest, meeting_id: Any) -> HttpResponse:
    """Decisions by person and date, who disagreed, who was there; for each reader the cases that are theirs."""
    context = minutes_context(access.gate_of(request), request, meeting_of(request, meeting_id))
    return render(request, "staff/conferences/minutes.jinja", context)


def minutes_context(gate: Gate, request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """What the minutes show, on screen and on paper."""
    found = [(slot, case) for slot, case in casefile.agenda(gate, meeting) if case and case.is_finished]
    known = {one.id: one for one in people.banners(request, [case.person_id for _, case in found])}
    rows = [
        {"number": slot.number, "person": known[case.person_id], **_minutes_of(gate, meeting, case)}
        for slot, case in found
        if case.person_id in known
    ]
    total = costing.total([one for _, case in found for one in case.times])
    return {
        "meeting": meeting,
        "heading": presenter.heading(meeting),
        "rows": rows,
        "not_shown": len(meeting.slots) - len(rows),
        "there": sorted({(one.name, one.role) for _, case in found for one in case.present if one.name}),
        "times": presenter.time_words(total),
        "price": presenter.pounds(costing.pence(total, staff_rates(meeting.on))),
    }


def _minutes_of(gate: Gate, meeting: Meeting, case: Case) -> dict[str, Any]:
    belonging = papers.of_case(gate.about(case.person_id, ["Task", "Communication"]), case.id)
    decided = discussing.decisions(belonging, case.id)
    return {
        "case": case,
        "decisions": presenter.decision_rows(decided, timezone.now(), is_open=False),
        "dissents": discussing.dissents(belonging, case.id),
        "waits_for": [need.words for key in case.waits_for if (need := meeting.kind.need(key))],
    }


@signed_in(*access.PROFESSIONALS)
def paper(request: HttpRequest, meeting_id: Any) -> HttpResponse:
    """The papers on screen: one case after another, each as it was locked."""
    context = papers_context(request, meeting_of(request, meeting_id))
    return render(request, "staff/conferences/papers.jinja", context)


def papers_context(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """What the papers show this reader, on screen and on paper."""
    found = [open_case(request, meeting.id, slot.number, shared=False) for slot in meeting.slots]
    shown = [one for one in found if one]
    mine = next((each for each in meeting.attendees if each.party == access.gate_of(request).actor.id), None)
    return {
        "meeting": meeting,
        "heading": presenter.heading(meeting),
        "sheets": [_paper_of(one) for one in shown],
        "not_shown": len(found) - len(shown),
        "copy": mine.copy if mine else 0,
        "copies": len(meeting.attendees),
    }


def _paper_of(one: OpenedCase) -> dict[str, Any]:
    sources, frozen = directory.sources(), one.papers.resources
    plan = presenter.plan_in(frozen)
    said = voices.voices(one.shown.resources, one.case.id)
    return {
        "number": one.slot.number,
        "person": one.person,
        "case": one.case,
        "said": said,
        "part": presenter.part_words(said, one.person.call_name, one.carer),
        "plan": plan,
        "changes": presenter.changes(frozen, plan, sources, timezone.now()),
        "conditions": presenter.active_conditions(frozen),
        "later": presenter.later_lines(one.papers, sources.names, one.case.person_id),
        "lost": one.papers.lost,
    }
