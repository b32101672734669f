"""No surface shows what `decide` denies, or reveals that it exists: pages, API, papers, export and command line."""

from __future__ import annotations

import io
import itertools
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.fixtures.database import Database
    from tests.generative.surfaces_place import Entry, Reader, World

pytestmark = [pytest.mark.database]
CASES = 300
WORD = re.compile(r"Quillon\d+")
HEADERS_OF_ITS_OWN = {"X-Request-Id", "Date", "Set-Cookie"}
EACH_TIME = re.compile(
    rb'nonce="[^"]+"|data-at="[^"]+"|<span data-clock>[^<]+|'
    rb'name="csrfmiddlewaretoken" value="[^"]+"|[a-z-]*csrf[a-z-]*="[^"]+"'
)


@pytest.fixture(scope="module")
def world(database: Database) -> World:
    from tests.generative.surfaces_place import World  # models can be imported only once Django is set up

    return World()


def cases(world: World) -> Iterator[tuple[Reader, Entry]]:
    yield from itertools.product(world.readers, world.entries)


def shown_in(text: str | bytes) -> set[str]:
    return set(WORD.findall(text.decode(errors="replace") if isinstance(text, bytes) else text))


def compare(
    world: World, reader: Reader, shown: set[str], about: Iterable[Entry], *, whole: bool
) -> tuple[int, int]:
    """Nothing beyond what the rule allows; with `whole` all of it. How many were decided, and how many shown."""
    entries = list(about)
    allowed = {each.word for each in entries if reader.may_read(each)}
    assert shown <= allowed, (reader.name, shown - allowed)
    if whole:
        assert shown == allowed, (reader.name, allowed - shown)
    return len(entries), len(shown)


class Tally:
    """At least so many cases, of which some were shown and some were not."""

    def __init__(self) -> None:
        self.decided, self.shown = 0, 0

    def add(self, counted: tuple[int, int]) -> None:
        self.decided += counted[0]
        self.shown += counted[1]

    def enough(self) -> None:
        assert self.decided >= CASES
        assert 0 < self.shown < self.decided


def of_person(world: World, person: str) -> list[Entry]:
    return [each for each in world.entries if each.person == person]


# -- the API ------------------------------------------------------------------------------------------------------


def test_reads_versions_and_histories_show_what_decide_allows(world: World) -> None:
    tally, outcomes = Tally(), Counter[int]()
    for reader, entry in cases(world):
        path = f"/fhir/R4/{entry.type}/{entry.id}"
        for more in ("", "/_history/1", "/_history"):
            answer = reader.client.get(path + more)
            outcomes[answer.status_code] += 1
            assert (answer.status_code == 200) == reader.may_read(entry), (reader.name, path + more)
            tally.add((1, len(shown_in(answer.content))))
    tally.enough()
    assert set(outcomes) <= {200, 401, 403, 404}


@pytest.mark.parametrize("include", ["", "&_include=Condition:patient", "&_revinclude=Provenance:target"])
def test_searches_by_person_and_by_chain_show_what_decide_allows(world: World, include: str) -> None:
    tally = Tally()
    for reader, person in itertools.product(world.readers, world.people):
        for type_ in ("Condition", "AllergyIntolerance", "MedicationRequest", "Encounter", "Procedure"):
            asked = include.replace("Condition:", f"{type_}:")
            about = [each for each in of_person(world, person) if each.type == type_]
            for where in (f"patient={person}", f"patient._id={person}"):
                answer = reader.client.get(f"/fhir/R4/{type_}?{where}&_count=200{asked}")
                if answer.status_code != 200:
                    assert answer.status_code in (401, 403) and not shown_in(answer.content)
                    continue
                tally.add(compare(world, reader, shown_in(answer.content), about, whole="_id" not in where))
    tally.enough()


def test_everything_shows_what_decide_allows(world: World) -> None:
    tally = Tally()
    for reader, person in itertools.product(world.readers, world.people):
        answer = reader.client.get(f"/fhir/R4/Patient/{person}/$everything?_count=1000")
        whole = answer.status_code == 200
        tally.add(compare(world, reader, shown_in(answer.content), of_person(world, person), whole=whole))
    tally.enough()


# -- pages and papers -----------------------------------------------------------------------------------------------

PAGES = (
    "",
    "/happened",
    "/print",
    "/crisis",
    "/records",
    "/plan",
    "/plan/edit",
    "/team",
    "/who-looked",
    "/assessment",
    "/questions",
    "/readings",
)
OWN = (
    "/my",
    "/my/plan",
    "/my/who-looked",
    "/my/choices",
    "/my/questions",
    "/my/acting",
    "/my/record",
    "/my/readings",
    "/my/who-can-see",
    "/my/change",
)
CARING = ("plan", "questions", "readings", "record")


@pytest.mark.parametrize("page", PAGES)
def test_pages_about_a_person_show_what_decide_allows(world: World, page: str) -> None:
    decided = 0
    for reader, person in itertools.product(world.readers, world.people):
        answer = reader.client.get(f"/people/{person}{page}")
        counted = compare(world, reader, shown_in(answer.content), world.entries, whole=False)
        decided += counted[0]
        if answer.status_code != 200:
            assert not counted[1]
    assert decided >= CASES


def test_the_person_page_shows_a_good_part_of_what_is_allowed(world: World) -> None:
    """Otherwise the test above could pass on empty pages."""
    coordinator = world.readers[0]
    shown = shown_in(coordinator.client.get(f"/people/{world.joe.id}").content)
    assert len(shown) >= 10


