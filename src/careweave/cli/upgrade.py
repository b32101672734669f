"""careweave upgrade"""

from careweave.cli._place import configured
from careweave.cli._reporting import Report, reporting
from careweave.cli._serving import stop_serving


@reporting()
def command() -> Report:
    """Move the embedded database to the newest PostgreSQL installed; the old data stay beside it."""
    from careweave.record.embedded import upgrade

    configuration = configured()
    stop_serving(configuration)
    done = upgrade(configuration)
    if done is None:
        return Report({"upgraded": False}, ["The data are already at the newest PostgreSQL installed."])
    return Report(
        {
            "upgraded": True,
            "from": done.from_version,
            "to": done.to_version,
            "tables": done.tables,
            "rows": done.rows,
        },
        [
            f"From PostgreSQL {done.from_version} to {done.to_version}: {done.tables} tables, {done.rows} rows.",
            f"The older data are still in {configuration.home / 'postgresql'}; remove them when you are content.",
        ],
    )
