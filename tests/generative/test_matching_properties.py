"""What holds whatever is drawn: order does not matter, what must stay apart does, person ids are kept."""

from __future__ import annotations

import random
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.identity.matching import Decided, MatchRecord, assign_person_ids, link_records
from careweave.identity.matching.clusters import cluster_links
from tests.unit.matching_samples import NUMBERS

DAY = date(2026, 11, 22)
records = st.lists(
    st.builds(
        dict,
        source=st.sampled_from(["gp", "trust", "council"]),
        nhs_number=st.sampled_from([None, *NUMBERS[:4]]),
        given=st.sampled_from([None, "Amy", "Ami", "Emma", "Joseph", "Joe", "Josef", "Baby", "J"]),
        family=st.sampled_from([None, "Hart", "Heart", "Buckley"]),
        birth_date=st.sampled_from(
            [None, "2015-06-09", "2015-09-06", "2015-06-10", "1985-06-09", "1948-03-12"]
        ),
        gender=st.sampled_from([None, "male", "female"]),
        address=st.sampled_from([None, "12 Mill Lane", "4 Castle Road"]),
        postcode=st.sampled_from([None, "RV3 4AB", "RV3 4AC"]),
    ),
    min_size=2,
    max_size=9,
)


def numbered(drawn: list[dict[str, str | None]]) -> list[MatchRecord]:
    return [MatchRecord(id=f"r{number}", **facts) for number, facts in enumerate(drawn)]  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(records, st.randoms(use_true_random=False))
def test_records_in_any_order_are_the_same_people(
    drawn: list[dict[str, str | None]], shuffled: random.Random
) -> None:
    held = numbered(drawn)
    first = link_records(held, on=DAY)
    turned = list(held)
    shuffled.shuffle(turned)
    second = link_records(turned, on=DAY)
    assert first.persons == second.persons
    assert first.links == second.links
    assert first.for_review == second.for_review


@settings(max_examples=60, deadline=None)
@given(records, st.data())
def test_what_a_person_has_parted_is_never_together(
    drawn: list[dict[str, str | None]], data: st.DataObject
) -> None:
    held = numbered(drawn)
    pair = st.lists(st.sampled_from([each.id for each in held]), min_size=2, max_size=2, unique=True)
    decided = [Decided(one, other, "different") for one, other in data.draw(st.lists(pair, max_size=4))]
    persons = link_records(held, on=DAY, decisions=decided).persons
    assert all(persons[each.one] != persons[each.other] for each in decided)


@settings(max_examples=60, deadline=None)
@given(records, st.data())
def test_what_a_person_has_joined_is_always_together(
    drawn: list[dict[str, str | None]], data: st.DataObject
) -> None:
    held = numbered(drawn)
    pair = st.lists(st.sampled_from([each.id for each in held]), min_size=2, max_size=2, unique=True)
    decided = [Decided(one, other, "same") for one, other in data.draw(st.lists(pair, max_size=4))]
    persons = link_records(held, on=DAY, decisions=decided).persons
    assert all(persons[each.one] == persons[each.other] for each in decided)


@settings(max_examples=60, deadline=None)
@given(records)
def test_no_person_ever_holds_two_first_names_of_one_birth_date(drawn: list[dict[str, str | None]]) -> None:
    """Twins, however the records between them look."""
    held = numbered(drawn)
    persons = link_records(held, on=DAY).persons
    for one in held:
        for other in held:
            if persons[one.id] == persons[other.id] and one.birth_date and one.birth_date == other.birth_date:
                assert {one.given, other.given} not in ({"Amy", "Emma"}, {"Amy", "Joseph"}, {"Emma", "Josef"})


@settings(max_examples=60, deadline=None)
@given(records)
def test_no_person_ever_holds_mother_and_baby(drawn: list[dict[str, str | None]]) -> None:
    held = numbered(drawn)
    persons = link_records(held, on=DAY).persons
    for one in held:
        for other in held:
            if persons[one.id] == persons[other.id] and one.nhs_number and one.nhs_number == other.nhs_number:
                assert {one.birth_date, other.birth_date} != {"1948-03-12", "2015-06-09"}


rows = st.integers(0, 11)
row_pairs = st.tuples(rows, rows).filter(lambda pair: pair[0] < pair[1])


@settings(max_examples=300)
@given(st.lists(row_pairs, max_size=40), st.sets(row_pairs, max_size=12))
def test_clusters_never_hold_what_must_stay_apart(
    edges: list[tuple[int, int]], apart: set[tuple[int, int]]
) -> None:
    found = cluster_links(12, edges, range(len(edges)), sorted(apart))
    assert all(found.cluster[one] != found.cluster[other] for one, other in apart)
    for refusal in found.refused:
        one, other = refusal.blocking
        assert (one, other) in apart


@settings(max_examples=300)
@given(st.lists(row_pairs, max_size=40))
def test_clusters_without_guards_are_what_the_links_connect(edges: list[tuple[int, int]]) -> None:
    found = cluster_links(12, edges, range(len(edges)), [])
    assert all(found.cluster[one] == found.cluster[other] for one, other in edges)
    assert len(found.used) == 12 - len(set(found.cluster))


partitions = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("12345"), min_size=1)


@settings(max_examples=300)
@given(st.lists(partitions, min_size=1, max_size=6))
def test_person_ids_over_any_history(history: list[dict[str, str]]) -> None:
    existing: dict[str, str] = {}
    for clusters in history:
        assigned = assign_person_ids(clusters, existing)
        for one in clusters:
            for other in clusters:
                assert (clusters[one] == clusters[other]) == (assigned[one] == assigned[other])
        assert dict(assign_person_ids(clusters, dict(assigned))) == dict(assigned)
        absent = {record: person for record, person in existing.items() if record not in clusters}
        existing = absent | dict(assigned)
