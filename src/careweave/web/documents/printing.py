"""Turns shaped values into a tagged PDF with the fonts that come with the program; nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst
from django.http import HttpResponse

FOLDER = Path(__file__).parent
# PDF/UA-1 (ISO 14289-1) is the standard for screen readers, PDF/A-2a (ISO 19005-2) the one for keeping.
STANDARDS = ["ua-1", "a-2a"]


def pdf(sheet: str, data: Mapping[str, Any]) -> bytes:
    """Compile `sheet`.typ with `data`; text reaches Typst as values, never as markup."""
    made = typst.compile(
        FOLDER / f"{sheet}.typ",
        root=FOLDER,
        font_paths=[FOLDER / "fonts"],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=STANDARDS,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    if not isinstance(made, bytes):
        raise TypeError("Typst gave no document")
    return made


def as_file(content: bytes, name: str) -> HttpResponse:
    """A PDF that opens in the browser; its name says nothing about the person."""
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
