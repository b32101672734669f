"""Every command has the same manners, and everything that can be set is written down."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from careweave import configuration
from careweave.cli import main

ROOT = Path(__file__).parent.parent.parent
GUIDE = ROOT / "docs" / "how-to" / "running.md"


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
        else:
            found.append((" ".join((*path, name)), command))
    return found


EVERY = dict(commands(main))


@pytest.mark.parametrize("name", EVERY)
def test_every_command_takes_json_and_says_what_it_does(name: str) -> None:
    options = [option for parameter in EVERY[name].params for option in parameter.opts]
    assert "--json" in options
    assert EVERY[name].help


def test_the_list_of_commands_is_quick_and_loads_no_django() -> None:
    code = (
        "import sys; sys.argv = ['careweave', '--help']\n"
        "from careweave.cli import main\n"
        "try: main()\n"
        "except SystemExit: assert not [name for name in sys.modules if name.split('.')[0] in "
        "('django', 'duckdb', 'pyarrow', 'splink', 'numpy', 'psycopg')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_every_setting_is_documented() -> None:
    source = Path(configuration.__file__).read_text()
    names = set(re.findall(r"CAREWEAVE_[A-Z_]+[A-Z]", source)) | {
        f"CAREWEAVE_{name}_KEY_FILE" for name in ("DJANGO", "GATE", "ANCHOR")
    }
    guide = GUIDE.read_text()
    assert [name for name in sorted(names) if f"`{name}" not in guide] == []


@pytest.mark.parametrize("name", EVERY)
def test_every_command_is_documented(name: str) -> None:
    assert f"careweave {name}" in (ROOT / "docs" / "how-to" / "running.md").read_text()
