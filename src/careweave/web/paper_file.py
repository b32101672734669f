"""A paper as a file: with headers that let a browser show or save it, and run nothing."""

from __future__ import annotations

from django.http import HttpResponse

from careweave.care.plans.paper_kinds import BY_TYPE, PDF, name_of
from careweave.care.plans.papers import Paper

# The file is somebody else's work: no script, no style, no frame, no request comes from it.
_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


def as_paper(paper: Paper, content: bytes) -> HttpResponse:
    """Pictures and text open in the browser, shut off from everything; a PDF is saved and opened by its own reader."""
    kind = BY_TYPE[paper.media_type]
    charset = "; charset=utf-8" if kind.media_type.startswith("text/") else ""
    response = HttpResponse(content, content_type=kind.media_type + charset)
    name = (
        name_of(paper.file_name or "paper", kind).encode("ascii", "ignore").decode() or f"paper.{kind.ending}"
    )
    how = "attachment" if kind is PDF else "inline"
    response.headers["Content-Disposition"] = f'{how}; filename="{name}"'
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
