"""careweave downtime-pack"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from careweave.cli._downtime_passphrase import passphrase_from, passphrase_option
from careweave.cli._place import ready_place
from careweave.cli._replacing import replace_option
from careweave.cli._reporting import Report, reporting
from careweave.configuration import ConfigurationError
from careweave.private_files import new_private_file

if TYPE_CHECKING:
    from careweave.record import Gate


@reporting()
@click.option("--team", required=True, help="The team whose cards and visits are saved.")
@click.option(
    "--as",
    "user",
    default="",
    help="E-mail address of the coordinator on duty; the team's first if not given.",
)
@click.option(
    "--hours", default=24, show_default=True, type=click.IntRange(1, 72), help="How long it can be read."
)
@replace_option
@passphrase_option
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def command(
    team: str, user: str, hours: int, replace: bool, passphrase_file: Path | None, out: Path
) -> Report:
    """Save a team's crisis cards and today's visits for when the record is not there: audited, encrypted, expiring.

    OUT is a new file that only you can read. A timetable that makes the same file each morning says --replace; a pack
    that was read here is then kept beside it, until its journal is handed in.
    """
    passphrase = passphrase_from(passphrase_file, confirm=True)
    from careweave.cli._downtime_journal import keep_for_its_journal
    from careweave.cli._downtime_sealing import check_passphrase

    check_passphrase(passphrase)
    with new_private_file(out, replace=replace, is_sealed=True) as fresh:
        figures = _make(fresh, team=team, user=user, hours=hours, passphrase=passphrase)
        kept = keep_for_its_journal(out)
    return Report(
        {**figures, "file": out, "bytes": out.stat().st_size} | ({"to_hand_in": kept} if kept else {})
    )


def _make(fresh: Path, *, team: str, user: str, hours: int, passphrase: str) -> dict[str, Any]:
    """Only a pack that was written down can be taken away."""
    ready_place()
    from careweave.cli._downtime_sealing import write_pack
    from careweave.identity.models import Team

    held = Team.objects.filter(id=team).first()
    if held is None:
        known = ", ".join(Team.objects.order_by("id").values_list("id", flat=True))
        raise ConfigurationError(f"There is no team {team}. Use one of: {known}.")
    now = datetime.now(UTC)
    gate = _on_duty(team, user)
    content, pages = _content(gate, now)
    made = {"made_at": now, "ends_at": now + timedelta(hours=hours)}
    id_ = write_pack(fresh, content, passphrase=passphrase, team=held.name, **made)
    people = [card.person_id for card in pages.cards]
    _write_down(gate, people, pack=id_, team=team, ends_at=made["ends_at"].isoformat())
    figures = {"pack": id_, "team": team, "people": len(people), "visits": pages.visit_count}
    return {**figures, "ends_at": made["ends_at"]}


def _on_duty(team: str, user: str) -> Gate:
    """The gate of a coordinator who works in this team now."""
    from careweave.care.teams.staff_facts import workers_in_team
    from careweave.identity.models import StaffRole
    from careweave.record import Actor, Gate, Purpose

    on_duty = [one for one in workers_in_team(team) if one.role == "coordinator"]
    if user:
        from careweave.cli._acting import gate_of

        party = gate_of(user, "direct-care", "coordinator").actor.id
        on_duty = [one for one in on_duty if one.party == party]
    if not on_duty:
        raise ConfigurationError("No coordinator of this team is on duty. Name one with --as.")
    party = on_duty[0].party
    role = StaffRole.objects.held().get(
        staff_id=party.removeprefix("staff:"), team_id=team, role="coordinator"
    )
    return Gate(Actor(party, "coordinator", role.organisation_id, on_duty[0].name), Purpose.DIRECT_CARE)


def _content(gate: Gate, now: datetime) -> tuple[dict[str, Any], Any]:
    from dataclasses import asdict

    from django.conf import settings
    from django.utils.module_loading import import_string

    pages = import_string(settings.DOWNTIME_PAGES)(gate, now=now)
    content = {
        "cards": [asdict(card) for card in pages.cards],
        "visits": pages.visits,
        "help": pages.help,
        "journal_key": os.urandom(32).hex(),
    }
    return content, pages


def _write_down(gate: Gate, people: list[str], **detail: str) -> None:
    from careweave.record.written_down import write_down

    write_down(gate, "downtime-pack", people, people=len(people), **detail)
