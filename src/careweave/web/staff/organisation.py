"""Organisations, teams and staff: who works here, who joins and who leaves (pages for administrators)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from careweave.identity import passwords, roles, staffing
from careweave.identity.models import Account, Organisation, Staff, Team
from careweave.record import Refusal, Refused
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters.roles import ROLE_NAMES, role_name
from careweave.web.sign_in_locking import proved_lately


@signed_in("administrator")
def organisation(request: HttpRequest) -> HttpResponse:
    """Every organisation, team and member of staff, and the form to add one."""
    return _show(request, Form())


def _show(request: HttpRequest, form: Form) -> HttpResponse:
    staff = Staff.objects.prefetch_related("roles__organisation", "roles__team").order_by("left_on", "name")
    teams = Team.objects.select_related("manager").prefetch_related("alignments__practice").order_by("name")
    organisations = Organisation.objects.order_by("kind", "name")
    context = {
        "form": form,
        "staff": [_row(one) for one in staff],
        "teams": teams,
        "organisations": organisations,
        "roles": [("", "Choose")] + [(role, ROLE_NAMES[role].capitalize()) for role in staffing.ROLES],
        "organisation_options": [("", "Choose")] + [(one.code, one.name) for one in organisations],
        "team_options": [("", "None")] + [(one.id, one.name) for one in teams],
        "waiting": len(roles.waiting_roles()),
    }
    return render(request, "staff/organisation.jinja", context, status=200 if form.ok else 422)


def _row(one: Staff) -> dict[str, Any]:
    held = [
        f"{role_name(role.role)}, {role.team.name if role.team else role.organisation.name}"
        + (" (waits for approval)" if role.waits else "")
        for role in one.roles.all()
        if role.is_open
    ]
    return {
        "id": one.id,
        "name": one.name,
        "email": one.email,
        "telephone": one.telephone,
        "roles": held,
        "left_on": one.left_on,
    }


@signed_in("administrator")
@require_POST
@proved_lately
def add(request: HttpRequest) -> HttpResponse:
    """Add someone in a role, or one more role to someone already here."""
    form = Form(request.POST)
    password = form.text("password")
    name, email = form.text("name", "Enter a name."), form.text("email", "Enter an email address.")
    role, body = form.text("role", "Choose a role."), form.text("organisation", "Choose an organisation.")
    _check_password(form, email, password)
    if form.ok:
        added = staffing.add_staff(
            access.gate_of(request),
            name=name,
            email=email,
            telephone=form.text("telephone"),
            role=role,
            organisation=body,
            team=form.get("team") or None,
            password=password or None,
        )
        if password and isinstance(added, Staff):  # whoever gave it knows it, so its owner chooses another
            Account.objects.filter(staff=added).update(must_choose_password=True)
        if isinstance(added, Refusal):
            form.fail(added.field or "name", f"{added.reason}.")
    if not form.ok:
        return _show(request, form)
    directory.forget()
    flash.done(request, f"{name} was added.")
    return redirect("organisation")


def _check_password(form: Form, email: str, password: str) -> None:
    """A first password for someone new; nobody sets a colleague's, because they could then come in as them."""
    if not password:
        return
    if Account.objects.filter(email__iexact=email).exists():
        form.fail("password", "They have an account already and choose their own password. Leave this empty.")
    refusal = passwords.weakness(password, Account(email=email.lower()))
    if refusal:
        form.fail("password", refusal.reason)


@signed_in("administrator")
@proved_lately
def leaves(request: HttpRequest, staff_id: Any) -> HttpResponse:
    """Close an account at once; people left without anyone in charge are named to be passed on."""
    staff = Staff.objects.filter(id=staff_id, left_on__isnull=True).first()
    if staff is None:
        raise Refused("not there, or not allowed")
    if request.method != "POST":
        return render(request, "staff/leaves.jinja", {"staff": staff})
    left = staffing.staff_leaves(access.gate_of(request), staff=staff)
    directory.forget()
    detail = (
        f"{len(left)} people are still in their charge. Each is offered to whoever stands in." if left else ""
    )
    flash.done(request, f"{staff.name} has left. Their account is closed.", detail=detail)
    return redirect("organisation")
