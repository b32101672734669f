"""Short word lists that lie beside the matching rules, as dated reference data."""

from __future__ import annotations

import csv
from importlib.resources import files


def reference_rows(name: str) -> list[dict[str, str]]:
    text = (files("careweave.definitions") / "matching" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
