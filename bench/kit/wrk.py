"""Asks one server the same paths again and again with wrk, at a number of clients, and keeps the percentiles."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
_LUA = """local paths, i = {}, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
local headers = {["Authorization"] = os.getenv("AUTH"), ["Accept"] = "application/fhir+json"}
function request() i = i % #paths + 1; return wrk.format("GET", paths[i], headers) end
function done(s, l, r)
  io.write(string.format("JSON [%f,%f,%f,%f,%d]\\n", s.requests / s.duration * 1e6, l:percentile(50) / 1e3,
    l:percentile(95) / 1e3, l:percentile(99) / 1e3,
    s.errors.status + s.errors.connect + s.errors.read + s.errors.timeout))
end
"""


@dataclass(frozen=True)
class Speed:
    """What came out; times in milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float

    def __str__(self) -> str:
        return f"{self.rate:,.0f}/s; p50 {self.p50:.1f}, p95 {self.p95:.1f}, p99 {self.p99:.1f} ms"


def is_there() -> bool:
    return shutil.which("wrk") is not None


def run(base: str, paths: list[str], *, clients: int, token: str = "", seconds: float = SECONDS) -> Speed:
    """Fails when any answer was not 200."""
    with tempfile.TemporaryDirectory() as folder:
        script, listed = Path(folder, "paths.lua"), Path(folder, "paths")
        script.write_text(_LUA, encoding="utf-8")
        listed.write_text("\n".join(paths) + "\n", encoding="utf-8")
        done = subprocess.run(
            ["wrk", "-t1", f"-c{clients}", f"-d{seconds:.0f}s", "--timeout", "30s", "-s", str(script), base],
            env={**os.environ, "PATHS": str(listed), "AUTH": f"Bearer {token}"},
            capture_output=True,
            text=True,
            check=True,
        )
    line = next(line for line in done.stdout.splitlines() if line.startswith("JSON "))
    *figures, errors = json.loads(line[5:])
    assert not errors, f"{errors:.0f} answers were not 200"
    return Speed(*figures)
