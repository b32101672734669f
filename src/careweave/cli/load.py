"""careweave load PATH... --source ORG"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting, wants_json
from careweave.configuration import ConfigurationError

if TYPE_CHECKING:
    from careweave.intake.loading import LoadResult, Progress


@reporting()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", required=True, help="Code of the organisation that sent the files.")
@click.option(
    "--format", "format_", default="auto", show_default=True, help="fhir, cld, apc, ecds … or auto."
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--again", is_flag=True, help="Read a file once more that was read before.")
def command(paths: tuple[Path, ...], source: str, format_: str, workers: int, again: bool) -> Report:
    """Load files, or folders of them, that one organisation sent.

    A row is accepted, unchanged or refused. The same file twice is the same as once; a load that was killed goes on
    where it was when it is started again.
    """
    ready_place()
    from careweave.intake.loading import load

    _check_format(format_)
    with _bar() as progress:
        result = load(paths, source=source, format=format_, workers=workers, again=again, progress=progress)
    figures = {
        "read": result.read,
        "accepted": result.accepted,
        "unchanged": result.unchanged,
        "refused": result.refused,
        "seconds": result.seconds,
    }
    return Report(figures, list(_lines(result)))


def _check_format(format_: str) -> None:
    from datetime import UTC, datetime

    from careweave.intake.reading.plans import formats

    known = formats(datetime.now(UTC).date())
    if format_ not in known:
        raise ConfigurationError(f"There is no format {format_}. Known are: {', '.join(known)}.")


def _lines(result: LoadResult) -> Iterator[str]:
    for each in result.files:
        flags = f" ({', '.join(each.flags)})" if each.flags else ""
        yield (
            f"{each.name}: {each.read:,} read, {each.accepted:,} accepted, {each.unchanged:,} unchanged,"
            f" {each.refused:,} refused{flags}"
        )
    yield (
        f"Together {result.read:,} read, {result.accepted:,} accepted, {result.unchanged:,} unchanged,"
        f" {result.refused:,} refused in {result.seconds:.1f} seconds."
    )
    if result.refused:
        yield "See why: careweave refused"


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None] | None]:
    """On a terminal, how far it is, how fast it goes and how long it takes; written to standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if wants_json() or not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rate]:,.0f} rows/s"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, rate=0.0)

        def show(state: Progress) -> None:
            bar.update(
                task, description=state.file, total=state.total_bytes, completed=state.bytes, rate=state.rate
            )

        yield show
