"""careweave areas load"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from careweave.cli._place import configured
from careweave.cli._reporting import Report, Reporting


@click.group()
def command() -> None:
    """Load where postcodes lie: neighbourhood, deprivation and locality, for counting by them."""


@command.command("load", cls=Reporting)
@click.argument("postcodes", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--deprivation",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Deciles by LSOA, such as the English Indices of Deprivation, where POSTCODES has none.",
)
def load(postcodes: Path, deprivation: Path | None) -> Report:
    """Load a CSV of postcodes with their LSOA (the ONS Postcode Directory, for example); the next refresh uses it."""
    from careweave.warehouse.areas import AreasError, load_areas

    try:
        loaded = load_areas(postcodes, deprivation, configured().home / "reference")
    except AreasError as error:
        raise click.ClickException(str(error)) from error
    known = f"{loaded.postcodes:,} postcodes, {loaded.with_deprivation:,} with a decile of deprivation."
    return Report(asdict(loaded), [known, "Run: careweave refresh"])
