"""Where a new password comes from: a file, the terminal, or chance; never the command's own words."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import click

LENGTH = 20


def choose_password(file: Path | None) -> tuple[str, bool]:
    """The password, and whether it was made up and so must be shown once."""
    if file is not None:
        password = file.read_text(encoding="utf-8").rstrip("\r\n")
    elif sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        return secrets.token_urlsafe(LENGTH)[:LENGTH], True
    _refuse_weak(password)
    return password, False


def _refuse_weak(password: str) -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    try:
        validate_password(password)
    except ValidationError as weak:
        raise click.ClickException(" ".join(weak.messages)) from None
