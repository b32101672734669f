"""The letter that opens one's own care without telephone or app: made by staff, used at the people's door."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from careweave.identity import letters
from careweave.identity.sign_in_rules import rules
from careweave.record import Refusal, Refused
from careweave.web import access, directory, flash, frame, sign_in_going_on, wording
from careweave.web.access import public, signed_in
from careweave.web.components.forms import Form
from careweave.web.documents import printing
from careweave.web.sign_in_locking import proved_lately
from careweave.web.staff import opened


@signed_in(*access.PROFESSIONALS)
@proved_lately
def make(request: HttpRequest, person_id: Any) -> HttpResponse:
    """Record what was seen face to face, and print the letter."""
    shown = opened.open_person(request, str(person_id))
    if shown.record.kinds.isdisjoint(rules()["letter"]["kinds"]):
        raise Refused("not there, or not allowed")
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        printed = _printed(shown, form)
        if not isinstance(printed, Refusal):
            return _paper(shown, printed)
        form.fail(printed.field, f"{printed.reason}.")
    now = timezone.now()
    context = {
        "person": shown.banner,
        "joe": shown.banner.call_name,
        "form": form,
        "seen": letters.seen_options(),
        "places": list(rules()["places"].items()),
        "letters": [
            (
                one,
                letters.state_of(one, now),
                letters.used_of(one),
                directory.contact(one.check_of.checked_by).name,
            )
            for one in letters.letters_of(shown.record.id)
        ],
        "words_of": dict(letters.seen_options()),
    }
    return render(request, "sign_in/letter_make.jinja", context, status=200 if form.ok else 422)


def _printed(shown: opened.Opened, form: Form) -> letters.Printed | Refusal:
    check = letters.check_identity(
        shown.gate, person_id=shown.record.id, seen=form.many("seen"), place=form.get("place")
    )
    if isinstance(check, Refusal):
        return check
    own = [one for one in shown.of("Patient") if one.id == shown.record.id] or shown.of("Patient")
    born = str(own[0].body.get("birthDate", "")) if own else ""
    return letters.print_letter(shown.gate, check=check, birth_date=born)


def _paper(shown: opened.Opened, printed: letters.Printed) -> HttpResponse:
    """One side, 18 point; the codes are on this paper and nowhere else."""
    brand = frame.brand()
    door = f"{settings.CONFIGURATION.base_url}/my/letter"
    in_charge, maker = shown.banner.in_charge, directory.contact(shown.gate.actor.id)
    numbers = (in_charge.telephone if in_charge else "", maker.telephone, brand.help_telephone)
    data = {
        "title": "Letter to open your care record",
        "product": brand.product,
        "practice": brand.demonstration,
        "large": True,
        "draft": False,
        "line": f"For {shown.banner.name}",
        "foot": f"Printed {wording.day(timezone.now())}",
        "name": shown.banner.name,
        "address": shown.banner.address,
        "door": door.removeprefix("https://").removeprefix("http://"),
        "square": segno.make(door, error="m").svg_inline(scale=4, border=2),
        "codes": printed.codes,
        "until": wording.long_day(printed.expires_on),
        "team": in_charge.name if in_charge else maker.name,
        "telephone": next(filter(None, numbers)),
    }
    return printing.as_file(printing.pdf("letter", data), "letter.pdf")


@signed_in(*access.PROFESSIONALS)
@require_POST
def stop(request: HttpRequest, person_id: Any) -> HttpResponse:
    """A letter was lost, or someone else has seen it."""
    shown = opened.open_person(request, str(person_id))
    if shown.record.kinds.isdisjoint(rules()["letter"]["kinds"]):
        raise Refused("not there, or not allowed")
    letters.end_letters(shown.gate, person_id=shown.record.id, because="lost, or seen by someone else")
    flash.done(request, "The letter does not open anything any more.")
    return redirect("letter-make", person_id=person_id)


@public
@sensitive_post_parameters("code")
def use(request: HttpRequest) -> HttpResponse:
    """“Type the code under the square”, then the date of birth."""
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        code, born = (
            form.text("code", "Enter a code from your letter."),
            form.day("born", "Enter your date of birth."),
        )
        found = letters.open_with(code=code, birth_date=born) if form.ok else None
        if isinstance(found, Refusal):
            form.fail(found.field, f"{found.reason}.")
        elif found is not None:
            answer = sign_in_going_on.enter(request, found, form, proven=True)
            if answer is not None:
                return answer
    return render(request, "sign_in/letter_use.jinja", {"form": form}, status=200 if form.ok else 422)
