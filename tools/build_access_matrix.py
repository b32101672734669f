"""Writes docs/access-matrix.md from the access definitions; with --check, fails when the page is stale."""

import os
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

os.environ["CAREWEAVE_DEFINITIONS"] = os.devnull  # the page tells what is shipped, not what a place changed

from careweave.definitions import all_definitions
from careweave.record.policy import Facts, Policy, decide, load_policy, specialise
from careweave.record.policy.rules import All, Any, HasLabel, Rule
from careweave.record.policy.wording import in_words

PAGE = Path(__file__).parents[1] / "docs" / "access-matrix.md"
NO_KIND = "no relationship"
ACTS = ("read", "create", "update")


def main() -> int:
    text = page(load_policy(max(each.valid_from for each in all_definitions("access"))))
    if sys.argv[1:] == ["--check"]:
        if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE} is stale. Run: python tools/build_access_matrix.py")
        return 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


def page(policy: Policy) -> str:
    parts = [*introduction(policy), *labels(policy)]
    for role, title in policy.words.roles.items():
        parts += [f"## {title[0].upper()}{title[1:]} (`{role}`)", ""]
        parts += list(role_part(policy, role)) or ["Nothing about anyone.", ""]
    return "\n".join([*parts, *rules(policy)]).rstrip() + "\n"


def introduction(policy: Policy) -> Iterator[str]:
    yield "# Who may see and do what"
    yield ""
    made_from = f"`definitions/access` ({', '.join(policy.versions)})"
    yield f"Made by `tools/build_access_matrix.py` from {made_from}; do not edit."
    yield "What is not shown here is closed; a label closes further (next table)."
    yield "“If named”: the reader is owner, author or recipient of the entry."
    yield "“Own”: the reader's own organisation sent it. “If marked”: only entries with that label."
    yield "Between organisations all of it stands under the charter and the sharing agreements, and under what the"
    yield "person chose: see the rules `no-agreement` and `the-person-objects` below."
    yield "Entries of the group *directory* are about nobody and open to everyone who takes part in care."
    yield "Groups of entries:"
    yield ""
    yield from (f"- **{group}**: {', '.join(names)}" for group, names in policy.words.types.items())
    yield ""
    yield "Relationships:"
    yield ""
    yield from (f"- **{kind}**: {meaning}" for kind, meaning in policy.words.kinds.items())
    yield ""


def labels(policy: Policy) -> Iterator[str]:
    yield "## Labels: who may see what carries them"
    yield ""
    yield "An entry with several labels is seen by those whom each of them allows."
    yield ""
    yield from table(["Label", "Seen by", "Not by"], label_rows(policy))


def label_rows(policy: Policy) -> Iterator[list[str]]:
    forbidding = {each.name: each.rule for each in policy.forbid}
    for label, title in policy.words.labels.items():
        seen = [role for role in policy.words.roles if not is_closed(policy, role, label, forbidding)]
        unseen = [role for role in policy.words.roles if role not in seen]
        yield [f"`{label}` ({title})", ", ".join(seen), ", ".join(unseen)]


def is_closed(policy: Policy, role: str, label: str, forbidding: dict[str, object]) -> bool:
    purpose = "intake" if f"label-{label}-purpose" in forbidding else "direct-care"
    facts = Facts(role, purpose, "read", "Task", labels=frozenset({label}), named=True, agreed=True)
    return decide(policy, facts).rule == f"label-{label}"


def role_part(policy: Policy, role: str) -> Iterator[str]:
    """One table for each purpose. The directory is left out: it is the same for everyone and told once."""
    types = [name for group, names in policy.words.types.items() if group != "directory" for name in names]
    for purpose, meaning in policy.words.purposes.items():
        shorter = {act: specialise(policy, role=role, purpose=purpose, interaction=act) for act in ACTS}
        acts = {act: (each, labels_asked_for(each)) for act, each in shorter.items() if each.allow}
        columns = {kind: [cell(acts, type_, kind) for type_ in types] for kind in ["", *policy.words.kinds]}
        nothing_special = columns[""]
        shown = [
            kind
            for kind, column in columns.items()
            if any(column) and (not kind or column != nothing_special)
        ]
        if shown:
            yield f"Purpose: {meaning} (`{purpose}`)"
            yield ""
            rows = grouped(policy, types, [columns[kind] for kind in shown])
            yield from table(["Entries", *(kind or NO_KIND for kind in shown)], rows)


def grouped(policy: Policy, types: list[str], columns: list[list[str]]) -> Iterator[list[str]]:
    """One row for all types that are treated alike."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for type_, *cells in zip(types, *columns, strict=True):
        alike.setdefault(tuple(cells), []).append(type_)
    for row, members in alike.items():
        if any(row):
            yield [in_groups(policy, members), *row]


def in_groups(policy: Policy, types: list[str]) -> str:
    named: list[str] = []
    for group, members in policy.words.types.items():
        inside = [each for each in members if each in types]
        missing = [each for each in members if each not in types]
        if not missing:
            named.append(f"all {group}")
        elif len(missing) < len(inside) and len(inside) > 3:
            named.append(f"all {group} but {', '.join(missing)}")
        else:
            named += inside
    return ", ".join(named)


def cell(acts: dict[str, tuple[Policy, list[str]]], type_: str, kind: str) -> str:
    """The acts that are open, each condition said once."""
    kinds = frozenset({kind} - {""})
    by_condition: dict[str, list[str]] = {}
    for act, (policy, labels) in acts.items():
        condition = what_it_takes(policy, labels, type_, kinds)
        if condition is not None:
            by_condition.setdefault(condition, []).append(act)
    return "; ".join(f"{', '.join(open_acts)}{words}" for words, open_acts in by_condition.items())


def what_it_takes(policy: Policy, labels: list[str], type_: str, kinds: frozenset[str]) -> str | None:
    """The least that is asked for besides the relationship; None when it is closed."""

    def opens(named: bool = False, own_source: bool = False, label: str = "") -> bool:
        facts = Facts("", "", "", type_, kinds, frozenset({label} - {""}), named, own_source, agreed=True)
        return decide(policy, facts).allowed

    if opens():
        return ""
    if opens(named=True):
        return " if named"
    if opens(own_source=True):
        return " own"
    for label, named in product(labels, (False, True)):
        if opens(named=named, label=label):
            return f" if {'named and ' if named else ''}marked “{policy.words.labels[label]}”"
    return None


def labels_asked_for(policy: Policy) -> list[str]:
    return [
        label for label in policy.words.labels if any(asks_for(each.rule, label) for each in policy.allow)
    ]


def asks_for(rule: Rule, label: str) -> bool:
    parts = rule.rules if isinstance(rule, All | Any) else ()
    return rule == HasLabel(label) or any(asks_for(each, label) for each in parts)


def rules(policy: Policy) -> Iterator[str]:
    yield "## The rules in words"
    yield ""
    yield "A rule that forbids wins over all that allow."
    yield ""
    for title, named_rules in (("Forbid", policy.forbid), ("Allow", policy.allow)):
        yield from table(
            [title, "", "When"],
            ([f"`{each.name}`", each.title, in_words(each.rule)] for each in named_rules),
        )


def table(head: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


if __name__ == "__main__":
    raise SystemExit(main())
