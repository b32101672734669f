"""careweave export"""

from __future__ import annotations

import time
from pathlib import Path

import click

from careweave.cli._acting import gate_of
from careweave.cli._place import ready_place
from careweave.cli._replacing import replace_option
from careweave.cli._reporting import Report, reporting
from careweave.private_files import new_private_file


@reporting()
@click.option("--as", "user", required=True, help="E-mail address of the account to export as.")
@click.option("--purpose", required=True, help="direct-care, own-care …")
@click.option("--role", default="", help="One of the account's roles; its first when not given.")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@replace_option
def command(user: str, purpose: str, role: str, out: Path, replace: bool) -> Report:
    """Write everything that user may see as FHIR NDJSON: through the gate, audited, whole or not at all.

    OUT is a new file that only you can read.
    """
    started, resources = time.monotonic(), 0
    with new_private_file(out, replace=replace) as fresh:
        ready_place()
        from careweave.record.exporting import export_lines

        with fresh.open("wb") as file:
            for line in export_lines(gate_of(user, purpose, role)):
                file.write(line + b"\n")
                resources += 1
    seconds = round(time.monotonic() - started, 2)
    return Report({"resources": resources, "file": out, "seconds": seconds})
