"""What others found: the published evidence of each care model, as its source says it, with what that source leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from careweave.definitions import Definition, DefinitionError, all_definitions

KIND = "evidence"
NOT_SIGNIFICANT = "not-significant"
SIGNIFICANCE = {
    "significant": "Significant",
    NOT_SIGNIFICANT: "Not significant",
    "not-reported": "Not tested, as far as the source says",
}


@dataclass(frozen=True)
class Finding:
    """One reported figure; `interval` is empty when the source gives none."""

    measure: str
    figure: str
    interval: str
    significance: str
    words: str

    @property
    def is_not_significant(self) -> bool:
        return self.significance == NOT_SIGNIFICANT

    @property
    def verdict(self) -> str:
        return SIGNIFICANCE[self.significance]


@dataclass(frozen=True)
class Evidence:
    """What was published about one care model, and where it stands."""

    id: str
    title: str
    what: str
    sources: tuple[str, ...]
    checked_by: str
    review_on: date
    findings: tuple[Finding, ...]


def evidence(on: date) -> tuple[Evidence, ...]:
    """Everything that holds on a day: first what was tested, then by title."""
    made = [evidence_of(one) for one in all_definitions(KIND) if one.holds_on(on)]
    return tuple(
        sorted(made, key=lambda one: (not any(f.is_not_significant for f in one.findings), one.title))
    )


def evidence_of(found: Definition) -> Evidence:
    """One definition; a finding without a figure, or with a verdict of nobody's, is refused."""
    rows = found.content.get("found") or ()
    problems = [
        f"{found.name}: {name} of {row.get('measure') or 'a finding'} is missing"
        for row in rows
        for name in ("measure", "figure", "words")
        if not str(row.get(name, "")).strip()
    ]
    problems += [
        f"{found.name}: significance is one of {', '.join(SIGNIFICANCE)}"
        for row in rows
        if row.get("significance") not in SIGNIFICANCE
    ]
    if not rows or not found.content.get("what"):
        problems.append(f"{found.name}: what, and at least one [[found]], are needed")
    if problems:
        raise DefinitionError(problems)
    return Evidence(
        found.id,
        found.title,
        str(found.content["what"]),
        found.source,
        found.checked_by,
        found.review_on,
        tuple(
            Finding(row["measure"], row["figure"], row.get("interval", ""), row["significance"], row["words"])
            for row in rows
        ),
    )
