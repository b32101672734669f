"""Finds the files to read and opens them as streams of plain bytes, compressed or not, whole or cut short."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import zlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from careweave.intake.reading.rows import Refusal

PIECE = 1 << 20
ENDINGS = (".json", ".ndjson", ".jsonl", ".csv", ".tsv", ".txt")
PACKED = (".gz", ".xz")

_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\x00"
_DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError)
_UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_OTHER_KINDS = {
    b"PK\x03\x04": "a zip archive or an Office document",
    b"BZh": "a bzip2 archive",
    b"(\xb5/\xfd": "a Zstandard archive",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Office document",
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to read; `name` is what people see (its path below the folder they named)."""

    path: Path
    name: str

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    @property
    def plain_name(self) -> str:
        """The last part of the name, small letters, without the ending that says how it is packed."""
        name = self.path.name.lower()
        return next((name.removesuffix(end) for end in PACKED if name.endswith(end)), name)


class Damaged(Exception):
    """The rest of the file cannot be unpacked; what came before it can be used."""


def find_files(paths: Iterable[Path | str]) -> list[SourceFile]:
    """The files named, and those in the folders named whose ending says that they hold data."""
    found: list[SourceFile] = []
    for each in paths:
        path = Path(each)
        if not path.exists():
            raise FileNotFoundError(f"There is no file or folder {path}")
        if path.is_dir():
            found += [SourceFile(file, str(file.relative_to(path))) for file in _data_files(path)]
        else:
            found.append(SourceFile(path, path.name))
    return found


def _data_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        name = path.name.lower()
        for end in PACKED:
            name = name.removesuffix(end)
        if path.is_file() and not hidden and name.endswith(ENDINGS):
            yield path


def content_hash(path: Path) -> str:
    """What the file holds, whatever it is called: the same file sent again under another name is known."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


@dataclass
class Position:
    """How far into the file, as it lies packed on the disk."""

    bytes: int = 0


def pieces(path: Path, position: Position | None = None) -> Iterator[bytes]:
    """The bytes inside, without a byte order mark. Raises Damaged after the last good piece."""
    with path.open("rb") as packed, _unpacked(packed) as stream:
        first = True
        while True:
            try:
                piece = stream.read1(PIECE)
            except _DAMAGE as error:
                raise Damaged(str(error)) from error
            if position is not None:
                position.bytes = packed.tell()
            if not piece:
                return
            yield piece.removeprefix(_UTF8_BOM) if first else piece
            first = False


def _unpacked(packed: BinaryIO) -> AbstractContextManager[Any]:
    start = packed.read(6)
    packed.seek(0)
    if start.startswith(_GZIP):
        return gzip.GzipFile(fileobj=packed)
    return lzma.LZMAFile(packed) if start == _XZ else nullcontext(packed)


def beginning(path: Path, size: int = 65536) -> bytes:
    """The first bytes inside, as many as there are before any damage."""
    held = bytearray()
    try:
        for piece in pieces(path):
            held += piece
            if len(held) >= size:
                break
    except Damaged:
        pass
    return bytes(held[:size])


def not_readable(file: SourceFile, start: bytes) -> Refusal | None:
    """Why nothing in this file can be read: empty, a wrong encoding, another kind of file."""
    if not start.strip():
        if file.size:
            return Refusal(file.name, 0, "", "The file is damaged or holds nothing", expected="Send it again")
        return Refusal(file.name, 0, "", "The file is empty", expected="At least one row; send it again")
    kind = next((kind for mark, kind in _OTHER_KINDS.items() if start.startswith(mark)), "")
    if kind:
        return Refusal(
            file.name, 0, "", f"The file is {kind}", expected="JSON, NDJSON or CSV, plain or in .gz or .xz"
        )
    encoding = _wide_encoding(start)
    if encoding:
        return Refusal(
            file.name,
            0,
            "",
            f"The file is written in {encoding}",
            value=encoding,
            expected="Save it as UTF-8",
        )
    return None


def _wide_encoding(start: bytes) -> str:
    for mark, name in _WIDE_BOMS.items():
        if start.startswith(mark):
            return name
    sample = start[:2000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) >= 8 and max(even, odd) > len(sample) * 0.3:
        return "UTF-16"
    return ""
