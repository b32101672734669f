"""Files are found, unpacked and split into lines in bounded memory, however they are damaged."""

import gzip
import lzma
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careweave.intake.reading.files import SourceFile, beginning, find_files, not_readable, pieces
from careweave.intake.reading.lines import Broken, Line, split_lines


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@given(st.binary(max_size=300), st.integers(1, 50))
def test_lines_are_the_same_however_the_bytes_arrive(data: bytes, size: int) -> None:
    expected = data.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    found = list(split_lines(cut(data, size), 1000))
    assert [each.raw for each in found if isinstance(each, Line)] == expected
    assert [each.number for each in found] == list(range(1, len(expected) + 1))


@given(st.lists(st.integers(0, 40), max_size=20), st.integers(1, 30))
def test_a_line_too_long_is_measured_and_its_neighbours_are_whole(sizes: list[int], size: int) -> None:
    data = b"".join(b"x" * each + b"\n" for each in sizes)
    found = list(split_lines(cut(data, size), 20))
    assert [each.size for each in found if isinstance(each, Line)] == sizes
    assert [each.raw is None for each in found if isinstance(each, Line)] == [each > 20 for each in sizes]


def test_a_line_of_100_megabytes_is_never_in_memory() -> None:
    def stream() -> Iterator[bytes]:
        yield b"good\n"
        yield from (b"x" * (1 << 20) for _ in range(100))
        yield b"\nalso good\n"

    tracemalloc.start()
    found = list(split_lines(stream(), 8 << 20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [each.raw for each in found if isinstance(each, Line)] == [b"good", None, b"also good"]
    assert isinstance(found[1], Line)
    assert found[1].size == 100 << 20
    assert peak < 40 << 20


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_packed_file_cut_short_gives_what_came_before_and_says_where(pack: object, tmp_path: Path) -> None:
    content = b"".join(b"%06d %s\n" % (n, (b"%d" % (n * 7919))[:3] * 5) for n in range(200_000))
    packed = pack(content)  # type: ignore[operator]
    path = tmp_path / "cut.ndjson.gz"
    path.write_bytes(packed[: len(packed) // 2])
    *good, last = split_lines(pieces(path), 1000)
    assert isinstance(last, Broken)
    assert len(good) > 1000
    assert all(each.raw == line for each, line in zip(good[:-1], content.split(b"\n"), strict=False))  # type: ignore[union-attr]


def test_folders_give_data_files_in_order_and_nothing_hidden(tmp_path: Path) -> None:
    for name in ("b.csv", "a.ndjson.gz", "README.md", ".hidden.csv", "sub/c.json", ".git/d.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [each.name for each in find_files([tmp_path])] == ["a.ndjson.gz", "b.csv", "sub/c.json"]
    with pytest.raises(FileNotFoundError, match="There is no file or folder"):
        find_files([tmp_path / "none"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty"),
        (b"  \n \n", "The file is damaged or holds nothing"),
        ("[\n{}".encode("utf-16"), "The file is written in UTF-16"),
        ('{"resourceType":"Patient"}'.encode("utf-16-le"), "The file is written in UTF-16"),
        (b"\x00\x00\xfe\xff" + b"\x00\x00\x00{", "The file is written in UTF-32"),
        (b"PK\x03\x04zipped", "The file is a zip archive or an Office document"),
        (b"%PDF-1.7", "The file is a PDF"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_says_why(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    found = not_readable(SourceFile(path, "file.json"), beginning(path))
    assert found is not None
    assert (found.line, found.reason) == (0, reason)
    assert found.expected


def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\n")
    assert list(pieces(path)) == [b"a,b\n"]
