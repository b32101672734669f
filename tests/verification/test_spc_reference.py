"""SPC charts against 241 charts of public A&E figures drawn by an independent implementation."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from careweave.measures.spc import Assurance, Better, Cause, Chart, Variation, chart

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "spc-reference"
pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason=f"NOT CHECKED: the reference charts are not in {DATA}"
)

CAUSES = {
    "Common Cause": Cause.COMMON,
    "Above UCL": Cause.ABOVE_LIMIT,
    "Below LCL": Cause.BELOW_LIMIT,
    "7 Point Trend (Increasing)": Cause.RISING,
    "7 Point Trend (Decreasing)": Cause.FALLING,
    "2 in 3 Above CL": Cause.NEAR_UPPER,
    "2 in 3 Below CL": Cause.NEAR_LOWER,
    "7 Points Above CL": Cause.RUN_ABOVE,
    "7 Points Below CL": Cause.RUN_BELOW,
}
VARIATIONS = {
    "common_cause": {Variation.COMMON},
    "special_cause_improvement": {Variation.IMPROVEMENT_HIGH, Variation.IMPROVEMENT_LOW},
    "special_cause_concern": {Variation.CONCERN_HIGH, Variation.CONCERN_LOW},
    "special_cause_neutral_high": {Variation.NEUTRAL_HIGH},
    "special_cause_neutral_low": {Variation.NEUTRAL_LOW},
}
ASSURANCES = {
    "": Assurance.NONE,
    "inconsistent": Assurance.HIT_AND_MISS,
    "consistent_pass": Assurance.PASS,
    "consistent_fail": Assurance.FAIL,
}


def reference() -> tuple[dict[str, dict[str, str]], dict[str, list[dict[str, str]]]]:
    with (DATA / "ae_summary.csv").open(encoding="utf-8") as file:
        charts = {row["series"]: row for row in csv.DictReader(file)}
    points: dict[str, list[dict[str, str]]] = defaultdict(list)
    with gzip.open(DATA / "ae_points.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            points[row["series"]].append(row)
    return charts, points


def drawn(told: dict[str, str], rows: list[dict[str, str]]) -> Chart:
    groups = [row["rebase_group"] for row in rows]
    return chart(
        [float(row["value"]) for row in rows],
        better=Better(told["improvement_direction"]),
        target=float(told["target"]) if told["target"] else None,
        screened=told["screen_outliers"] == "TRUE",
        rebased_at=[n for n in range(1, len(groups)) if groups[n] != groups[n - 1]],
    )


def different(told: dict[str, str], rows: list[dict[str, str]]) -> list[Any]:
    """What our chart says otherwise than the reference, as (place, ours, theirs)."""
    ours, found = drawn(told, rows), []
    for row, point in zip(rows, ours.points, strict=True):
        for name, value in (
            ("mean", point.limits.mean),
            ("lpl", point.limits.lower),
            ("upl", point.limits.upper),
        ):
            if value != pytest.approx(float(row[name]), abs=1e-6 * max(1, abs(float(row[name])))):
                found.append((row["period"], name, value, row[name]))
        if point.cause is not CAUSES[row["special_cause_type"]]:
            found.append((row["period"], point.cause, row["special_cause_type"]))
        if point.variation not in VARIATIONS[row["point_type"]]:
            found.append((row["period"], point.variation, row["point_type"]))
    if ours.variation not in VARIATIONS[told["variation_type"]]:
        found.append(("last", ours.variation, told["variation_type"]))
    if ours.assurance is not ASSURANCES[told["assurance_type"]]:
        found.append(("target", ours.assurance, told["assurance_type"]))
    return found


def test_every_point_of_every_reference_chart_is_the_same() -> None:
    charts, points = reference()
    wrong = {name: found for name, told in charts.items() if (found := different(told, points[name]))}
    assert (len(charts), sum(map(len, points.values()))) == (241, 8633)
    assert wrong == {}
