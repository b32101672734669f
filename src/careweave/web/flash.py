"""The success banner after a single act, with its Undo, shown once."""

from __future__ import annotations

from django.http import HttpRequest


def done(
    request: HttpRequest, text: str, *, undo: str = "", undo_text: str = "Undo", detail: str = ""
) -> None:
    """Say what was done on the next page; `undo` is the address that takes it back by POST."""
    request.session["flash"] = {
        "text": text,
        "undo": undo,
        "undo_text": undo_text,
        "detail": detail,
        "kind": "success",
    }


def note(request: HttpRequest, text: str, *, detail: str = "") -> None:
    """Say something that is not a success, for example that someone else was first."""
    request.session["flash"] = {"text": text, "undo": "", "detail": detail, "kind": "notice"}
