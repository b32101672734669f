"""Find a person, and the person page (pages.md: rules for every page, and §3)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.plans import about_me, papers
from careweave.care.plans.fhir import Plan, plan_of
from careweave.care.teams import treatment_summary
from careweave.care.teams.enrolment import has_suggested
from careweave.care.teams.membership import members_in
from careweave.care.teams.worklists import suggestion_of
from careweave.record import Refused, Resource
from careweave.record.agreements import stopped_for
from careweave.record.relations import PARTY_SYSTEM
from careweave.web import access, directory, wording
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters import (
    assessments,
    banner,
    care,
    day,
    facts,
    health,
    looks,
    timeline,
    web_of_care,
)
from careweave.web.presenters import contacts as shown_as
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.day import SuggestedRow
from careweave.web.presenters.pathways import on_pathways
from careweave.web.presenters.roles import ROLE_NAMES, role_name
from careweave.web.presenters.wishes import stopped_words
from careweave.web.staff import alternatives, opened
from careweave.web.staff.opened import Opened

PAGE = 50
REST = (
    (opened.CLINICAL, opened.MOST_CLINICAL),
    (opened.TASKS, opened.MOST_TASKS),
    (("DocumentReference",), opened.MOST_TASKS),
)
MOST_FOUND = 20


@signed_in(*access.PROFESSIONALS)
def find(request: HttpRequest) -> HttpResponse:
    """Results show the first banner line and who is in charge; `note` lists my people, to write a note about one."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    is_note = bool(request.GET.get("note"))
    found = found_people(request, query) if query else []
    if is_note and not query:
        found = banners(request, access.gate_of(request).people_with("coordinator")[:100])
    if len(found) == 1 and request.GET.get("go"):
        return redirect("person", person_id=found[0].id)
    context = {"query": query, "found": found, "most": MOST_FOUND, "is_note": is_note}
    return render(request, "staff/find.jinja", context)


def found_people(request: HttpRequest, query: str) -> list[Banner]:
    gate = access.gate_of(request)
    ids = gate.find(query, limit=MOST_FOUND)
    return banners(request, ids)


def banners(request: HttpRequest, ids: list[str], types: tuple[str, ...] = ("Patient",)) -> list[Banner]:
    """First lines for a list of people, in the same statements however many they are."""
    gate, names = access.gate_of(request), directory.sources().names
    about, charges = gate.about_many(ids, types), gate.in_charge(ids)
    directory.learn((one.holder, one.deputy) for one in charges.values())
    found = []
    for person_id, resources in about.items():
        held = charges.get(person_id)
        in_charge = directory.in_charge(held.holder, held.deputy) if held else None
        if resources:
            found.append(
                banner.banner(person_id, resources, names, today=timezone.localdate(), in_charge=in_charge)
            )
    return sorted(found, key=lambda one: (one.surname, one.first_name))


