"""Roles: what someone may work as, from when until when; powerful ones wait for a second administrator."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from careweave.identity import logins_elsewhere, passwords, roles, staffing
from careweave.identity.models import Organisation, Staff, StaffRole, Team
from careweave.identity.sign_in_rules import powerful_roles
from careweave.record import Refusal, Refused
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.openid import provider, providers
from careweave.web.presenters.roles import ROLE_NAMES, role_name
from careweave.web.sign_in_locking import proved_lately


@signed_in("administrator")
def waiting(request: HttpRequest) -> HttpResponse:
    """Powerful roles that wait for a second person."""
    gate = access.gate_of(request)
    rows = [
        (one, directory.contact(one.given_by).name, roles.may_approve(gate, one))
        for one in roles.waiting_roles()
    ]
    return render(request, "sign_in/roles_waiting.jinja", {"rows": rows})


@signed_in("administrator")
@proved_lately
def of_staff(request: HttpRequest, staff_id: Any) -> HttpResponse:
    """Everything someone may work as, and the form to give one more role."""
    staff = _staff(staff_id)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        given = _give(request, staff, form)
        if given is not None:
            words = (
                f"{role_name(given.role).capitalize()} waits until another administrator approves it."
                if given.waits
                else f"{staff.name} may work as {role_name(given.role)}."
            )
            flash.done(request, words)
            return redirect("staff-roles", staff_id=staff_id)
    return _show(request, staff, form)


def _staff(staff_id: Any) -> Staff:
    staff = Staff.objects.filter(id=staff_id, left_on=None).first()
    if staff is None:
        raise Refused("not there, or not allowed")
    return staff


def _give(request: HttpRequest, staff: Staff, form: Form) -> StaffRole | None:
    asked = roles.Asked(
        role=form.choice("role", staffing.ROLES, "Choose a role."),
        organisation=form.text("organisation", "Choose an organisation."),
        team=form.get("team") or None,
        first=form.day("first"),
        last=form.day("last"),
    )
    if not form.ok:
        return None
    given = roles.give_role(access.gate_of(request), staff=staff, asked=asked)
    if isinstance(given, Refusal):
        form.fail(given.field, f"{given.reason}.")
        return None
    directory.forget()
    return given


def _show(request: HttpRequest, staff: Staff, form: Form, *, shown_once: str = "") -> HttpResponse:
    rows = staff.roles.select_related("organisation", "team").order_by("-since", "-id")
    powerful = powerful_roles()
    marks = dict.fromkeys(powerful, ", needs a second person")
    context = {
        "form": form,
        "staff": staff,
        "rows": rows,
        "shown_once": shown_once,
        "roles": [("", "Choose")]
        + [(role, ROLE_NAMES[role].capitalize() + marks.get(role, "")) for role in staffing.ROLES],
        "organisations": [("", "Choose")]
        + [(one.code, one.name) for one in Organisation.objects.filter(closed_on=None).order_by("name")],
        "providers": [(one.id, one.button) for one in providers() if one.who == "staff"],
        "teams": [("", "None")] + [(one.id, one.name) for one in Team.objects.order_by("name")],
    }
    return render(request, "sign_in/roles_of_staff.jinja", context, status=200 if form.ok else 422)


@signed_in("administrator")
@require_POST
@proved_lately
def afresh(request: HttpRequest, staff_id: Any) -> HttpResponse:
    """Someone lost their password or their second step: a first password, shown once."""
    staff = _staff(staff_id)
    answer = passwords.start_afresh(access.gate_of(request), staff=staff)
    if isinstance(answer, Refusal):
        flash.note(request, f"{answer.reason}.")
        return redirect("staff-roles", staff_id=staff_id)
    return _show(request, staff, Form(), shown_once=answer)


@signed_in("administrator")
@require_POST
@proved_lately
def link(request: HttpRequest, staff_id: Any) -> HttpResponse:
    """Say which user of a provider this member of staff is."""
    staff, form = _staff(staff_id), Form(request.POST)
    chosen = provider(form.get("provider"))
    if chosen is None or chosen.who != "staff":
        raise Refused("not there, or not allowed")
    subject = form.text("subject", "Enter the identifier as it stands on the card.")
    refusal = (
        logins_elsewhere.link_staff(
            access.gate_of(request), staff=staff, issuer=chosen.issuer, subject=subject
        )
        if form.ok
        else None
    )
    if refusal:
        form.fail(refusal.field, f"{refusal.reason}.")
    if not form.ok:
        return _show(request, staff, form)
    flash.done(request, f"{staff.name} may sign in with that account.")
    return redirect("staff-roles", staff_id=staff_id)


@signed_in("administrator")
@require_POST
@proved_lately
def decide(request: HttpRequest, role_id: int) -> HttpResponse:
    """Approve or refuse a waiting role; nobody decides for themselves or about what they gave."""
    gate = access.gate_of(request)
    if request.POST.get("answer") == "approve":
        answer: Any = roles.approve_role(gate, role_id=role_id)
        words = "Approved. The role works from now on."
    else:
        answer, words = roles.refuse_role(gate, role_id=role_id), "Refused. The role was taken off the list."
    if isinstance(answer, Refusal):
        flash.note(request, f"{answer.reason}.")
    else:
        directory.forget()
        flash.done(request, words)
    return redirect("roles-waiting")


@signed_in("administrator")
@require_POST
@proved_lately
def end(request: HttpRequest, role_id: int) -> HttpResponse:
    """End a role at once; whoever works in it is signed out."""
    held = StaffRole.objects.filter(id=role_id).select_related("staff").first()
    if held is None:
        raise Refused("not there, or not allowed")
    done = roles.end_role(access.gate_of(request), role_id=role_id)
    if isinstance(done, Refusal):
        flash.note(request, f"{done.reason}.")
    else:
        directory.forget()
        flash.done(request, f"{held.staff.name} no longer works as {role_name(held.role)}.")
    return redirect("staff-roles", staff_id=held.staff_id)
