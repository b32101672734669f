"""The records a person is held under, and “This is wrong” (pages.md §3 and §11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from careweave.identity.doubting import say_wrong
from careweave.record import Refusal
from careweave.record.joining import events_of
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import banner, facts
from careweave.web.staff import opened
from careweave.web.staff.opened import Opened

# A practice that is not in the team may say so too: it knows its patient.
MAY_DOUBT = frozenset(("team", "coordinator", "practice"))


@dataclass(frozen=True)
class Joined:
    """One source's record as it says who the person is."""

    subject: str
    source: str
    name: str
    born: str
    nhs_number: str
    address: str
    since: str
    because: str


@signed_in(*access.PROFESSIONALS)
def records(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Every record, side by side, why it is here, and the way to say that one is somebody else's."""
    shown = opened.open_person(request, str(person_id))
    form = Form(request.POST if request.method == "POST" else None)
    can_doubt = bool(shown.record.kinds & MAY_DOUBT)
    if request.method == "POST" and can_doubt:
        done = say_wrong(
            shown.gate,
            person_id=shown.record.id,
            subjects=form.many("record"),
            reason=form.text("reason"),
        )
        if not isinstance(done, Refusal):
            flash.done(
                request,
                f"Held apart from {shown.banner.call_name}’s records from now on.",
                detail="A data clerk looks at it next. Nothing was deleted.",
            )
            return redirect("person", person_id=shown.record.id)
        form.fail({"subjects": "record"}.get(done.field or "", done.field or "record"), f"{done.reason}.")
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "rows": joined(shown),
        "can_doubt": can_doubt,
        "form": form,
    }
    return render(request, "staff/records.jinja", context, status=200 if form.ok else 422)


def joined(shown: Opened) -> tuple[Joined, ...]:
    """The source records with the reason of the latest joining; one that the reader may not see says so."""
    names = directory.sources().names
    bodies = {one.id: one.body for one in shown.of("Patient")}
    rules: dict[str, str] = {}
    for event in events_of(shown.gate, shown.record.id):
        for subject in event.subjects:
            rules.setdefault(subject, event.rule) if event.act == "join" else None
    found = []
    for each in shown.record.subjects:
        if each.source == "careweave":
            continue
        body = bodies.get(each.subject, {})
        found.append(
            Joined(
                each.subject,
                names.get(each.source, each.source),
                facts.person_name(body.get("name")) or "Not shown to you",
                wording.day(body.get("birthDate"), missing="not given"),
                banner.nhs_number([body]),
                facts.address(body.get("address")) or "not given",
                wording.day(each.since) if each.since else "",
                rules.get(each.subject, ""),
            )
        )
    return tuple(found)
