"""careweave account add | import | leave"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, Reporting
from careweave.configuration import ConfigurationError

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def command() -> None:
    """Say who may sign in: the first administrator, staff lists, leavers."""


@command.command("add", cls=Reporting)
@click.option("--email", required=True)
@click.option(
    "--person", default="", help="The person's id: an account for them or a carer, to see their own care."
)
@click.option("--name", default="")
@click.option("--role", default="administrator", show_default=True)
@click.option("--organisation", default="", help="ODS code, or the council's or your own code.")
@click.option("--organisation-name", default="", help="Adds the organisation when it is not known yet.")
@click.option("--organisation-kind", default="commissioner", show_default=True)
@click.option("--team", default=None)
@click.option("--telephone", default="")
@click.option(
    "--password-file", type=FILE, help="Without it the password is asked for, or made up and shown once."
)
def add(
    email: str,
    person: str,
    role: str,
    organisation: str,
    organisation_name: str,
    organisation_kind: str,
    password_file: Path | None,
    **details: Any,
) -> Report:
    """Add someone who may sign in: the first administrator of a place, or anyone after."""
    ready_place()
    from django.db import transaction

    from careweave.cli._accounts.lists import Row, add_organisation
    from careweave.cli._accounts.passwords import choose_password
    from careweave.identity.staffing import add_staff, administering

    password, is_made_up = choose_password(password_file)
    if person:
        return _add_person(person, email, password, is_made_up)
    if not (details["name"] and organisation):
        raise ConfigurationError(
            "Give --name and --organisation for staff, or --person for someone's own care."
        )
    with transaction.atomic():
        if organisation_name:
            row = {"code": organisation, "name": organisation_name, "kind": organisation_kind}
            _accepted(add_organisation(Row("", 0, row)))
        staff = _accepted(
            add_staff(
                administering(),
                email=email,
                role=role,
                organisation=organisation,
                password=password,
                **details,
            )
        )
    figures = {"staff": staff.id, "email": staff.email, "role": role, "organisation": organisation}
    lines = [f"{staff.name} may sign in as {role} with {staff.email}."]
    if is_made_up:
        figures["password"] = password
        lines.append(f"The password, shown only now: {password}")
    return Report(figures, lines)


@command.command("import", cls=Reporting)
@click.argument("staff", type=FILE)
@click.option("--organisations", type=FILE, help="CSV with code, name, kind and telephone.")
@click.option(
    "--teams", type=FILE, help="CSV with id, name, organisation, manager, telephone, out of hours, practices."
)
def import_(staff: Path, organisations: Path | None, teams: Path | None) -> Report:
    """Add or update a staff list: CSV with name, email, role, organisation and, if any, team and telephone.

    Nobody added so can sign in until an administrator gives them a password.
    """
    ready_place()
    from careweave.cli._accounts.lists import import_lists

    outcome = import_lists(staff, organisations, teams)
    refused = [
        f"{each['file']}, line {each['line']}, {each['field']}: {each['reason']}" for each in outcome.refused
    ]
    return Report(
        {"read": outcome.read, "accepted": outcome.accepted, "refused": outcome.refused},
        [f"{outcome.accepted} of {outcome.read} rows accepted.", *refused],
        succeeded=not outcome.refused,
    )


@command.command("reset", cls=Reporting)
@click.argument("email")
def reset(email: str) -> Report:
    """Let someone start afresh who lost their password or second step: a first password, shown once."""
    ready_place()
    from careweave.identity.models import Staff
    from careweave.identity.passwords import start_afresh
    from careweave.identity.staffing import administering

    staff = Staff.objects.filter(email__iexact=email, left_on=None).first()
    if staff is None:
        raise ConfigurationError(f"Nobody who works here has the e-mail address {email}.")
    password = _accepted(start_afresh(administering(), staff=staff))
    lines = [
        f"{staff.name} is signed out everywhere and has no second step now.",
        f"The first password, shown only now: {password}",
    ]
    return Report({"staff": staff.id, "password": password}, lines)


@command.command("card", cls=Reporting)
@click.argument("email")
@click.argument("issuer")
@click.argument("identifier")
def card(email: str, issuer: str, identifier: str) -> Report:
    """Say which user of a provider elsewhere (CIS2) someone is, by the number on their smartcard."""
    ready_place()
    from careweave.identity.logins_elsewhere import link_staff
    from careweave.identity.models import Staff
    from careweave.identity.staffing import administering

    staff = Staff.objects.filter(email__iexact=email, left_on=None).first()
    if staff is None:
        raise ConfigurationError(f"Nobody who works here has the e-mail address {email}.")
    if not issuer.startswith("https://"):
        raise ConfigurationError(
            f"{issuer} is not a provider's issuer: an address that begins with https://."
        )
    _accepted(link_staff(administering(), staff=staff, issuer=issuer, subject=identifier))
    return Report({"staff": staff.id, "issuer": issuer}, [f"{staff.name} may sign in with that account."])


@command.command("leave", cls=Reporting)
@click.argument("email")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The last day; today when left out.")
def leave(email: str, day: Any) -> Report:
    """Close the account and every role of someone who leaves, and list the people still in their charge."""
    ready_place()
    from careweave.identity.models import Staff
    from careweave.identity.staffing import administering, staff_leaves

    staff = Staff.objects.filter(email__iexact=email).first()
    if staff is None:
        raise ConfigurationError(f"Nobody here has the e-mail address {email}.")
    people = staff_leaves(administering(), staff=staff, on=day.date() if day else None)
    lines = [f"{staff.name} can no longer sign in."]
    if people:
        lines.append(f"{len(people)} people are still in their charge; each is offered to whoever stands in:")
    return Report({"staff": staff.id, "people_in_charge": list(people)}, [*lines, *people])


def _add_person(person: str, email: str, password: str, is_made_up: bool) -> Report:
    """An account through which someone sees their own care; the person must be known here."""
    from careweave.identity.golden_records import linker_gate
    from careweave.identity.models import Account
    from careweave.identity.staffing import give_portal_account
    from careweave.record.ids import is_id
    from careweave.record.joining import members_of

    if not is_id(person) or not members_of(linker_gate(), [person]):
        raise ConfigurationError(
            f"Nobody here has the id {person}. It stands in the address of the person's page."
        )
    holder = Account.objects.filter(email__iexact=email).exclude(person_id=person).first()
    if holder is not None:
        raise ConfigurationError(f"{email} is in use for another account. Give another e-mail address.")
    account = give_portal_account(person_id=person, email=email, password=password)
    figures: dict[str, Any] = {"person": person, "email": account.email}
    lines = [f"{account.email} may sign in at /my/sign-in to see this person's care."]
    if is_made_up:
        figures["password"] = password
        lines.append(f"The password, shown only now: {password}")
    return Report(figures, lines)


def _accepted(answer: Any) -> Any:
    from careweave.record import Refusal

    if isinstance(answer, Refusal):
        raise ConfigurationError(f"{answer.reason}.")
    return answer
