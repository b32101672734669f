"""My questions: each a conversation with its readers chosen at the start, someone who answers, and a day by which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from careweave.care.contacts import routing
from careweave.care.teams import conversations as talking
from careweave.care.teams.conversations import CHOSEN, ONLY, TEAM, Reader
from careweave.care.teams.telling import Recipient, Told
from careweave.identity import representatives
from careweave.record import Gate, Refusal, Refused
from careweave.web import access
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.portal import own
from careweave.web.portal.telling import failed, sent, told_by_me
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.roles import role_name

OTHER_KINDS = ("change", "concern", "arrival")


@signed_in("person", "carer", portal=True)
def questions(request: HttpRequest, person_id: Any = None) -> HttpResponse:
    """Ask a question, and every conversation so far."""
    gate, person, address, back = _opened(request, person_id)
    to = routing.who_answers(gate, person.id)
    possible = _possible(gate, person.id)
    form = Form(request.POST if request.method == "POST" else {"readers": TEAM})
    if request.method == "POST":
        done = _asked(gate, person, form, to, possible)
        if isinstance(done, Told):
            sent(request, done)
            return redirect(f"{address}/{done.id}")
        failed(form, done)
    context = {
        "person": person,
        "form": form,
        "is_mine": person_id is None,
        "me": gate.actor.id,
        "back": back,
        "address": address,
        "readers": _offered(gate, person, to, possible),
        "possible": [(one.party, _named(one)) for one in possible],
        "may_choose": gate.actor.role == "person" and any(one.answers for one in possible),
        "conversations": talking.conversations(gate, person.id),
        "asked": [one for one in told_by_me(gate, person.id) if one.kind in OTHER_KINDS],
    }
    return render(request, "portal/questions.jinja", context, status=200 if form.ok else 422)


@signed_in("person", "carer", portal=True)
def conversation(request: HttpRequest, message_id: Any, person_id: Any = None) -> HttpResponse:
    """One conversation, to read and to go on with."""
    gate, person, address, _ = _opened(request, person_id)
    found = talking.conversation(gate, person.id, str(message_id))
    if found is None:
        raise Refused("not there, or not allowed")
    talking.open_all(gate, found)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = talking.write_again(
            gate,
            person_id=person.id,
            id=found.first.id,
            words=form.text("words"),
            to=routing.who_answers(gate, person.id),
            today=timezone.localdate(),
        )
        if isinstance(done, Told):
            sent(request, done)
            return redirect(f"{address}/{found.first.id}")
        failed(form, done)
    context = {
        "person": person,
        "one": found,
        "form": form,
        "back": address,
        "me": gate.actor.id,
    }
    return render(request, "portal/conversation.jinja", context, status=200 if form.ok else 422)


def _opened(request: HttpRequest, person_id: Any) -> tuple[Gate, Banner, str, str]:
    """Whose conversations: one's own, or those about someone one acts for; the page's address, and where Back leads."""
    gate = access.gate_of(request)
    if (person_id is None) is not (gate.actor.role == "person"):
        raise Refused("not there, or not allowed")
    person, _ = own.opened(gate, str(person_id) if person_id else own.own_id(request))
    if person_id is None:
        return gate, person, "/my/questions", "/my"
    return gate, person, f"/my/caring/{person.id}/questions", "/my/caring"


def _possible(gate: Gate, person_id: str) -> tuple[Reader, ...]:
    if gate.actor.role != "person":
        return ()
    held = representatives.authorities_at(gate, person_id, timezone.now())
    carers = {f"person:{one.proxy_id}": one.name for one in held if one.basis != "no"}
    return talking.possible_readers(gate, person_id, list(carers.items()))


def _named(one: Reader) -> str:
    return f"{one.name}, {role_name(one.what)}" if one.what else one.name


def _offered(
    gate: Gate, person: Banner, to: Recipient | None, possible: Sequence[Reader]
) -> list[tuple[str, str]]:
    """The choices in plain words; who is left out is said as well."""
    is_person = gate.actor.role == "person"
    carers = [one for one in possible if not one.answers]
    not_them = f". Not {' and not '.join(one.name for one in carers)}" if carers else ""
    team = f"Everyone in my team{not_them}" if is_person else f"Everyone in the team, and {person.call_name}"
    found = [(TEAM, team)]
    found += [(f"with:{one.party}", f"Everyone in my team, and {one.name}") for one in carers]
    if to and to.party.startswith("staff:"):
        found.append((ONLY, f"Only {to.name}{'' if is_person else f'. Not {person.call_name}'}"))
    if is_person and any(one.answers for one in possible):
        found.append((CHOSEN, "Only the people I tick"))
    return found


def _asked(
    gate: Gate, person: Banner, form: Form, to: Recipient | None, possible: Sequence[Reader]
) -> Told | Refusal:
    how = form.choice("readers", [key for key, _ in _offered(gate, person, to, possible)])
    if not how:
        return Refusal("Choose who can read this.", "readers")
    joe = "" if gate.actor.role == "person" else person.call_name
    chosen = talking.readers_chosen(how, form.many("chosen"), to=to, possible=possible, joe=joe)
    if isinstance(chosen, Refusal):
        return chosen
    answers, readers = chosen
    return talking.begin(
        gate,
        person_id=person.id,
        words=form.text("words"),
        to=answers,
        readers=readers,
        today=timezone.localdate(),
    )
