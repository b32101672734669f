"""A page asks as many statements for two rows as for seven: of people, colleagues, questions, services, stretches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from careweave.care.teams import conversations
from careweave.care.teams.telling import Recipient
from careweave.identity.models import Account
from careweave.record import Refusal
from careweave.web import directory
from tests import factories as make
from tests.scenarios.coordination import PRACTICE, TODAY, TRUST
from tests.scenarios.neighbourhood import Neighbourhood
from tests.scenarios.test_handover_pages import person, signed_in, staff

pytestmark = [pytest.mark.database]
FEW, MANY = 2, 5


class Rows(Neighbourhood):
    """Edith, whom Priya looks after, and rows of each kind around her."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.me = self.edith()
        self.gp = make.staff("Amina Rahman", "gp", PRACTICE)
        self.count = 0

    def add(self, count: int) -> None:
        names = [f"Row {self.count + one}" for one in range(count)]
        self.sent(*(self.service(id=f"{self.code} {name}", name=name) for name in names))
        for name in names:
            self.taken_on(make.staff(name, "coordinator", TRUST, team=self.team))
            self.ask(name)
        for _ in range(count // 2):
            self.accepted(self.me, self.asked(self.me, self.tom), self.tom)
            self.accepted(self.me, self.asked(self.me, self.priya, by=self.tom), self.priya)
        self.count += count

    def ask(self, words: str) -> None:
        to = Recipient(self.priya.party, self.priya.name)
        told = conversations.begin(
            make.own_gate(self.me), person_id=self.me, words=words, to=to, readers=None, today=TODAY
        )
        assert not isinstance(told, Refusal), told


@pytest.fixture(scope="module")
def counted(database: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    """Of each page: statements with few rows and with many, after everything that is remembered is forgotten."""
    rows = Rows(tmp_path_factory.mktemp("feeds"))
    Account.objects.create(email="edith@example.org", person_id=rows.me)
    actor = {"id": rows.gp.party, "role": "gp", "organisation": PRACTICE, "name": rows.gp.name}
    priya, gp, me = staff(rows.priya), signed_in(Account.objects.get(staff=rows.gp), actor), person(rows.me)
    pages = {
        "/caseload": priya,
        "/directory": priya,
        "/find?q=Holloway": gp,
        "/people/{}/in-charge": priya,
        "/people/{}/questions": priya,
        "/my/questions": me,
        "/my/support": me,
    }
    rows.add(FEW)
    few = {page: statements(client, page.format(rows.me)) for page, client in pages.items()}
    rows.add(MANY)
    return {page: (few[page], statements(client, page.format(rows.me))) for page, client in pages.items()}


def statements(client: Client, page: str) -> int:
    assert client.get(page).status_code == 200, page  # what is read once in a process is not a row's
    directory.forget()
    with CaptureQueriesContext(connection) as asked:
        assert client.get(page).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    "page",
    ["/caseload", "/directory", "/find?q=Holloway", "/people/{}/in-charge", "/people/{}/questions",
     "/my/questions", "/my/support"],
)  # fmt: skip
def test_a_page_asks_no_more_for_more_rows(counted: dict[str, tuple[int, int]], page: str) -> None:
    few, many = counted[page]
    assert few == many
