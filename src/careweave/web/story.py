"""The front page of the demonstration: “Riverside: a made-up place”, seven steps, one click each; never elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from careweave.care.plans.starting_over import start_over
from careweave.demonstration import cast
from careweave.demonstration.cast import CastMember
from careweave.identity.models import Account
from careweave.record import Actor, Gate
from careweave.web import access, frame, problems, sessions
from careweave.web.access import public
from careweave.web.presenters.roles import role_name

COOKIE = "story"


@dataclass(frozen=True)
class Step:
    """One step: which member of the cast, what opens, and what to do there."""

    key: str
    cast: str
    opens: str
    do: str
    cast_role: str = ""


# The people and what they see come from definitions/demonstration/cast.toml; the order is the story's own.
STEPS = (
    Step("suggested", "priya", "/day?show=suggested",
         "Joe has been more confused since an infection. Read why he is suggested, and choose “Take on”."),
    Step("plan", "priya", "/find?q=Joe+Holloway&go=1",
         "Read what each organisation knows of Joe. Add his team and Annie, then write his plan with him and publish "
         "it."),
    Step("joe", "joe", "/my", "Open your plan. Opening it is the receipt: nobody ticks a box for Joe."),
    Step("annie", "annie", "/my/caring", "Annie sees Joe’s plan because he said so, and nothing else of his.",
         "carer"),
    Step("volunteer", "grace", "/visits", "A first name, a time, an address. No NHS number and no diagnosis."),
    Step("governance", "farah", "/audit", "Each look of the steps before is there, with its reason."),
    Step("analyst", "ben", "/place", "Everyone is counted and nobody is named; small numbers are hidden."),
)  # fmt: skip
_BY_KEY = {step.key: step for step in STEPS}


@dataclass(frozen=True)
class Card:
    """A step as the page shows it: “Be {name}, {role}: {what this person will see}”."""

    key: str
    who: str
    role: str
    sees: str
    do: str


@public
def front(request: HttpRequest) -> HttpResponse:
    """The story in the demonstration; elsewhere the way to one's own first page."""
    if not frame.is_demonstration():
        actor = access.actor_of(request)
        return redirect(access.home_of(actor.role) if actor else "sign-in")
    done = steps_done(request)
    now = next((step.key for step in STEPS if step.key not in done), "")
    members = {member.key: member for member in cast(timezone.localdate())}
    return render(request, "story.jinja", {
        "cards": [_card(step, members[step.cast]) for step in STEPS if step.cast in members],
        "others": [(member.key, member.name, role_name(member.role), member.sees) for member in members.values()
                   if member.key not in {step.cast for step in STEPS}],
        "done": done, "now_step": now})  # fmt: skip


def _card(step: Step, member: CastMember) -> Card:
    role = {"person": "85, who lives with Annie", "carer": "Joe’s wife and carer"}.get(member.role)
    return Card(step.key, member.name, role or role_name(member.role), member.sees, step.do)


def steps_done(request: HttpRequest) -> tuple[str, ...]:
    """Which steps this browser has taken; a cookie, because each step is another person's session."""
    return tuple(key for key in request.COOKIES.get(COOKIE, "").split(".") if key in _BY_KEY)


@public
@require_POST
def be(request: HttpRequest, key: str) -> HttpResponse:
    """Become a member of the cast with one click and open their page."""
    if not frame.is_demonstration():
        return problems.not_found(request)
    step = _BY_KEY.get(key)
    who = step.cast if step else key
    account = account_of(who)
    workings = sessions.workings_of(account) if account else ()
    if account is None or not workings:
        return problems.not_found(request)
    sessions.start(request, account, workings[0], several=len(workings) > 1)
    request.session["cast"] = who
    # Annie becomes a carer here only once Joe has said so; until then her own page opens.
    opens = (
        step.opens if step and step.cast_role in ("", workings[0].role) else access.home_of(workings[0].role)
    )
    response = redirect(opens)
    if step:
        taken = dict.fromkeys([*steps_done(request), step.key])
        response.set_cookie(
            COOKIE, ".".join(taken), httponly=True, samesite="Lax", secure=request.is_secure()
        )
    return response


def account_of(key: str) -> Account | None:
    """The account of a member of the cast, and of nobody else."""
    member = next((one for one in cast(timezone.localdate()) if one.key == key), None)
    return Account.objects.filter(email=member.email, is_active=True).first() if member else None


def take_joe_back() -> None:
    """What Joe’s coordinator did in the story is taken back, through her own gate."""
    priya, joe = account_of("priya"), account_of("joe")
    workings = sessions.workings_of(priya) if priya else ()
    if not workings or joe is None or joe.person_id is None:
        return
    she = Actor(workings[0].party, workings[0].role, workings[0].organisation, workings[0].name)
    gate = Gate(she, access.purpose_of(she.role))
    start_over(gate, person_id=str(joe.person_id), reason="The story begins again")


@public
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Start the story again: in the demonstration Joe is as he was before anyone took him on."""
    if frame.is_demonstration():
        take_joe_back()
    response = redirect("front")
    response.delete_cookie(COOKIE)
    return response
