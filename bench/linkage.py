"""Linkage: how long 100,000 records of six sources take, and how right it is, by stage, by group and by error.

python -m bench.linkage [--records N] [--place FOLDER] [--show N]

prints what it takes, and with --show so many of the wrong and the missed pairs.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from collections import Counter
from dataclasses import fields
from datetime import date
from itertools import combinations
from pathlib import Path

from bench.kit.machine import watched
from bench.kit.report import Report
from bench.linkage_people import TODAY, Person, Place, make_place
from bench.linkage_riverside import Facts, Riverside, read_place
from careweave.demonstration.place import write_place
from careweave.identity.matching import Linkage, MatchRecord, link_records
from careweave.identity.matching.files import read_people
from careweave.identity.matching.marking import Mark, mark, mark_by_group, mark_by_stage

ON = date(2026, 11, 22)
SIZE, PEOPLE, SEED = 100_000, 30_000, 1
PUBLISHED = Path(__file__).resolve().parents[2] / "shared" / "data" / "linkage"
FILES = {
    "FEBRL 4": (["febrl/dataset4a.csv", "febrl/dataset4b.csv"], "rec_id"),
    "FEBRL 1": (["febrl/dataset1.csv"], "rec_id"),
    "fake_1000 of Splink": (["splink/fake_1000.csv"], "cluster"),
}
AGES = ((1, "under 1"), (18, "1 to 17"), (65, "18 to 64"), (80, "65 to 79"), (999, "80 and over"))


def measure(report: Report) -> None:
    _speed(report)
    with tempfile.TemporaryDirectory() as folder:
        write_place(Path(folder), people=PEOPLE, as_at=ON)
        place = read_place(Path(folder))
    linkage = link_records(place.records, on=ON)
    report.section(
        "Riverside against its truth, by stage",
        f"""{len(place.records):,} records that ten organisations hold about {PEOPLE:,} people, read from the files that
        `careweave demo --files` writes: the newest row a source sent of each person. Pairs of records that share a
        person; each line holds everything joined up to that stage. {_rates(place)}""",
    )
    for _, words, links, found in mark_by_stage(linkage, place.truth):
        report.figure(f"{words}: {links:,} links", _said(found))
    whole = mark(linkage.persons, place.truth)
    report.figure("All", _said(whole), "precision ≥ 0.999, recall ≥ 0.97")
    report.figure("Pairs of two people joined", str(whole.found - whole.right), "0, and no twins")
    report.figure("Pairs that wait for someone's eyes", f"{len(linkage.for_review):,}")
    _by_group(report, place, linkage)
    _by_error(report, place, linkage)
    _published(report)


def _speed(report: Report) -> None:
    place = make_place(SIZE, SEED)
    report.section(
        "Linking 100,000 records of six sources",
        f"""{len(place.records):,} made-up records of {len(place.people):,} people from six sources
        (`bench/linkage_people.py`, seed {SEED}: twins, newborns, generations, changed names, mistakes of every kind),
        through the matcher in one process; reading from and writing to the database is not in it.""",
    )
    with watched(os.getpid()) as span:
        linkage = link_records(place.records, on=ON)
    free = min(span.seconds, span.ours)
    report.figure(
        f"{len(place.records):,} records",
        f"{span.seconds:.0f} s; {span.ours:.0f} s of processor, so at most {free:.0f} s on a free core",
        "< 60 s",
        span,
    )
    for step, seconds in linkage.seconds.items():
        report.figure(f"of which {step}", f"{seconds:.1f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report.figure("Memory at most, the made-up place included", f"{peak:,.0f} MB")
    whole = mark(linkage.persons, place.truth)
    report.figure("Marks", _said(whole))
    report.figure("Pairs of two people joined", f"{whole.found - whole.right} {dict(_kinds(place, linkage))}")


def _rates(place: Riverside) -> str:
    """What the files hold, so that nobody takes clean data for a good matcher."""
    found = Counter(each for errors in place.errors.values() for each in errors)
    size = len(place.records)
    numbers = sum(record.nhs_number is None for record in place.records)
    wrong = found["nhs-wrong"] + found["nhs-superseded"]
    dates = sum(found[each] for each in found if each.startswith("birth-"))
    surnames = found["surname-changed"] + found["surname-misspelt"]
    return (
        f"No NHS number on {numbers / size:.1%} of the records and a wrong or superseded one on {wrong / size:.1%};"
        f" surname changed or misspelt on {surnames / size:.1%}, birth date wrong or missing on {dates / size:.1%}."
    )


def _by_group(report: Report, place: Riverside, linkage: Linkage) -> None:
    report.section(
        "Riverside by group",
        """Groups of true persons; a wrong pair would count against every group that it touches. Ethnicity and
        deprivation (fifths, 1 the most deprived) are the generator's; the matcher sees neither. Ethnic categories are the
        NHS's codes: A to C white, D to G mixed, H to L Asian, M to P black, R Chinese, S other.""",
    )
    for name, group in (("Age", age_band), ("Deprivation", deprivation), ("Ethnicity", ethnicity)):
        groups = {record: group(place.people[person]) for record, person in place.truth.items()}
        for label, found in mark_by_group(linkage.persons, place.truth, groups).items():
            report.figure(f"{name}: {label}", _said(found))


