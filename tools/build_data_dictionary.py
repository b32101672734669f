"""Writes docs/data-dictionary.md from the warehouse's tables and the definitions; with --check, fails when it is stale."""

import os
import sys
from pathlib import Path

os.environ["CAREWEAVE_DEFINITIONS"] = os.devnull  # the page tells what is shipped, not what a place changed

from careweave.definitions import Definition
from careweave.warehouse.dictionary import TableEntry, definitions, tables

PAGE = Path(__file__).parents[1] / "docs" / "data-dictionary.md"
_TOP = """# Data dictionary

Every table and column of the warehouse, and every definition that a published number can come from. Written by
`python tools/build_data_dictionary.py`; a place's own definitions are added on its page `/place/dictionary`.

Every row names a person by a pseudonym only. `source`, `sector`, `is_sensitive` and `is_counted` mean the same in every
table: who sent it, whether it carries a label that not everyone may read, and whether it may be counted beyond direct care.
"""


def main() -> int:
    text = page()
    if sys.argv[1:] == ["--check"]:
        if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE} is stale. Run: python tools/build_data_dictionary.py")
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


def page() -> str:
    parts = [_TOP, "## Tables\n"]
    parts += [_table(each) for each in tables()]
    parts.append("## Definitions\n")
    for words, each in definitions():
        parts += [
            f"### {words}\n",
            "| Definition | Version | In force | Review | Sources |",
            "|---|---|---|---|---|",
        ]
        parts += [_definition(one) for one in each]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _table(table: TableEntry) -> str:
    rows = "\n".join(
        f"| `{one.name}` | {one.type} | {_plain(one.words) or 'As its name says'} |" for one in table.columns
    )
    return f"### `{table.name}`\n\n| Column | Type | What it means |\n|---|---|---|\n{rows}\n"


def _definition(one: Definition) -> str:
    until = f" to {one.valid_to:%-d %B %Y}" if one.valid_to else ""
    sources = _plain("; ".join(one.source))
    dates = f"from {one.valid_from:%-d %B %Y}{until} | {one.review_on:%-d %B %Y}"
    return f"| {one.title} (`{one.id}`) | {one.version} | {dates} | {sources} |"


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
