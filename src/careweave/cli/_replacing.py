"""The option of every command that writes a file: what is there already is written over only when asked."""

import click

replace_option = click.option(
    "--replace",
    is_flag=True,
    help="Write over a file of this name. Without it, one that is there is left alone.",
)
