"""Are these the same person? The queue of pairs, the evidence, and the decision (pages.md §11)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from careweave.care.teams.staff_facts import workers
from careweave.identity import reviewing
from careweave.record import Refusal, Refused
from careweave.record.review_queue import PairToReview
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import same_person

WORDS = {
    "joined": "Joined.",
    "kept-apart": "Kept apart. These two will not be suggested again unless new facts come.",
    "needs-second": "Your answer is kept. A second person must agree before these are joined.",
    "passed-on": "Passed on.",
}


@signed_in("data-clerk")
def queue(request: HttpRequest) -> HttpResponse:
    """Opens the oldest pair, or says that there is nothing to check."""
    gate = access.gate_of(request)
    pairs = reviewing.open_pairs(gate, limit=1)
    if pairs:
        return _show(request, pairs[0], Form())
    return render(request, "staff/review_empty.jinja")


@signed_in("data-clerk")
def pair(request: HttpRequest, pair_id: Any) -> HttpResponse:
    """One pair by its address."""
    found = reviewing.pair(access.gate_of(request), str(pair_id))
    if found is None:
        raise Refused("not there, or not allowed")
    return _show(request, found, Form())


def _show(request: HttpRequest, found: PairToReview, form: Form) -> HttpResponse:
    gate, names = access.gate_of(request), directory.sources().names
    one, other = gate.read("Patient", found.one), gate.read("Patient", found.other)
    if one is None or other is None:
        raise Refused("not there, or not allowed")
    waiting = [each.id for each in reviewing.open_pairs(gate)]
    context = {
        "form": form,
        "pair": found,
        "place": waiting.index(found.id) + 1 if found.id in waiting else 0,
        "waiting": reviewing.count_open(gate),
        "rows": same_person.compare(one.body, other.body),
        "evidence": same_person.evidence_words(found.evidence),
        "sources": (names.get(one.source, one.source), names.get(other.source, other.source)),
        "decided": found.state not in ("open", "second"),
        "clerks": [one for one in workers(roles=("data-clerk",)) if one.party != gate.actor.id],
        "decided_by": directory.contact(found.decided_by).name if found.decided_by else "",
    }
    return render(request, "staff/review.jinja", context, status=200 if form.ok else 422)


@signed_in("data-clerk")
@require_POST
def decide(request: HttpRequest, pair_id: Any) -> HttpResponse:
    """Same person, different people, or not sure."""
    gate = access.gate_of(request)
    form = Form(request.POST)
    answer = form.choice(
        "answer", ("same", "different", "unsure"), "Choose “Same person” or “Different people”."
    )
    done = reviewing.decide(
        gate, id=str(pair_id), answer=answer, reason=form.text("reason"), pass_to=form.get("pass_to") or None
    )
    if isinstance(done, Refusal):
        flash.note(request, done.reason)
    else:
        flash.done(request, WORDS[done.outcome])
    return redirect("review")
