"""A new file that holds people's data: for its owner alone, whole or not there, never over another unasked."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from careweave import private_files
from careweave.private_files import AlreadyThere, NotWritten, new_private_file, write_privately

WRITING = """
import sys, time
from pathlib import Path
from careweave.private_files import new_private_file
with new_private_file(Path(sys.argv[1])) as fresh:
    fresh.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""
COUNTING = """
import sys
from pathlib import Path
import duckdb
from careweave.private_files import new_private_file
with new_private_file(Path(sys.argv[1])) as fresh:
    fresh.write_text("half")
    print("writing", flush=True)
    duckdb.sql("SELECT sum(a.range * b.range) FROM range(10000000) a, range(1000000) b").fetchall()
"""
WAITING = """
import os
from careweave.private_files import waiting_folder
from careweave.warehouse.engine import Engine
engine, folder = Engine(), waiting_folder()
engine.backend.con.execute("SET memory_limit = '60MB'")
engine.backend.con.execute("CREATE TABLE big AS SELECT repeat(md5(i::varchar), 3) FROM range(2000000) rows(i)")
print(oct(os.stat(folder).st_mode & 0o777), bool(os.listdir(folder)), folder)
"""
TOO_LARGE = """
import resource, sys
from pathlib import Path
from careweave.private_files import NotWritten, write_privately
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_privately(Path(sys.argv[1]), b"x" * 5000)
except NotWritten as error:
    print(error)
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


@pytest.fixture(params=[0o000, 0o022, 0o077])
def any_umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("any_umask")
def test_only_its_owner_can_read_it_now_and_while_it_is_written(out: Path) -> None:
    with new_private_file(out) as fresh:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT, 0o666)
        os.close(descriptor)
        assert fresh.parent.stat().st_mode & 0o777 == 0o700 and fresh.parent.parent == out.parent
        assert not out.exists(), "nobody finds it before it is whole"
    assert out.stat().st_mode & 0o777 == 0o600
    assert list(out.parent.iterdir()) == [out]


def test_what_is_there_is_left_alone_unless_asked(out: Path) -> None:
    out.write_text("of before")
    out.chmod(0o644)
    with pytest.raises(AlreadyThere, match=r"is there already.*Give another name, move it, or add --replace"):
        write_privately(out, b"new")
    assert out.read_text() == "of before"
    with out.open() as reading:
        write_privately(out, b"new", replace=True)
        assert reading.read() == "of before", "whoever reads the old one goes on reading it, whole"
    assert out.read_bytes() == b"new" and out.stat().st_mode & 0o777 == 0o600
    assert list(out.parent.iterdir()) == [out]


def test_what_appears_meanwhile_is_not_written_over(out: Path) -> None:
    with pytest.raises(AlreadyThere), new_private_file(out) as fresh:
        fresh.write_text("ours")
        out.write_text("theirs")
    assert out.read_text() == "theirs" and list(out.parent.iterdir()) == [out]


def test_of_many_writers_at_once_one_wins_and_its_file_is_whole(out: Path) -> None:
    lost: list[int] = []

    def write(number: int) -> None:
        try:
            write_privately(out, bytes([number]) * 1000)
        except AlreadyThere:
            lost.append(number)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    (winner,) = set(range(8)) - set(lost)
    assert out.read_bytes() == bytes([winner]) * 1000 and list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize("how", [KeyboardInterrupt, ValueError])
def test_what_fails_leaves_nothing_and_takes_nothing_away(out: Path, how: type[BaseException]) -> None:
    out.write_text("of before")
    with pytest.raises(how), new_private_file(out, replace=True) as fresh:
        fresh.write_text("half")
        raise how
    assert out.read_text() == "of before" and list(out.parent.iterdir()) == [out]


def test_a_folder_a_link_a_pipe_and_a_missing_folder_are_refused_in_words(out: Path) -> None:
    folder, link, pipe = out.with_name("folder"), out.with_name("link"), out.with_name("pipe")
    folder.mkdir()
    link.symlink_to(out)
    os.mkfifo(pipe)
    for where, words in {
        folder: "is a folder. Give the name of a file in it.",
        link: "is a link, and is not followed.",
        pipe: "is no ordinary file.",
        folder / "none" / "people.csv": "There is no folder .*none. Make it, or give another name.",
    }.items():
        for replace in (False, True):
            with pytest.raises(NotWritten, match=words):
                write_privately(where, b"new", replace=replace)
    assert not out.exists() and list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, r"You may not write in the folder .* Give another folder"),
        (errno.EROFS, r"You may not write in the folder"),
        (errno.ENOSPC, r"There is no room left to write"),
    ],
)
def test_a_folder_that_takes_nothing_is_told(
    out: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(**_: object) -> str:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(NotWritten, match=words):
        write_privately(out, b"new")


def test_a_disk_without_room_leaves_nothing_and_says_so(out: Path) -> None:
    """A limit on the size of files stands for a disk that is full: the kernel refuses the write midway."""
    done = subprocess.run(
        [sys.executable, "-c", TOO_LARGE, str(out)], capture_output=True, text=True, timeout=60
    )
    assert "There is no room left to write" in done.stdout, done.stderr
    assert "nothing of it is kept. Make room, or give a folder on another disk." in done.stdout
    assert list(out.parent.iterdir()) == []


def _killed(out: Path, number: signal.Signals, program: str = WRITING) -> tuple[int, str]:
    command = [sys.executable, "-c", program, str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as writing:
        assert writing.stdout is not None and writing.stdout.readline() == "writing\n"
        writing.send_signal(number)
        _, said = writing.communicate(timeout=20)
        return writing.returncode, said


@pytest.mark.parametrize("program", [WRITING, COUNTING], ids=["waiting", "within a query"])
def test_a_writer_that_is_told_to_end_clears_up(out: Path, program: str) -> None:
    assert _killed(out, signal.SIGTERM, program) == (128 + signal.SIGTERM, "")
    assert list(out.parent.iterdir()) == []


def test_rows_that_do_not_fit_into_memory_wait_where_nobody_else_can_look(tmp_path: Path) -> None:
    left = tmp_path / f"{private_files.ENGINE}left{private_files.ENDING}"
    left.mkdir()
    os.utime(left, (0, 0))
    done = subprocess.run(
        [sys.executable, "-c", WAITING],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    rights, held, folder = done.stdout.split()
    assert (rights, held) == ("0o700", "True"), done.stderr
    assert Path(folder).parent == tmp_path
    assert list(tmp_path.iterdir()) == [], "and are gone afterwards, with what a killed process left"


def test_what_a_killed_writer_left_goes_with_the_next_and_what_is_still_written_stays(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _killed(out, signal.SIGKILL)
    (left,) = out.parent.iterdir()
    assert left.stat().st_mode & 0o777 == 0o700, "nobody else can look into it"
    monkeypatch.setattr(private_files, "ABANDONED", -1)
    with new_private_file(out.with_name("other.csv")) as fresh:
        fresh.write_text("other")
    assert left.exists(), "that of another file is not ours to clear"
    with new_private_file(out) as first:
        assert not left.exists()
        with new_private_file(out) as second:
            second.write_text("second")
            assert first.parent.exists()
        first.write_text("first")
        out.unlink()
    assert out.read_text() == "first"


def test_a_disk_that_knows_no_rights_takes_what_is_sealed_alone(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    monkeypatch.setattr(os, "link", refuse)
    before = os.umask(0o022)
    try:
        with pytest.raises(NotWritten, match="cannot keep a file from other users"):
            write_privately(out, b"open")
        assert list(out.parent.iterdir()) == []
        with new_private_file(out, is_sealed=True) as fresh:
            fresh.write_bytes(b"sealed")
        with pytest.raises(AlreadyThere), new_private_file(out, is_sealed=True):
            pass
    finally:
        os.umask(before)
    assert out.read_bytes() == b"sealed" and list(out.parent.iterdir()) == [out]


def test_a_signal_is_answered_as_before_afterwards(out: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    write_privately(out, b"new")
    assert signal.getsignal(signal.SIGTERM) == before
