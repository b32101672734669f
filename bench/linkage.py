"""Times and marks the linkage of 100,000 made-up records of six sources, by stage and by group.

python bench/linkage.py [--records N] [--seed N] [--show N]
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from linkage_people import TODAY, Person, Place, make_place

from careweave.identity.matching import Linkage, link_records
from careweave.identity.matching.marking import mark, mark_by_group, mark_by_stage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="print so many wrong and missed pairs")
    asked = parser.parse_args()
    place = make_place(asked.records, asked.seed)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    )
    print(f"{len(place.records):,} records of {len(place.people):,} people, seed {asked.seed}")
    started = time.perf_counter()
    linkage = link_records(place.records)
    seconds = time.perf_counter() - started
    print(f"linked in {seconds:.1f} s {dict(linkage.seconds)}")
    print(f"processor time {sum(resource.getrusage(resource.RUSAGE_SELF)[:2]):.0f} s with making them")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    report(place, linkage)
    if asked.show:
        show(place, linkage, asked.show)


def report(place: Place, linkage: Linkage) -> None:
    whole = mark(linkage.persons, place.truth)
    print(f"\n{'':<34}{'links':>8}{'precision':>11}{'recall':>9}{'F1':>9}")
    for _, words, links, found in mark_by_stage(linkage, place.truth):
        print(f"{words:<34}{links:>8,}{found.precision:>11.5f}{found.recall:>9.4f}{found.f1:>9.4f}")
    print(f"{'All':<34}{'':>8}{whole.precision:>11.5f}{whole.recall:>9.4f}{whole.f1:>9.4f}")
    for name, group in (
        ("age", age_band),
        ("deprivation", deprivation),
        ("ethnicity", ethnicity),
        ("kind", kind),
    ):
        groups = {record: group(place.people[person]) for record, person in place.truth.items()}
        for label, found in mark_by_group(linkage.persons, place.truth, groups).items():
            print(f"{name + ' ' + label:<42}{found.precision:>11.5f}{found.recall:>9.4f}{found.f1:>9.4f}")
    print(
        f"for review: {len(linkage.for_review):,} {dict(Counter(pair.guard for pair in linkage.for_review))}"
    )
    print(f"wrong pairs: {whole.found - whole.right:,} {dict(wrong_kinds(place, linkage))}")


def wrong_pairs(place: Place, linkage: Linkage) -> list[tuple[str, str]]:
    clusters: dict[str, list[str]] = {}
    for record, cluster in linkage.persons.items():
        clusters.setdefault(cluster, []).append(record)
    return [
        (left, right)
        for members in clusters.values()
        for left in members
        for right in members
        if left < right and place.truth[left] != place.truth[right]
    ]


def wrong_kinds(place: Place, linkage: Linkage) -> Counter[str]:
    """Twins, mothers and babies: none may ever be joined."""
    found: Counter[str] = Counter()
    for left, right in wrong_pairs(place, linkage):
        kinds = sorted(place.people[place.truth[each]].kind for each in (left, right))
        found[" & ".join(kinds)] += 1
    return found


def show(place: Place, linkage: Linkage, number: int) -> None:
    records = {record.id: record for record in place.records}
    print("\nWRONG")
    for left, right in wrong_pairs(place, linkage)[:number]:
        print(brief(records[left]), brief(records[right]), sep="\n", end="\n\n")
    print("MISSED")
    people: dict[str, list[str]] = {}
    for record, person in place.truth.items():
        people.setdefault(person, []).append(record)
    reviewed = {(pair.left, pair.right): pair for pair in linkage.for_review}
    missed = [
        (left, right)
        for members in people.values()
        for left in members
        for right in members
        if left < right and linkage.persons[left] != linkage.persons[right]
    ]
    print(Counter(reviewed[pair].guard if pair in reviewed else "unseen" for pair in missed))
    for left, right in missed[:: max(1, len(missed) // number)][:number]:
        print(reviewed[left, right].reason if (left, right) in reviewed else "-")
        print(brief(records[left]), brief(records[right]), sep="\n", end="\n\n")


def brief(record: object) -> str:
    names = [
        "id",
        "nhs_number",
        "given",
        "family",
        "birth_date",
        "gender",
        "address",
        "postcode",
        "phone",
        "email",
    ]
    return " | ".join(str(getattr(record, name) or "") for name in names)


def age_band(person: Person) -> str:
    age = (TODAY - person.birth).days // 365
    return next(
        label
        for limit, label in ((1, "under 1"), (18, "1-17"), (65, "18-64"), (80, "65-79"), (999, "80+"))
        if age < limit
    )


def deprivation(person: Person) -> str:
    return f"{(person.deprivation + 1) // 2} of 5"


def ethnicity(person: Person) -> str:
    return person.ethnicity


def kind(person: Person) -> str:
    return person.kind


if __name__ == "__main__":
    main()