def _by_error(report: Report, place: Riverside, linkage: Linkage) -> None:
    report.section(
        "Riverside by error",
        "Of the pairs in which at least one record has the error, how many are found.",
    )
    true: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for left, right_record in _true_pairs(place):
        kinds = {*place.errors[left], *place.errors[right_record]} or {"none"}
        true.update(kinds)
        if linkage.persons[left] == linkage.persons[right_record]:
            right.update(kinds)
    for kind, pairs in true.most_common():
        report.figure(kind.replace("-", " "), f"{right[kind] / pairs:.4f} of {pairs:,}")


def _published(report: Report) -> None:
    report.section(
        "Published truth", "As `careweave link-files` reads them; the truth is never used to match."
    )
    for name, (files, truth) in FILES.items():
        paths = [PUBLISHED / each for each in files]
        if all(each.exists() for each in paths):
            people = read_people(paths, truth)
            linkage = link_records(people.records, on=ON)
            report.figure(name, _said(mark(linkage.persons, people.truth)))
        else:
            report.figure(name, "not measured: the file is absent")


def _said(found: Mark) -> str:
    return f"precision {found.precision:.5f}, recall {found.recall:.4f}, F1 {found.f1:.4f}"


def _true_pairs(place: Place | Riverside) -> list[tuple[str, str]]:
    people: dict[str, list[str]] = {}
    for record, person in place.truth.items():
        people.setdefault(person, []).append(record)
    return [pair for members in people.values() for pair in combinations(sorted(members), 2)]


def _wrong_pairs(place: Place | Riverside, linkage: Linkage) -> list[tuple[str, str]]:
    clusters: dict[str, list[str]] = {}
    for record, cluster in linkage.persons.items():
        clusters.setdefault(cluster, []).append(record)
    pairs = (pair for members in clusters.values() for pair in combinations(sorted(members), 2))
    return [(left, right) for left, right in pairs if place.truth[left] != place.truth[right]]


def _kinds(place: Place, linkage: Linkage) -> Counter[str]:
    """Twins, mothers and babies: none may ever be joined."""
    return Counter(
        " & ".join(sorted(place.people[place.truth[each]].kind for each in pair))
        for pair in _wrong_pairs(place, linkage)
    )


def age_band(person: Person | Facts) -> str:
    age = (TODAY - person.birth).days // 365
    return next(label for limit, label in AGES if age < limit)


def deprivation(person: Person | Facts) -> str:
    return f"{(person.deprivation + 1) // 2} of 5"


def ethnicity(person: Person | Facts) -> str:
    return person.ethnicity


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--place", type=Path, help="a folder written by careweave demo --files")
    parser.add_argument("--show", type=int, default=20, help="print so many wrong and missed pairs")
    asked = parser.parse_args()
    place = read_place(asked.place) if asked.place else make_place(asked.records, SEED)
    linkage = link_records(place.records, on=ON)
    print(_said(mark(linkage.persons, place.truth)), dict(linkage.seconds))
    _show(place, linkage, asked.show)


def _show(place: Place | Riverside, linkage: Linkage, number: int) -> None:
    records = {record.id: record for record in place.records}
    persons = linkage.persons
    asked = {frozenset((persons[pair.left], persons[pair.right])): pair.reason for pair in linkage.for_review}
    missed = [pair for pair in _true_pairs(place) if persons[pair[0]] != persons[pair[1]]]
    why = {pair: asked.get(frozenset((persons[pair[0]], persons[pair[1]])), "-") for pair in missed}
    print(Counter(why.values()).most_common())
    for title, pairs in (("WRONG", _wrong_pairs(place, linkage)), ("MISSED", missed)):
        print(f"\n{title}: {len(pairs):,}")
        for pair in pairs[:: max(1, len(pairs) // max(number, 1))][:number]:
            print(why.get(pair, ""), *(_brief(records[each]) for each in pair), sep="\n", end="\n\n")


def _brief(record: MatchRecord) -> str:
    return " | ".join(str(getattr(record, each.name) or "") for each in fields(record))


if __name__ == "__main__":
    main()
