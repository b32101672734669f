"""Writing what stands on the crisis card beside the plan: what is usual, please do and don't, the home."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.plans import crisis
from careweave.care.plans.crisis import Card
from careweave.record import Conflict, Refusal, Refused
from careweave.web import access, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.staff import opened, sheets

CHANGED = "{who} changed this while you were writing. Both texts are below. Choose the words to keep."


@signed_in(*access.PROFESSIONALS)
def edit(request: HttpRequest, person_id: Any) -> HttpResponse:
    """One page for the whole card; the rows of “If this happens” belong to the plan, which is linked."""
    shown = opened.open_person(request, str(person_id), about=sheets.ON_THE_CARD)
    if not shown.record.kinds & {"team", "coordinator"}:
        raise Refused("not there, or not allowed")
    stored = crisis.card_of(shown.resources)
    form = Form(request.POST if request.method == "POST" else _as_typed(stored))
    theirs = None
    if request.method == "POST":
        card = _card(form)
        try:
            done = crisis.save_card(
                shown.gate, person_id=shown.record.id, card=card, today=timezone.localdate()
            )
        except Conflict as conflict:
            theirs = crisis.card_of([conflict.current])
            form.fail("maincontent", CHANGED.format(who=theirs.by if theirs else "Someone"))
        else:
            if not isinstance(done, Refusal):
                flash.done(request, f"Saved at {wording.clock(timezone.now())}.")
                return redirect("crisis", person_id=person_id)
            form.fail(done.field or "maincontent", f"{done.reason}.")
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "form": form,
        "parts": crisis,
        "theirs": theirs,
        "version": (theirs or stored or Card()).version,
    }
    return render(request, "staff/crisis_edit.jinja", context, status=200 if form.ok else 422)


def _as_typed(card: Card | None) -> dict[str, Any]:
    if card is None:
        return {}
    lists = {name: "\n".join(getattr(card, name)) for name in ("please_do", "please_dont")}
    year, month, day = card.review_on.split("-") if card.review_on else ("", "", "")
    review = {"review_on-day": day, "review_on-month": month, "review_on-year": year}
    return {name: getattr(card, name) for name in crisis.TEXTS} | lists | review


def _card(form: Form) -> Card:
    review = form.day("review_on")
    return Card(
        **{name: form.text(name) for name in crisis.TEXTS},
        please_do=_lines(form, "please_do"),
        please_dont=_lines(form, "please_dont"),
        review_on=review.isoformat() if review else "",
        version=form.whole("version"),
    )


def _lines(form: Form, name: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in form.text(name).split("\n") if line.strip())
