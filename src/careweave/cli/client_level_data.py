"""careweave client-level-data OUT"""

from __future__ import annotations

from pathlib import Path

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting


@reporting()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def command(out: Path) -> Report:
    """Write the events of Client Level Data that are held here as OUT (Parquet), without names or NHS numbers.

    People go by pseudonym, and who opted out is not in it. It is for planning, and is not the national return, which
    carries NHS numbers and which each council sends from its own system.
    """
    configuration = ready_place()
    from careweave.warehouse.client_level.held import held_events
    from careweave.warehouse.store import SECONDARY_USE, WarehouseError, open_warehouse

    try:
        with open_warehouse(configuration.home, purpose=SECONDARY_USE) as warehouse:
            events = held_events(warehouse.tables, warehouse.as_at).drop("local", "received")
            count = warehouse.engine.write(events.rename(person="nhs").order_by("person", "start"), out)
    except WarehouseError as error:
        raise click.ClickException(str(error)) from error
    return Report({"rows": count}, [f"{count:,} events in {out}; who opted out is not in it."])
