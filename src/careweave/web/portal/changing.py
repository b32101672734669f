"""Change my mind: everything I agreed to in one place, what happens if I change it, and one button for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.plans import copies, voices
from careweave.care.plans.fhir import Plan
from careweave.care.plans.standing import published_plan
from careweave.care.teams import notices_choice
from careweave.identity import clients_connections, representatives
from careweave.record import Gate, Purpose, choices
from careweave.web import access, directory, flash, wording
from careweave.web.access import signed_in
from careweave.web.portal.choices import OPT_OUT
from careweave.web.portal.own import own_id
from careweave.web.presenters import wishes

_HOWS = {
    "screen": "on screen",
    "print": "on paper",
    "large": "on paper, in large print",
    "easy": "on paper, in easy words",
    "aloud": "read aloud to me",
}


@dataclass(frozen=True)
class Line:
    """One thing I agreed to. Its button posts `fields` to `address`; without `button` the address is a page to open."""

    now: str
    then: str
    address: str
    button: str = ""
    link: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    is_agreed: bool = True


@dataclass(frozen=True)
class Part:
    """A heading and its lines."""

    title: str
    lines: tuple[Line, ...]


@signed_in("person", portal=True)
def change_my_mind(request: HttpRequest) -> HttpResponse:
    """The page."""
    gate, person_id = access.gate_of(request), own_id(request)
    parts = (
        Part("What is shared for my care", _sharing(gate, person_id)),
        Part("Counting and planning", _counting(gate, person_id)),
        Part("Who may act for me", _acting(gate, person_id)),
        Part("Apps", _apps(request)),
        Part("My plan", _plan(gate, person_id)),
        Part("E-mails, texts and letters", _notices(gate, person_id)),
    )
    return render(request, "portal/changing.jinja", {"parts": parts})


@signed_in("person", portal=True)
@require_POST
def notices(request: HttpRequest) -> HttpResponse:
    """No e-mails and texts, or again."""
    gate, person_id = access.gate_of(request), own_id(request)
    if request.POST.get("want") == "none":
        notices_choice.stop_notices(gate, person_id)
        flash.done(request, "From now on you get no e-mails and no texts from us.")
    else:
        notices_choice.take_notices_again(gate, person_id)
        flash.done(request, "From now on we send you an e-mail or a text when there is something new.")
    return redirect("my-change")


def _sharing(gate: Gate, person_id: str) -> tuple[Line, ...]:
    held = [one for one in choices.choices_of(gate, person_id) if one.wish.purpose is Purpose.DIRECT_CARE]
    rows = wishes.choice_rows(held, directory.sources().names, standing=True)
    standing = [
        Line(
            f"{row.words} Since {row.since}.",
            "It is shared again from that moment.",
            f"/my/choices/{row.id}/take-back",
            "Share it again",
        )
        for row in rows
    ]
    keep = Line(
        "All else is shared with those who care for me."
        if rows
        else "All is shared with those who care for me.",
        "You choose what to keep back and from whom. Your team may then ask you the same things again, or miss something.",
        "/my/choices",
        link="Keep something back",
    )
    return (*standing, keep)


def _counting(gate: Gate, person_id: str) -> tuple[Line, ...]:
    said_no = next(
        (one for one in choices.choices_of(gate, person_id) if one.stands and one.wish == OPT_OUT), None
    )
    if said_no:
        return (
            Line(
                "Nothing about me is used for counting and planning.",
                "It is used again, without your name. Your own care stays the same.",
                f"/my/choices/{said_no.id}/take-back",
                "Use it again",
            ),
        )
    return (
        Line(
            "What happens to me is counted, without my name, to plan services.",
            "Nothing about you is counted from that moment. Your own care stays the same.",
            "/my/choices/opt-out",
            "Do not count me",
        ),
    )


def _acting(gate: Gate, person_id: str) -> tuple[Line, ...]:
    now = timezone.now()
    held = [
        one for one in representatives.authorities(gate, person_id) if one.basis != "no" and one.holds(now)
    ]
    lines = [
        Line(
            f"{one.name} can see {one.sees}. Since {wording.day(one.since)}.",
            f"{one.name} cannot see it any more, at once. They are not told why.",
            f"/my/acting/{one.id}/end",
            "End this",
        )
        for one in held
        if one.person_may_end
    ]
    decided = [
        Line(
            f"{one.name} can see {one.sees}. This was decided for me.",
            "Someone looks at it again with you.",
            "/my/acting",
            link="See why, and whom to call",
        )
        for one in held
        if not one.person_may_end
    ]
    nobody = Line(
        "Nobody sees or does anything for me here.",
        "Tell the person in charge of your care who should.",
        "/my/acting",
        link="Who may act for me",
        is_agreed=False,
    )
    return (*lines, *decided) or (nobody,)


def _apps(request: HttpRequest) -> tuple[Line, ...]:
    account: Any = request.user
    lines = [
        Line(
            f"The app {one.app} can look for me.",
            "It sees nothing more from that moment. What it copied before stays with its makers.",
            "/my/connected-apps",
            "Disconnect",
            fields=(("connection", str(one.id)),),
        )
        for one in clients_connections.connections_of(account)
    ]
    return tuple(lines) or (
        Line(
            "No app looks for me.",
            "When an app asks, you decide.",
            "/my/connected-apps",
            link="Apps",
            is_agreed=False,
        ),
    )


def _plan(gate: Gate, person_id: str) -> tuple[Line, ...]:
    plan = published_plan(gate, person_id)
    if plan is None or plan.withdrawn:
        return (
            Line(
                "I have no plan yet.",
                "You agree to a plan when there is one.",
                "/my",
                link="My care",
                is_agreed=False,
            ),
        )
    return (_agreement(gate, person_id, plan), _copy(gate, person_id, plan))


def _agreement(gate: Gate, person_id: str, plan: Plan) -> Line:
    mine = voices.own_answer(voices.voices(gate, person_id), person_id, plan.version)
    said = wording.listed(mine.ticks) if mine else ""
    return Line(
        f"About my plan I said: {said}." if said else "I have not said yet whether I agree with my plan.",
        "The person in charge of your care answers you by a day that we tell you.",
        "/my/plan/say/agreement",
        link="Say what I think of my plan",
    )


def _copy(gate: Gate, person_id: str, plan: Plan) -> Line:
    found = copies.copies_of(gate, person_id, number=plan.version)
    mine = next((one for one in found if one.party == f"person:{person_id}"), None)
    how = _HOWS.get(mine.how, mine.how) if mine else "on screen"
    return Line(
        f"I get my plan {how}.",
        "The next copy comes the way you ask for.",
        "/my/plan/say/copies",
        link="Have my copy in another way",
    )


def _notices(gate: Gate, person_id: str) -> tuple[Line, ...]:
    if notices_choice.wants_none(gate, person_id):
        return (
            Line(
                "I get no e-mails and no texts.",
                "We send you one when there is something new. Nothing about you stands in it.",
                "/my/change/notices",
                "Send them again",
                fields=(("want", "some"),),
            ),
        )
    return (
        Line(
            "I get an e-mail or a text when there is something new. Nothing about me stands in it.",
            "You get none. Your team calls you or writes you a letter instead.",
            "/my/change/notices",
            "Send me none",
            fields=(("want", "none"),),
        ),
    )
