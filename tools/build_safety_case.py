"""Writes docs/safety from definitions/safety; with --check, fails when a page is stale or a control has no test."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from safety_case import (
    BUILT,
    MUST_BE_ACCEPTED,
    PROJECT,
    STATUSES,
    Control,
    Hazard,
    Risk,
    SafetyCase,
    Threat,
    is_long,
    load_safety_case,
    problems,
)

PAGES = PROJECT / "docs" / "safety"
MADE = "Made by `tools/build_safety_case.py` from `definitions/safety`; do not edit."
UNSIGNED = (
    "**Not signed.** No Clinical Safety Officer has reviewed or approved this. It is the work of engineers, offered to"
    " one. Do not use Careweave for real people on the strength of it."
)


def main() -> int:
    case = load_safety_case()
    wrong = problems(case, datetime.now(UTC).date())
    for line in wrong:
        print(line)
    pages = {name: text.rstrip() + "\n" for name, text in all_pages(case)}
    if sys.argv[1:] == ["--check"]:
        stale = stale_pages(pages)
        for name in stale:
            print(f"{PAGES / name} is stale. Run: python tools/build_safety_case.py")
        return 1 if wrong or stale else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for old in set(PAGES.glob("*.md")) - {PAGES / name for name in pages}:
        old.unlink()
    for name, text in pages.items():
        (PAGES / name).write_text(text, encoding="utf-8")
    return 1 if wrong else 0


def stale_pages(pages: dict[str, str]) -> list[str]:
    there = {file.name: file.read_text(encoding="utf-8") for file in PAGES.glob("*.md")}
    return sorted(name for name in pages.keys() | there.keys() if pages.get(name) != there.get(name))


def all_pages(case: SafetyCase) -> Iterator[tuple[str, str]]:
    yield "safety-case.md", "\n".join(safety_case_page(case))
    yield "hazard-log.md", "\n".join(hazard_page(case))
    for key, threats in case.doors.items():
        yield f"{key}.md", "\n".join(threat_page(case.definitions[key].title, threats))


def safety_case_page(case: SafetyCase) -> Iterator[str]:
    yield from ("# Clinical safety case", "", MADE, "", UNSIGNED, "")
    yield "Careweave joins records of several organisations about a person, suggests who may need coordinated care, and"
    yield "carries the plan, the messages and the visits of a team. This page says why the makers think that it can be"
    yield "used safely, where they know that it cannot yet, and who must do what before it is."
    yield ""
    yield from standing(case)
    yield from ("## Claims, arguments and evidence", "")
    yield "Evidence is always a test; the [hazard log](hazard-log.md) names each by file and name. They run with every"
    yield "change (`make test`), those marked “long” by `make test-long`, and those on published files where the files"
    yield "are. Every test named there exists: the build fails otherwise. That a test exists does not say that it is"
    yield "enough: whoever reviews a hazard reads its tests. A claim stands only as far as the hazards under it are"
    yield "controlled."
    yield ""
    for claim in case.claims:
        yield from claim_part(case, claim["claim"], claim["because"], claim["hazards"])
    yield from known_gaps(case)
    yield from ("## What this case does not cover", "")
    yield from (*(f"- {line}" for line in case.outside), "")
    yield from ("## What must still be done, and by whom", "")
    yield from table(["Who", "What"], ([row["who"], row["what"]] for row in case.at_the_place))
    yield from ("## Security", "", "A door is a way in. For each there is a page of threats:", "")
    yield from (
        f"- [{case.definitions[key].title}]({key}.md): {counted(rows)}" for key, rows in case.doors.items()
    )
    yield ""
    yield from method_part(case)


def standing(case: SafetyCase) -> Iterator[str]:
    """Where the log stands in one table: hazards by rating, before and after their controls."""
    yield from ("## Where it stands", "", f"{len(case.hazards)} hazards: {counted(case.hazards)}.", "")
    before = Counter(case.method.rating(one.initial) for one in case.hazards)
    after = Counter(case.method.rating(one.residual) for one in case.hazards)
    ratings = (
        [n, case.method.meanings[n], str(before[int(n)]), str(after[int(n)])] for n in case.method.meanings
    )
    yield from table(["Rating", "Meaning", "Before controls", "With those there are"], ratings)
    tests = {test for one in case.hazards for each in one.controls for test in each.tests}
    built = sum(each.kind in BUILT for one in case.hazards for each in one.controls)
    at_place = sum(len(one.controls) for one in case.hazards) - built
    yield f"{built} controls are built and shown by {len(tests)} tests; {at_place} more are training or process, and hold"
    yield "only where the place does them. The residual ratings count on those too."
    yield ""


def claim_part(case: SafetyCase, claim: str, because: str, ids: Sequence[str]) -> Iterator[str]:
    under = [one for one in case.hazards if one.id in ids]
    yield from (f"### {claim}", "", because, "")
    rows = (
        [
            link(one),
            one.title,
            str(case.method.rating(one.residual)),
            one.status,
            str(sum(len(each.tests) for each in one.controls)),
        ]
        for one in under
    )
    yield from table(["Hazard", "", "Residual", "Status", "Tests"], rows)
    gaps = [link(one) for one in under if one.missing]
    if gaps:
        yield from (f"The claim does not hold yet for what is missing under {', '.join(gaps)}.", "")


def known_gaps(case: SafetyCase) -> Iterator[str]:
    yield from ("## What is known to be missing", "")
    lacking = sorted((one for one in case.hazards if one.missing), key=lambda one: STATUSES.index(one.status))
    rows = ([link(one), one.title, one.status, one.missing, str(one.review_on)] for one in lacking)
    yield from table(["Hazard", "", "Status", "What is missing", "Review by"], rows)


def method_part(case: SafetyCase) -> Iterator[str]:
    method = case.method
    yield from ("## How risks are judged", "")
    yield from table(["Severity", "Meaning"], ([name, words] for name, words in method.severities.items()))
    yield from table(["Likelihood", "Meaning"], ([name, words] for name, words in method.likelihoods.items()))
    rows = ([name, *map(str, ratings)] for name, ratings in method.matrix.items())
    yield from table(["Likelihood \\ severity", *method.severities], rows)
    yield f"A residual risk of {MUST_BE_ACCEPTED} or more that no named role has accepted fails the build. Sources:"
    yield ""
    yield from (f"- {source}" for source in case.definitions["method"].source)


def hazard_page(case: SafetyCase) -> Iterator[str]:
    yield from ("# Hazard log", "", MADE, "", UNSIGNED, "")
    yield "How severity, likelihood and rating are read: [safety case](safety-case.md#how-risks-are-judged). “Design” and"
    yield "“test” are built and have the tests that show them; “training” and “process” are for the place. “Partly"
    yield "controlled” and “open” say what is missing."
    yield ""
    rating = case.method.rating
    rows = (
        [link(one), one.title, str(rating(one.initial)), str(rating(one.residual)), one.status]
        for one in case.hazards
    )
    yield from table(["Hazard", "", "Before", "Residual", "Status"], rows)
    for one in case.hazards:
        yield from hazard_part(case, one)


def hazard_part(case: SafetyCase, one: Hazard) -> Iterator[str]:
    yield from (f"## {one.id}: {one.title}", "")
    yield from (f"- **Cause:** {cause}" for cause in one.causes)
    yield f"- **Effect:** {one.effect}"
    yield f"- **Who is harmed:** {one.harmed}"
    yield f"- **Before controls:** {in_words(case, one.initial)}"
    yield f"- **With those there are:** {in_words(case, one.residual)}"
    yield f"- **Status:** {one.status}. Owner: {one.owner}. Review by {one.review_on}."
    if one.missing:
        yield f"- **Missing:** {one.missing}"
    if one.accepted:
        yield f"- **Accepted:** {one.accepted}"
    yield ""
    yield from controls_part(one.controls)


def controls_part(controls: Sequence[Control]) -> Iterator[str]:
    rows = (
        [each.kind, each.what, "<br>".join(map(linked_test, each.tests)) or "at the place"]
        for each in controls
    )
    yield from table(["Control", "", "Shown by"], rows)


def threat_page(title: str, threats: Sequence[Threat]) -> Iterator[str]:
    yield from (f"# Threats: {title[0].lower()}{title[1:]}", "", MADE, "")
    yield "Thought through by the makers by STRIDE; no independent security test has been done. Back to the"
    yield f"[safety case](safety-case.md). {counted(threats)[0].upper()}{counted(threats)[1:]}."
    yield ""
    for one in threats:
        yield from (f"## {one.id}: {one.how}", "")
        yield f"- **Asset:** {one.asset}. **Attacker:** {one.attacker[0].lower()}{one.attacker[1:]}."
        yield f"- **Threat:** {one.threat}. **Status:** {one.status}."
        yield f"- **What remains:** {one.residual}."
        yield ""
        yield from controls_part(one.controls)


def in_words(case: SafetyCase, risk: Risk) -> str:
    rating = case.method.rating(risk)
    return f"{risk.severity}, {risk.likelihood.lower()}: **{rating}**, {case.method.meanings[str(rating)]}"


def counted(rows: Sequence[Hazard] | Sequence[Threat]) -> str:
    found = Counter(one.status for one in rows)
    return ", ".join(f"{found[status]} {status}" for status in STATUSES if found[status])


def link(one: Hazard) -> str:
    words = "".join(
        letter for letter in f"{one.id} {one.title}".lower() if letter.isalnum() or letter in " -_"
    )
    return f"[{one.id}](hazard-log.md#{words.replace(' ', '-')})"


def linked_test(node: str) -> str:
    path, _, name = node.partition("::")
    words = name.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    return f"[{words}](../../{path})" + (" (long)" if is_long(node) else "")


def table(head: Sequence[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
    yield ""


if __name__ == "__main__":
    raise SystemExit(main())
