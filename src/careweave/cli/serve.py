"""careweave serve"""

import json
import os
from tempfile import TemporaryDirectory

import click

from careweave.cli._place import ready_place, running_place
from careweave.cli._reporting import Report, reporting, wants_json
from careweave.cli._serving import marked_as_serving


@reporting()
@click.option("--port", default=8000, show_default=True, help="0 chooses a free one.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--workers", default=2, show_default=True, help="Processes that answer.")
@click.option("--threads", default=4, show_default=True, help="Requests that each answers at once.")
@click.option("--work/--no-work", "works", default=True, help="Run `careweave work` beside it.")
def command(port: int, host: str, workers: int, threads: int, works: bool) -> Report | None:
    """Serve the pages and the API, with the background work beside them, until stopped."""
    configuration = running_place()
    if configuration.is_embedded or configuration.owner_url:
        from careweave.cli._migrating import migrate_if_needed

        migrate_if_needed()
    ready_place()
    from django.db import connections
    from django.utils import timezone

    from careweave.care.assessments.serving import serve_questionnaires

    serve_questionnaires(timezone.localdate())
    connections.close_all()
    with marked_as_serving(configuration), TemporaryDirectory(prefix="careweave-figures-") as figures:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures  # every process adds its own; /metrics sums them
        from careweave.cli._pages import Pages

        Pages(host, port, workers, threads, works, tell=_tell).run()
    return None


def _tell(url: str) -> None:
    line = json.dumps({"url": url, "pid": os.getpid()}) if wants_json() else f"Careweave is at {url}"
    click.echo(line)
