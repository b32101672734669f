"""careweave downtime-replay"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from careweave.cli._downtime_passphrase import passphrase_from, passphrase_option
from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting
from careweave.configuration import make_private_folder
from careweave.private_files import write_privately

if TYPE_CHECKING:
    from careweave.cli._downtime_journal import Look
    from careweave.cli._downtime_sealing import Pack


@reporting()
@passphrase_option
@click.argument("pack", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def command(passphrase_file: Path | None, pack: Path) -> Report:
    """Hand a pack's journal in when the record is back: each look joins the audit of the person, once."""
    from careweave.cli._downtime_journal import Journal, journal_of
    from careweave.cli._downtime_sealing import PackRefused, open_pack

    opened = open_pack(pack, passphrase_from(passphrase_file), now=datetime.now(UTC), may_have_ended=True)
    looks = Journal(journal_of(pack), opened).looks
    configuration = ready_place()
    mark = make_private_folder(configuration.home / "downtime") / opened.id
    before = json.loads(mark.read_text(encoding="utf-8")) if mark.exists() else []
    if [_key(look) for look in looks[: len(before)]] != before:
        raise PackRefused(
            "This journal is shorter than, or differs from, what was handed in before. Keep the pack and the journal and"
            " tell the governance lead."
        )
    fresh = looks[len(before) :]
    _into_the_audit(opened, fresh)
    kept = json.dumps([_key(look) for look in looks])
    write_privately(mark, kept.encode(), replace=True)
    return Report({"pack": opened.id, "looks": len(fresh), "before": len(before)})


def _key(look: Look) -> str:
    return f"{look.n} {look.at} {look.act}"


def _into_the_audit(pack: Pack, looks: list[Look]) -> None:
    """As the job that hands it in; the row says who looked and when, as the pack wrote it down."""
    from careweave.record import Actor, Gate, Purpose
    from careweave.record.written_down import write_down

    gate = Gate(Actor("system:downtime", "system", name="Saved copy"), Purpose.SYSTEM)
    with gate.transaction():
        for look in looks:
            said = {"reader": f"{look.reader}, {look.role}", "looked_at": look.at, "what": look.act}
            write_down(
                gate, "downtime-read", [look.person] if look.person else [], pack=pack.id, n=look.n, **said
            )
