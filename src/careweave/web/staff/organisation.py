"""Organisations, teams and staff: who works here, who joins and who leaves (pages for administrators)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from careweave.identity import staffing
from careweave.identity.models import Organisation, Staff, Team
from careweave.record import Refusal, Refused
from careweave.web import access, directory, flash
from careweave.web.access import signed_in
from careweave.web.components.forms import Form
from careweave.web.presenters.roles import ROLE_NAMES, role_name


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
    }
    return render(request, "staff/organisation.jinja", context, status=200 if form.ok else 422)


def _row(one: Staff) -> dict[str, Any]:
    roles = [
        f"{role_name(role.role)}, {role.team.name if role.team else role.organisation.name}"
        for role in one.roles.all()
        if role.until is None
    ]
    return {
        "id": one.id,
        "name": one.name,
        "email": one.email,
        "telephone": one.telephone,
        "roles": roles,
        "left_on": one.left_on,
    }


@signed_in("administrator")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add someone in a role, or one more role to someone already here."""
    form = Form(request.POST)
    password = form.text("password")
    if password and len(password) < 12:
        form.fail("password", "A password needs at least 12 letters or signs.")
    name, email = form.text("name", "Enter a name."), form.text("email", "Enter an email address.")
    role, body = form.text("role", "Choose a role."), form.text("organisation", "Choose an organisation.")
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
        if isinstance(added, Refusal):
            form.fail(added.field or "name", f"{added.reason}.")
    if not form.ok:
        return _show(request, form)
    directory.forget()
    flash.done(request, f"{name} was added.")
    return redirect("organisation")


@signed_in("administrator")
def leaves(request: HttpRequest, staff_id: Any) -> HttpResponse:
    """Close an account at once; people left without anyone in charge are named to be passed on."""
    staff = Staff.objects.filter(id=staff_id, left_on__isnull=True).first()
    if staff is None:
        raise Refused("not there, or not allowed")
    if request.method != "POST":
        return render(request, "staff/leaves.jinja", {"staff": staff})
    left = staffing.staff_leaves(access.gate_of(request), staff=staff)
    directory.forget()
    detail = f"{len(left)} people are still in their charge. Their manager must pass them on." if left else ""
    flash.done(request, f"{staff.name} has left. Their account is closed.", detail=detail)
    return redirect("organisation")
