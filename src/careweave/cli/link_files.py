"""`careweave link-files`: links plain CSV files of people with the matcher that links the place's own records."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import click

from careweave.cli._replacing import replace_option
from careweave.cli._reporting import Report, reporting
from careweave.identity.matching import Linkage, link_records
from careweave.identity.matching.files import PeopleFile, read_people
from careweave.identity.matching.marking import Mark, mark, mark_by_stage
from careweave.private_files import new_private_file


@reporting()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--truth", metavar="COLUMN", help="The column that holds the true person; never used to match.")
@click.option(
    "--predictions",
    type=click.Path(path_type=Path),
    help="Write each row with its person here: a new file, for you alone.",
)
@replace_option
def command(files: tuple[Path, ...], truth: str | None, predictions: Path | None, replace: bool) -> Report:
    """Link CSV files: one file finds duplicates in it, more files are linked within and across.

    Columns may have any sensible names in any order. With --truth the answer is marked by pairs.
    """
    if predictions is None:
        people, linkage = _linked(files, truth)
    else:
        with new_private_file(predictions, replace=replace) as fresh:
            people, linkage = _linked(files, truth)
            _write(fresh, people, linkage)
    figures: dict[str, object] = {
        "records": len(linkage.persons),
        "persons": len(set(linkage.persons.values())),
    }
    if truth is None:
        return Report(figures, list(_lines(people, linkage)))
    marked = mark(linkage.persons, people.truth)
    figures |= {
        "precision": round(marked.precision, 6),
        "recall": round(marked.recall, 6),
        "f1": round(marked.f1, 6),
    }
    return Report(figures, [*_lines(people, linkage), *_marks(people, linkage, marked)])


def _linked(files: tuple[Path, ...], truth: str | None) -> tuple[PeopleFile, Linkage]:
    people = read_people(files, truth)
    return people, link_records(people.records)


def _lines(people: PeopleFile, linkage: Linkage) -> Iterator[str]:
    used = ", ".join(f"{heading} = {field.replace('_', ' ')}" for heading, field in people.fields.items())
    yield f"Columns: {used}"
    yield (
        f"{len(linkage.persons):,} records are {len(set(linkage.persons.values())):,} people;"
        f" {len(linkage.for_review):,} pairs need someone's eyes ({linkage.rules},"
        f" {sum(linkage.seconds.values()):.1f} s)"
    )


def _marks(people: PeopleFile, linkage: Linkage, whole: Mark) -> Iterator[str]:
    yield ""
    yield f"{'After stage':<28}{'links':>9}{'precision':>11}{'recall':>9}{'F1':>9}"
    for _, words, links, found in mark_by_stage(linkage, people.truth):
        yield f"{words:<28}{links:>9,}{found.precision:>11.4f}{found.recall:>9.4f}{found.f1:>9.4f}"
    yield f"{'All':<28}{len(linkage.links):>9,}{whole.precision:>11.4f}{whole.recall:>9.4f}{whole.f1:>9.4f}"
    yield f"Wrong pairs {whole.found - whole.right:,}, missed pairs {whole.true - whole.right:,}"


def _write(fresh: Path, people: PeopleFile, linkage: Linkage) -> None:
    headings = sorted({heading for row in people.rows.values() for heading in row})
    with fresh.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["file", "line", "person", *headings], restval="")
        writer.writeheader()
        for record, row in people.rows.items():
            number, line = record.split(":")
            where = {"file": number, "line": int(line), "person": linkage.persons[record]}
            writer.writerow(where | row)
