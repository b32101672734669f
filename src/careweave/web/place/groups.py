"""Make a group: rules, the count after each, then what the group is like; numbers only, and no names (pages.md §10)."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from careweave.measures import cohorts
from careweave.warehouse.cohorts import CohortError, Words, load_words, rule_of
from careweave.web import access, flash
from careweave.web.access import signed_in
from careweave.web.components import bars, csv_files
from careweave.web.components.forms import Form
from careweave.web.presenters import groups as presenter

NEAR = "Very near a group whose number was told before, here or by a measure, or the same: its numbers are shown."


@signed_in("analyst")
@require_http_methods(["GET", "POST"])
def groups(request: HttpRequest) -> HttpResponse:
    """The rules to choose from, the groups that were kept, and counting."""
    gate, words, form = access.gate_of(request), _words(), Form(request.POST or request.GET)
    if request.method == "POST":
        rule = form.text("written") or rule_of(form.many("rule"))
        if not rule:
            form.fail("rule-1", "Choose at least one rule.")
        else:
            try:
                asked = cohorts.count_group(settings.CONFIGURATION.home, rule, by=gate.actor.id, on=words.on)
            except CohortError as error:
                form.fail("rule-1", str(error))
            else:
                if asked.is_near:
                    flash.note(request, NEAR, detail=f"Groups are told apart from {words.fewest} people on.")
                return redirect("group", id=asked.answer.id)
    chosen = [each for each in form.many("rule") if each]
    context = {
        "form": form,
        "words": words,
        "options": presenter.options(words),
        "lines": [*chosen, *[""] * max(0, min(max(3, len(chosen) + 1), words.most_rules) - len(chosen))],
        "named": cohorts.saved(settings.CONFIGURATION.home),
    }
    return render(request, "place/groups.jinja", context)


@signed_in("analyst")
@require_GET
def group(request: HttpRequest, id: str) -> HttpResponse:
    """One group that was counted."""
    access.gate_of(request)
    page = presenter.page(_answer(id), _words())
    return render(request, "place/group.jinja", {"page": page, "bars": bars.bars, "form": Form()})


@signed_in("analyst")
@require_GET
def download(request: HttpRequest, id: str) -> HttpResponse:
    """The same numbers as a file."""
    access.gate_of(request)
    return csv_files.response(presenter.COLUMNS, presenter.rows_of(_answer(id), _words()), f"group-{id}")


@signed_in("analyst")
@require_POST
def name(request: HttpRequest, id: str) -> HttpResponse:
    """Keep the group under a name, or take it from the list."""
    access.gate_of(request)
    named = cohorts.name_group(settings.CONFIGURATION.home, id, Form(request.POST).text("name"))
    if named is None:
        raise Http404
    flash.done(request, f"Kept as “{named.name}”" if named.name else "Taken from the list of groups")
    return redirect("group", id=id)


def _answer(id: str) -> cohorts.Answer:
    found = cohorts.answer(settings.CONFIGURATION.home, id)
    if found is None:
        raise Http404
    return found


def _words() -> Words:
    return load_words(timezone.localdate())
