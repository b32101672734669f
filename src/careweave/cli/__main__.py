"""Lets a child process run a command with the same Python: `python -m careweave.cli work`."""

from careweave.cli import main

main(prog_name="careweave")
