"""The front page of the demonstration: “Riverside: a made-up place”, seven steps, one click each; never elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from careweave.identity.models import Account
from careweave.web import access, frame, problems, sessions
from careweave.web.access import public

COOKIE = "story"
# The addresses that the demonstration gives to the members of its cast.
ADDRESS = "{key}@riverside.example"


@dataclass(frozen=True)
class Step:
    """One step: who to be, and what this person will see."""

    key: str
    cast: str
    who: str
    role: str
    sees: str
    opens: str
    do: str


STEPS = (
    Step("suggested", "coordinator", "Priya Shah", "care coordinator",
         "Joe is suggested to her, and why", "/day?show=suggested",
         "Joe is 85. He has been more confused since an infection. Open Joe, then choose “Take on”."),
    Step("plan", "coordinator", "Priya Shah", "care coordinator",
         "Joe’s record from every organisation, and his plan", "/find?q=Joe+Harper&go=1",
         "Read what each organisation knows, then write his plan with him and publish it."),
    Step("joe", "joe", "Joe", "a man of 85 with mild dementia",
         "who is in charge of his care, and his own copy of the plan", "/my",
         "Open the plan. Opening it is the receipt: nobody ticks a box for Joe."),
    Step("annie", "annie", "Annie", "Joe’s wife, who looks after him",
         "the plan that Joe agreed to share, and help for herself", "/my/caring",
         "She sees Joe’s plan because he said so, and nothing else."),
    Step("volunteer", "volunteer", "Sam Okoro", "a volunteer who visits",
         "her next visit, what to do and what not to do", "/visits",
         "First name, time, address. No NHS number, no diagnosis."),
    Step("governance", "governance-lead", "Helen Ward", "information governance lead",
         "who has looked at what, and why", "/audit",
         "Each view of the steps before is there."),
    Step("analyst", "analyst", "Dev Patel", "analyst for the place",
         "counts of everyone, and no names", "/place",
         "Small numbers are hidden."),
)  # fmt: skip
_BY_KEY = {step.key: step for step in STEPS}


@public
def front(request: HttpRequest) -> HttpResponse:
    """The story in the demonstration; elsewhere the way to one's own first page."""
    if not frame.is_demonstration():
        actor = access.actor_of(request)
        return redirect(access.home_of(actor.role) if actor else "sign-in")
    done = steps_done(request)
    now = next((step.key for step in STEPS if step.key not in done), "")
    return render(request, "story.jinja", {"steps": STEPS, "done": done, "now_step": now})


def steps_done(request: HttpRequest) -> tuple[str, ...]:
    """Which steps this browser has taken; a cookie, because each step is another person's session."""
    return tuple(key for key in request.COOKIES.get(COOKIE, "").split(".") if key in _BY_KEY)


@public
@require_POST
def be(request: HttpRequest, key: str) -> HttpResponse:
    """Become a member of the cast with one click and open their page."""
    step = _BY_KEY.get(key)
    account = cast_member(step.cast) if step and frame.is_demonstration() else None
    if step is None or account is None:
        return problems.not_found(request)
    workings = sessions.workings_of(account)
    if not workings:
        return problems.not_found(request)
    sessions.start(request, account, workings[0], several=len(workings) > 1)
    request.session["cast"] = step.cast
    response = redirect(step.opens)
    taken = dict.fromkeys([*steps_done(request), step.key])
    response.set_cookie(COOKIE, ".".join(taken), httponly=True, samesite="Lax", secure=request.is_secure())
    return response


def cast_member(cast: str) -> Account | None:
    """The account of a member of the cast."""
    return Account.objects.filter(email=ADDRESS.format(key=cast), is_active=True).first()


@public
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Start the story again."""
    response = redirect("front")
    response.delete_cookie(COOKIE)
    return response
