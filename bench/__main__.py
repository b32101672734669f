"""`python -m bench [NAME ...]`: run the named measurements (all by default) and write what they found."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import bench
from bench.kit.report import Report, write_page


def main(names: list[str]) -> None:
    """A module of this package with a `measure(report)` is one measurement, under its own name."""
    known = [
        each.name
        for each in pkgutil.iter_modules(bench.__path__)
        if not each.ispkg and each.name != "__main__"
    ]
    for name in names or known:
        measure = getattr(importlib.import_module(f"bench.{name}"), "measure", None)
        if measure is None:
            continue
        report = Report(name)
        measure(report)
        report.save()
    write_page()


if __name__ == "__main__":
    main(sys.argv[1:])
