"""Paper on its way: what waits to be printed, batches with cover sheets, the file for a firm that prints and posts."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from careweave.care.plans import copies
from careweave.care.plans.copies import PlanCopy
from careweave.care.plans.standing import plan_in
from careweave.care.teams import delivering_paper as paper
from careweave.care.teams.delivering_paper import Batch
from careweave.record import Gate, Refusal, Refused, Resource
from careweave.record.deliveries import Delivery
from careweave.web import access, flash, frame, plan_giving, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.documents import printing
from careweave.web.presenters import facts, plan_sheet
from careweave.web.presenters.roles import role_name
from careweave.web.staff import letters_surveys, opened, people, plan_context
from careweave.web.staff.opened import Opened

HEADINGS = ("reference", "name", *(f"address_line_{number}" for number in range(1, 8)), "file", "pages")
_LARGE = ("large", "easy")


@dataclass(frozen=True)
class Letter:
    """One letter as it is put into an envelope."""

    delivery: Delivery
    name: str
    address: tuple[str, ...]
    file: str
    content: bytes
    pages: int


@signed_in(*access.PROFESSIONALS)
def listed(request: HttpRequest) -> HttpResponse:
    """What waits for my people, and batches that are not handed to post yet."""
    return _show(request, Form())


def _show(request: HttpRequest, form: Form) -> HttpResponse:
    gate = access.gate_of(request)
    found = paper.paper_of(gate)
    rows, overtaken = _rows(request, gate, found.waiting)
    if overtaken:  # a newer version has its own letter
        paper.leave_out(gate, overtaken)
    batches = [
        {"one": batch, "count": len(batch.letters), "when": wording.moment(batch.made_at)}
        for batch in found.batches
    ]
    context = {"rows": rows, "batches": batches, "form": form, "most": paper.MOST}
    return render(request, "staff/letters.jinja", context, status=200 if form.ok else 422)


def _rows(
    request: HttpRequest, gate: Gate, waiting: Sequence[Delivery]
) -> tuple[list[dict[str, Any]], list[Delivery]]:
    """A line for each letter of the version in force; and those that a newer version has overtaken."""
    ids = list(dict.fromkeys(one.person_id for one in waiting))
    known = {one.id: one for one in people.banners(request, ids)}
    held = {one.id: one for some in gate.about_many(ids, ["Communication"]).values() for one in some}
    newest = _newest(held.values())
    rows: list[dict[str, Any]] = []
    overtaken: list[Delivery] = []
    for one in waiting:
        if one.entity not in held or one.person_id not in known:
            continue
        row = {"one": one, "person": known[one.person_id]}
        if letters_surveys.is_letter(one, held[one.entity]):
            name = letters_surveys.name_of(held[one.entity], known[one.person_id])
            role = "family" if one.party.startswith("related:") else ""
            rows.append(row | {"name": name, "what": "survey", "role": role})
            continue
        copy = copies.copy_of(held[one.entity])
        if copy.number < newest.get(one.person_id, 0):
            overtaken.append(one)
        else:
            rows.append(row | {"name": copy.name, "what": _what(copy), "role": _role(copy)})
    return rows, overtaken


def _newest(sent: Iterable[Resource]) -> dict[str, int]:
    """The number of the newest plan that each person's copies are of."""
    newest: dict[str, int] = {}
    for one in sent:
        if copies.is_copy(one.body):
            newest[one.subject] = max(newest.get(one.subject, 0), copies.copy_of(one).number)
    return newest


def _what(copy: PlanCopy) -> str:
    return "a version was taken back" if copy.correction else f"plan, version {copy.number}"


def _role(copy: PlanCopy) -> str:
    return "" if copy.role == "person" else role_name(copy.role)


