"""careweave client-level-data OUT"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from careweave.cli._place import ready_place
from careweave.cli._replacing import replace_option
from careweave.cli._reporting import Report, reporting
from careweave.private_files import new_private_file

if TYPE_CHECKING:
    from careweave.warehouse.store import Warehouse


@reporting()
@click.argument("out", type=click.Path(path_type=Path))
@replace_option
def command(out: Path, replace: bool) -> Report:
    """Write the events of Client Level Data that are held here as OUT (Parquet), without names or NHS numbers.

    People go by pseudonym, and who opted out is not in it. It is for planning, and is not the national return, which
    carries NHS numbers and which each council sends from its own system. OUT is a new file that only you can read; that
    it was written is kept in the audit.
    """
    with new_private_file(out, replace=replace) as fresh:
        configuration = ready_place()
        from careweave.warehouse.store import SECONDARY_USE, open_warehouse

        with open_warehouse(configuration.home, purpose=SECONDARY_USE) as warehouse:
            count = _write(warehouse, fresh)
    return Report({"rows": count}, [f"{count:,} events in {out}; who opted out is not in it."])


def _write(warehouse: Warehouse, fresh: Path) -> int:
    """Audited before it is there to be taken."""
    from careweave.cli._warehouse import WAREHOUSE
    from careweave.record import Gate, Purpose
    from careweave.record.written_down import write_down
    from careweave.warehouse.client_level.held import held_events

    events = held_events(warehouse.tables, warehouse.as_at).drop("local", "received")
    count = warehouse.engine.write(events.rename(person="nhs").order_by("person", "start"), fresh)
    gate = Gate(WAREHOUSE, Purpose.SECONDARY_USE)
    write_down(gate, "extract", what="client-level-data", as_at=warehouse.as_at.isoformat(), rows=count)
    return count
