"""Add a note, and put one right: “Entered by mistake” and “Wrong person” (pages.md §3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.teams import notes
from careweave.care.teams.notes import NextStep
from careweave.record import Refusal
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import timeline
from careweave.web.staff import opened, people
from careweave.web.staff.opened import Opened

DRAFT = "note"
_FIELDS = (
    "kind",
    "with_whom",
    "what_happened",
    "next_what",
    "next_who",
    "next_by-day",
    "next_by-month",
    "next_by-year",
    "keep_reason",
)


@signed_in(*access.PROFESSIONALS)
@require_POST
def add(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Save a note; with an error the page comes back with every word kept."""
    shown = opened.open_person(request, str(person_id), *people.REST)
    form = Form(request.POST)
    step = next_step(form, shown)
    if form.ok:
        done = notes.add_note(
            shown.gate,
            person_id=shown.record.id,
            kind=form.get("kind"),
            with_whom=form.text("with_whom"),
            what_happened=form.text("what_happened"),
            next_step=step,
            keep_from=form.many("keep_from"),
            keep_reason=form.text("keep_reason"),
            today=timezone.localdate(),
        )
        if not isinstance(done, Refusal):
            shown.gate.discard_draft(shown.record.id, DRAFT, key=shown.gate.actor.id)
            undo = f"/people/{shown.record.id}/notes/{done.note.id}/undo"
            detail = f"Next step: {step.what}, {step.name}." if step else ""
            flash.done(request, "Note saved.", undo=undo, detail=detail)
            return redirect(back_to(request, shown))
        form.fail(done.field or "what_happened", done.reason)
    return people.show(request, shown, form)


def back_to(request: HttpRequest, shown: Opened) -> str:
    """My day or its visits when the note was started there, else the person's page."""
    lists = {"day": "/day", "visits": "/day/visits"}
    return lists.get(request.POST.get("from", ""), f"/people/{shown.record.id}")


def next_step(form: Form, shown: Opened) -> NextStep | None:
    """The next step, when any of its fields was filled."""
    what, who, by = form.text("next_what"), form.get("next_who"), form.day("next_by")
    if not (what or by):
        return None
    names = dict(people.who_options(shown))
    return NextStep(what, who if who in names else "", names.get(who, ""), by)


@signed_in(*access.PROFESSIONALS)
@require_POST
def draft(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Words as typed, kept for their writer alone."""
    gate = access.gate_of(request)
    content = {name: request.POST.get(name, "")[:10_000] for name in _FIELDS}
    saved = gate.save_draft(str(person_id), DRAFT, content, key=gate.actor.id)
    return JsonResponse({"text": f"Saved at {wording.clock(saved.saved_at)}"})


@signed_in(*access.PROFESSIONALS)
@require_POST
def undo(request: HttpRequest, person_id: Any, note_id: Any) -> HttpResponse:
    """“Undo” right after saving: the note is struck through at once."""
    done = notes.entered_by_mistake(
        access.gate_of(request),
        person_id=str(person_id),
        note_id=str(note_id),
        reason="Undone right after saving",
    )
    if isinstance(done, Refusal):
        flash.note(request, done.reason)
    else:
        flash.done(request, "Undone. The note is struck through.")
    return redirect("person", person_id=person_id)


@signed_in(*access.PROFESSIONALS)
def mistake(request: HttpRequest, person_id: Any, note_id: Any) -> HttpResponse:
    """Strike a note through, with the reason."""
    shown = opened.open_person(request, str(person_id), (("Communication",), opened.MOST_CONTACTS))
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = notes.entered_by_mistake(
            shown.gate, person_id=shown.record.id, note_id=str(note_id), reason=form.text("reason")
        )
        if not isinstance(done, Refusal):
            flash.done(request, "The note is struck through. Whoever had read it is told.")
            return redirect("person", person_id=person_id)
        form.fail(done.field or "reason", f"{done.reason}.")
    return _show(request, shown, str(note_id), form, "staff/note_mistake.jinja")


@signed_in(*access.PROFESSIONALS)
def wrong_person(request: HttpRequest, person_id: Any, note_id: Any) -> HttpResponse:
    """Move a note to the person it is about: first find them, then say so."""
    shown = opened.open_person(request, str(person_id), (("Communication",), opened.MOST_CONTACTS))
    form = Form(request.POST if request.method == "POST" else request.GET)
    if request.method == "POST":
        right = form.text("right_person", "Choose the right person.")
        done = (
            notes.wrong_person(
                shown.gate,
                person_id=shown.record.id,
                note_id=str(note_id),
                right_person_id=right,
                reason=form.text("reason"),
            )
            if form.ok
            else None
        )
        if done is not None and not isinstance(done, Refusal):
            flash.done(request, "The note was moved. Whoever had read it is told.")
            return redirect("person", person_id=right)
        if isinstance(done, Refusal):
            form.fail(done.field or "right_person", f"{done.reason}.")
    found = people.found_people(request, form.text("q")) if form.text("q") else []
    return _show(request, shown, str(note_id), form, "staff/note_wrong_person.jinja", found=found)


def _show(
    request: HttpRequest, shown: Opened, note_id: str, form: Form, template: str, **more: Any
) -> HttpResponse:
    note = next((one for one in shown.of("Communication") if one.id == note_id), None)
    event = timeline.event(note, directory.sources()) if note else None
    context = {"person": shown.banner, "joe": shown.banner.call_name, "form": form, "event": event, **more}
    return render(request, template, context, status=200 if form.ok else 422)
