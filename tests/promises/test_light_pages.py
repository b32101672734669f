"""A web process starts without the libraries that count: they cost a second and 100 MB, and pages need none of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HEAVY = (
    "ibis",
    "pyarrow",
    "numpy",
    "duckdb",
    "pandas",
    "polars",
    "splink",
    "scipy",
    "pyspark",
    "lightgbm",
    "sklearn",
    "joblib",
)
_START = f"""
import json, pkgutil, sys
import django
django.setup()
import careweave.web.wsgi, careweave.web.urls
for each in pkgutil.walk_packages(careweave.web.__path__, "careweave.web."):
    __import__(each.name)
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""


def test_no_page_brings_the_counting_libraries_into_the_web_process(tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "CAREWEAVE_HOME": str(tmp_path),
        "CAREWEAVE_SERVING_URL": "postgresql://nobody@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "careweave.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", _START], env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
