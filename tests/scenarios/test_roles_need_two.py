"""Roles: given with dates, powerful ones only by two people, ended with the sessions, and all of it in the audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from careweave.record import Gate, Purpose, Refusal, Refused
from tests import factories as make
from tests.fixtures.database import Database

pytestmark = pytest.mark.database


def administration(staff: object) -> Gate:
    return make.gate(staff, "administrator", "RVC", Purpose.ADMINISTRATION)  # type: ignore[arg-type]


@pytest.fixture
def people(database: Database) -> Iterator[tuple[object, object, object]]:
    yield (
        make.staff("Ada Moss", "administrator", "RVC"),
        make.staff("Bo Lind", "administrator", "RVC"),
        make.staff("Cy Young", "coordinator", "RVC"),
    )


def held(staff: object) -> set[str]:
    from careweave.identity.models import Account
    from careweave.identity.staffing import roles_of

    return {role.role for role in roles_of(Account.objects.get(staff=staff))}


def give(gate: Gate, staff: object, role: str, **days: object) -> object:
    from careweave.identity.roles import Asked, give_role

    return give_role(gate, staff=staff, asked=Asked(role, "RVC", **days))  # type: ignore[arg-type]


def test_a_powerful_role_works_only_after_a_second_person_approved_it(people: tuple) -> None:  # type: ignore[type-arg]
    from careweave.identity.roles import approve_role, waiting_roles

    ada, bo, cy = people
    given = give(administration(ada), cy, "governance-lead")
    assert held(cy) == {"coordinator"}
    assert given.pk in [one.pk for one in waiting_roles()]  # type: ignore[attr-defined]
    approved = approve_role(administration(bo), role_id=given.pk)  # type: ignore[attr-defined]
    assert not isinstance(approved, Refusal)
    assert held(cy) == {"coordinator", "governance-lead"}
    looks = make.gate(cy, "governance-lead", "RVC", Purpose.GOVERNANCE).looks()
    acts = [(look.act, look.actor) for look in looks]
    assert ("role-give", ada.party) in acts and ("role-approve", bo.party) in acts


@pytest.mark.parametrize("role", ["governance-lead", "administrator", "data-clerk", "analyst"])
def test_nobody_approves_what_they_gave_or_receive(people: tuple, role: str) -> None:  # type: ignore[type-arg]
    from careweave.identity.roles import approve_role

    ada, bo, _ = people
    given = give(administration(ada), bo, role if role != "administrator" else "analyst")
    for gate, words in ((administration(ada), "You gave this role"), (administration(bo), "for themselves")):
        refused = approve_role(gate, role_id=given.pk)  # type: ignore[attr-defined]
        assert isinstance(refused, Refusal) and words in refused.reason
    assert held(bo) == {"administrator"}


def test_the_database_refuses_one_hand_too(people: tuple) -> None:  # type: ignore[type-arg]
    ada, _, cy = people
    given = give(administration(ada), cy, "data-clerk")
    for one in (ada.party, cy.party):
        given.waits, given.approved_by = False, one  # type: ignore[attr-defined]
        with pytest.raises(IntegrityError, match="role_approved_by_someone_else"), transaction.atomic():
            given.save()  # type: ignore[attr-defined]


def test_only_an_administrator_changes_roles_and_the_try_is_in_the_audit(people: tuple) -> None:  # type: ignore[type-arg]
    from careweave.identity.roles import approve_role, end_role

    ada, _, cy = people
    given = give(administration(ada), cy, "analyst")
    for gate in (
        make.gate(cy, "coordinator", "RVC"),
        make.gate(cy, "governance-lead", "RVC", Purpose.GOVERNANCE),
        make.gate(cy, "coordinator", "RVC", Purpose.ADMINISTRATION),
    ):
        for act in (
            lambda gate=gate: give(gate, cy, "gp"),
            lambda gate=gate: approve_role(gate, role_id=given.pk),  # type: ignore[attr-defined]
            lambda gate=gate: end_role(gate, role_id=given.pk),  # type: ignore[attr-defined]
        ):
            with pytest.raises(Refused):
                act()
    assert held(cy) == {"coordinator"}
    looks = make.gate(ada, "governance-lead", "RVC", Purpose.GOVERNANCE).looks(actor=cy.party)
    assert [look.act for look in looks].count("refused") == 9


def test_a_role_holds_from_its_first_day_to_its_last(people: tuple) -> None:  # type: ignore[type-arg]
    from careweave.identity.models import StaffRole

    ada, _, cy = people
    today = timezone.localdate()
    give(administration(ada), cy, "gp", first=today + timedelta(days=2))
    give(administration(ada), cy, "practice-nurse", first=today, last=today)
    assert held(cy) == {"coordinator", "practice-nurse"}
    StaffRole.objects.filter(staff=cy, role="practice-nurse").update(until=today)
    StaffRole.objects.filter(staff=cy, role="gp").update(since=today)
    assert held(cy) == {"coordinator", "gp"}


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"first": -1}, "today or later"),
        ({"first": 5, "last": 4}, "before the first"),
    ],
)
def test_days_that_make_no_sense_are_refused(people: tuple, days: dict[str, int], words: str) -> None:  # type: ignore[type-arg]
    ada, _, cy = people
    when = {key: timezone.localdate() + timedelta(days=value) for key, value in days.items()}
    refused = give(administration(ada), cy, "gp", **when)
    assert isinstance(refused, Refusal) and words in refused.reason


def test_the_same_role_twice_is_refused(people: tuple) -> None:  # type: ignore[type-arg]
    ada, _, cy = people
    refused = give(administration(ada), cy, "coordinator")
    assert isinstance(refused, Refusal) and "holds this role already" in refused.reason


def test_a_role_that_was_refused_is_gone_and_the_refusal_is_kept(people: tuple) -> None:  # type: ignore[type-arg]
    from careweave.identity.roles import approve_role, refuse_role

    ada, bo, cy = people
    given = give(administration(ada), cy, "analyst")
    number = given.pk  # type: ignore[attr-defined]
    assert refuse_role(administration(bo), role_id=number) is None
    assert isinstance(approve_role(administration(bo), role_id=number), Refusal)
    acts = [look.act for look in make.gate(cy, "governance-lead", "RVC", Purpose.GOVERNANCE).looks()]
    assert "role-refuse" in acts


def test_the_last_administrator_stays(fresh_database: Database) -> None:
    from careweave.identity.models import StaffRole
    from careweave.identity.roles import end_role

    ada = make.staff("Ada Moss", "administrator", "RVC")
    role = StaffRole.objects.get(staff=ada)
    refused = end_role(administration(ada), role_id=role.pk)
    assert isinstance(refused, Refusal) and "last administrator" in refused.reason


def signed_in(staff: object) -> Client:
    from careweave.identity.models import Account

    account = Account.objects.get(staff=staff)
    account.set_password("a ferry under seven bridges")
    account.save()
    client = Client(HTTP_HOST="localhost")
    answer = client.post(
        "/sign-in", {"email": account.email, "password": "a ferry under seven bridges", "next": ""}
    )
    assert answer.status_code == 302
    return client


def test_a_leaver_is_out_at_the_next_click(people: tuple) -> None:  # type: ignore[type-arg]
    from careweave.identity.staffing import staff_leaves

    ada, _, cy = people
    client = signed_in(cy)
    assert client.get("/day").status_code == 200
    staff_leaves(administration(ada), staff=cy)
    answer = client.get("/day")
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")
    assert held(cy) == set()


def test_a_session_ends_with_the_last_day_of_its_role(people: tuple) -> None:  # type: ignore[type-arg]
    from careweave.identity.models import StaffRole

    _, _, cy = people
    StaffRole.objects.filter(staff=cy).update(until=timezone.localdate() + timedelta(days=1))
    client = signed_in(cy)
    assert client.get("/day").status_code == 200
    session = client.session
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert abs(session["ends"] - midnight.timestamp()) <= 3600  # the night on which the clocks change
    session["ends"] = timezone.now().timestamp() - 1
    session.save()
    assert client.get("/day").status_code == 302


def test_who_loses_a_role_is_out_at_the_next_click(people: tuple) -> None:  # type: ignore[type-arg]
    from careweave.identity.models import StaffRole
    from careweave.identity.roles import end_role

    ada, _, cy = people
    client = signed_in(cy)
    end_role(administration(ada), role_id=StaffRole.objects.get(staff=cy).pk)
    assert client.get("/day").status_code == 302
