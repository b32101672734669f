"""Gives every command the same manners: `--json`, exit 0 only on success, and refusals in plain words."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from careweave.configuration import ConfigurationError


@dataclass(frozen=True)
class Report:
    """What a command found: figures for programs; lines for people, or the figures when it gives none."""

    figures: Mapping[str, Any]
    lines: Iterable[str] = ()
    succeeded: bool = True


class Reporting(click.Command):
    """A command whose function returns a Report; a refusal exits 1 with its reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(
            click.Option(["--json", "as_json"], is_flag=True, help="Print the answer as one line of JSON.")
        )

    def invoke(self, ctx: click.Context) -> Any:
        as_json = ctx.params.pop("as_json")
        ctx.meta["careweave.as_json"] = as_json
        logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
        try:
            report = super().invoke(ctx)
        except Exception as error:
            if not _is_refusal(error):
                raise
            _print_refusal(error, as_json=as_json)
            ctx.exit(1)
        if report is not None:
            _print(report, as_json=as_json)
            ctx.exit(0 if report.succeeded else 1)


def reporting(**settings: Any) -> Callable[[Callable[..., Report | None]], Reporting]:
    """Like `click.command`, for a function that returns a Report. Its docstring is the help."""
    return click.command(cls=Reporting, **settings)


def wants_json() -> bool:
    """For the rare command that prints as it goes."""
    return bool(click.get_current_context().meta.get("careweave.as_json"))


def _is_refusal(error: Exception) -> bool:
    """Our own reasons, said in words meant for people; anything else is a fault and keeps its traceback."""
    return isinstance(error, (ConfigurationError, FileNotFoundError, PermissionError)) or (
        type(error).__module__.startswith("careweave.") and bool(str(error))
    )


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(dict(report.figures), default=_plain, ensure_ascii=False))
        return
    lines = list(report.lines) or [
        f"{name.replace('_', ' ')}: {value}" for name, value in report.figures.items()
    ]
    for line in lines:
        click.echo(line)


def _print_refusal(error: Exception, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": str(error)}, ensure_ascii=False))
    click.echo(str(error), err=True)


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (Path, UUID)):
        return str(value)
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be printed as JSON")
