"""A Bundle document comes apart into its entries exactly, whatever it holds and wherever it breaks off."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from careweave.intake.reading.documents import BrokenOff, Entry, split_entries

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.lists(st.dictionaries(st.text(max_size=8), VALUES, max_size=4), max_size=8)


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@given(ENTRIES, st.none() | st.integers(0, 3), st.integers(1, 90), st.booleans())
def test_entries_come_out_as_they_went_in(
    entries: list[dict[str, Any]], indent: int | None, size: int, ascii: bool
) -> None:
    document = {
        "resourceType": "Bundle",
        "note": ["entry", {"entry": [{}]}],
        "entry": entries,
        "z": [{"a": 1}],
    }
    text = json.dumps(document, indent=indent, ensure_ascii=ascii).encode("utf-8", "surrogatepass")
    found = list(split_entries(cut(text, size), 1 << 20))
    assert [json.loads(each.raw) for each in found if isinstance(each, Entry) and each.raw] == entries
    assert len(found) == len(entries)


@given(ENTRIES.filter(bool), st.data())
def test_a_document_that_breaks_off_gives_the_entries_before_and_says_so(
    entries: list[dict[str, Any]], data: st.DataObject
) -> None:
    text = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    at = data.draw(st.integers(1, len(text) - 1))
    *good, last = split_entries([text[:at]], 1 << 20)
    assert isinstance(last, BrokenOff)
    assert last.index == len(good)
    assert [json.loads(each.raw) for each in good if isinstance(each, Entry) and each.raw] == entries[
        : len(good)
    ]


def test_an_entry_too_long_is_left_out_and_its_neighbours_stay() -> None:
    entries = [{"n": 1}, {"long": "x" * 5000}, {"n": 3}]
    text = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    for size in (1, 100, 10_000):
        found = list(split_entries(cut(text, size), 200))
        assert [each.raw is None for each in found if isinstance(each, Entry)] == [False, True, False]


def test_a_list_and_a_list_resource_are_told_apart() -> None:
    assert len(list(split_entries([b'[{"a":1},{"b":2}]'], 100))) == 2
    assert list(split_entries([b'{"resourceType":"List","entry":[{"item":{}}]}'], 100)) == []


def test_what_follows_the_document_is_noticed() -> None:
    found = list(split_entries([b'{"resourceType":"Bundle","entry":[{}]}\n', b'{"more":1}'], 100))
    assert isinstance(found[-1], BrokenOff)
    assert found[-1].goes_on


def test_lines_are_counted() -> None:
    text = json.dumps({"resourceType": "Bundle", "entry": [{"a": 1}, {"b": 2}]}, indent=1).encode()
    starts = [number for number, line in enumerate(text.split(b"\n"), 1) if line == b"  {"]
    for size in (1, 7, 1000):
        assert [each.line for each in split_entries(cut(text, size), 100)] == starts
