"""Who someone signed in elsewhere is here: staff by their national identifier, people by NHS number and birth date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from careweave.record import Actor, Gate, Purpose, Refusal
from careweave.record.content import PLACE
from careweave.record.written_down import write_down

from .models import Account, LoginElsewhere, Staff
from .role_waiting import is_beyond_one
from .staffing import Held, give_portal_account, roles_of

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
UNKNOWN = Refusal("nobody here")


def staff_account(issuer: str, subject: str) -> Account | None:
    """The account that an administrator linked to this user; a user nobody linked is nobody, and nothing is made."""
    found = (
        LoginElsewhere.objects.select_related("account__staff")
        .filter(issuer=issuer, subject=subject, account__is_active=True, account__staff__left_on=None)
        .first()
    )
    return found.account if found and found.account.staff else None


def link_staff(gate: Gate, *, staff: Staff, issuer: str, subject: str) -> Refusal | None:
    """Say that this user of the provider is this member of staff."""
    if gate.purpose is not Purpose.ADMINISTRATION:
        raise gate.door.refuse("only an administrator links accounts", act="login-link")
    plain = subject.strip()
    if not plain.isalnum() and "-" not in plain:
        return Refusal("Enter the identifier as it stands on the card", "subject")
    if is_beyond_one(gate, staff):
        return Refusal(
            "They hold a powerful role. Whoever runs this server does it: careweave account card", "subject"
        )
    account = Account.objects.get(staff=staff)
    taken = LoginElsewhere.objects.filter(issuer=issuer, subject=plain).exclude(account=account)
    if taken.exists() or gate.actor.id == staff.party:
        return Refusal(
            "This identifier is in use, or it would be your own. Ask another administrator", "subject"
        )
    with gate.transaction():
        LoginElsewhere.objects.filter(issuer=issuer, account=account).delete()
        _link(account, issuer, plain, gate.actor.id)
        write_down(gate, "login-link", staff=str(staff.id), issuer=issuer)
    return None


def roles_claimed(account: Account, claims: Mapping[str, Any], shape: Mapping[str, Any]) -> tuple[Held, ...]:
    """The roles held here that the provider says are worked in: the chosen one, or all when none was chosen."""
    rows = claims.get(shape["roles"])
    rows = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    chosen = claims.get(shape["selected_role"])
    if chosen:
        rows = [row for row in rows if str(row.get(shape["role_id"])) == str(chosen)]
    allowed = {
        (role, str(row.get(shape["organisation"], "")))
        for row in rows
        for role in shape["role_codes"].get(str(row.get(shape["role_code"], "")).split(":")[-1], ())
    }
    return tuple(held for held in roles_of(account) if (held.role, held.organisation) in allowed)


def person_account(issuer: str, claims: Mapping[str, Any], shape: Mapping[str, Any]) -> Account | Refusal:
    """The person with this NHS number and birth date; both must be ours already, and nobody is made."""
    subject = str(claims[shape["subject"]])
    number, born = str(claims.get(shape["nhs_number"], "")), str(claims.get(shape["birth_date"], ""))
    person_id = _person_with(number, born)
    if not person_id:
        return UNKNOWN
    with transaction.atomic():
        linked = LoginElsewhere.objects.select_for_update().filter(issuer=issuer, subject=subject).first()
        account = Account.objects.filter(person_id=person_id).first()
        if linked and (account is None or linked.account_id != account.id):
            return UNKNOWN  # the provider's user is someone else here: a person must look at it
        if account is None:
            account = give_portal_account(person_id=person_id, email="")
        if linked is None:
            _link(account, issuer, subject, "system:sign-in")
    return account if account.is_active else UNKNOWN


def _person_with(number: str, born: str) -> str:
    """The one person whose own record has both; empty for nobody, and for more than one."""
    digits = re.sub(r"[^0-9]", "", number)
    if len(digits) != 10 or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", born):
        return ""
    gate = Gate(Actor("system:sign-in", "system", name="Sign-in"), Purpose.IDENTITY)
    page = gate.search("Patient", [("identifier", f"{NHS_NUMBER}|{digits}")], count=50)
    own = [one.id for one in page.resources if one.source == PLACE and one.body.get("birthDate") == born]
    return own[0] if len(own) == 1 else ""


def _link(account: Account, issuer: str, subject: str, by: str) -> None:
    LoginElsewhere.objects.create(
        account=account, issuer=issuer, subject=subject, linked_at=timezone.now(), linked_by=by
    )
