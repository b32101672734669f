"""JSON comes in and goes out without a digit lost; what is not one good JSON object is refused, with why."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.record.validation import Malformed, parse, write
from careweave.record.validation.document import MAX_DEPTH

PATIENT = '{"resourceType":"Patient","name":[{"family":"Ólafsdóttir"}]}'


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"resourceType":"Patient","name":[{"family":"Smi', "ends too early"),
        (b'{"resourceType":"Patient"', "ends too early"),
        (b"", "ends too early"),
        (b"  \n ", "ends too early"),
        (b'{"a":1}{"b":2}', "is not JSON: Extra data (line 1, column 8)"),
        (b'{"a":1,}', "is not JSON"),
        (b"{'a':1}", "is not JSON"),
        (PATIENT.encode("latin-1"), "is not UTF-8: byte 45 is 0xd3"),
        (PATIENT.encode("utf-16"), "UTF-16"),
        (PATIENT.encode("utf-16-le"), "UTF-16"),
        (PATIENT.encode("utf-16-be"), "UTF-16"),
        (PATIENT.encode("utf-32"), "UTF-16 or UTF-32"),
        (b'{"a":"b\x00c"}', "embedded NUL at byte 7"),
        (b'{"a":1,"b":{"c":1,"d":2,"c":3}}', "has the key 'c' twice in one object"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "-Infinity"),
        (b'{"a":01}', "is not JSON"),
        (b'{"a":1e99999999999999999999}', "a number too large"),
        (b"[1]", "is not a JSON object"),
        (b'"text"', "is not a JSON object"),
        (b'{"a":"line\nbreak"}', "is not JSON: Invalid control character"),
        (b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", f"more than {MAX_DEPTH} levels"),
        (b'{"a":' + b"[" * 100_000, f"more than {MAX_DEPTH} levels"),
        (b'{"a":' + b'{"a":' * 5000 + b"1" + b"}" * 5001, f"more than {MAX_DEPTH} levels"),
    ],
)
def test_what_is_not_one_good_json_object_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse(raw)
    assert words in refusal.value.reason


def test_a_document_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(Malformed, match="is 1,001 bytes long; at most 1,000 are accepted"):
        parse(b" " * 1001, limit=1000)


def test_the_deepest_document_that_is_read_can_be_written() -> None:
    raw = b'{"a":' * (MAX_DEPTH - 1) + b'{"a":72.50}' + b"}" * (MAX_DEPTH - 1)
    assert write(parse(raw)) == raw


@pytest.mark.parametrize(
    "number",
    [
        "72.50",
        "0.0",
        "-0.0",
        "1.0E+2",
        "1E-7",
        "0.10000000000000000555",
        "12345678901234567890123",
        "1.10",
        "5",
    ],
)
def test_numbers_come_back_with_the_digits_they_had(number: str) -> None:
    raw = f'{{"value":{number}}}'.encode()
    assert write(parse(raw)) == raw


def test_a_byte_order_mark_and_spaces_are_no_fault() -> None:
    assert parse(b'\xef\xbb\xbf {"a" : 1.50}\r\n') == {"a": Decimal("1.50")}


def test_numbers_that_json_cannot_hold_are_not_written() -> None:
    with pytest.raises(TypeError):
        write({"a": Decimal("NaN")})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=4), st.sampled_from([None, 1]))
def test_whatever_json_is_written_reads_back_the_same(
    document: dict[str, object], indent: int | None
) -> None:
    text = json.dumps(document, indent=indent)
    assert parse(text.encode()) == json.loads(text, parse_float=Decimal)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        assert isinstance(parse(raw), dict)
    except Malformed as refusal:
        assert refusal.reason.isprintable()
