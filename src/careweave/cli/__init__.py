"""The command line: each module here is one command, found by its file's name and loaded only when it is asked for.

A module exposes `command`; `load_files.py` is `careweave load-files`. Names that begin with _ are not commands.
"""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import click


class Commands(click.Group):
    """Lists the modules of this package without importing them, so that help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = (module.name for module in pkgutil.iter_modules(__path__))
        return sorted(name.replace("_", "-") for name in names if not name.startswith("_"))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first sentence of each, read from its file: importing them all would take seconds."""
        rows = [(name, _first_sentence(name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command = module.command
        assert isinstance(command, click.Command), f"{module.__name__} exposes no command"
        return command


def _first_sentence(name: str) -> str:
    tree = ast.parse((Path(__file__).parent / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8"))
    documented = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "command"]
    text = " ".join((ast.get_docstring(documented[0]) or "").split()) if documented else ""
    return re.split(r"(?<=[.]) ", text, maxsplit=1)[0]


@click.command(cls=Commands)
@click.version_option(package_name="careweave")
def main() -> None:
    """One record, one plan, one person in charge."""
