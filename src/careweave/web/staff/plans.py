"""The plan editor: a task list of six parts, each kept as typed, and publishing (pages.md §4)."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.plans import publishing, voices, writing
from careweave.care.plans.parts import PlanDraft
from careweave.care.plans.pathway_parts import PATHWAY
from careweave.care.plans.publishing import NotYet
from careweave.care.plans.reading import draft_from
from careweave.care.teams import membership
from careweave.record import Draft, Refusal, Refused
from careweave.record.beside import StaleDraft
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import plan_parts
from careweave.web.staff import opened, plan_context, plan_forms, plan_offers
from careweave.web.staff.opened import Opened
from careweave.web.staff.plan_forms import Around

_CLINICAL = (opened.CLINICAL, opened.MOST_CLINICAL)
_UNSAID = ("id", "said_in", "party", "by", "whose")
_RECENTLY = 600  # seconds in which someone who saved counts as still writing


@signed_in(*access.PROFESSIONALS)
def edit(request: HttpRequest, person_id: Any) -> HttpResponse:
    """The task list."""
    return show_list(request, opened.open_person(request, str(person_id), _CLINICAL), ())


def show_list(request: HttpRequest, shown: Opened, problems: tuple[dict[str, str], ...]) -> HttpResponse:
    """The task list, with what keeps the plan from being published when someone tried."""
    draft, saved = publishing.current_draft(shown.gate, shown.record.id)
    plan = publishing.published_plan(shown.gate, shown.record.id)
    joe = shown.banner.call_name
    context = {
        "person": shown.banner,
        "joe": joe,
        **plan_context.watch_context(shown, plan, draft),
        "waiting": [one for one in voices.voices(shown.gate, shown.record.id) if one.is_open],
        "items": plan_parts.task_list(draft, joe, them(shown)),
        "offered": Counter(one.part for one in plan_offers.offers(shown).now),
        "saved": saved_words(saved),
        "writers": writers(shown, saved),
        "plan": plan,
        "started": saved is not None,
        "problems": problems,
    }
    return render(request, "staff/plan_edit.jinja", context, status=422 if problems else 200)


def saved_words(saved: Draft | None) -> str:
    """“Saved at 2:32pm”."""
    return f"Saved at {wording.clock(saved.saved_at)}" if saved else ""


def them(shown: Opened) -> str:
    """How a title speaks of the person a second time."""
    return {"Male": "him", "Female": "her"}.get(shown.banner.sex, "them")


def writers(shown: Opened, saved: Draft | None) -> list[str]:
    """“Maria is writing in ‘Goals’.”"""
    last = saved.content.get("last_writers", {}) if saved else {}
    found = []
    for key, (party, at) in last.items():
        instant = wording.as_instant(at)
        recent = instant is not None and (timezone.now() - instant).total_seconds() < _RECENTLY
        if recent and party != shown.gate.actor.id and key in plan_parts.KEYS:
            title = plan_parts.title_of(key, shown.banner.call_name, them(shown))
            found.append(f"{directory.contact(party).name} is writing in ‘{title}’.")
    return found


def around(shown: Opened) -> Around:
    """Who may do things and get copies, and which conditions the plan has to answer for."""
    recipients = publishing.recipients(shown.gate, shown.record.id, shown.banner.call_name)
    team = [one for one in membership.team_of(shown.gate, shown.record.id) if one.until is None]
    carers = membership.carers_of(shown.gate, shown.record.id)
    names = {f"person:{shown.record.id}": shown.banner.call_name}
    names |= {f"person:{one.person_id}": one.name for one in carers if one.person_id}
    names |= {one.party: one.name for one in team}
    conditions = publishing.active_conditions(shown.of("Condition"))
    return Around(names, recipients, conditions, shown.banner.call_name)


@signed_in(*access.PROFESSIONALS)
def part(request: HttpRequest, person_id: Any, key: str) -> HttpResponse:
    """One part: shown from its draft, saved at each “Continue”."""
    must_be_part(key)
    shown = opened.open_person(request, str(person_id), (("Condition",), opened.MOST_CLINICAL))
    near = around(shown)
    if request.method != "POST":
        return _show_part(request, shown, near, key, None)
    form = Form(request.POST)
    changes = plan_forms.read(key, form, near)
    if form.ok and key == "copies":
        _say_what_carers_get(shown, form)
    if form.ok:
        try:
            save(shown, key, changes, form)
        except StaleDraft as stale:
            return _show_part(request, shown, near, key, form, changes, stale.current)
        return _after(request, shown, key, plan_offers.answer(request, shown, key))
    return _show_part(request, shown, near, key, form, changes)


def must_be_part(key: str) -> None:
    """An address of a part that does not exist is answered like any other."""
    if key not in plan_parts.KEYS:
        raise Refused("not there, or not allowed")


def save(shown: Opened, key: str, changes: dict[str, Any], form: Form) -> Draft:
    """Keep the words of one part. Raises StaleDraft when someone else changed the same words since they were shown."""
    return writing.write_part(
        shown.gate, person_id=shown.record.id, key=key, changes=changes, seen=plan_forms.seen(form)
    )


def _say_what_carers_get(shown: Opened, form: Form) -> None:
    """The person's answer about each carer is kept at once: it opens or closes the carer's copy."""
    for number, carer in enumerate(membership.carers_of(shown.gate, shown.record.id)):
        answer = form.choice(f"carer-{number}", membership.ANSWERS)
        if not carer.person_id or not answer or answer == carer.answer:
            continue
        done = membership.share_with_carer(
            shown.gate,
            person_id=shown.record.id,
            carer_id=carer.person_id,
            name=carer.name,
            relationship=carer.relationship,
            telephone=carer.telephone,
            answer=answer,
            evidence=form.text(f"carer-why-{number}"),
        )
        if isinstance(done, Refusal):
            form.fail(f"carer-why-{number}", f"{done.reason}.")


def _after(request: HttpRequest, shown: Opened, key: str, offered: str) -> HttpResponse:
    """“Add another goal” and an answer to what the record offers stay; otherwise on to the next part or the list."""
    address = f"/people/{shown.record.id}/plan/edit"
    if offered:
        return redirect(f"{address}/{key}{offered}")
    if request.POST.get("more"):
        return redirect(f"{address}/{key}?more=1#more")
    following = plan_parts.next_part(key)
    return redirect(f"{address}/{following}" if following and not request.POST.get("list") else address)


def _show_part(
    request: HttpRequest,
    shown: Opened,
    near: Around,
    key: str,
    form: Form | None,
    changes: dict[str, Any] | None = None,
    theirs: Draft | None = None,
) -> HttpResponse:
    draft, saved = publishing.current_draft(shown.gate, shown.record.id)
    content = saved.content if saved else asdict(draft)
    joe = shown.banner.call_name
    context = {
        "person": shown.banner,
        "joe": joe,
        "key": key,
        "number": plan_parts.KEYS.index(key) + 1,
        "title": plan_parts.title_of(key, joe, them(shown)),
        "form": form if form is not None else Form(plan_forms.shown(content)),
        "stamp": writing.part_stamp(content, key),
        "saved": saved_words(saved),
        "near": near,
        "parts": plan_parts,
        "who_options": [("", "Choose"), *near.names.items()],
        "goal_stamps": writing.goal_stamps(content),
        "theirs": _theirs(theirs, key),
        **plan_offers.context(request, shown, key),
        **_written(shown, draft_from({**asdict(draft), **(changes or {})})),
    }
    status = 200 if form is None or (form.ok and not theirs) else 422
    return render(request, f"staff/plan_{key.replace('-', '_')}.jinja", context, status=status)


def _written(shown: Opened, draft: PlanDraft) -> dict[str, Any]:
    """The words so far, with the first “If things change” offered filled."""
    carers = membership.carers_of(shown.gate, shown.record.id)
    first = carers[0].name if carers else ""
    changes = plan_parts.offered_changes(draft.if_then, draft.no_contingency_because, first)
    return {"draft": draft, "carers": carers, "changes": changes}


def _theirs(draft: Draft | None, key: str) -> dict[str, Any] | None:
    """What someone else saved meanwhile, in words, to choose from."""
    if draft is None:
        return None
    party = draft.content.get("last_writers", {}).get(key, [draft.saved_by])[0]
    fields = plan_parts.BY_KEY[key].fields
    return {
        "name": directory.contact(party).name,
        "at": draft.saved_at,
        "words": [line for name in fields for line in _lines(draft.content.get(name))],
    }


def _lines(value: Any) -> list[str]:
    """Saved words as lines: a goal or a row is one line, and marks that nobody reads are left out."""
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, int):
        return [f"{value} out of 10"] if value else []
    if isinstance(value, dict):
        said = (one for name, one in value.items() if name not in _UNSAID)
        return [" · ".join(line for one in said for line in _lines(one))]
    return [line for one in value or () for line in _lines(one)]


@signed_in(*access.PROFESSIONALS)
@require_POST
def autosave(request: HttpRequest, person_id: Any, key: str) -> HttpResponse:
    """Words as typed, sent by the page every few seconds; never over the words of someone else."""
    must_be_part(key)
    shown = opened.open_person(request, str(person_id), (("Condition",), opened.MOST_CLINICAL))
    form = Form(request.POST)
    changes = plan_forms.read(key, form, around(shown))
    try:
        draft = save(shown, key, changes, form)
    except StaleDraft as stale:
        name = directory.contact(stale.current.saved_by).name
        return JsonResponse({"text": f"{name} saved first. Select Continue to see both."}, status=409)
    return JsonResponse({"text": saved_words(draft), "stamp": writing.part_stamp(draft.content, key)})


@signed_in(*access.PROFESSIONALS)
@require_POST
def publish(request: HttpRequest, person_id: Any) -> HttpResponse:
    """One act makes the version and sends a copy to everyone who is to have one."""
    shown = opened.open_person(request, str(person_id), _CLINICAL)
    done = publishing.publish(
        shown.gate, person_id=shown.record.id, person_name=shown.banner.call_name, today=timezone.localdate()
    )
    if isinstance(done, NotYet):
        address = f"/people/{shown.record.id}/plan/edit"
        elsewhere = {PATHWAY: f"/people/{shown.record.id}/pathway"}
        missing = tuple(
            {"text": one.words, "href": elsewhere.get(one.part, f"{address}/{one.part}")}
            for one in done.missing
        )
        return show_list(request, shown, missing)
    if isinstance(done, Refusal):
        flash.note(request, done.reason)
        return redirect("plan-edit", person_id=shown.record.id)
    request.session["published"] = done.plan.version
    return redirect("plan-copies", person_id=shown.record.id)
