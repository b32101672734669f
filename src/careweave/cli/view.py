"""careweave view"""

from __future__ import annotations

import time
from pathlib import Path

import click

from careweave.cli._place import ready_place
from careweave.cli._replacing import replace_option
from careweave.cli._reporting import Report, reporting


@reporting()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@replace_option
def command(file: Path, out: Path, replace: bool) -> Report:
    """Write a flat view of the record (FILE: a SQL on FHIR ViewDefinition) as OUT, Parquet or CSV, without names.

    Who opted out is not in it, nor what was said in confidence. OUT is a new file that only you can read.
    """
    configuration = ready_place()
    from django.utils import timezone

    from careweave.cli._warehouse import WAREHOUSE
    from careweave.record import Gate, Purpose
    from careweave.warehouse.pseudonyms import open_key
    from careweave.warehouse.views.writing import load_view, write_view

    started = time.monotonic()
    view = load_view(file)
    key = open_key(configuration.home / "keys", by=WAREHOUSE.id)
    gate = Gate(WAREHOUSE, Purpose.SECONDARY_USE)
    count = write_view(gate, view, out, key=key, by=WAREHOUSE.id, on=timezone.localdate(), replace=replace)
    figures = {"rows": count, "columns": len(view.columns), "seconds": round(time.monotonic() - started, 1)}
    return Report(
        figures, [f"{count:,} rows of {len(view.columns)} columns in {out}; who opted out is not in it."]
    )
