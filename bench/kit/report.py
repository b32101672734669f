"""Figures on the screen, in build/bench/*.json, and as docs/benchmarks.md."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.kit.machine import describe

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "bench"
PAGE = ROOT / "docs" / "benchmarks.md"
IMAGES = ROOT / "docs" / "images"
HEAD = """# Benchmarks

What `make bench` measured, written by it. Each figure names its target, its data and how it was measured; the last
column says how much of the processor other programs took meanwhile: where that is more than a twentieth, the figure is
worse than a quiet machine would give. Figures from another machine are comparable only through the ratios.
"""


@dataclass
class Figure:
    """One line: what was measured, what came out, what it should be, and the noise."""

    what: str
    found: str
    target: str = ""
    noise: str = ""


@dataclass
class Report:
    """Everything one measurement found, under headings."""

    name: str
    at: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"))
    machine: str = field(default_factory=describe)
    sections: dict[str, list[Figure]] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    drawings: dict[str, str] = field(default_factory=dict)

    def section(self, title: str, method: str) -> None:
        self.sections.setdefault(title, [])
        self.methods[title] = " ".join(method.split())
        print(f"\n{title}\n  {self.methods[title]}", flush=True)

    def figure(self, what: str, found: str, target: str = "", noise: object = "") -> None:
        """Add a line to the last section."""
        title = next(reversed(self.sections))
        self.sections[title].append(Figure(what, found, target, str(noise)))
        print(f"  {what}: {found}" + (f" (target {target})" if target else "") + f"  [{noise}]", flush=True)

    def draw(self, svg: str) -> None:
        """A drawing of the last section's figures, shown above its table."""
        self.drawings[next(reversed(self.sections))] = svg

    def save(self) -> None:
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / f"{self.name}.json").write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


def write_page() -> None:
    """docs/benchmarks.md from the last results of every measurement."""
    parts = [HEAD]
    for path in sorted(KEPT.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        parts.append(f"\n## {kept['name'].capitalize()}\n\n{kept['at']} on {kept['machine']}.\n")
        for title, figures in kept["sections"].items():
            parts.append(f"\n### {title}\n\n{kept['methods'][title]}\n\n")
            if title in kept.get("drawings", {}):
                parts.append(
                    f"![{title}, drawn](images/{_drawn(kept['name'], title, kept['drawings'][title])})\n\n"
                )
            parts.append("| What | Found | Target | Noise |\n|---|---|---|---|\n")
            parts += [f"| {f['what']} | {f['found']} | {f['target']} | {f['noise']} |\n" for f in figures]
    PAGE.write_text("".join(parts), encoding="utf-8")


def _drawn(name: str, title: str, svg: str) -> str:
    """Writes a drawing beside the page; its file name."""
    file = f"bench-{name}-{re.sub('[^a-z0-9]+', '-', title.lower()).strip('-')}.svg"
    (IMAGES / file).write_text(svg, encoding="utf-8")
    return file
