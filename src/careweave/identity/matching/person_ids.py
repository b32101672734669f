"""Keeps person ids stable: across re-runs, when a cluster splits and when clusters merge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from careweave.identity.matching.results import Decided

PERSONS = UUID("5b0f8a1c-6b1e-5d7a-9a55-0d5f6c1f2a10")


@dataclass(frozen=True)
class Assignment(Mapping[str, str]):
    """Record id → person id, and what became of the persons that were there before."""

    persons: Mapping[str, str]
    created: frozenset[str] = frozenset()
    retired: frozenset[str] = frozenset()
    moved: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __getitem__(self, record: str) -> str:
        return self.persons[record]

    def __iter__(self) -> Iterator[str]:
        return iter(self.persons)

    def __len__(self) -> int:
        return len(self.persons)


def new_person_id(records: Sequence[str], attempt: int) -> str:
    """The same records make the same person in any run; `attempt` counts up if that id is taken."""
    name = min(records) if attempt == 0 else f"{min(records)}#{attempt}"
    return str(uuid5(PERSONS, name))


def assign_person_ids(
    clusters: Mapping[str, str],
    existing: Mapping[str, str],
    decisions: Iterable[Decided] = (),
    *,
    since: Mapping[str, object] | None = None,
    new_id: Callable[[Sequence[str], int], str] = new_person_id,
) -> Assignment:
    """`clusters` and `existing` give each record its cluster, and its person so far.

    A person goes on in the cluster that holds most of their records, then the earliest one. Where two persons
    would go on in one cluster the older survives: by `since`, or else the one with the earliest record.
    Clusters that join two records which someone decided are different people are refused.
    """
    _refuse_what_was_parted(clusters, decisions)
    members: defaultdict[str, list[str]] = defaultdict(list)
    for record in sorted(clusters):
        members[clusters[record]].append(record)
    heirs = _heirs(members, existing)
    ages = _ages(existing, since or {})
    given = {cluster: min(persons, key=ages.__getitem__) for cluster, persons in heirs.items()}
    taken = {*existing.values(), *given.values()}
    created = set()
    for cluster in sorted(members, key=lambda each: members[each][0]):
        if cluster not in given:
            attempt = 0
            while (made := new_id(members[cluster], attempt)) in taken:
                attempt += 1
            given[cluster] = made
            taken.add(made)
            created.add(made)
    return _assignment({record: given[clusters[record]] for record in clusters}, existing, created)


def _heirs(members: Mapping[str, list[str]], existing: Mapping[str, str]) -> dict[str, list[str]]:
    """For each cluster, the persons who go on in it: each person goes on in one cluster only."""
    held: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for cluster, records in members.items():
        for record in records:
            if record in existing:
                held[existing[record]][cluster].append(record)
    heirs: defaultdict[str, list[str]] = defaultdict(list)
    for person, parts in held.items():
        keeper = min(parts, key=lambda cluster: (-len(parts[cluster]), parts[cluster][0]))
        heirs[keeper].append(person)
    return heirs


def _ages(existing: Mapping[str, str], since: Mapping[str, object]) -> dict[str, tuple[bool, str, str]]:
    """What to sort persons by, the oldest first."""
    first: dict[str, str] = {}
    for record, person in existing.items():
        first[person] = min(record, first.get(person, record))
    return {person: (person not in since, str(since.get(person, first[person])), person) for person in first}


def _refuse_what_was_parted(clusters: Mapping[str, str], decisions: Iterable[Decided]) -> None:
    for each in decisions:
        together = each.one in clusters and clusters[each.one] == clusters.get(each.other)
        if together and each.answer == "different":
            raise ValueError(f"{each.one} and {each.other} were decided to be different people")


def _assignment(persons: dict[str, str], existing: Mapping[str, str], created: set[str]) -> Assignment:
    moved = {
        record: (existing[record], person)
        for record, person in persons.items()
        if record in existing and existing[record] != person
    }
    still = {*persons.values(), *(person for record, person in existing.items() if record not in persons)}
    return Assignment(persons, frozenset(created), frozenset(existing.values()) - still, moved)
