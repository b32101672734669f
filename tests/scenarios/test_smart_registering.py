"""Administrators register programs on pages and at the command line; a system waits for the second of them."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client as Browser
from django.utils import timezone

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PAGE = "/organisation/programs"


@pytest.fixture(scope="module")
def smart(database: object) -> Any:
    from tests.scenarios import smart  # models can be imported only once Django is set up

    return smart


def administrator(smart: Any, name: str) -> Browser:
    from careweave.identity.models import Account, Staff

    gate = smart.administrator(name)
    staff = Staff.objects.get(id=gate.actor.id.partition(":")[2])
    browser = Browser(HTTP_HOST="localhost")
    browser.force_login(Account.objects.get(staff=staff), backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    session["actor"], session["seen"] = asdict(gate.actor), timezone.now().timestamp()
    session.save()
    return browser


def test_an_app_is_open_at_once_and_a_system_after_the_second_word(smart: Any) -> None:
    from careweave.identity.models import Client

    ada, bea = administrator(smart, "Ada Moss"), administrator(smart, "Bea Ford")
    name = f"Ward {uuid.uuid4().hex[:6]}"
    keys = json.dumps({"keys": [smart.KEY.as_dict(private=False)]})
    typed = {"name": name, "organisation": "RVC", "scopes": "system/*.cud", "sends": "yes", "jwks": keys}
    assert ada.post(f"{PAGE}/add/backend", typed).status_code == 302
    made = Client.objects.get(name=name)
    assert "Another administrator must approve this" in ada.get(PAGE).content.decode()
    ada.post(f"{PAGE}/{made.id}/approve")
    assert Client.objects.get(id=made.id).state == "requested"
    assert f'Approve<span class="nhsuk-u-visually-hidden"> {name}' in bea.get(PAGE).content.decode()
    bea.post(f"{PAGE}/{made.id}/approve")
    assert Client.objects.get(id=made.id).state == "approved"
    assert b"cannot be undone" in bea.get(f"{PAGE}/{made.id}/end").content
    bea.post(f"{PAGE}/{made.id}/end")
    assert Client.objects.get(id=made.id).state == "ended"
    app = {
        "name": "Falls app",
        "organisation": "RVC",
        "used_by": "professionals",
        "redirect_uris": "https://falls.example/back\nhttps://falls.example/other",
        "scopes": "user/*.rs\nlaunch",
    }
    assert ada.post(f"{PAGE}/add/app", app).status_code == 302
    assert Client.objects.get(name="Falls app").state == "approved"


@pytest.mark.parametrize("kind", ["app", "backend", "launcher", "resource-server"])
def test_what_was_typed_is_kept_beside_its_error(smart: Any, kind: str) -> None:
    ada = administrator(smart, "Ada Moss")
    assert ada.get(f"{PAGE}/add/{kind}").status_code == 200
    for typed in (
        {"name": "Kept words", "jwks": "not json"},
        {"name": "Kept words", "organisation": "RVC"},
        {},
    ):
        answer = ada.post(f"{PAGE}/add/{kind}", typed)
        assert answer.status_code == 422 and "nhsuk-error-message" in answer.content.decode()
        assert typed.get("name", "") in answer.content.decode()
    assert ada.get(f"{PAGE}/add/robot").status_code == 404


def test_nobody_else_opens_these_pages(smart: Any) -> None:
    from tests import factories as make

    ruth = smart.browser(make.staff("Ruth Cole", "gp", "RVC"), "gp")
    for path in (PAGE, f"{PAGE}/add/app", f"{PAGE}/x/end"):
        assert ruth.get(path).status_code == 404


def run(*words: str) -> tuple[int, dict[str, Any]]:
    from careweave.cli.client import command

    done = CliRunner().invoke(command, [*words, "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.output.splitlines()[0])


def test_the_command_line_registers_approves_lists_and_revokes(
    smart: Any, database: Any, tmp_path: Any
) -> None:
    from careweave.identity.models import Staff

    emails = [
        Staff.objects.get(id=smart.administrator(name).actor.id.partition(":")[2]).email
        for name in ("One", "Two")
    ]
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [smart.KEY.as_dict(private=False)]}))
    words = [
        "--kind",
        "backend",
        "--organisation",
        "RVC",
        "--scopes",
        "system/*.c",
        "--sends",
        "--keys",
        str(keys),
    ]
    assert run("add", "--name", "Night system", *words)[0] == 1
    code, made = run("add", "--name", "Night system", *words, "--by", emails[0])
    assert code == 0 and made["state"] == "requested"
    code, refused = run("approve", made["client"], "--by", emails[0])
    assert code == 1 and "Another administrator" in refused["error"]
    assert run("approve", made["client"])[0] == 1
    assert run("approve", made["client"], "--by", emails[1]) == (0, {**made, "state": "approved"})
    code, listed = run("list")
    assert {"client": made["client"], "state": "approved"}.items() <= listed["clients"][0].items()
    assert run("revoke", made["client"])[1]["state"] == "ended"
    assert run("revoke", made["client"])[0] == 1


def test_a_rotated_key_signs_from_now_on_and_the_last_one_is_still_published(smart: Any) -> None:
    from careweave.identity import clients_keys

    anyone = Browser(HTTP_HOST="localhost")
    before = anyone.get("/.well-known/jwks.json").json()["keys"]
    kid = clients_keys.rotate()
    after = anyone.get("/.well-known/jwks.json").json()["keys"]
    assert [one["kid"] for one in after] == [kid, before[0]["kid"]]
    assert clients_keys.signing_key().kid == kid
    assert all(not {"d", "p", "q"} & set(one) for one in after)
