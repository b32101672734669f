"""`python -m bench [NAME ...]`: run the named measurements (all by default) and write what they found."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import bench
from bench.kit.report import Report, write_page


def main(names: list[str]) -> int:
    """A module of this package with a `measure(report)` is one measurement, under its own name.

    Each has a process, and so a place and a database, of its own; one that fails keeps none of the others.
    """
    if len(names) == 1:
        return one(names[0])
    known = [each.name for each in pkgutil.iter_modules(bench.__path__) if not each.ispkg]
    wanted = names or [name for name in known if name != "__main__"]
    return max(subprocess.run([sys.executable, "-m", "bench", name]).returncode for name in wanted)


def one(name: str) -> int:
    measure = getattr(importlib.import_module(f"bench.{name}"), "measure", None)
    if measure is not None:
        report = Report(name)
        measure(report)
        report.save()
        write_page()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