@signed_in(*access.PROFESSIONALS)
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Put the ticked letters into a batch."""
    form = Form(request.POST)
    made = paper.make_batch(access.gate_of(request), form.many("letter"))
    if isinstance(made, Refusal):
        form.fail(made.field or "maincontent", f"{made.reason}.")
        return _show(request, form)
    flash.done(
        request, "The batch is made. Print it, or send the post file, then say that it is handed to post."
    )
    return redirect("letters")


def _batch(request: HttpRequest, batch_id: Any) -> Batch:
    batch = paper.paper_of(access.gate_of(request)).batch(str(batch_id))
    if batch is None:
        raise Refused("not there, or not allowed")
    return batch


@signed_in(*access.PROFESSIONALS)
def printed(request: HttpRequest, batch_id: Any) -> HttpResponse:
    """One PDF: each letter behind its cover sheet."""
    batch, brand = _batch(request, batch_id), frame.brand()
    made = _letters(request, batch)
    data = {
        "title": "Letters",
        "product": brand.product,
        "practice": brand.demonstration,
        "team": brand.place,
        "letters": [
            {
                "name": one.name,
                "address": list(one.address),
                "number": number,
                "reference": one.delivery.id[:8],
                "pages": one.pages,
                "file": one.file,
            }
            for number, one in enumerate(made, start=1)
        ],
    }
    return printing.as_file(printing.letters({one.file: one.content for one in made}, data), "letters.pdf")


@signed_in(*access.PROFESSIONALS)
def post_file(request: HttpRequest, batch_id: Any) -> HttpResponse:
    """A ZIP for a firm that prints and posts: a list of addresses, and a PDF for each; who has no address is left out."""
    batch = _batch(request, batch_id)
    buffer, table = io.BytesIO(), io.StringIO()
    writer = csv.writer(table)
    writer.writerow(HEADINGS)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in _letters(request, batch):
            if one.address:
                lines = [*one.address, *([""] * 7)][:7]
                writer.writerow([one.delivery.id, one.name, *lines, one.file, one.pages])
                archive.writestr(one.file, one.content)
        archive.writestr("letters.csv", "\ufeff" + table.getvalue())
    response = HttpResponse(buffer.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="letters-{batch.id[:8]}.zip"'
    return response


@signed_in(*access.PROFESSIONALS)
@require_POST
def handed(request: HttpRequest, batch_id: Any) -> HttpResponse:
    """“Handed to post”, or “Not printed: put them back”."""
    batch, gate = _batch(request, batch_id), access.gate_of(request)
    if request.POST.get("how") == "back":
        flash.done(request, f"{paper.put_back(gate, batch)} back on the list.")
    else:
        count = paper.hand_to_post(gate, batch)
        flash.done(request, f"{count} handed to post by {gate.actor.name}. It is written at each copy.")
    return redirect("letters")


# -- what is in the envelope --------------------------------------------------------------------------------------


def _letters(request: HttpRequest, batch: Batch) -> list[Letter]:
    made = []
    for number, one in enumerate(batch.letters, start=1):
        shown = opened.open_person(request, one.person_id, (("Condition", "Goal", "Communication"), 2000))
        stored = next((each for each in shown.resources if each.id == one.entity), None)
        if stored is not None:
            name, address, (sheet, data) = _made_of(shown, one, stored)
            made.append(
                Letter(
                    delivery=one,
                    name=name,
                    address=address,
                    file=f"{number:03d}.pdf",
                    content=printing.pdf(sheet, data),
                    pages=printing.pages_of(sheet, data),
                )
            )
    return made


def _made_of(
    shown: Opened, one: Delivery, stored: Resource
) -> tuple[str, tuple[str, ...], tuple[str, dict[str, Any]]]:
    """For whom, where they live, and what is inside."""
    if letters_surveys.is_letter(one, stored):
        name = letters_surveys.name_of(stored, shown.banner)
        return name, letters_surveys.address_of(shown, stored), letters_surveys.inside(shown, stored)
    copy = copies.copy_of(stored)
    return copy.name, _address(shown, copy), _inside(shown, copy)


def _inside(shown: Opened, copy: PlanCopy) -> tuple[str, dict[str, Any]]:
    """The plan in the recipient's print, without what is held back from a carer; or that a version was taken back."""
    paper_ = plan_giving.paper_for(shown.gate.actor.name, is_draft=False, large=copy.how in _LARGE)
    held_back = {"held-from-carers"} if copy.role == "carer" else set()
    open_to_them = [one for one in shown.resources if not held_back & set(one.labels)]
    plan = plan_in(open_to_them, shown.record.id)
    if plan is None:
        raise Refused("not there, or not allowed")
    conditions = plan_context.conditions_of(shown, plan.draft)
    team = plan_context.team_lines(shown)
    data = plan_sheet.sheet(shown.banner, plan.draft, paper_, team=team, conditions=conditions)
    if copy.correction:
        title = f"A version of {shown.banner.call_name}’s plan was taken back"
        return "correction", {**data, "title": title, "words": copy.correction}
    return "plan", data


def _address(shown: Opened, copy: PlanCopy) -> tuple[str, ...]:
    """Line by line; a carer's own when it is known, nobody else's."""
    bodies = [one.body for one in shown.of("Patient" if copy.role == "person" else "RelatedPerson")]
    if copy.role != "person":
        bodies = [one for one in bodies if facts.person_name(one.get("name")) == copy.name]
    for body in bodies:
        lines = facts.address(body.get("address")).split(", ")
        if any(lines):
            return tuple(line for line in lines if line)
    return ()