def test_own_pages_and_the_carers_show_what_decide_allows(world: World) -> None:
    decided = 0
    for reader in world.readers:
        for address in (
            *OWN,
            "/my/caring",
            *(f"/my/caring/{world.joe.id}/{page}" for page in CARING),
            "/visits",
            "/day",
            "/find?q=Joseph",
        ):
            answer = reader.client.get(address)
            decided += compare(world, reader, shown_in(answer.content), world.entries, whole=False)[0]
    assert decided >= CASES


def test_a_plan_on_paper_goes_to_those_whom_decide_lets_read_it(world: World) -> None:
    import pypdf

    from careweave.care.plans.fhir import plan_id

    opened = 0
    for reader in world.readers:
        may = reader.gate.read("CarePlan", plan_id(world.joe.id)) is not None
        for path in (
            f"/people/{world.joe.id}/plan.pdf",
            "/my/plan.pdf",
            f"/my/caring/{world.joe.id}/plan.pdf",
        ):
            answer = reader.client.get(path)
            if answer.status_code != 200:
                assert b"walk to the club" not in answer.content
                continue
            paper = " ".join(
                page.extract_text() for page in pypdf.PdfReader(io.BytesIO(_bytes(answer))).pages
            )
            assert may == ("walk to the club" in " ".join(paper.split())), (reader.name, path)
            opened += may
    assert opened >= 4


def _bytes(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


# -- the command line -----------------------------------------------------------------------------------------------


@pytest.fixture
def no_setting_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("person", "export"):
        monkeypatch.setattr(f"careweave.cli.{command}.ready_place", lambda: None)


def run(name: str, reader: Reader, *arguments: str) -> str:
    import importlib

    from click.testing import CliRunner

    command = importlib.import_module(f"careweave.cli.{name}").command
    who = ["--as", reader.email, "--purpose", reader.purpose.value, "--role", reader.actor.role]
    return CliRunner().invoke(command, [*arguments, *who, "--json"]).output


@pytest.mark.usefixtures("no_setting_up")
def test_the_command_line_shows_what_decide_allows(world: World) -> None:
    tally = Tally()
    for reader, person in itertools.product(world.readers, world.people):
        said = json.loads(run("person", reader, person).splitlines()[-1])
        shown = shown_in(json.dumps(said))
        whole = said["person"] is not None
        tally.add(compare(world, reader, shown, of_person(world, person), whole=whole))
    tally.enough()


@pytest.mark.usefixtures("no_setting_up")
def test_an_export_holds_what_decide_allows(world: World, tmp_path: Path) -> None:
    tally = Tally()
    for reader in world.readers:
        out = tmp_path / f"{reader.name}.ndjson"
        run("export", reader, str(out))
        known = set(reader.gate.everyone_known())
        about = [each for each in world.entries if each.person in known]
        shown = shown_in(out.read_bytes() if out.exists() else b"")
        tally.add(compare(world, reader, shown, about or world.entries, whole=bool(about)))
    tally.enough()


# -- what a refusal tells ---------------------------------------------------------------------------------------------


def test_a_refusal_is_byte_for_byte_what_is_said_of_nothing(world: World) -> None:
    """Also in the work that is done for it: the same statements in the same order, so that time tells nothing."""
    refused = [(reader, entry) for reader, entry in cases(world) if not reader.may_read(entry)]
    assert len(refused) >= CASES
    for reader, entry in refused[:: max(1, len(refused) // 400)]:
        nothing = str(uuid.uuid4())
        there = asked(reader, f"/fhir/R4/{entry.type}/{entry.id}")
        absent = asked(reader, f"/fhir/R4/{entry.type}/{nothing}")
        assert told(there, entry.id) == told(absent, nothing), (
            reader.name,
            entry.type,
            entry.labels,
            entry.source,
        )


def test_a_page_refused_is_byte_for_byte_the_page_of_nobody(world: World) -> None:
    compared = 0
    for reader, person, page in itertools.product(world.readers, world.people, PAGES):
        answer = asked(reader, f"/people/{person}{page}")
        if answer[0].status_code != 404:
            continue
        nobody = str(uuid.uuid4())
        assert told(answer, person) == told(asked(reader, f"/people/{nobody}{page}"), nobody), (
            reader.name,
            page,
        )
        compared += 1
    assert compared >= 100


def asked(reader: Reader, path: str) -> tuple[Any, list[str]]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        answer = reader.client.get(path)
    done = [
        re.sub(r"'[^']*'|\d+", "?", each["sql"])[:80] for each in queries if "session" not in each["sql"][:60]
    ]
    for at in reversed(range(1, len(done))):
        if done[at - 1 : at + 1] == ["BEGIN", "COMMIT"]:  # once a minute a session notes that it is used
            del done[at - 1 : at + 1]
    return answer, done


def told(answer: tuple[Any, list[str]], id_: str) -> tuple[object, ...]:
    """All that reaches the reader, without the id they asked for and what differs at each request."""
    response, statements = answer
    headers = {name: value for name, value in response.headers.items() if name not in HEADERS_OF_ITS_OWN}
    headers = {
        name: re.sub(r"nonce-[^' ]+", "nonce", value).replace(id_, "ID") for name, value in headers.items()
    }
    body = EACH_TIME.sub(b"", response.content.replace(id_.encode(), b"ID"))
    return response.status_code, headers, body, statements
