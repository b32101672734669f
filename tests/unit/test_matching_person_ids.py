"""Person ids stay: across re-runs, when a cluster splits and when clusters merge."""

from __future__ import annotations

import pytest

from careweave.identity.matching import Decided, assign_person_ids


def test_ids_are_stable_across_re_runs() -> None:
    clusters = {"a": "a", "b": "a", "c": "c"}
    first = assign_person_ids(clusters, {})
    again = assign_person_ids({"a": "z", "b": "z", "c": "c"}, dict(first))
    assert dict(again) == dict(first)
    assert again.created == again.retired == frozenset()


def test_a_new_record_joins_the_person_there_is() -> None:
    first = assign_person_ids({"b": "b", "c": "b"}, {})
    grown = assign_person_ids({"a": "a", "b": "a", "c": "a"}, dict(first))
    assert set(grown.values()) == set(first.values())


def test_when_a_cluster_splits_the_larger_part_keeps_the_id() -> None:
    split = assign_person_ids({"a": "a", "b": "b", "c": "b"}, dict.fromkeys("abc", "P1"))
    assert split["b"] == split["c"] == "P1"
    assert split["a"] != "P1"
    assert split.created == {split["a"]}
    assert split.moved == {"a": ("P1", split["a"])}


def test_when_a_cluster_splits_in_halves_the_earliest_record_keeps_the_id() -> None:
    split = assign_person_ids({"a": "x", "b": "y"}, dict.fromkeys("ab", "P1"))
    assert split["a"] == "P1" != split["b"]


def test_when_clusters_merge_the_oldest_person_survives() -> None:
    existing = {"a": "P2", "b": "P1"}
    since = {"P1": "2024-01-01", "P2": "2025-06-01"}
    merged = assign_person_ids({"a": "a", "b": "a"}, existing, since=since)
    assert set(merged.values()) == {"P1"}
    assert merged.retired == {"P2"}


def test_a_part_never_gets_the_id_of_a_living_person() -> None:
    """The id made from the earliest record is taken by the person from whom it is split off."""
    first = assign_person_ids({"a": "a", "b": "a", "c": "a"}, {})
    split = assign_person_ids({"a": "a", "b": "b", "c": "b"}, dict(first))
    assert split["b"] == first["a"] != split["a"]


def test_split_and_merge_again_gives_the_first_id_back() -> None:
    first = assign_person_ids({"a": "a", "b": "b"}, {})
    merged = assign_person_ids({"a": "a", "b": "a"}, dict(first))
    parted = assign_person_ids({"a": "a", "b": "b"}, dict(merged))
    assert dict(parted) == dict(first)


def test_a_cluster_of_people_decided_to_be_different_is_refused() -> None:
    with pytest.raises(ValueError, match="decided to be different"):
        assign_person_ids({"a": "a", "b": "a"}, {}, [Decided("a", "b", "different")])


def test_records_that_are_no_longer_sent_do_not_retire_their_person() -> None:
    assert assign_person_ids({"a": "a"}, {"a": "P1", "gone": "P2"}).retired == frozenset()
