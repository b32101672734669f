"""Every code that a refusal may carry is explained in the guide, and the guide explains no others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.unit.test_validation_refusals import BAD

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/how-to/fhir-validation.md"
SOURCE = ROOT / "src/careweave/record/validation"
CODE = re.compile(r"[a-z]+(-[a-z]+)*").fullmatch


def explained() -> set[str]:
    rows = [line for line in GUIDE.read_text().splitlines() if line.startswith("| `")]
    return {code for row in rows for code in re.findall(r"`([^`]+)`", row.split("|")[1])}


def used() -> set[str]:
    """Constants given as the code of an Issue, or passed on to make one."""
    found: set[str] = set()
    for path in SOURCE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"Issue": 3, "refuse": 2, "_ahead": 2}.get(node.func.id)
                for value in ast.walk(node.args[place]) if place and len(node.args) > place else ():
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        found.add(value.value)
    return {code for code in found if CODE(code)}


def test_the_guide_explains_every_code_and_no_other() -> None:
    codes = used() | {code for _, _, _, code in BAD}
    assert codes - explained() == set()
    assert explained() - codes == set()
