"""How practices vary: the funnel of one measure, whom an outlier is asked of, and the answer that stands beside it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from careweave.identity import improving
from careweave.measures.published import one_published
from careweave.measures.published_variation import all_variation
from careweave.measures.variation import in_words
from careweave.record import Refusal
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components import funnels
from careweave.web.components.forms import Form
from careweave.web.place.scorecards import READERS
from careweave.web.presenters import scorecards as presenter


@signed_in(*READERS)
def variation(request: HttpRequest, id: str) -> HttpResponse:
    """The funnel, and every practice by name."""
    access.gate_of(request)
    home = settings.CONFIGURATION.home
    one, published = all_variation(home).get(id), one_published(home, id)
    if one is None or published is None:
        raise Http404
    names = {each.practice: each.practice_name for each in improving.leads()}
    shown = sorted(one.positions, key=lambda each: names.get(each.practice, each.practice))
    reasons = {task.practice: presenter.reason(task) for task in improving.tasks() if task.measure == id}
    labels = [names.get(each.practice, each.practice) for each in shown]
    letters = {each.practice: _letter(number) for number, each in enumerate(shown)}
    rows = [
        (letters[each.practice], name, each, in_words(each), reasons.get(each.practice, ""))
        for name, each in zip(labels, shown, strict=True)
    ]
    summary = "; ".join(f"{name}: {words}" for _, name, _, words, _ in rows)
    chart = (
        funnels.funnel_chart(one, letters, title=f"{published.title} by practice", summary=summary)
        if shown
        else ""
    )
    return render(
        request,
        "place/variation.jinja",
        {"one": one, "published": published, "rows": rows, "chart": chart, "names": names},
    )


def _letter(number: int) -> str:
    """A, B, … Z, AA, BB: what stands at a practice's mark, in the order of names."""
    return chr(ord("A") + number % 26) * (1 + number // 26)


@signed_in(*READERS)
def tasks(request: HttpRequest) -> HttpResponse:
    """What leads were asked: one's own to answer, and everyone's to read."""
    gate = access.gate_of(request)
    return _tasks(request, gate.actor.id, Form())


@signed_in(*access.PROFESSIONALS)
def answer(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """The lead's answer."""
    gate, form = access.gate_of(request), Form(request.POST)
    if request.method != "POST":
        return redirect("variation-tasks")
    done = improving.answer_task(
        str(task_id), by=gate.actor.id, answer=form.get("answer"), reason=form.text("reason")
    )
    if isinstance(done, Refusal):
        form.fail(f"{done.field or 'answer'}-{task_id}", done.reason)
        return _tasks(request, gate.actor.id, form)
    flash.done(request, "Answered. Your words stand beside the figure.")
    return redirect("variation-tasks")


def _tasks(request: HttpRequest, party: str, form: Form) -> HttpResponse:
    found = improving.tasks()
    mine = [one for one in found if one.lead == party and one.answered_at is None]
    rest = [(one, presenter.reason(one)) for one in found if one not in mine]
    context = {"mine": mine, "rest": rest, "answers": improving.ANSWERS.items(), "form": form}
    return render(request, "place/variation_tasks.jinja", context)


@signed_in("administrator")
def leads(request: HttpRequest) -> HttpResponse:
    """Who looks into the figures of each practice."""
    gate, form = access.gate_of(request), Form(request.POST)
    if request.method == "POST":
        done = improving.name_lead(form.get("practice"), form.get("staff"), by=gate.actor.id)
        if not isinstance(done, Refusal):
            flash.done(request, f"{done.name} looks into the figures of {done.practice_name}")
            return redirect("clinical-leads")
        form.fail(done.field, done.reason)
    context = {"leads": improving.leads(), "clinicians": improving.clinicians(), "form": form}
    return render(request, "place/leads.jinja", context)
