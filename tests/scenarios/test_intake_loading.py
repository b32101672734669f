"""Files are loaded once however often, in whatever order, and however often the load is killed on the way."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from careweave.intake.loading import ALONE_BELOW, NO_STAMPS, LoadResult, NotASource, load
from careweave.intake.reading.rows import Limits
from tests.fixtures.database import Database
from tests.unit.intake_files import bundle, entry, line, lines, observation, patient, table, write
from tests.unit.test_intake_tables import HEADERS, row

pytestmark = pytest.mark.database
SMALL = Limits(chunk=4000)


def state(database: Database) -> dict[str, tuple[Any, ...]]:
    """The winning body of each resource, as the architecture defines the end state."""
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute(
            "SELECT id, type, subject, source, labels, stamp, body FROM record.resource"
        )
        return {str(row[0]): (*row[1:6], json.dumps(row[6], sort_keys=True)) for row in found}


def counts(database: Database) -> list[tuple[int, ...]]:
    with psycopg.connect(database.owner_url) as connection:
        return connection.execute(
            "SELECT read, accepted, unchanged, refused FROM record.load_batch ORDER BY file_name, started_at"
        ).fetchall()


def stamped(body: dict[str, Any], stamp: str) -> dict[str, Any]:
    return {**body, "meta": {"lastUpdated": stamp}}


def household(people: int, observations: int) -> bytes:
    """A file of people with observations, one Bundle a line; each tenth line holds a refused entry."""
    out = []
    for n in range(people):
        entries = [entry(patient(f"p{n}"))]
        entries += [entry(observation(f"o{n}-{k}", f"Patient/p{n}")) for k in range(observations)]
        if n % 10 == 0:
            entries.append(entry(observation(f"bad{n}", f"Patient/p{n}", status="wrong")))
        out.append(bundle(*entries))
    return lines(*out)


def told(result: LoadResult) -> tuple[int, int, int, int]:
    return result.read, result.accepted, result.unchanged, result.refused


def test_the_same_file_twice_is_the_same_as_once(fresh_database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "a.ndjson", household(20, 5))
    assert told(load([path], source="RVR")) == (122, 120, 0, 2)
    once = state(fresh_database)
    assert told(load([path], source="RVR")) == (122, 0, 120, 2)
    copied = write(tmp_path, "same under another name.ndjson", path.read_bytes())
    assert told(load([copied], source="RVR")) == (122, 0, 120, 2)
    assert told(load([path], source="RVR", again=True)) == (122, 0, 120, 2)
    assert state(fresh_database) == once
    assert told(load([path], source="RVC")) == (122, 120, 0, 2)


def test_a_load_gives_back_the_room_that_its_chunks_took(fresh_database: Database, tmp_path: Path) -> None:
    load([write(tmp_path, "a.ndjson", household(20, 20))], source="RVR", limits=SMALL)
    with psycopg.connect(fresh_database.owner_url) as connection:
        size = connection.execute("SELECT pg_relation_size('record.load_row')").fetchone()
    assert size == (0,)


def test_any_order_ends_in_the_same_state(server: Any, tmp_path: Path) -> None:
    from tests.fixtures.database import copy_of

    versions = [
        write(
            tmp_path,
            f"{n}.ndjson",
            lines(stamped(patient("p1", gender=gender), stamp), observation("o1", note=[{"text": gender}])),
        )
        for n, (gender, stamp) in enumerate(
            [
                ("male", "2026-01-01T00:00:00Z"),
                ("female", "2026-03-01T00:00:00Z"),
                ("other", "2026-02-01T00:00:00Z"),
            ]
        )
    ]
    visits = write(
        tmp_path,
        "visits.csv",
        table(HEADERS, row(1), row(2), row(1, minutes="50", record_updated="2026-11-02T10:00:00Z")),
    )
    ends = []
    for order in (
        [*versions, visits],
        [visits, *reversed(versions)],
        [versions[1], visits, versions[0], versions[2]],
    ):
        with copy_of(server) as database:
            for path in order:
                load([path], source="RVR")
            ends.append(state(database))
    assert ends[0] == ends[1] == ends[2]
    [winner] = [each for each in ends[0].values() if each[0] == "Patient"]
    assert json.loads(winner[5])["gender"] == "female"


@pytest.mark.parametrize("source", ["careweave", "Careweave", "", " ", "a|b"])
def test_no_file_speaks_for_this_place(source: str, database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotASource):
        load([write(tmp_path, "a.ndjson", lines(patient()))], source=source)


def test_a_source_without_time_stamps_is_flagged(fresh_database: Database, tmp_path: Path) -> None:
    plain = load([write(tmp_path, "a.ndjson", lines(patient()))], source="RVR")
    exact = load(
        [write(tmp_path, "b.ndjson", lines(stamped(patient("p2"), "2026-01-01T00:00:00Z")))], source="RVR"
    )
    assert plain.files[0].flags == (NO_STAMPS,)
    assert exact.files[0].flags == ()


def test_a_row_of_a_table_counts_once_whatever_it_says(fresh_database: Database, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "visits.csv",
        table(HEADERS, row(1, note="Glad"), row(2, note="Sad"), row(1, note="Glad"), row(3, happened="?")),
    )
    assert told(load([path], source="RVV01")) == (4, 2, 1, 1)
    assert len(state(fresh_database)) == 4


def test_two_workers_do_what_one_does(server: Any, tmp_path: Path) -> None:
    from tests.fixtures.database import copy_of

    path = write(tmp_path, "a.ndjson", household(300, 60))
    assert path.stat().st_size > ALONE_BELOW
    ends = []
    for workers in (1, 2):
        with copy_of(server) as database:
            assert told(load([path], source="RVR", workers=workers)) == (18_330, 18_300, 0, 30)
            assert counts(database) == [(18_330, 18_300, 0, 30)]
            ends.append(state(database))
    assert ends[0] == ends[1]


MALFORMED: dict[str, tuple[str, Callable[[], bytes], tuple[int, int], list[str]]] = {
    "truncated JSON": (
        "a.ndjson",
        lambda: lines(patient(), observation("o1"))[:-30],
        (1, 1),
        ["The JSON is cut short"],
    ),
    "truncated gzip": (
        "a.ndjson.gz",
        lambda: _gzip(
            b"".join(lines(patient(f"p{n}", name=[{"text": str(n * 7919)}])) for n in range(20_000))
        )[:-9000],
        (-1, 1),
        ["The compressed file is cut short or damaged from here"],
    ),
    "UTF-16": (
        "a.ndjson",
        lambda: lines(patient()).decode().encode("utf-16"),
        (0, 1),
        ["The file is written in UTF-16"],
    ),
    "a Latin-1 byte": (
        "a.ndjson",
        lambda: lines(patient(), patient("p2", name=[{"family": "Caf#"}]), patient("p3")).replace(
            b"#", b"\xe9"
        ),
        (2, 1),
        ["The text is not UTF-8"],
    ),
    "30 February": (
        "a.ndjson",
        lambda: lines(patient(), patient("p2", birthDate="1985-02-30")),
        (1, 1),
        ["Date of birth is a day that does not exist"],
    ),
    "an unknown code": (
        "a.ndjson",
        lambda: lines(patient(), patient("p2", gender="m")),
        (1, 1),
        ["Gender holds a code that is not in its list"],
    ),
    "a future birth date": (
        "a.ndjson",
        lambda: lines(patient(), patient("p2", birthDate="2999-01-01")),
        (1, 1),
        ["Date of birth is in the future"],
    ),
    "an NHS number with a bad check digit": (
        "a.ndjson",
        lambda: lines(
            patient(),
            patient(
                "p2", identifier=[{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000019"}]
            ),
        ),
        (1, 1),
        ["NHS number has the wrong check digit"],
    ),
    "a 100 MB line": (
        "a.ndjson",
        lambda: (
            lines(patient())
            + b'{"resourceType":"Basic","x":"'
            + b"x" * 100_000_000
            + b'"}\n'
            + lines(patient("p2"))
        ),
        (2, 1),
        ["The line is longer than 32 MB"],
    ),
    "an embedded null": (
        "a.ndjson",
        lambda: lines(patient(), patient("p2").__repr__().encode() + b"\x00", patient("p3")),
        (2, 1),
        ["There is a null character in the row"],
    ),
    "an escaped null": (
        "a.ndjson",
        lambda: lines(
            patient(), line(patient("p2", name=[{"family": "#"}])).replace(b"#", b"\\u0000"), patient("p3")
        ),
        (2, 1),
        ["Patient.name.family holds a control character"],
    ),
    "an empty file": ("a.ndjson", lambda: b"", (0, 1), ["The file is empty"]),
    "a missing header": (
        "visits.csv",
        lambda: table(HEADERS, row(1)).split(b"\r\n", 1)[1],
        (0, 1),
        ["The file has no header line that is known here"],
    ),
    "a duplicate header": (
        "visits.csv",
        lambda: table([*HEADERS, "note"], row(1)),
        (0, 1),
        ["A column stands twice in the header"],
    ),
    "a wrong column count": (
        "visits.csv",
        lambda: table(HEADERS, row(1), row(2, note="one, two"), row(3)),
        (2, 1),
        ["The row has more or fewer values than the header has columns"],
    ),
    "a quote never closed": (
        "visits.csv",
        lambda: table(HEADERS, row(1), row(2, note='"open'), row(3)),
        (2, 1),
        ["A quotation mark is opened and never closed"],
    ),
}


def _gzip(content: bytes) -> bytes:
    import gzip

    return gzip.compress(content)


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_is_refused_with_a_reason_and_the_good_rows_beside_it_load(
    name: str, database: Database, tmp_path: Path
) -> None:
    file, content, (accepted, refused), reasons = MALFORMED[name]
    path = write(tmp_path, file, content())
    result = load([path], source=f"M{list(MALFORMED).index(name)}")
    assert result.refused == refused
    assert result.accepted == accepted or (accepted == -1 and result.accepted > 1000)
    assert result.read == result.accepted + result.unchanged + result.refused
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute(
            "SELECT reason, expected FROM record.refused_row WHERE batch = ANY (%s::uuid[]) ORDER BY line, reason DESC",
            [list(result.batches)],
        ).fetchall()
    assert [reason for reason, _ in found] == reasons
    assert all(expected for _, expected in found)


def test_a_file_of_another_organisation_loads_nothing(fresh_database: Database, tmp_path: Path) -> None:
    from tests.unit.test_intake_mappings import ADMISSION, FEEDS

    path = write(tmp_path, "admissions.csv", table(FEEDS["admissions"]["columns"], ADMISSION))
    result = load([path], source="RVC")
    assert told(result) == (1, 0, 0, 1)
    assert state(fresh_database) == {}


def start(database: Database, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "careweave.cli", "load", *arguments, "--json"]
    return subprocess.Popen(
        command, env=database.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_command_prints_the_figures_and_exits_0(fresh_database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "a.ndjson", household(20, 5))
    process = start(fresh_database, str(path), "--source", "RVR")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    figures = json.loads(out)
    assert {k: figures[k] for k in ("read", "accepted", "unchanged", "refused")} == {
        "read": 122,
        "accepted": 120,
        "unchanged": 0,
        "refused": 2,
    }
    assert figures["seconds"] > 0


def test_the_same_words_at_a_later_time_are_no_new_version_and_still_decide(
    fresh_database: Database, tmp_path: Path
) -> None:
    def send(gender: str, stamp: str) -> LoadResult:
        path = write(tmp_path, f"{stamp[:10]}.ndjson", lines(stamped(patient("p1", gender=gender), stamp)))
        return load([path], source="RVR")

    assert told(send("male", "2026-01-01T00:00:00Z")) == (1, 1, 0, 0)
    assert told(send("male", "2026-03-01T00:00:00Z")) == (1, 0, 1, 0)
    assert told(send("female", "2026-02-01T00:00:00Z")) == (1, 0, 1, 0)
    [found] = state(fresh_database).values()
    assert json.loads(found[5])["meta"]["lastUpdated"] == "2026-03-01T00:00:00Z"
    with psycopg.connect(fresh_database.owner_url) as connection:
        assert connection.execute("SELECT version, body ->> 'gender' FROM record.resource").fetchall() == [
            (1, "male")
        ]
        assert connection.execute("SELECT count(*) FROM record.resource_version").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM record.outbox").fetchone() == (1,)
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute('UPDATE record.resource SET body = body || \'{"gender": "other"}\'')
    assert told(send("female", "2026-04-01T00:00:00Z")) == (1, 1, 0, 0)
