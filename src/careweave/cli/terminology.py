"""careweave terminology load"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from careweave.cli._place import configured
from careweave.cli._reporting import Report, Reporting


@click.group()
def command() -> None:
    """Load what a place has licensed for itself: SNOMED CT and its map to ICD-10."""


@command.command("load", cls=Reporting)
@click.argument("path", type=click.Path(path_type=Path))
def load(path: Path) -> Report:
    """Load a SNOMED CT release (RF2, folder or zip); from then on scores can use diagnoses coded in SNOMED CT."""
    from careweave.warehouse.terminology.loading import load_release

    loaded = load_release(path, configured().home / "terminology")
    lines = [
        f"Loaded the release of {loaded.release}: {loaded.concepts:,} concepts, {loaded.mapped:,} with ICD-10 codes.",
        f"{loaded.unmapped:,} have no code that follows from the concept alone; they stay out of scores.",
    ]
    return Report(asdict(loaded), lines)
