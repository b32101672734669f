"""Opinions on serious harm: for the health professional who was asked, before a copy of a record is given."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from careweave.record import Refused, subject_access
from careweave.record.redacting import lines
from careweave.record.subject_access_rules import rules
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form


@signed_in(*access.PROFESSIONALS)
def listed(request: HttpRequest) -> HttpResponse:
    """What I was asked and have not answered."""
    titles = rules().titles
    rows = [
        {
            "request": id_,
            "entry": step.entry,
            "title": titles.get(step.type, step.type),
            "when": wording.moment(step.at),
            "words": step.words,
        }
        for id_, step in subject_access.opinions_asked(access.gate_of(request))
    ]
    return render(request, "staff/governance/second_looks.jinja", {"rows": rows})


@signed_in(*access.PROFESSIONALS)
def one(request: HttpRequest, request_id: Any, entry_id: Any) -> HttpResponse:
    """The entry, the question, and my answer."""
    gate, asked = access.gate_of(request), (str(request_id), str(entry_id))
    step = next(
        (step for id_, step in subject_access.opinions_asked(gate) if (id_, step.entry) == asked), None
    )
    entry = gate.read(step.type, step.entry) if step else None
    if step is None or entry is None:
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        said = form.choice("said", ("harm", "no-harm"), "Choose what you say.")
        words = form.text("words", "Say why you think so.")
        if form.ok:
            answer = subject_access.give_opinion(gate, *asked, is_harm=said == "harm", words=words)
            if answer is None:
                flash.done(request, "Saved. Thank you.")
                return redirect("opinions")
            form.fail(answer.field, f"{answer.reason}.")
    context = {
        "form": form,
        "lines": lines(entry.body),
        "question": step.words,
        "asked_by": directory.contact(step.by).name,
    }
    return render(request, "staff/governance/second_look.jinja", context, status=200 if form.ok else 422)