@signed_in(*access.PROFESSIONALS)
def person(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Everything that matters about one person, each fact with its source and date."""
    with access.gate_of(request).transaction():  # one commit for all that the page reads
        return show(request, opened.open_person(request, str(person_id), *REST), None)


def show(request: HttpRequest, shown: Opened, form: Form | None) -> HttpResponse:
    """The page, with a note's form as it was typed when it could not be saved."""
    contacts = opened.contacts_before(shown.gate, shown.record.id, None, opened.MOST_CONTACTS)
    context = {**person_context(request, shown, contacts), **note_context(shown, form)}
    return render(request, "staff/person.jinja", context, status=200 if form is None or form.ok else 422)


def note_context(shown: Opened, form: Form | None) -> dict[str, Any]:
    """What the note's form offers; only members of the team and whoever is in charge may write."""
    if not shown.record.kinds & {"team", "coordinator", "practice"}:
        return {"can_write": False}
    saved = shown.gate.draft(shown.record.id, "note", key=shown.gate.actor.id) if form is None else None
    return {
        "can_write": True,
        "form": form or Form(saved.content if saved else None),
        "with_options": [
            ("", "Choose"),
            *((name, name) for name in with_names(shown)),
            ("someone else", "Someone else"),
        ],
        "who_options": [("", "Choose"), *who_options(shown)],
        "saved_words": f"Saved at {wording.clock(saved.saved_at)}" if saved else "",
    }


def with_names(shown: Opened) -> list[str]:
    """Who a call or a visit may have been with."""
    parties = [*carer_parties(shown), *team_parties(shown)]
    return [shown.banner.call_name, *dict.fromkeys(name for _, name, _ in parties)]


def who_options(shown: Opened) -> list[tuple[str, str]]:
    """Who can do a next step: a named person of the team."""
    return [(party, name) for party, name, _ in team_parties(shown)]


def person_context(request: HttpRequest, shown: Opened, contacts: list[Resource]) -> dict[str, Any]:
    """What the person page's template shows."""
    sources, now = directory.sources(), timezone.now()
    everything, stopped = shown.resources + contacts, stopped_for(shown.gate)
    return {
        "person": shown.banner,
        "joined": shown.record.subjects,
        "held_back": shown.record.held_back,
        "about": about_me.prompts_in(shown.of("QuestionnaireResponse"), on=timezone.localdate()),
        "papers": papers.papers_in(shown.of("DocumentReference"))[:5],
        "summaries": treatment_summary.summaries_in(contacts),
        "matters": what_matters(shown),
        "assessment": assessments.latest(shown.resources),
        "can_assess": bool(shown.record.kinds & {"team", "coordinator"}),
        "pathways": on_pathways(shown.resources, timezone.localdate()),
        "rows": care.now_and_next(everything, sources, now),
        "health": health.health(shown.resources, sources.names, may_miss=shown.banner.may_miss),
        "web": web_of_care.web_of_care(shown.banner.call_name, everything, sources),
        "instead": alternatives.instead(),
        "relatives": relatives(shown),
        "doubles": shown_as.doubles(everything, sources.names, timezone.localdate()),
        "tasks": care.open_tasks(shown.resources, now),
        "team": care.team(shown.resources),
        "plan": published(shown),
        "suggestion": suggestion(shown),
        "source_names": sources.names,
        "looked": looked(shown),
        "silent": _silent(sources, contacts, {each.supplier for each in stopped}, shown),
        "stopped": [stopped_words(each, sources.names) for each in stopped],
        **events_context(request, shown, contacts),
    }


def events_context(request: HttpRequest, shown: Opened, contacts: list[Resource]) -> dict[str, Any]:
    """The timeline's page: fifty rows, filters by sector as links, and where the next fifty start."""
    sources = directory.sources()
    wanted = request.GET.get("sector", "")
    sector = wanted if wanted in timeline.SECTORS else ""
    before = wording.as_instant(request.GET.get("before", ""))
    listed = of_sector(shown, sector, before) if sector else contacts
    events = timeline.timeline(listed, sources, sector=sector)
    page = events[:PAGE]
    heard = Counter(sources.sector(one.source) for one in contacts)
    last = next((one.instant for one in reversed(page) if one.instant), None)
    more = bool(last and len(events) > PAGE)
    address = f"/people/{shown.record.id}/happened?"
    return {
        "events": page,
        "filters": timeline.filters(f"/people/{shown.record.id}", sector, heard),
        "sector": sector,
        "sector_name": timeline.SECTORS.get(sector, ""),
        "earlier": address + urlencode({"before": last.isoformat() if last else "", "sector": sector})
        if more
        else "",
    }


def of_sector(shown: Opened, sector: str, before: datetime | None) -> list[Resource]:
    """What the sources of one sector sent: asked for by itself, so that a long record hides none of it."""
    sources = directory.sources().of_sector(sector)
    return opened.contacts_before(shown.gate, shown.record.id, before, PAGE + 1, sources=sources)


@signed_in(*access.PROFESSIONALS)
def happened(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Earlier pages of what happened."""
    shown = opened.open_person(request, str(person_id))
    before = wording.as_instant(request.GET.get("before", ""))
    contacts = opened.contacts_before(shown.gate, shown.record.id, before, opened.MOST_CONTACTS)
    context = {"person": shown.banner, "before": before, **events_context(request, shown, contacts)}
    return render(request, "staff/happened.jinja", context)


def what_matters(shown: Opened) -> list[tuple[str, str]]:
    """The person's own words, from the plan in force."""
    plan = current_plan(shown)
    words = facts.extension(plan.body, f"{facts.OURS}what-matters") if plan else None
    return [(str(words), wording.day(plan.updated))] if words and plan else []


def published(shown: Opened) -> Plan | None:
    """The plan in force as the page names it: its version and the day of its agreement."""
    held = current_plan(shown)
    return plan_of(held.body, []) if held else None


def suggestion(shown: Opened) -> SuggestedRow | None:
    """Why the person is suggested to the reader's team, while that waits for an answer."""
    for one in shown.of("Task"):
        if has_suggested(one) and one.body.get("status") in ("requested", "received"):
            known = {shown.record.id: shown.banner}
            rows = day.suggested_rows([suggestion_of(one)], known, timezone.localdate())
            return rows[0]
    return None


def current_plan(shown: Opened) -> Resource | None:
    """The plan in force, else none."""
    return next(
        (
            one
            for one in shown.of("CarePlan")
            if one.source == "careweave" and one.body.get("status") == "active"
        ),
        None,
    )


def relatives(shown: Opened) -> list[dict[str, str]]:
    """Who lives with or looks after the person."""
    found = []
    for one in shown.of("RelatedPerson"):
        if one.body.get("active", True):
            kinds = [facts.words(kind).lower() for kind in one.body.get("relationship") or ()]
            found.append(
                {
                    "name": facts.person_name(one.body.get("name")),
                    "kind": wording.listed(kinds),
                    "telephone": facts.telephone(one.body.get("telecom")),
                }
            )
    return found


def team_parties(shown: Opened) -> list[tuple[str, str, str]]:
    """Members of the person's team now, as (party, name, role)."""
    found = []
    for one in shown.of("CareTeam"):
        if one.source == "careweave":
            found += [
                (member.party, member.name, role_name(member.role))
                for member in members_in(one.body)
                if member.until is None
            ]
    return found


def carer_parties(shown: Opened) -> list[tuple[str, str, str]]:
    """Carers who are known here, as (party, name, what they are to the person)."""
    found = []
    for one in shown.of("RelatedPerson"):
        party = next(
            (
                held.get("value", "")
                for held in one.body.get("identifier") or ()
                if held.get("system") == PARTY_SYSTEM
            ),
            "",
        )
        if party and one.body.get("active", True):
            kinds = [facts.words(kind).lower() for kind in one.body.get("relationship") or ()]
            found.append((party, facts.person_name(one.body.get("name")), wording.listed(kinds)))
    return found


def looked(shown: Opened) -> tuple[looks.LookRow, ...]:
    """The latest looks; a reader whose rules do not open the audit sees none of it."""
    try:
        found = shown.gate.who_looked(shown.record.id, limit=40)
    except Refused:
        return ()
    return rows_of_looks(found)[:10]


def rows_of_looks(found: list[Any]) -> tuple[looks.LookRow, ...]:
    """Audit lines with names and organisations in words."""
    names = directory.contacts(look.actor for look in found)
    return looks.look_rows(found, lambda key: names[key].name, ROLE_NAMES, directory.from_where)


def _silent(
    sources: timeline.Sources, contacts: list[Resource], unknown: set[str], shown: Opened
) -> list[str]:
    """“Nothing from …” for each organisation outside general practice that sends files but nothing about this person."""
    heard = {sources.sector(one.source) for one in contacts}
    if shown.record.objections:  # silence would say more than is known
        return []
    return [
        facts.nothing_from(sources.names.get(code, code), at)
        for code, at in sorted(sources.received.items())
        if (sector := sources.sector(code)) not in heard
        and sector not in ("team", "other", "gp")
        and code not in unknown
    ]
