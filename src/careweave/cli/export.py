"""careweave export"""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from careweave.cli._acting import gate_of
from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting


@reporting()
@click.option("--as", "user", required=True, help="E-mail address of the account to export as.")
@click.option("--purpose", required=True, help="direct-care, own-care …")
@click.option("--role", default="", help="One of the account's roles; its first when not given.")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def command(user: str, purpose: str, role: str, out: Path) -> Report:
    """Write everything that user may see as FHIR NDJSON: through the gate, audited, whole or not at all."""
    ready_place()
    from careweave.record.exporting import export_lines

    gate = gate_of(user, purpose, role)
    started = time.monotonic()
    partial = out.with_name(f".{out.name}.partial")
    resources = 0
    # Only its owner may read the file: it holds what the gate let through for one user.
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for line in export_lines(gate):
            file.write(line + b"\n")
            resources += 1
        file.flush()
        os.fsync(file.fileno())
    partial.replace(out)
    seconds = round(time.monotonic() - started, 2)
    return Report({"resources": resources, "file": out, "seconds": seconds})
