"""Starting and changing a session: which role someone works in, and the name their acts carry."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, time

from django.contrib.auth import login
from django.http import HttpRequest
from django.utils import timezone

from careweave.identity import open_sessions
from careweave.identity.models import Account
from careweave.identity.staffing import actor_of, roles_of
from careweave.record import Actor, Gate, Purpose
from careweave.record.acting import all_acting
from careweave.record.written_down import write_down
from careweave.web import access
from careweave.web.presenters import facts


@dataclass(frozen=True)
class Working:
    """One role that an account may work in."""

    party: str
    role: str
    organisation: str
    organisation_name: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.role}|{self.organisation}"


def workings_of(account: Account) -> tuple[Working, ...]:
    """The roles an account may choose from today."""
    return _staff_workings(account) if account.staff else _own_workings(account)


def _staff_workings(account: Account) -> tuple[Working, ...]:
    found: dict[str, Working] = {}
    for held in roles_of(account):
        actor = actor_of(account, held)
        working = Working(actor.id, held.role, held.organisation, held.organisation_name, actor.name)
        found.setdefault(working.key, working)
    return tuple(found.values())


def _own_workings(account: Account) -> tuple[Working, ...]:
    """Someone with their own record, who may also look after someone else."""
    party = f"person:{account.person_id}"
    name = name_of_person(str(account.person_id))
    own = Working(party, "person", "", "", name)
    cares = Gate(Actor(party, "carer", "", name), Purpose.OWN_CARE).people_with(*all_acting())
    return (Working(party, "carer", "", "", name), own) if cares else (own,)


def name_of_person(person_id: str) -> str:
    """The person's own name, read through their own gate."""
    gate = Gate(Actor(f"person:{person_id}", "person"), Purpose.OWN_CARE)
    patient = gate.read("Patient", person_id)
    return facts.person_name(patient.body.get("name")) if patient else "You"


@dataclass(frozen=True)
class Elsewhere:
    """The provider that vouched for this session, and its own name for it."""

    provider: str
    issuer: str
    sid: str


def start(
    request: HttpRequest,
    account: Account,
    working: Working,
    *,
    several: bool,
    elsewhere: Elsewhere | None = None,
) -> None:
    """Sign in with one role; the session's key changes, so that an old one cannot be used."""
    is_someone_else = request.user != account
    if is_someone_else:
        login(request, account, backend="django.contrib.auth.backends.ModelBackend")
    else:
        request.session.cycle_key()
    actor = Actor(working.party, working.role, working.organisation, working.name)
    request.session["actor"] = asdict(actor)
    request.session["organisation_name"] = working.organisation_name
    request.session["several_roles"] = several
    request.session["seen"] = request.session["proved"] = timezone.now().timestamp()
    request.session["elsewhere"] = asdict(elsewhere) if elsewhere else None
    for gone in ("locked", "half", "must", "kept", "claimed", *(("cast",) if is_someone_else else ())):
        request.session.pop(gone, None)
    request.session["ends"] = _ends(account, working)
    open_sessions.note(
        account,
        str(request.session.session_key),
        issuer=elsewhere.issuer if elsewhere else "",
        sid=elsewhere.sid if elsewhere else "",
    )
    how = elsewhere.provider if elsewhere else "here"
    write_down(Gate(actor, access.purpose_of(working.role)), "sign-in", how=how)


def _ends(account: Account, working: Working) -> float | None:
    """When the role's last day is over, so is the session."""
    if account.staff is None:
        return None
    held = account.staff.roles.held().filter(role=working.role, organisation_id=working.organisation)
    days = list(held.values_list("until", flat=True))
    if not days or None in days:
        return None
    return timezone.make_aware(datetime.combine(max(days), time())).timestamp()
