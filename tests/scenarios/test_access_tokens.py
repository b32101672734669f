"""A token is good only while everything behind it is: its time, its connection, its program, the account and the role."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def connected():
    """Priya connected an app that reads what she may read."""
    from careweave.identity.models import Account, Client, Connection
    from tests import factories as make

    staff = make.staff("Priya Shah", "coordinator", "RVC")
    client = Client.objects.create(
        name="Falls app",
        kind="app",
        organisation_id="RVC",
        used_by="professionals",
        redirect_uris=["https://falls.example/back"],
        scopes="user/*.rs",
        state="approved",
        requested_by="staff:a",
        approved_by="staff:a",
    )
    return Connection.objects.create(
        client=client,
        account=Account.objects.get(staff=staff),
        actor=staff.party,
        role="coordinator",
        organisation="RVC",
        name=staff.name,
        purpose="direct-care",
        scopes="user/*.rs",
    )


def issue(connection, scopes="user/*.rs", minutes=5):
    from careweave.identity import access_tokens

    return access_tokens.issue(connection, scopes=scopes, lifetime=timedelta(minutes=minutes))


def test_a_token_acts_as_the_one_who_connected_the_app(connected) -> None:
    from careweave.identity.access_tokens import check

    grant = check(issue(connected))
    assert grant is not None
    assert (grant.actor.id, grant.actor.role) == (connected.actor, "coordinator")
    assert grant.actor.organisation == "RVC" and grant.purpose == "direct-care"
    assert grant.scopes.permits("Condition", "r") and not grant.scopes.permits("Condition", "c")
    assert grant.patient is None and grant.client == connected.client_id
    assert timedelta(minutes=4) < grant.expires - timezone.now() <= timedelta(minutes=5)


def test_patient_scopes_limit_a_token_to_one_person(connected) -> None:
    from careweave.identity.access_tokens import check

    connected.patient = "8f3f7a52-1111-4a5e-9d00-000000000001"
    connected.save()
    assert check(issue(connected, "patient/*.rs")).patient == connected.patient
    assert check(issue(connected, "user/*.rs")).patient is None


def test_looking_a_token_up_is_one_statement(connected) -> None:
    from careweave.identity.access_tokens import check

    token = issue(connected)
    with CaptureQueriesContext(database) as asked:
        assert check(token)
    assert len(asked) == 1


def test_the_table_holds_no_token_that_works(connected) -> None:
    from careweave.identity.access_tokens import check
    from careweave.identity.models import AccessToken

    token = issue(connected)
    kept = AccessToken.objects.latest("issued_at")
    assert token.encode() not in bytes(kept.hash) and check(bytes(kept.hash).hex()) is None


@pytest.mark.parametrize("text", ["", "nobody", "x" * 5000, "é", "' OR 1=1 --", "\x00"])
def test_any_other_text_is_nobody(text: str) -> None:
    from careweave.identity.access_tokens import check

    assert check(text) is None


def end(connected, what: str) -> None:
    from careweave.identity.models import AccessToken, Account, Client, StaffRole

    now = timezone.now()
    of_this = AccessToken.objects.filter(connection=connected)
    {
        "expired": lambda: of_this.update(expires_at=now),
        "revoked": lambda: of_this.update(revoked_at=now),
        "disconnected": lambda: type(connected).objects.filter(id=connected.id).update(ended_at=now),
        "program closed": lambda: Client.objects.filter(id=connected.client_id).update(state="ended"),
        "account closed": lambda: Account.objects.filter(id=connected.account_id).update(is_active=False),
        "role lost": lambda: StaffRole.objects.filter(staff=connected.account.staff).update(until=now.date()),
    }[what]()


@pytest.mark.parametrize(
    "what", ["expired", "revoked", "disconnected", "program closed", "account closed", "role lost"]
)
def test_what_ends_a_token_counts_at_the_next_request(connected, what: str) -> None:
    from careweave.identity.access_tokens import check

    token = issue(connected)
    assert check(token)
    end(connected, what)
    assert check(token) is None


def test_what_ended_long_ago_is_forgotten_and_the_rest_is_kept(connected) -> None:
    from careweave.identity import clients_exchange
    from careweave.identity.access_tokens import check, hash_of
    from careweave.identity.models import AccessToken

    kept, gone = issue(connected), issue(connected)
    AccessToken.objects.filter(hash=hash_of(gone)).update(expires_at=timezone.now() - timedelta(days=2))
    clients_exchange._forgot[0] = 0.0
    assert clients_exchange.forget_spent() == 1
    assert clients_exchange.forget_spent() == 0
    assert check(kept) and not AccessToken.objects.filter(hash=hash_of(gone)).exists()
