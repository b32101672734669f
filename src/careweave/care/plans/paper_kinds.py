"""What kind of paper a file is, told by its content and never by its name; what could do harm is refused; pure.

PDF (ISO 32000), JPEG (ITU T.81), PNG (ISO 15948) and plain text. Packed files are not opened at all; compressed parts of
a PDF are unpacked only as far as a limit, so that a small file cannot unfold into a huge one.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 10 * 1024 * 1024
_MOST_PIXELS = 50_000_000
_MOST_UNPACKED = 200 * 1024 * 1024
_ACTIVE = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_PNG = b"\x89PNG\r\n\x1a\n"
_PLAIN_CONTROLS = frozenset("\t\n\r\f")


@dataclass(frozen=True)
class PaperKind:
    """A kind of file that is kept: its media type, its ending and its name in words."""

    media_type: str
    ending: str
    words: str


PDF = PaperKind("application/pdf", "pdf", "PDF")
JPEG = PaperKind("image/jpeg", "jpg", "Photo")
PNG = PaperKind("image/png", "png", "Picture")
TEXT = PaperKind("text/plain", "txt", "Text")
BY_TYPE = {kind.media_type: kind for kind in (PDF, JPEG, PNG, TEXT)}


@dataclass(frozen=True)
class NotKept:
    """Why a file is not kept, and what to do instead."""

    words: str


def kind_of(content: bytes) -> PaperKind | NotKept:
    """The kind of this file, or why it is not kept."""
    if not content.strip():
        return NotKept("This file is empty. Choose another.")
    if len(content) > MOST_BYTES:
        return NotKept("This file is larger than 10 MB. Scan it in grey, or attach it in parts.")
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content.startswith(_PNG):
        return _png(content)
    if content.startswith((b"PK", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")):
        return NotKept("Packed and office files are not kept. Save the paper as PDF and attach that.")
    return _text(content)


def _pdf(content: bytes) -> PaperKind | NotKept:
    if b"%%EOF" not in content[-2048:]:
        return NotKept("This PDF is not whole. Save it again and attach that.")
    unpacked = 0
    for part in _parts(content):
        unpacked += len(part)
        if unpacked > _MOST_UNPACKED:
            return NotKept("This PDF unfolds into something huge, so it is not kept. Print it to a new PDF.")
        plain = _HEX.sub(lambda found: bytes([int(found.group(1), 16)]), part)
        if any(re.search(re.escape(name) + rb"(?![A-Za-z])", plain) for name in _ACTIVE):
            return NotKept(
                "This PDF can run something or holds other files. Print it to a new PDF and attach that."
            )
    return PDF


def _parts(content: bytes) -> Iterator[bytes]:
    """What stands between the streams of a PDF, and each stream unpacked, none beyond the limit."""
    yield _STREAM.sub(b"", content)
    for found in _STREAM.finditer(content):
        opener = zlib.decompressobj()
        try:
            yield opener.decompress(found.group(1), _MOST_UNPACKED + 1)
        except zlib.error:
            continue  # not packed in this way: pictures, fonts


def _jpeg(content: bytes) -> PaperKind | NotKept:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            pixels = int.from_bytes(content[at + 5 : at + 7]) * int.from_bytes(content[at + 7 : at + 9])
            return _picture(JPEG, pixels, is_whole=content.rstrip(b"\0").endswith(b"\xff\xd9"))
        at += 2 + length
    return NotKept("This photo cannot be read. Take or save it again.")


def _png(content: bytes) -> PaperKind | NotKept:
    if content[12:16] != b"IHDR":
        return NotKept("This picture cannot be read. Save it again.")
    pixels = int.from_bytes(content[16:20]) * int.from_bytes(content[20:24])
    return _picture(PNG, pixels, is_whole=content.endswith(b"IEND\xaeB`\x82"))


def _picture(kind: PaperKind, pixels: int, *, is_whole: bool) -> PaperKind | NotKept:
    if not is_whole:
        return NotKept("This picture is not whole, or holds more than a picture. Save it again.")
    if not 0 < pixels <= _MOST_PIXELS:
        return NotKept("This picture is too large. Save it with fewer pixels.")
    return kind


def _text(content: bytes) -> PaperKind | NotKept:
    try:
        words = content.decode("utf-8")
    except UnicodeDecodeError:
        return NotKept("This kind of file is not kept. Attach a PDF, a photo (JPEG or PNG) or plain text.")
    if any(unicodedata.category(char) == "Cc" and char not in _PLAIN_CONTROLS for char in words):
        return NotKept("This kind of file is not kept. Attach a PDF, a photo (JPEG or PNG) or plain text.")
    return TEXT


def name_of(file_name: str, kind: PaperKind) -> str:
    """A name that is safe to show and to save under: no folders, no signs that steer, the ending of its content."""
    last = re.split(r"[/\\]", file_name)[-1]
    kept = "".join(char for char in last if unicodedata.category(char)[0] not in "CZ" or char == " ")
    stem = re.sub(r'[<>:"|?*;%]', "", kept).rpartition(".")[0] or re.sub(r'[<>:"|?*;%.]', "", kept)
    return f"{stem.strip(' .')[:80] or 'paper'}.{kind.ending}"
