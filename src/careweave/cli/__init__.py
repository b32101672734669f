"""The command line: each module here is one command, found by its file's name and loaded only when it is asked for.

A module exposes `command`; `load_files.py` is `careweave load-files`. Names that begin with _ are not commands.
"""

import importlib
import pkgutil

import click


class Commands(click.Group):
    """Lists the modules of this package without importing them, so that help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = (module.name for module in pkgutil.iter_modules(__path__))
        return sorted(name.replace("_", "-") for name in names if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command = module.command
        assert isinstance(command, click.Command), f"{module.__name__} exposes no command"
        return command


@click.command(cls=Commands)
@click.version_option(package_name="careweave")
def main() -> None:
    """One record, one plan, one person in charge."""
