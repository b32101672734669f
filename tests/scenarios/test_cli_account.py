"""The first administrator, a staff list and a leaver, from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from careweave.cli import main
from tests.fixtures.database import Database

FIRST = ["account", "add", "--email", "Ada@Example.org", "--name", "Ada Obi", "--organisation", "QRV"]


def careweave(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(main, [*arguments, "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout) if done.stdout else {}


def signs_in(email: str, password: str) -> bool:
    from careweave.identity.models import Account

    account = Account.objects.get(email=email)
    return account.is_active and account.check_password(password)


@pytest.mark.database
def test_the_first_administrator_of_an_empty_place(fresh_database: Database) -> None:
    code, made = careweave(*FIRST, "--organisation-name", "Riverside ICB")
    assert code == 0
    assert made["role"] == "administrator"
    assert signs_in("ada@example.org", made["password"])


@pytest.mark.database
def test_a_password_comes_from_a_file_and_a_weak_one_is_refused(
    fresh_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("password1234\n")
    options = [*FIRST, "--organisation-name", "Riverside ICB", "--password-file", str(file)]
    assert CliRunner().invoke(main, options).exit_code == 1
    file.write_text("a ferry under seven bridges\n")
    code, made = careweave(*options)
    assert code == 0
    assert "password" not in made
    assert signs_in("ada@example.org", "a ferry under seven bridges")


@pytest.mark.database
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (["--role", "king"], "'king' is not a role"),
        (["--organisation", "ZZZ"], "'ZZZ' is not an open organisation"),
        (["--email", "ada"], "is not an e-mail address"),
    ],
)
def test_a_mistake_is_refused_with_its_reason(
    fresh_database: Database, changed: list[str], words: str
) -> None:
    code, answer = careweave(*FIRST, *changed)
    assert code == 1
    assert words in answer["error"]


@pytest.mark.database
def test_a_staff_list_is_imported_row_by_row_and_twice_is_once(
    fresh_database: Database, tmp_path: Path
) -> None:
    from careweave.identity.models import Staff, StaffRole, Team

    organisations = tmp_path / "organisations.csv"
    organisations.write_text(
        "code,name,kind\nRVC,Riverside Community,community\nY90001,High Street,practice\n"
    )
    teams = tmp_path / "teams.csv"
    teams.write_text(
        "id,name,organisation,manager,telephone,out of hours,practices\n"
        "north,North team,RVC,mo@example.org,01632 960001,111,Y90001\n"
    )
    staff = tmp_path / "staff.csv"
    staff.write_text(
        "\N{BYTE ORDER MARK}Name,Email,Role,Organisation,Team\n"
        "Mo Reed,mo@example.org,administrator,RVC,\n"
        "Jo Lane,jo@example.org,coordinator,RVC,north\n"
        "No Body,nobody,coordinator,RVC,north\n"
        "Al Far,al@example.org,gp,Y99999,\n",
        encoding="utf-8",
    )
    command = ["account", "import", str(staff), "--organisations", str(organisations), "--teams", str(teams)]
    for _ in range(2):
        code, outcome = careweave(*command)
        assert code == 1
        assert (outcome["read"], outcome["accepted"]) == (7, 5)
        refused = {(each["file"], each["line"], each["field"]) for each in outcome["refused"]}
        assert refused == {("staff.csv", 4, "email"), ("staff.csv", 5, "organisation")}
    assert sorted(Staff.objects.values_list("name", flat=True)) == ["Jo Lane", "Mo Reed"]
    assert StaffRole.objects.count() == 2
    assert Team.objects.get().manager.name == "Mo Reed"


@pytest.mark.database
def test_a_list_without_a_column_that_it_needs_is_refused_whole(
    fresh_database: Database, tmp_path: Path
) -> None:
    staff = tmp_path / "staff.csv"
    staff.write_text("name,role\nMo Reed,gp\n")
    code, answer = careweave("account", "import", str(staff))
    assert code == 1
    assert "has no column email, organisation" in answer["error"]


@pytest.mark.database
def test_who_leaves_can_no_longer_sign_in(fresh_database: Database) -> None:
    _, made = careweave(*FIRST, "--organisation-name", "Riverside ICB")
    code, left = careweave("account", "leave", "ADA@example.org", "--on", "2026-11-20")
    assert (code, left["people_in_charge"]) == (0, [])
    assert not signs_in("ada@example.org", made["password"])
    assert careweave("account", "leave", "nobody@example.org")[0] == 1


@pytest.mark.database
def test_the_last_administrator_who_lost_everything_starts_afresh(fresh_database: Database) -> None:
    _, made = careweave(*FIRST, "--organisation-name", "Riverside ICB")
    code, told = careweave("account", "reset", "ADA@example.org")
    assert code == 0
    assert not signs_in("ada@example.org", made["password"])
    assert signs_in("ada@example.org", told["password"])
    assert careweave("account", "reset", "nobody@example.org")[0] == 1


@pytest.mark.database
def test_an_account_for_someones_own_care(fresh_database: Database) -> None:
    from careweave.identity.models import Account
    from tests import factories as make

    joe = make.person(("Y90001", make.patient("Y90001", "joe")))
    options = ["account", "add", "--email", "Joe@example.org", "--person"]
    code, made = careweave(*options, joe)
    assert code == 0 and made["person"] == joe
    assert signs_in("joe@example.org", made["password"])
    assert str(Account.objects.get(email="joe@example.org").person_id) == joe
    for unknown in ("8f3f7a52-1111-4a5e-9d00-000000000099", "joe"):
        done = CliRunner().invoke(main, [*options, unknown])
        assert done.exit_code == 1 and f"Nobody here has the id {unknown}" in done.output
    annie = make.person(("Y90001", make.patient("Y90001", "annie")))
    done = CliRunner().invoke(main, [*options, annie])
    assert done.exit_code == 1 and "is in use for another account" in done.output
    assert CliRunner().invoke(main, ["account", "add", "--email", "x@example.org"]).exit_code == 1


@pytest.mark.database
def test_a_card_is_linked_to_someone_at_an_issuer(fresh_database: Database) -> None:
    from careweave.identity.logins_elsewhere import staff_account

    issuer = "https://issuer.example.nhs.uk"
    careweave(*FIRST, "--organisation-name", "Riverside ICB")
    for email, address, words in (
        ("ada@example.org", "cis2", "is not a provider's issuer"),
        ("nobody@example.org", issuer, "e-mail address"),
    ):
        code, answer = careweave("account", "card", email, address, "910000000018")
        assert code == 1
        assert words in answer["error"]
    assert careweave("account", "card", "ada@example.org", issuer, "910000000018")[0] == 0
    account = staff_account(issuer, "910000000018")
    assert account is not None and account.email == "ada@example.org"
