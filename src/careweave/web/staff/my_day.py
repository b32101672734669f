"""My day: what is late, what is due, who is suggested, and what happened to my people (pages.md §2)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.teams import news as about_my_people
from careweave.care.teams import notes, telling, worklists
from careweave.care.teams.enrolment import caseload
from careweave.care.teams.worklists import WorkItem
from careweave.identity import absences, improving, voices
from careweave.record import Conflict, Gate, Refusal, subject_access
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form, whole_number
from careweave.web.presenters import day
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.day import FilterLink
from careweave.web.staff import colleagues, day_bulk, day_lists, people, undo

PAGE = 50


@signed_in(*access.PROFESSIONALS)
def my_day(request: HttpRequest) -> HttpResponse:
    """The lists, one filter at a time, fifty rows a page."""
    gate, now, start = access.gate_of(request), timezone.now(), page_start(request)
    show, due = day_lists.asked_for(request)
    found, mine = worklists.waiting(gate), caseload(gate)
    lists, suggestions = work_lists(gate, found.work), found.suggestions
    shown = day.due_only(lists.get(show, []), due, now)
    page = shown[start : start + PAGE]
    waiting = suggestions[start : start + PAGE] if show == "suggested" else []
    news = about_my_people.unseen(gate, now=now) if not start else []
    ids = [each.person_id for each in page] + [each.person_id for each in waiting]
    ids += [each.person_id for each in news]
    known = by_id(people.banners(request, list(dict.fromkeys(ids))))
    total = len(suggestions) if show == "suggested" else len(shown)
    context = {
        "rows": day.rows(page, known, now),
        "suggested": day.suggested_rows(waiting, known, now.date()),
        **filtered(show, due),
        "links": links(show, lists, len(suggestions)),
        "cards": cards(lists["mine"], len(suggestions), len(telling.waiting_for_me(gate)), now),
        "news": day.news_lines(news, known),
        "news_since": wording.ago(min(one.sent for one in news), now) if news else "",
        "looked_after": looked_after(gate, len(mine)),
        **who_is_away(gate),
        "next_line": day.next_line(lists["mine"], known, now),
        "colleagues": colleagues.colleagues(gate.actor),
        "is_new": not mine and not any(lists.values()),
        **_asked_of_me(gate),
    }
    return render(request, "staff/my_day.jinja", context | pager(show, due, start, total))


def _asked_of_me(gate: Gate) -> dict[str, Any]:
    """What is asked of me by name that is about nobody in my care: an opinion, a figure, the staff survey."""
    return {
        "opinions": len(subject_access.opinions_asked(gate)),
        "figures": improving.waiting_for(gate.actor.id),
        "voice": voices.open_for(gate.actor.id, timezone.localdate()),
    }


def filtered(show: str, due: str) -> dict[str, Any]:
    """Which list this is, which part of it, and how many rows one act may take."""
    return {"show": show, "due": due, "due_words": day_bulk.DUE.get(due, ""), "most": day_bulk.MOST}


def work_lists(gate: Gate, items: list[WorkItem]) -> dict[str, list[WorkItem]]:
    """Open work by whose it is."""
    return {
        "mine": worklists.mine(items, gate),
        "team": worklists.of_my_teams(items, gate),
        "nobody": worklists.nobodys(items),
    }


def pager(show: str, due: str, start: int, total: int) -> dict[str, str]:
    """Where the rows before and after this page are."""
    here = day_bulk.wanted_list(show, due)
    return {
        "later": f"{here}&from={start + PAGE}" if total > start + PAGE else "",
        "earlier": f"{here}&from={max(start - PAGE, 0)}" if start else "",
    }


def page_start(request: HttpRequest) -> int:
    """Where this page of rows starts."""
    text = request.GET.get("from", "")
    return whole_number(text, most=100_000)


def by_id(banners: list[Banner]) -> dict[str, Banner]:
    """First lines by person."""
    return {one.id: one for one in banners}


def who_is_away(gate: Gate) -> dict[str, Any]:
    """Whom I stand in for today, and whether I am away myself."""
    today = timezone.localdate()
    mine = [one for one in absences.coming(gate.actor.id, today) if one.starts_on <= today]
    return {
        "standing_in": absences.stood_in_for(gate.actor.id, today),
        "am_away": mine[0] if mine else None,
    }


def looked_after(gate: Gate, count: int) -> str:
    """“You look after 58 people (limit 60)”."""
    me = colleagues.me(gate.actor)
    limit = f" (limit {me.caseload_limit})" if me and me.caseload_limit else ""
    return f"You look after {wording.people(count)}{limit}"


def links(show: str, lists: dict[str, list[WorkItem]], suggested: int) -> tuple[FilterLink, ...]:
    """Filters are links with their own address and count."""
    words = (
        ("mine", f"Mine ({len(lists['mine'])})"),
        ("team", f"Team ({len(lists['team'])})"),
        ("nobody", f"Nobody’s ({len(lists['nobody'])})"),
        ("suggested", f"Suggested people ({suggested})"),
    )
    mine = [FilterLink(text, f"/day?show={key}", key == show) for key, text in words]
    others = (("Visits today", "/day/visits"), ("Done", "/day/done"))
    return (*mine, *(FilterLink(text, href, False) for text, href in others))


def cards(mine: list[WorkItem], suggested: int, messages: int, now: Any) -> tuple[tuple[str, int, str], ...]:
    """The numbers at the top, each a link."""
    today = wording.as_date(now)
    groups = [day.group(item.due, today) for item in mine]
    answers = sum(item.kind == "take-charge" for item in mine)
    return (
        ("Late", groups.count("Late"), "/day?show=mine&due=late"),
        ("Today", groups.count("Today"), "/day?show=mine&due=today"),
        ("Waiting for my answer", answers + messages, "/day/messages" if messages else "/day?show=mine"),
        ("Suggested people", suggested, "/day?show=suggested"),
    )


@signed_in(*access.PROFESSIONALS)
def print_day(request: HttpRequest) -> HttpResponse:
    """“Print my day”: what is late and due today, with what to know at the door; never a key code."""
    gate, now = access.gate_of(request), timezone.now()
    today = wording.as_date(now)
    mine = [
        item
        for item in worklists.mine(worklists.waiting(gate).work, gate)
        if day.group(item.due, today) in ("Late", "Today")
    ][:PAGE]
    ids = list(dict.fromkeys(item.person_id for item in mine))
    known = by_id(people.banners(request, ids, ("Patient", "AllergyIntolerance", "Flag")))
    sheets = [(known[id_], [item for item in mine if item.person_id == id_]) for id_ in ids if id_ in known]
    return render(request, "staff/day_print.jinja", {"sheets": sheets})


@signed_in(*access.PROFESSIONALS)
@require_POST
def task_done(request: HttpRequest, task_id: Any) -> HttpResponse:
    """“Done”, with one click."""
    gate = access.gate_of(request)
    task = gate.read("Task", str(task_id))
    answered_at = day.page_of(worklists.item_of(task).kind, task.id) if task else ""
    if answered_at:
        return redirect(answered_at)
    done = notes.finish_task(gate, person_id=task.subject, task_id=task.id) if task else None
    _tell(request, done, "Done.")
    return redirect(day_bulk.back(request))


@signed_in(*access.PROFESSIONALS)
@require_POST
def task_taken(request: HttpRequest, task_id: Any) -> HttpResponse:
    """Claim a task that nobody has."""
    version = request.POST.get("version", "")
    try:
        taken = worklists.take(access.gate_of(request), task_id=str(task_id), version=whole_number(version))
        flash.done(request, "It is yours.", undo=undo.task_address(taken.id, taken.version))
    except Conflict as conflict:
        flash.note(request, day_bulk.someone_took(conflict, access.gate_of(request).actor.id))
    return redirect(day_bulk.back(request))


@signed_in(*access.PROFESSIONALS)
def task_date(request: HttpRequest, task_id: Any) -> HttpResponse:
    """“Change date”."""
    gate = access.gate_of(request)
    task = gate.read("Task", str(task_id))
    if task is None:
        flash.note(request, "This task is not there any more.")
        return redirect("day")
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        by = form.day("by", "Enter the new date.")
        if by and _moved(request, gate, task.id, by, form):
            return redirect(day_bulk.back(request))
    context = {"form": form, "item": worklists.item_of(task), "back": request.GET.get("show", "mine")}
    return render(request, "staff/task_date.jinja", context, status=200 if form.ok else 422)


def _moved(request: HttpRequest, gate: Gate, task_id: str, by: Any, form: Form) -> bool:
    version = form.whole("version")
    try:
        done = worklists.change_date(
            gate, task_id=task_id, version=version, by=by, today=timezone.localdate()
        )
    except Conflict as conflict:
        flash.note(request, day_bulk.someone_took(conflict, access.gate_of(request).actor.id))
        return True
    if isinstance(done, Refusal):
        form.fail(done.field or "by", done.reason)
        return False
    flash.done(request, f"Moved to {wording.weekday(by)}.")
    return True


def _tell(request: HttpRequest, done: Any, words: str) -> None:
    if done is None:
        flash.note(request, "This task is not there any more.")
    elif isinstance(done, Refusal):
        flash.note(request, done.reason)
    else:
        flash.done(request, words, undo=undo.task_address(done.id, done.version))
