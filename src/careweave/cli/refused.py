"""careweave refused [--batch ID]"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from careweave.cli._place import ready_place
from careweave.cli._replacing import replace_option
from careweave.cli._reporting import Report, reporting, wants_json
from careweave.private_files import new_private_file

if TYPE_CHECKING:
    from careweave.record import Gate
    from careweave.record.batches import KeptRow


@reporting()
@click.option("--batch", default=None, type=click.UUID, help="Only the rows of one file.")
@click.option(
    "--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the list as CSV."
)
@click.option("--full", is_flag=True, help="With --csv: the rows as sent, to be corrected; they name people.")
@replace_option
def command(batch: object, csv_file: Path | None, full: bool, replace: bool) -> Report | None:
    """List the rows that were not accepted: file, line, field, reason; no values and no names.

    With --csv into a new file that only you can read. That rows were written out as sent is kept in the audit.
    """
    of = str(batch) if batch else None
    if csv_file is not None:
        with new_private_file(csv_file, replace=replace) as fresh:
            return Report({"rows": _write(fresh, of, full), "file": csv_file})
    ready_place()
    from careweave.record import Gate, Purpose, batches
    from careweave.record.load import INTAKE

    for row in batches.refused_rows(Gate(INTAKE, Purpose.INTAKE).door, batch=of):
        click.echo(_line(row))
    return None


def _write(fresh: Path, batch: str | None, full: bool) -> int:
    """Reading the rows is audited by itself; that they lie in a file, with what was sent, is an act of its own."""
    ready_place()
    from careweave.record import Gate, Purpose, batches
    from careweave.record.load import INTAKE
    from careweave.record.written_down import write_down

    gate = Gate(INTAKE, Purpose.INTAKE)
    found = batches.refused_rows(gate.door, batch=batch)
    fresh.write_text(_as_csv(gate, found, full), encoding="utf-8")
    write_down(gate, "refused-rows-written", batch=batch, rows=len(found), as_sent=full)
    return len(found)


def _line(row: KeptRow) -> str:
    if not wants_json():
        return f"{row.file_name}, line {row.line}, {row.field or 'the whole row'}: {row.reason}"
    told = {
        "file": row.file_name,
        "line": row.line,
        "field": row.field,
        "reason": row.reason,
        "expected": row.expected,
        "source": row.source,
        "state": row.state,
        "batch": row.batch,
        "id": row.id,
    }
    return json.dumps(told, ensure_ascii=False)


def _as_csv(gate: Gate, found: Sequence[KeptRow], full: bool) -> str:
    from careweave.intake.refused import list_for_the_sender, rows_to_correct
    from careweave.record import batches

    if not full:
        return list_for_the_sender(found)
    formats = {each.id: each.format for each in batches.recent_batches(gate.door, 10_000)}
    used = {formats[row.batch] for row in found}
    return rows_to_correct(found, used.pop() if len(used) == 1 else "")
