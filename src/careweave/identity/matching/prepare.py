"""Turns what sources say into comparable columns, each distinct value worked out once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pyarrow as pa

from careweave.identity.matching import addresses
from careweave.identity.matching.dates import day_number, month_comes_first, read_birth_date
from careweave.identity.matching.digits import digits_of, is_nhs_number
from careweave.identity.matching.name_forms import NameForms
from careweave.identity.matching.names import is_newborn_placeholder, loose_spelling, name_words, sound_of
from careweave.identity.matching.records import Columns
from careweave.identity.matching.superseded import present_numbers

T = TypeVar("T")
ESTABLISHED_AFTER = 3  # different family names that a first name is seen with before it is no misspelling


@dataclass(frozen=True)
class Prepared:
    """`table` has one row a record in id order; the names of the further fields found are beside it."""

    table: pa.Table
    ids: list[str]
    identifiers: tuple[str, ...]
    attributes: tuple[str, ...]


def prepare(columns: Columns, forms: NameForms) -> Prepared:
    texts = columns.texts
    data: dict[str, Any] = {"idx": pa.array(range(len(columns)), pa.int32())}
    sources = {name: number for number, name in enumerate(sorted(set(columns.sources)))}
    data["source"] = pa.array([sources[name] for name in columns.sources], pa.int32())
    data |= _numbers(texts["nhs_number"], columns.former_numbers)
    data |= _given(texts["given"], texts["known_as"], texts["family"], forms)
    data |= _family(texts["family"], texts["previous_family"], forms)
    data["bag"] = _bags(data["given_words"], data["family_words"], forms)
    data |= _birth(columns.birth_dates)
    data |= _contact(texts)
    identifiers, attributes = _further(columns)
    data |= {f"ident_{number}": values for number, values in enumerate(identifiers.values())}
    data |= {f"attr_{number}": values for number, values in enumerate(attributes.values())}
    return Prepared(pa.table(data), columns.ids, tuple(identifiers), tuple(attributes))


def each_once(values: Sequence[T], work: Callable[[T], Any]) -> list[Any]:
    """The work done for each distinct value: names and streets repeat a hundredfold in a place."""
    done = {value: work(value) for value in set(values)}
    return [done[value] for value in values]


def _numbers(numbers: Sequence[str | None], former: Sequence[Sequence[str]]) -> dict[str, Any]:
    digits = [digits_of(number) or None for number in numbers]
    valid = [number if number and is_nhs_number(number) else None for number in digits]
    present = present_numbers(valid, former)
    valid = [present.get(number, number) if number else None for number in valid]
    return {"nhs": pa.array(valid, pa.string()), "nhs_digits": pa.array(digits, pa.string())}


def _given(
    given: Sequence[str | None],
    known_as: Sequence[str | None],
    family: Sequence[str | None],
    forms: NameForms,
) -> dict[str, Any]:
    newborn = each_once(given, is_newborn_placeholder)
    words = each_once(given, lambda text: [] if is_newborn_placeholder(text) else name_words(text))
    other = each_once(known_as, name_words)
    words = [mine or also for mine, also in zip(words, other, strict=True)]
    first = [each[0] if each else None for each in words]
    roots = [
        sorted(set().union(*(forms.roots_of_given(word) for word in [*each[:1], *also])))
        for each, also in zip(words, other, strict=True)
    ]
    whole = ["".join(each) or None for each in words]
    held = _established(first, family)
    return {
        "newborn": pa.array(newborn, pa.bool_()),
        "given": pa.array(whole, pa.string()),
        "given_first": pa.array(first, pa.string()),
        "given_initial": pa.array([name[0] if name else None for name in first], pa.string()),
        "given_words": pa.array(words, pa.list_(pa.string())),
        "given_rest": pa.array([each[1:] for each in words], pa.list_(pa.string())),
        "given_many": pa.array([len(each) > 1 for each in words], pa.bool_()),
        "given_rooted": pa.array([len(each) > 1 for each in roots], pa.bool_()),
        "given_roots": pa.array(roots, pa.list_(pa.string())),
        "given_loose": pa.array(each_once(whole, _loose), pa.string()),
        "given_first_loose": pa.array(each_once(first, _loose), pa.string()),
        "given_sound": pa.array(each_once(first, _sound), pa.string()),
        "given_listed": pa.array([name in forms.established for name in first], pa.bool_()),
        "given_held": pa.array([held.get(name, 0) if name else 0 for name in first], pa.int32()),
    }


def _established(first: Sequence[str | None], family: Sequence[str | None]) -> dict[str, int]:
    """How many different families use a first name here, 0 if too few to be sure that it is a name."""
    families: defaultdict[str, set[str]] = defaultdict(set)
    for name, surname in zip(first, family, strict=True):
        if name and surname:
            families[name].add(surname)
    return {name: len(found) for name, found in families.items() if len(found) >= ESTABLISHED_AFTER}


def _family(family: Sequence[str | None], previous: Sequence[str | None], forms: NameForms) -> dict[str, Any]:
    now = each_once(family, name_words)
    before = each_once(previous, name_words)
    whole = ["".join(each) or None for each in now]
    words = [sorted({*mine, *earlier}) for mine, earlier in zip(now, before, strict=True)]
    roots = [sorted(set().union(*(forms.roots_of_family(word) for word in each[-1:]))) for each in now]
    last = [each[-1] if each else None for each in now]
    return {
        "family": pa.array(whole, pa.string()),
        "family_words": pa.array(words, pa.list_(pa.string())),
        "family_first": pa.array([each[0] if each else None for each in now], pa.string()),
        "family_many": pa.array([len(each) > 1 for each in words], pa.bool_()),
        "family_rooted": pa.array([len(each) > 1 for each in roots], pa.bool_()),
        "family_roots": pa.array(roots, pa.list_(pa.string())),
        "family_loose": pa.array(each_once(whole, _loose), pa.string()),
        "family_sound": pa.array(each_once(last, _sound), pa.string()),
        "family_initial": pa.array([name[0] if name else None for name in whole], pa.string()),
    }


def _bags(given: pa.Array, family: pa.Array, forms: NameForms) -> pa.Array:
    """All the words of a name in one order, so that it does not matter which column holds which."""
    bags = []
    for first, last in zip(given.to_pylist(), family.to_pylist(), strict=True):
        words = sorted({loose_spelling(word) if len(word) > 4 else word for word in [*first, *last]})
        bags.append(" ".join(words) if len(words) > 1 else None)
    return pa.array(bags, pa.string())


def _birth(texts: Sequence[str | None]) -> dict[str, Any]:
    month_first = month_comes_first(texts)
    read = each_once(texts, lambda text: read_birth_date(text, month_first=month_first))

    def part(start: int, end: int) -> pa.Array:
        found = (int(text[start:end]) if text else 0 for text in read)
        return pa.array([number or None for number in found], pa.int16())

    ordered = [text[:4] + "".join(sorted((text[4:6], text[6:]))) if text else None for text in read]
    return {
        "birth": pa.array(read, pa.string()),
        "birth_year": part(0, 4),
        "birth_month": part(4, 6),
        "birth_day": part(6, 8),
        "birth_number": pa.array([day_number(text) if text else None for text in read], pa.int32()),
        "birth_ordered": pa.array(ordered, pa.string()),
        "birth_day_month": pa.array([text[4:] if text else None for text in read], pa.string()),
    }


def _contact(texts: dict[str, list[str | None]]) -> dict[str, Any]:
    postcodes = each_once(texts["postcode"], addresses.plain_postcode)
    pairs = list(zip(texts["house"], texts["address"], strict=True))
    emails = each_once(texts["email"], addresses.plain_email)
    split = each_once(pairs, lambda pair: addresses.split_address(*pair))
    values: dict[str, Iterable[str | None]] = {
        "gender": each_once(texts["gender"], addresses.plain_gender),
        "postcode": postcodes,
        "postcode_area": each_once(postcodes, addresses.postcode_area),
        "house": [house for house, _ in split],
        "street": [street for _, street in split],
        "locality": each_once(texts["locality"], lambda text: addresses.split_address(None, text)[1]),
        "town": each_once(texts["town"], addresses.plain_text),
        "phone": each_once(texts["phone"], addresses.plain_phone),
        "email": emails,
        "email_digits": [digits_of(email) if email else None for email in emails],
    }
    return {name: pa.array(list(found), pa.string()) for name, found in values.items()}


def _further(columns: Columns) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """Identifiers and attributes that can say something: those that some two records share."""
    identifiers = {
        name: each_once(found, addresses.plain_text) for name, found in columns.identifiers.items()
    }
    attributes = {name: each_once(found, addresses.plain_text) for name, found in columns.attributes.items()}

    def telling(found: dict[str, list[str | None]]) -> dict[str, pa.Array]:
        kept = {}
        for name, values in found.items():
            counts = Counter(value for value in values if value)
            if len(counts) > 1 and max(counts.values()) > 1:
                kept[name] = pa.array(values, pa.string())
        return kept

    return telling(identifiers), telling(attributes)


def _loose(name: str | None) -> str | None:
    return loose_spelling(name) if name else None


def _sound(name: str | None) -> str | None:
    return sound_of(name) if name else None
