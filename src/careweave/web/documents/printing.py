"""Turns shaped values into a tagged PDF with the fonts that come with the program; nothing is fetched."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.http import HttpResponse

from careweave.configuration import make_private_folder
from careweave.private_files import private_workshop

FOLDER = Path(__file__).parent
# PDF/UA-1 (ISO 14289-1) is the standard for screen readers, PDF/A-2a (ISO 19005-2) the one for keeping.
STANDARDS = ["ua-1", "a-2a"]


def pdf(sheet: str, data: Mapping[str, Any]) -> bytes:
    """Compile `sheet`.typ with `data`; text reaches Typst as values, never as markup."""
    made = _compiled(FOLDER / f"{sheet}.typ", data, format="pdf", pdf_standards=STANDARDS)
    if not isinstance(made, bytes):
        raise TypeError("Typst gave no document")
    return made


def _compiled(file: Path, data: Mapping[str, Any], **how: Any) -> Any:
    """What Typst makes of a file, with our own fonts alone and nothing from outside the file's folder."""
    return typst.compile(
        file,
        root=file.parent,
        font_paths=[FOLDER / "fonts"],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        **how,
    )


def as_file(content: bytes, name: str) -> HttpResponse:
    """A PDF that opens in the browser; its name says nothing about the person."""
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def pages_of(sheet: str, data: Mapping[str, Any]) -> int:
    """How many sides `sheet`.typ makes of `data`."""
    drawn = _compiled(FOLDER / f"{sheet}.typ", data, format="svg")
    return len(drawn) if isinstance(drawn, list) else 1


def letters(made: Mapping[str, bytes], data: Mapping[str, Any]) -> bytes:
    """One PDF for the printer: cover sheets, and between them the pages of files that were made before."""
    with private_workshop(make_private_folder(settings.CONFIGURATION.home / "letters") / "letters") as folder:
        for name, content in made.items():
            (folder / name).write_bytes(content)
        shutil.copy(FOLDER / "letters.typ", folder)
        whole = _compiled(folder / "letters.typ", data, format="pdf")
    if not isinstance(whole, bytes):
        raise TypeError("Typst gave no document")
    return whole
