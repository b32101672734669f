"""Where the downtime commands take the passphrase from: a file or the keyboard, never the command's own line."""

from __future__ import annotations

from pathlib import Path

import click

passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file whose first line is the passphrase; asked for at the keyboard when not given.",
)


def passphrase_from(file: Path | None, *, confirm: bool = False) -> str:
    """The words, without the line's end."""
    if file is not None:
        return (file.read_text(encoding="utf-8").splitlines() or [""])[0].strip()
    return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)).strip()
