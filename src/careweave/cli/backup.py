"""careweave backup FILE"""

from pathlib import Path

import click

from careweave.cli._place import ready_place
from careweave.cli._replacing import replace_option
from careweave.cli._reporting import Report, reporting


@reporting()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@replace_option
def command(file: Path, replace: bool) -> Report:
    """Write the whole database to FILE, as it stands at this moment, while work goes on; groups that were counted too.

    The secret keys are not in it: keep a copy of the keys folder elsewhere. FILE holds people's records: it is a new
    file that only you can read.
    """
    configuration = ready_place()
    from careweave.measures.cohorts.keeping import packed
    from careweave.record.backup import back_up
    from careweave.record.work import seal_everything

    seal_everything()
    done = back_up(configuration, file, kept=packed(configuration.home), replace=replace)
    keys = configuration.home / "keys"
    figures = {"file": done.file, "bytes": done.bytes, "seconds": done.seconds, "keys_not_included": keys}
    return Report(
        figures,
        [
            f"{done.file} holds everything that was recorded ({done.bytes:,} bytes, {done.seconds} s).",
            f"The secret keys are not in it: keep a copy of {keys} in another safe place.",
        ],
    )
