"""Letters and papers on the staff side: attach one, read one, hand one on, take one back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.plans import paper_kinds, papers
from careweave.care.teams import membership
from careweave.record import Refusal, Refused
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.paper_file import as_paper
from careweave.web.staff import opened
from careweave.web.staff.opened import Opened

KINDS = (
    "Letter from the hospital",
    "Letter from the GP",
    "Letter from the council",
    "Assessment or report",
    "Legal paper",
    "Photo",
    "Something else",
)


@signed_in(*access.PROFESSIONALS)
def all_papers(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The list, and the form to attach one."""
    shown = opened.open_person(request, str(person_id))
    if request.method != "POST":
        return _list(request, shown, Form(None))
    form = Form(request.POST)
    done = _attach(request, shown, form)
    if isinstance(done, Refusal):
        form.fail(done.field or "file", done.reason)
    if not form.ok:
        return _list(request, shown, form)
    flash.done(request, "Attached.")
    return redirect("papers", person_id=shown.record.id)


def _attach(request: HttpRequest, shown: Opened, form: Form) -> papers.Paper | Refusal:
    sent = request.FILES.get("file")
    if sent is None:
        return Refusal("Choose a file.", "file")
    if (sent.size or 0) > paper_kinds.MOST_BYTES:
        return Refusal("This file is larger than 10 MB. Scan it in grey, or attach it in parts.", "file")
    written_on = form.day("written_on")
    if not form.ok:
        return Refusal(form.errors["written_on"], "written_on")
    return papers.attach(
        shown.gate,
        person_id=shown.record.id,
        content=sent.read(),
        file_name=sent.name or "",
        title=form.text("title"),
        kind_of_letter=form.choice("kind", KINDS),
        written_on=written_on,
        labels=[label for label in (form.get("label"), form.get("held")) if label],
        today=timezone.localdate(),
    )


def _list(request: HttpRequest, shown: Opened, form: Form) -> HttpResponse:
    labels = papers.labels_for(shown.gate.actor.role, on=timezone.localdate())
    members = [one for one in membership.team_of(shown.gate, shown.record.id) if one.until is None]
    handling = [(key, f"Keep it: {title}") for key, title in labels.items() if key in papers.HANDLING]
    about = [(key, title.capitalize()) for key, title in labels.items() if key not in papers.HANDLING]
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "form": form,
        "papers": papers.papers_of(shown.gate, shown.record.id),
        "can_write": bool(shown.record.kinds & {"team", "coordinator"}),
        "kinds": [("", "Choose"), *((each, each) for each in KINDS)],
        "about_what": [("", "Nothing that needs special care"), *about],
        "handling": [("", "Everyone in the team, and the person"), *handling],
        "label_names": labels,
        "team": [
            ("", "Choose"),
            *((one.party, one.name) for one in members if not membership.is_volunteer(one)),
        ],
        "source_names": directory.sources().names,
    }
    return render(request, "staff/papers.jinja", context, status=200 if form.ok else 422)


@signed_in(*access.PROFESSIONALS)
def paper(request: HttpRequest, person_id: Any, paper_id: Any) -> HttpResponse:
    """One paper as a file."""
    gate = access.gate_of(request)
    found = papers.read_paper(gate, person_id=str(person_id), paper_id=str(paper_id))
    if found is None:
        raise Refused("not there, or not allowed")
    return as_paper(*found)


@signed_in(*access.PROFESSIONALS)
@require_POST
def hand_on(request: HttpRequest, person_id: Any, paper_id: Any) -> HttpResponse:
    """Someone of the team gets it into their day."""
    form = Form(request.POST)
    by = form.day("by")
    done = (
        papers.hand_on(
            access.gate_of(request),
            person_id=str(person_id),
            paper_id=str(paper_id),
            party=form.get("party"),
            what=form.text("what"),
            by=by,
            today=timezone.localdate(),
        )
        if form.ok
        else Refusal(form.errors["by"])
    )
    if isinstance(done, Refusal):
        flash.note(request, done.reason)
    else:
        flash.done(request, f"Handed on to {done.body['owner'].get('display', 'a colleague')}.")
    return redirect("papers", person_id=person_id)


@signed_in(*access.PROFESSIONALS)
@require_POST
def take_back(request: HttpRequest, person_id: Any, paper_id: Any) -> HttpResponse:
    """It was attached by mistake."""
    form = Form(request.POST)
    done = papers.take_back(
        access.gate_of(request),
        person_id=str(person_id),
        paper_id=str(paper_id),
        reason=form.text("reason"),
    )
    if isinstance(done, Refusal):
        flash.note(request, done.reason)
    else:
        flash.done(request, "It is marked as attached by mistake. No list shows it any more.")
    return redirect("papers", person_id=person_id)
