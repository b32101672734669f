"""Rows we could not accept: per file, per reason; corrected in place, in a file, or left with a reason (pages.md §11)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.configuration import make_private_folder
from careweave.intake import again, refused
from careweave.private_files import private_workshop
from careweave.record import Actor, Gate, Purpose, Refusal, Refused
from careweave.record.batches import Batch, KeptRow
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import refused_rows

LARGEST_FILE = 50 * 1024 * 1024


def gate_of(request: HttpRequest) -> Gate:
    """The clerk's gate for files: another purpose than deciding who is who."""
    actor = access.actor_of(request)
    if actor is None:
        raise Refused("not there, or not allowed")
    return Gate(Actor(actor.id, actor.role, actor.organisation, actor.name), Purpose.INTAKE)


@signed_in("data-clerk")
def files(request: HttpRequest) -> HttpResponse:
    """The files of the last loads with what was refused of each."""
    names, batches = directory.sources().names, refused.files(gate_of(request))
    lines = [refused_rows.file_line(one, names) for one in batches]
    context = {
        "with_refused": [line for line in lines if line.refused],
        "clean": [line for line in lines if not line.refused],
        "last": refused_rows.last_file(batches),
    }
    return render(request, "staff/refused_files.jinja", context)


def _batch(gate: Gate, batch_id: Any) -> Batch:
    found = next((one for one in refused.files(gate, 500) if one.id == str(batch_id)), None)
    if found is None:
        raise Refused("not there, or not allowed")
    return found


@signed_in("data-clerk")
def rows(request: HttpRequest, batch_id: Any) -> HttpResponse:
    """One file's refused rows by reason."""
    return _show(request, batch_id, Form())


def _show(request: HttpRequest, batch_id: Any, form: Form) -> HttpResponse:
    gate = gate_of(request)
    batch = _batch(gate, batch_id)
    found = refused.rows(gate, batch.id, states=("refused",))
    context = {
        "form": form,
        "file": refused_rows.file_line(batch, directory.sources().names),
        "reasons": refused_rows.reasons(refused.by_reason(found)),
        "left": refused.rows(gate, batch.id, states=("left",)),
    }
    return render(request, "staff/refused_rows.jinja", context, status=200 if form.ok else 422)


@signed_in("data-clerk")
def download(request: HttpRequest, batch_id: Any) -> HttpResponse:
    """“Download these rows (CSV)”, to be corrected and sent again."""
    gate = gate_of(request)
    batch = _batch(gate, batch_id)
    text = refused.rows_to_correct(refused.rows(gate, batch.id, states=("refused",)), batch.format)
    return _csv(text, "refused-rows.csv")


@signed_in("data-clerk")
def list_for_sender(request: HttpRequest, batch_id: Any) -> HttpResponse:
    """“List for the sender”: no names and no values."""
    gate = gate_of(request)
    batch = _batch(gate, batch_id)
    return _csv(
        refused.list_for_the_sender(refused.rows(gate, batch.id, states=("refused",))),
        "list-for-the-sender.csv",
    )


def _csv(text: str, name: str) -> HttpResponse:
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@signed_in("data-clerk")
def row(request: HttpRequest, row_id: Any) -> HttpResponse:
    """Correct one row in place; the row as sent is kept beside it."""
    gate = gate_of(request)
    found = _row(gate, row_id)
    cells = fields_of(gate, found)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _answered(request, gate, found, cells, form):
        return redirect("refused-rows", batch_id=found.batch)
    fields = [
        (f"cell-{index}", name, form.get(f"cell-{index}", value))
        for index, (name, value) in enumerate(cells.items())
    ]
    context = {"row": found, "fields": fields, "form": form}
    return render(request, "staff/refused_row.jinja", context, status=200 if form.ok else 422)


def fields_of(gate: Gate, found: KeptRow) -> dict[str, str]:
    """What can be corrected here: every cell of a table's row, or the one element of a FHIR resource that is wrong."""
    is_table = again.mapping_of(_batch(gate, found.batch).format, timezone.localdate()) is not None
    return (again.cells_of(found) if is_table else {}) or {found.field: found.value}


def _row(gate: Gate, row_id: Any) -> KeptRow:
    found = next((one for one in refused.rows(gate) if one.id == str(row_id)), None)
    if found is None:
        raise Refused("not there, or not allowed")
    return found


def _answered(request: HttpRequest, gate: Gate, found: KeptRow, cells: dict[str, str], form: Form) -> bool:
    """Whether the row is corrected, or left with a reason; else the error is in the form."""
    if request.POST.get("leave"):
        done: Any = refused.will_not_correct(gate, found.id, form.text("reason"))
        words = "It stays refused, with your reason."
    else:
        changes = {
            name: form.get(f"cell-{index}")
            for index, (name, value) in enumerate(cells.items())
            if form.get(f"cell-{index}") != value
        }
        done, words = refused.correct(gate, found.id, changes), "Accepted."
    if isinstance(done, Refusal):
        at = next((index for index, name in enumerate(cells) if name == done.field), None)
        form.fail(
            "reason" if request.POST.get("leave") else f"cell-{at or 0}", f"{done.reason}.".replace("..", ".")
        )
        return False
    flash.done(request, words)
    return True


@signed_in("data-clerk")
@require_POST
def send(request: HttpRequest, batch_id: Any) -> HttpResponse:
    """“Send a corrected file”: only the refused rows are needed."""
    gate, form = gate_of(request), Form(request.POST)
    batch, sent = _batch(gate, batch_id), request.FILES.get("file")
    if sent is None:
        form.fail("file", "Choose the corrected file.")
    elif (sent.size or 0) > LARGEST_FILE:
        form.fail("file", "This file is larger than 50 MB. Load it from the command line.")
    if form.ok and sent is not None:
        waiting = make_private_folder(settings.CONFIGURATION.home / "sent") / "corrected"
        with private_workshop(waiting) as folder:
            path = folder / Path(sent.name or "corrected.csv").name
            path.write_bytes(sent.read())
            done = refused.send_corrected_file(gate, batch.id, path)
        if not isinstance(done, Refusal):
            flash.done(request, f"{done.accepted} accepted, {done.still_refused} still refused.")
            return redirect("refused-rows", batch_id=batch_id)
        form.fail("file", f"{done.reason.rstrip('.')}.")
    return _show(request, batch_id, form)
