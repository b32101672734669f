"""One contact: what is known, who has it, urgent care from the limit, whom we ask on, two of a profession, how it ended."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.contacts import duplicates, handling, queue, reversing, rules, urgent
from careweave.care.contacts.queue import Contact
from careweave.care.contacts.urgent import Order
from careweave.care.referrals import asking
from careweave.care.teams.notes import NextStep
from careweave.care.teams.staff_facts import worker_of
from careweave.record import Refusal, Refused
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import contacts as shown_as
from careweave.web.staff import alternatives, colleagues, opened
from careweave.web.staff.opened import Opened

ENCOUNTERS = (("Encounter",), 200)


@signed_in(*access.PROFESSIONALS)
def contact(request: HttpRequest, task_id: Any) -> HttpResponse:
    """Everything one needs to help whoever called, on one page."""
    held = _held(request, task_id)
    if asking.referral(access.gate_of(request), held.id):
        return redirect("self-referral", task_id=held.id)
    by = urgent.begins_by(held, timezone.localdate()).astimezone(wording.LONDON)
    chosen = {"care-service": request.GET.get("care", "")}
    form = Form({**chosen, "care-begins": f"{by:%H:%M}"} if by > timezone.now() else chosen)
    return show(request, held, _opened(request, held), form)


def _held(request: HttpRequest, task_id: Any) -> Contact:
    held = queue.contact(access.gate_of(request), str(task_id))
    if held is None:
        raise Refused("not there, or not allowed")
    return held


def _opened(request: HttpRequest, held: Contact) -> Opened:
    return opened.open_person(request, held.person_id, (opened.TASKS, opened.MOST_TASKS), ENCOUNTERS)


def show(request: HttpRequest, held: Contact, shown: Opened, form: Form) -> HttpResponse:
    """The page, with the form that was wrong as it was typed."""
    gate, now, today = access.gate_of(request), timezone.now(), timezone.localdate()
    desk, mine = rules.desk(today), urgent.limit_here(gate, today)
    known, assessment = shown_as.already_known(desk.questions, shown.resources)
    context = {
        "held": held,
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "due": shown_as.due(held.due, now),
        "caller_may": shown_as.told_to_caller(held, shown.banner.call_name),
        "check": desk.checks.get(held.check, "Not asked"),
        "why_here": shown_as.why_here(held, mine[0].name if mine else "The team"),
        "known": list(known.values()),
        "assessment": assessment,
        "doubles": shown_as.doubles(shown.resources, directory.sources().names, today),
        "asked_on": [_asked(one, now, gate.actor.id) for one in handling.onward_tasks(gate, held)],
        "limit": mine[1] if mine else None,
        "manager": mine[0].manager_name if mine else "",
        "pounds": urgent.pounds,
        "services": _services(),
        "begins": wording.clock(urgent.begins_by(held, today)),
        "may_commit": gate.actor.role == urgent.MAY_COMMIT and mine is not None,
        "who": [("", "Choose"), (gate.actor.id, "Me"), *_colleagues(request)],
        "outcomes": [(one.id, one.title) for one in desk.outcomes.values()],
        "outcome": desk.outcomes[held.outcome].title if held.outcome in desk.outcomes else "",
        "instead": alternatives.instead(),
        "form": form,
    }
    return render(request, "staff/contact.jinja", context, status=200 if form.ok else 422)


def _services() -> list[tuple[str, str]]:
    found = rules.services(timezone.localdate()).values()
    return [(one.id, f"{one.title}: {urgent.pounds(one.pence)} a {one.unit}") for one in found]


def _colleagues(request: HttpRequest) -> list[tuple[str, str]]:
    return [(one.party, one.name) for one in colleagues.colleagues(access.gate_of(request).actor)]


def _asked(task: Any, now: datetime, me: str) -> dict[str, Any]:
    end = task.body.get("restriction", {}).get("period", {}).get("end", "")
    is_done, is_off = task.body["status"] == "completed", task.body["status"] == "cancelled"
    return {
        "id": task.id,
        "can_reverse": reversing.may_reverse(task, me, now),
        "what": task.body.get("description", ""),
        "who": task.body.get("owner", {}).get("display", "Nobody yet"),
        "due": "Done" if is_done else "Reversed" if is_off else wording.due(end, now).text,
    }


def _back(
    request: HttpRequest, held: Contact, form: Form, done: Any, words: str, at: str = ""
) -> HttpResponse:
    """The page again: with what is wrong at its field, or with what was done."""
    if isinstance(done, Refusal):
        form.fail(f"{at}{done.field}" if done.field else "maincontent", f"{done.reason.removesuffix('.')}.")
        return show(request, held, _opened(request, held), form)
    flash.done(request, words)
    return redirect("contact", task_id=held.id)


@signed_in(*access.PROFESSIONALS)
@require_POST
def give(request: HttpRequest, task_id: Any) -> HttpResponse:
    """“I take it”, or a colleague does."""
    held, form, gate = _held(request, task_id), Form(request.POST), access.gate_of(request)
    to = worker_of(form.get("to") or gate.actor.id)
    done = (
        handling.give_to(gate, task_id=held.id, version=form.whole("version"), to=to)
        if to
        else Refusal("Choose who has it", "to")
    )
    return _back(request, held, form, done, f"{to.name if to else ''} has it.")


@signed_in(*access.PROFESSIONALS)
@require_POST
def onward(request: HttpRequest, task_id: Any) -> HttpResponse:
    """We ask on: what, who of us, by when."""
    held, form, gate = _held(request, task_id), Form(request.POST), access.gate_of(request)
    who = worker_of(form.get("step-who"))
    by = form.day("step-by") or timezone.localdate()
    step = NextStep(form.text("step-what"), who.party if who else "", who.name if who else "", by)
    if not form.ok:
        return show(request, held, _opened(request, held), form)
    done = handling.make_onward_contact(gate, task_id=held.id, step=step, today=timezone.localdate())
    return _back(request, held, form, done, f"{step.name} has it on their list.", "step-")


@signed_in(*access.PROFESSIONALS)
@require_POST
def care(request: HttpRequest, task_id: Any) -> HttpResponse:
    """Commit urgent care from the limit, or ask the manager where it is not enough."""
    held, form, gate, today = (
        _held(request, task_id),
        Form(request.POST),
        access.gate_of(request),
        timezone.localdate(),
    )
    wanted = _order(form)
    if form.get("ask"):
        asked = urgent.ask_manager(gate, task_id=held.id, order=wanted, today=today)
        return _back(
            request,
            held,
            form,
            asked,
            "The manager is asked, with a task of today. You need not ring.",
            "care-",
        )
    done = urgent.commit_urgent_care(gate, task_id=held.id, order=wanted, today=today)
    if isinstance(done, Refusal):
        return _back(request, held, form, done, "", "care-")
    words = f"Committed: {urgent.pounds(done.pence)}. It begins by {wording.clock(done.begins)}."
    return _back(request, held, form, done, f"{words} {urgent.pounds(done.left)} of the limit is left.")


def _order(form: Form) -> Order:
    return Order(
        service=form.get("care-service"),
        days=form.whole("care-days"),
        a_day=form.whole("care-a_day"),
        begins=_clock(form.text("care-begins")),
        why=form.text("care-why"),
    )


def _clock(text: str) -> datetime | None:
    """A time of day in London, the next time it comes."""
    plain = text.lower().replace(".", ":").replace(" ", "")
    is_pm, plain = plain.endswith("pm"), plain.removesuffix("am").removesuffix("pm")
    try:
        at = time.fromisoformat(f"{int(plain):02d}:00" if plain.isdigit() else plain.zfill(5))
    except ValueError:
        return None
    hour = at.hour + 12 if is_pm and at.hour < 12 else at.hour
    now = timezone.now().astimezone(wording.LONDON)
    found = now.replace(hour=hour, minute=at.minute, second=0, microsecond=0)
    return found + timedelta(days=1) if found < now - timedelta(minutes=1) else found


@signed_in(*access.PROFESSIONALS)
@require_POST
def reverse(request: HttpRequest, task_id: Any, care_id: Any) -> HttpResponse:
    """It is not needed after all: the limit has its room back, and the provider is told."""
    held, form = _held(request, task_id), Form(request.POST)
    done = reversing.reverse(
        access.gate_of(request), task_id=str(care_id), reason=form.text("reason"), now=timezone.now()
    )
    if isinstance(done, Refusal):
        return _back(request, held, form, done, "", "reverse-")
    words = (
        f"Reversed: {urgent.pounds(done.pence)} is back, and {urgent.pounds(done.left)} of the limit is left."
    )
    return _back(request, held, form, done, f"{words} Telling the provider is a task of now on your list.")


@signed_in(*access.PROFESSIONALS)
@require_POST
def one_is_enough(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Of two of one profession one stays, and the other is told; or both stay, for a reason."""
    shown = opened.open_person(request, str(person_id), (opened.TASKS, opened.MOST_TASKS), ENCOUNTERS)
    form, back = Form(request.POST), request.POST.get("back", "")
    doubles = duplicates.duplicates(shown.resources, today=timezone.localdate())
    double = next((one for one in doubles if one.profession == form.get("profession")), None)
    done = (
        duplicates.end_one(
            shown.gate,
            person_id=shown.record.id,
            duplicate=double,
            keep=form.get("keep"),
            reason=form.text("reason"),
            today=timezone.localdate(),
        )
        if double
        else Refusal("This was answered already")
    )
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason.removesuffix('.')}.")
    else:
        is_both = form.get("keep") == duplicates.BOTH
        words = "more than one is right." if is_both else "telling the other is a task of today on your list."
        flash.done(request, f"Written down: {words}")
    held = queue.contact(shown.gate, back) if back else None
    return redirect("contact", task_id=held.id) if held else redirect("person", person_id=shown.record.id)


@signed_in(*access.PROFESSIONALS)
@require_POST
def answer(request: HttpRequest, task_id: Any) -> HttpResponse:
    """How it ended, and what the caller was told."""
    held, form, gate = _held(request, task_id), Form(request.POST), access.gate_of(request)
    done = handling.answer(
        gate,
        task_id=held.id,
        version=form.whole("version"),
        outcome=form.get("outcome"),
        words=form.text("end-words"),
        today=timezone.localdate(),
    )
    if isinstance(done, Refusal):
        field = {"words": "end-words"}.get(done.field, done.field) or "maincontent"
        form.fail(field, f"{done.reason.removesuffix('.')}.")
        return show(request, held, _opened(request, held), form)
    flash.done(request, f"Answered: {held.caller}.")
    return redirect("contacts")
