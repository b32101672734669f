"""careweave social-care FILE... --source LA"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting

if TYPE_CHECKING:
    from careweave.intake.client_level import Read
    from careweave.intake.reading.rows import Refusal
    from careweave.measures.social_care import SocialCare

SHOWN = 100
DAY = click.DateTime(["%Y-%m-%d"])


@reporting()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--source", required=True, help="Code of the council whose files these are.")
@click.option("--from", "first", required=True, type=DAY, help="First day of the period, as 2025-04-01.")
@click.option("--to", "last", required=True, type=DAY, help="Last day of the period, as 2026-03-31.")
def command(paths: tuple[Path, ...], source: str, first: datetime, last: datetime) -> Report:
    """Check a council's Client Level Data files and make the official tables of them.

    Nothing is loaded or kept. A row with a wrong code is named with what is right, and is not counted. Small numbers are
    hidden.
    """
    if last < first:
        raise click.ClickException("The period ends before it begins. Give --from the earlier day.")
    ready_place()
    import pyarrow as pa

    from careweave.cli._warehouse import london_today
    from careweave.intake.client_level import read_files
    from careweave.measures.publishing_social_care import social_care_of
    from careweave.warehouse.client_level.events import EVENTS, Period

    today = london_today()
    read = read_files(paths, source, today)
    if not read.events:
        return _nothing(read)
    period = Period(first.date(), last.date(), today, date.max)
    found = social_care_of(pa.Table.from_pylist(read.events, schema=EVENTS), today, period)
    figures = {**_numbers(read), "tables": _tables(found)}
    sent_to = max(event["received"] for event in read.events)
    return Report(
        figures, [*_refused(read.refused), *_told(found), *ends_early(sent_to, period.end), _line(figures)]
    )


def ends_early(sent_to: date, last: date) -> list[str]:
    """What is left empty then would look like an answer."""
    if sent_to >= last:
        return []
    return [
        f"The files end on {sent_to:%-d %B %Y}, before the period does. The tables that need a file about its last day are "
        "empty: where people live, work, long-term support, carers, ASCOF 3D. Give the newest file, or an earlier --to."
    ]


def _tables(found: SocialCare) -> dict[str, dict[str, int | float | None]]:
    return {
        each.id: {
            **{one.label: one.count for one in each.lines},
            **{one.label: one.value for one in each.shares},
        }
        for each in found.tables
    }


def _nothing(read: Read) -> Report:
    """Tables of zeros would look like an answer."""
    why = "No row can be counted, so there are no tables. Give the council's Client Level Data files, with their headers."
    figures = _numbers(read)
    return Report({**figures, "tables": {}}, [*_refused(read.refused), _line(figures), why], succeeded=False)


def _numbers(read: Read) -> dict[str, object]:
    wrong = {(each.file, each.line) for each in read.refused}
    return {"rows": read.rows, "accepted": len(read.events), "refused": len(wrong)}


def _line(figures: dict[str, object]) -> str:
    return f"{figures['rows']:,} rows read, {figures['accepted']:,} accepted, {figures['refused']:,} refused."


def _refused(refused: list[Refusal]) -> Iterator[str]:
    for each in refused[:SHOWN]:
        value = f": {each.value!r}" if each.value else ""
        expected = f". Expected: {each.expected}" if each.expected else ""
        yield f"{each.file}, line {each.line}: {each.reason}{value}{expected}"
    if len(refused) > SHOWN:
        yield f"… and {len(refused) - SHOWN:,} more."


def _told(found: SocialCare) -> Iterator[str]:
    for table in found.tables:
        yield f"{table.title} ({table.source})"
        for line in table.lines:
            yield f"  {line.label}: {'hidden' if line.count is None else f'{line.count:,}'}"
        for share in table.shares:
            yield f"  {share.label}: {'not known' if share.value is None else f'{share.value}%'}"
