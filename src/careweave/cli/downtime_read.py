"""careweave downtime-read"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from careweave.cli._downtime_passphrase import passphrase_from, passphrase_option
from careweave.cli._replacing import replace_option
from careweave.cli._reporting import Report, reporting, wants_json
from careweave.private_files import new_private_file


@reporting()
@click.option("--port", default=8111, show_default=True, help="0 chooses a free one.")
@click.option(
    "--print",
    "paper",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every card into one page for paper, a new file for you alone, instead of serving.",
)
@click.option("--reader", default="", help="With --print: who takes the paper, with their role.")
@replace_option
@passphrase_option
@click.argument("pack", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def command(
    port: int, paper: Path | None, reader: str, replace: bool, passphrase_file: Path | None, pack: Path
) -> Report | None:
    """Read a downtime pack on this computer: no database, nothing can be changed, each look is written down."""
    from careweave.cli._downtime_journal import Journal, journal_of
    from careweave.cli._downtime_pages import Pages, server
    from careweave.cli._downtime_sealing import PackRefused, open_pack

    opened = open_pack(pack, passphrase_from(passphrase_file), now=datetime.now(UTC))
    pages = Pages(opened, Journal(journal_of(pack), opened), lambda: datetime.now(UTC))
    if paper is not None:
        if not reader.strip():
            raise PackRefused('Say who takes the paper: --reader "Priya Shah, coordinator".')
        with new_private_file(paper, replace=replace) as fresh:
            count = _print(pages, fresh, reader.strip())
        return Report({"cards": count, "file": paper})
    served = server(pages, port)
    address = f"http://127.0.0.1:{served.server_port}"
    click.echo(
        json.dumps({"url": address}) if wants_json() else f"The saved copy is at {address}. Stop with Ctrl-C."
    )
    try:
        served.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        served.server_close()
    return None


def _print(pages: object, fresh: Path, reader: str) -> int:
    """Each card is in the journal before it is on paper."""
    from careweave.cli._downtime_pages import STYLE, Pages

    assert isinstance(pages, Pages)
    parts = []
    for id_, card in pages.cards.items():
        pages.journal.write(reader, "on paper", "printed", id_)
        parts.append(f'<section class="sheet">{card["html"]}</section>')
    text = pages.page("Crisis cards", "".join([*parts, pages.pack.content["visits"]]))
    style = f"<style>{STYLE}.sheet{{break-after:page}}</style>"
    text = text.replace('<link rel="stylesheet" href="/style.css">', style)
    fresh.write_text(text, encoding="utf-8")
    return len(parts)
