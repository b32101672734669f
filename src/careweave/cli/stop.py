"""careweave stop"""

from careweave.cli._place import configured
from careweave.cli._reporting import Report, reporting
from careweave.cli._serving import stop_serving


@reporting()
def command() -> Report:
    """Stop what serve, load or demo left running: the pages, the workers and the embedded database."""
    from careweave.record.embedded import stop

    configuration = configured()
    servers = stop_serving(configuration)
    database = stop(configuration)
    found = "Stopped." if servers or database else "Nothing was running."
    return Report({"servers": servers, "database": database}, [found])
