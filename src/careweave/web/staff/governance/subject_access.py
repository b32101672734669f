"""Requests of people for a copy of their record: written down, checked, read entry by entry, released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.teams import staff_facts
from careweave.record import Gate, Refusal, Refused, subject_access
from careweave.record.redacting import lines
from careweave.record.subject_access_copy import Copy
from careweave.record.subject_access_rules import rules
from careweave.record.subject_access_state import Entry, Request
from careweave.web import access, directory, flash, frame, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.documents import printing
from careweave.web.presenters import copy_of_record
from careweave.web.presenters.roles import role_name

_PAGE = 50
_ACTS = {
    "released": "Given",
    "refused": "Not given",
    "withdrawn": "Taken back by the person",
}
_STATES = {
    "to-decide": ("To decide", "orange"),
    "waits": ("Waits for an opinion", "yellow"),
    "left-out": ("Left out", "grey"),
    "included": ("In the copy", "green"),
}


@signed_in("governance-lead")
def listed(request: HttpRequest) -> HttpResponse:
    """Those that wait by when they are due, then those that were answered."""
    gate = _gate(request)
    rows = [_row(each) for each in subject_access.requests(gate)]
    context = {
        "waiting": [row for row in rows if row["ended"] is None],
        "done": [row for row in rows if row["ended"] is not None],
    }
    return render(request, "staff/governance/copies.jinja", context)


@signed_in("governance-lead")
def new(request: HttpRequest) -> HttpResponse:
    """A request that came by letter or at a desk: whose record it is, and when it was asked."""
    form, gate = Form(request.POST if request.method == "POST" else None), _gate(request)
    context: dict[str, Any] = {"form": form, "found": None}
    if request.method == "POST" and form.get("person"):
        asked_on, how = (
            form.day("asked_on", "Enter the day the request came."),
            form.text("how", "Say how they asked."),
        )
        if form.ok and asked_on and form.get("person") in request.session.get("traced", ()):
            made = subject_access.ask(gate, form.get("person"), asked_on=asked_on, how=how)
            if not isinstance(made, Refusal):
                flash.done(request, "Written down. The clock runs from the day it was asked.")
                return redirect("copy-request", request_id=made.id)
            form.fail(made.field, f"{made.reason}.")
        context["person_id"] = form.get("person")
    elif request.method == "POST":
        context["found"] = traced(request, form, gate)
    return render(request, "staff/governance/copy_new.jinja", context, status=200 if form.ok else 422)


def traced(request: HttpRequest, form: Form, gate: Gate) -> list[Any] | None:
    """Whoever is known by what was typed; None when that was not enough."""
    number = "".join(filter(str.isdigit, form.text("number")))
    given, family, born = form.text("given"), form.text("family"), form.day("born")
    if not number and not (given and family and born):
        form.fail("number", "Enter an NHS number, or both names and the date of birth.")
    if not form.ok:
        return None
    day = born.isoformat() if born else ""
    found = (
        gate.trace(nhs_number=number) if number else gate.trace(family=family, given=given, birth_date=day)
    )
    request.session["traced"] = [one.person_id for one in found]
    return found


@signed_in("governance-lead")
def one(request: HttpRequest, request_id: Any) -> HttpResponse:
    """One request from the first check to the release."""
    gate, form = _gate(request), Form(request.POST if request.method == "POST" else None)
    held = _held(gate, request_id)
    if request.method == "POST":
        answer = _acted(gate, held, form)
        if answer is None and form.ok:
            flash.done(request, _DONE.get(form.get("act"), "Saved."))
            return redirect("copy-request", request_id=held.id)
        if answer is not None:
            form.fail(answer.field or form.get("act"), f"{answer.reason}.")
    found = subject_access.record_of(gate, held) if _is_mine(gate, held) else []
    counts = {state: sum(each.state == state for each in found) for state in _STATES}
    context = {
        "form": form,
        "row": _row(held),
        "held": held,
        "mine": _is_mine(gate, held),
        "counts": counts,
        "total": len(found),
        "proofs": [pair for pair in rules().proofs.items() if pair[0] != "signed-in"],
        "reasons": _reasons(opinion=False),
        "everywhere": [each for each in held.removals if not each.entry],
        "is_long": held.last("extended"),
    }
    return render(request, "staff/governance/copy.jinja", context, status=200 if form.ok else 422)


_DONE = {
    "identity": "Saved. You can take the request on.",
    "extend": "Saved. The person sees the new day and your reason.",
    "take": "The record is open to you until the request is answered.",
    "release": "The copy is made. The person can fetch it, and so can you, to hand it over.",
    "refuse": "Saved. The person sees your reason.",
}


def _acted(gate: Gate, held: Request, form: Form) -> Refusal | None:
    act = form.get("act")
    if act == "identity":
        return subject_access.check_identity(gate, held, proof=form.get("proof"), words=form.text("saw"))
    if act == "extend":
        return _at("longer", subject_access.extend(gate, held, words=form.text("longer")))
    if act == "take":
        return subject_access.take(gate, held)
    if act == "remove":
        answer = subject_access.remove_words(
            gate, held, words=form.text("words"), reason=form.get("why"), entry=None
        )
        return answer
    if act == "restore":
        return subject_access.restore_words(gate, held, words=form.text("back"), entry=None)
    if act == "release":
        return subject_access.release(gate, held, printed=printed)
    if act == "refuse":
        return _at("no", subject_access.refuse(gate, held, words=form.text("no")))
    return Refusal("Choose what to do")


def _at(field: str, answer: Refusal | None) -> Refusal | None:
    return Refusal(answer.reason, field) if answer else None


@signed_in("governance-lead")
def contents(request: HttpRequest, request_id: Any) -> HttpResponse:
    """The entries, those to decide about first; found by words in them."""
    gate = _gate(request)
    held = _held(gate, request_id)
    found, words = subject_access.record_of(gate, held), request.GET.get("q", "").strip()
    if words:
        found = [each for each in found if words.casefold() in _text(each).casefold()]
    page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
    names = directory.sources().names
    context = {"held": held, "rows": [_entry_row(each, names) for each in page], "page": page, "words": words}
    return render(request, "staff/governance/copy_entries.jinja", context)


@signed_in("governance-lead")
def entry(request: HttpRequest, request_id: Any, entry_id: Any) -> HttpResponse:
    """One entry: send it, leave it out, take words out of it, or ask a health professional."""
    gate, form = _gate(request), Form(request.POST if request.method == "POST" else None)
    held = _held(gate, request_id)
    found = next(
        (each for each in subject_access.record_of(gate, held) if each.resource.id == str(entry_id)), None
    )
    if found is None:
        raise Refused("not there, or not allowed")
    if request.method == "POST":
        answer = _acted_on(gate, held, found, form)
        if answer is None:
            flash.done(request, "Saved.")
            after = "copy-entries" if form.get("act") in ("include", "leave-out") else "copy-entry"
            more = {} if after == "copy-entries" else {"entry_id": found.resource.id}
            return redirect(after, request_id=held.id, **more)
        form.fail(answer.field or form.get("act"), f"{answer.reason}.")
    context = {
        "form": form,
        "held": held,
        "row": _entry_row(found, directory.sources().names),
        "one": found,
        "lines": lines(found.resource.body),
        "reasons": _reasons(opinion=found.opinion is not None and found.opinion.said == "harm"),
        "word_reasons": _reasons(opinion=False),
        "colleagues": _colleagues(gate),
        "asked_of": directory.contact(found.opinion.asked_of).name if found.opinion else "",
    }
    return render(request, "staff/governance/copy_entry.jinja", context, status=200 if form.ok else 422)


def _acted_on(gate: Gate, held: Request, found: Entry, form: Form) -> Refusal | None:
    act = form.get("act")
    if act == "include":
        return subject_access.decide(gate, held, found, include=True)
    if act == "leave-out":
        return subject_access.decide(gate, held, found, include=False, reason=form.get("reason"))
    if act == "remove":
        return subject_access.remove_words(
            gate, held, words=form.text("words"), reason=form.get("why"), entry=found.resource
        )
    if act == "restore":
        return subject_access.restore_words(gate, held, words=form.text("back"), entry=found.resource)
    if act == "ask":
        answer = subject_access.ask_opinion(gate, held, found, of=form.get("asked_of"), why=form.text("harm"))
        return Refusal(answer.reason, "harm") if answer and answer.field == "why" else answer
    return Refusal("Choose what to do")


@signed_in("governance-lead")
def handed_over(request: HttpRequest, request_id: Any) -> HttpResponse:
    """The finished copy, to hand over to someone who does not use the pages."""
    gate = _gate(request)
    return as_archive(subject_access.fetch(gate, _held(gate, request_id)))


def as_archive(content: bytes | None) -> HttpResponse:
    """One file; its name says nothing about the person."""
    if content is None:
        raise Refused("not there, or not allowed")
    response = HttpResponse(content, content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="copy-of-record.zip"'
    return response


def printed(copy: Copy) -> bytes:
    """The copy as a tagged PDF."""
    brand = frame.brand()
    paper = {"product": brand.product, "practice": brand.demonstration, "help": brand.help_telephone}
    shaped = copy_of_record.sheet(copy, directory.sources().names, paper, timezone.now())
    return printing.pdf("copy", shaped)


def _gate(request: HttpRequest) -> Gate:
    """The same reader for the one purpose of answering."""
    return subject_access.answering(access.gate_of(request).actor)


def _held(gate: Gate, request_id: Any) -> Request:
    held = subject_access.request(gate, str(request_id))
    if held is None:
        raise Refused("not there, or not allowed")
    return held


def _is_mine(gate: Gate, held: Request) -> bool:
    return held.ended is None and any(step.act == "taken" and step.by == gate.actor.id for step in held.steps)


def _reasons(*, opinion: bool) -> list[tuple[str, str]]:
    return [(key, each.title) for key, each in rules().reasons.items() if opinion or not each.needs_opinion]


def _colleagues(gate: Gate) -> list[tuple[str, str]]:
    """Health professionals who may be asked: the law does not let the governance lead judge harm."""
    found = staff_facts.workers(roles=tuple(rules().opinion_roles))
    options = {each.party: f"{each.name}, {role_name(each.role)}" for each in found}
    options.pop(gate.actor.id, None)
    return [("", "Choose"), *options.items()]


def _text(each: Entry) -> str:
    return " ".join(line.words for line in lines(each.resource.body))


def _entry_row(each: Entry, names: Mapping[str, str]) -> dict[str, Any]:
    state, colour = _STATES[each.state]
    one = each.resource
    text = _text(each)
    return {
        "id": one.id,
        "title": rules().titles.get(one.type, one.type),
        "source": names.get(one.source, one.source),
        "when": wording.day(one.starts) if one.starts else "",
        "words": text if len(text) <= 160 else f"{text[:160]}…",
        "state": state,
        "colour": colour,
        "why": each.why_look,
        "removed": len(each.removals),
    }


def _row(held: Request) -> dict[str, Any]:
    ended = held.ended
    return {
        "one": held,
        "mark": held.person_id[:8],
        "asked": wording.day(held.asked_on),
        "due": wording.due(held.due(rules()), timezone.now()),
        "due_day": wording.day(held.due(rules())),
        "state": _state(held),
        "ended": _ACTS[ended.act] if ended else None,
        "ended_on": wording.moment(ended.at) if ended else "",
        "who_asks": _who_asks(held),
        "by": directory.contact(held.taken_by).name if held.taken_by else "",
    }


def _who_asks(held: Request) -> str:
    if held.identity is None:
        return "Not checked yet"
    proof, _, saw = held.identity.words.partition(": ")
    return f"{rules().proofs.get(proof, proof)}{f': {saw}' if saw else ''}"


def _state(held: Request) -> str:
    if held.identity is None:
        return "Check who asks"
    return "Being prepared" if held.taken_by else "To be taken on"
