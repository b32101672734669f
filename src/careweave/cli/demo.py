"""careweave demo"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting, wants_json

SEED = 2026


def _aloud(text: str) -> None:
    click.echo(text, err=True)


@reporting()
@click.option("--people", default=5000, show_default=True, type=click.IntRange(100, 1_000_000))
@click.option("--seed", default=SEED, show_default=True)
@click.option(
    "--files", type=click.Path(path_type=Path, file_okay=False), help="Only write the files, and the truth."
)
def command(people: int, seed: int, files: Path | None) -> Report:
    """Make Riverside, a made-up place: write the files its organisations would send, and load them.

    Safe to repeat: what is there is left as it is.
    """
    from careweave.demonstration.place import write_place

    say: Callable[[str], None] = (lambda _: None) if wants_json() else _aloud
    today = datetime.now(ZoneInfo("Europe/London")).date()
    started = time.monotonic()
    if files is not None:
        written = write_place(files, people=people, seed=seed, as_at=today)
        figures = {"people": written.people, "files": len(written.rows), "seconds": round(written.seconds, 1)}
        return Report({**figures, "folder": files})
    configuration = ready_place()
    from careweave.cli import _riverside as riverside
    from careweave.cli import _riverside_voices as voices
    from careweave.cli._counting import count_everything
    from careweave.cli._warehouse import (
        find_people,
        lists_in_use,
        refresh_warehouse,
        train_models,
    )
    from careweave.definitions.loading import forget_definitions, place_folder
    from careweave.demonstration.areas import FILE as AREAS
    from careweave.demonstration.areas import write_areas
    from careweave.demonstration.code_lists import write_code_lists
    from careweave.warehouse.areas import load_areas

    riverside.claim_place(configuration)
    folder, as_at = riverside.files_of_place(configuration, people=people, seed=seed, today=today, say=say)
    riverside.make_directory(riverside.practices_in(folder), as_at)
    if not (folder / AREAS).exists():
        write_areas(folder)
    load_areas(folder / AREAS, None, configuration.home / "reference")
    if write_code_lists(place_folder(), as_at):
        forget_definitions()
    loaded = riverside.load_files(folder, say)
    found = riverside.make_portal_accounts(as_at)
    voices.people_were_asked(as_at, found.values())
    say("Looking for people who may need coordinated care")
    refresh_warehouse(configuration)
    candidates = find_people(configuration, riverside.REGISTER).candidates
    riverside.begin_story(found, today)  # before the other lists, which might ask about its people first
    voices.some_are_taken_on(riverside.worker_at("shazia@riverside.example"))
    voices.staff_were_asked(as_at)
    say("Learning from the place's own past who may need hospital or new care")
    models = train_models(configuration, say)
    others = [each for each in lists_in_use(configuration, today) if each != riverside.REGISTER]
    candidates += sum(find_people(configuration, register).candidates for register in others)
    say("Counting for those who look after the place")
    count_everything(configuration)
    riverside.finish(configuration)
    figures = {
        "people": people,
        "persons": loaded.persons,
        "read": loaded.read,
        "accepted": loaded.accepted,
        "refused": loaded.refused,
        "for_review": loaded.for_review,
        "candidates": candidates,
        "models": len(models),
        "seconds": round(time.monotonic() - started, 1),
    }
    return Report(figures, [f"Riverside is ready: {loaded.persons:,} people.", *riverside.sign_ins(as_at)])
