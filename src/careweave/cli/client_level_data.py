"""careweave client-level-data OUT"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting

if TYPE_CHECKING:
    from careweave.warehouse.store import Warehouse


@reporting()
@click.argument("out", type=click.Path(path_type=Path))
def command(out: Path) -> Report:
    """Write the events of Client Level Data that are held here as OUT (Parquet), without names or NHS numbers.

    People go by pseudonym, and who opted out is not in it. It is for planning, and is not the national return, which
    carries NHS numbers and which each council sends from its own system. OUT is a new file that only you can read; that
    it was written is kept in the audit.
    """
    if out.exists() or out.is_symlink():
        raise click.ClickException(
            f"{out} is there already, and is not written over. Give another name, or move it."
        )
    if not out.parent.is_dir():
        raise click.ClickException(f"There is no folder {out.parent}. Make it, or give another name.")
    configuration = ready_place()
    from careweave.warehouse.store import SECONDARY_USE, WarehouseError, open_warehouse

    try:
        with open_warehouse(configuration.home, purpose=SECONDARY_USE) as warehouse:
            count = _write(warehouse, out)
    except WarehouseError as error:
        raise click.ClickException(str(error)) from error
    return Report({"rows": count}, [f"{count:,} events in {out}; who opted out is not in it."])


def _write(warehouse: Warehouse, out: Path) -> int:
    """Whole or not at all, and never seen by others on the way; audited before it is there to be taken."""
    from careweave.cli._warehouse import WAREHOUSE
    from careweave.record import Gate, Purpose
    from careweave.record.written_down import write_down
    from careweave.warehouse.client_level.held import held_events

    events = held_events(warehouse.tables, warehouse.as_at).drop("local", "received")
    # A folder of its own, for its owner alone: the engine makes its file anew, with the rights that are usual here.
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        fresh = Path(folder) / "events.parquet"
        count = warehouse.engine.write(events.rename(person="nhs").order_by("person", "start"), fresh)
        fresh.chmod(0o600)
        gate = Gate(WAREHOUSE, Purpose.SECONDARY_USE)
        write_down(gate, "extract", what="client-level-data", as_at=warehouse.as_at.isoformat(), rows=count)
        fresh.replace(out)
    return count
