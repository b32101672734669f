"""The plain-Python twin of segments: which one a person is in, and why nobody is in two or in none."""

from __future__ import annotations

from collections.abc import Mapping

from careweave.warehouse.registers import Feature
from careweave.warehouse.registers.evaluate import holds
from careweave.warehouse.segments.definition import Segments


def segment_by_rules(segments: Segments, features: Mapping[str, Feature]) -> str:
    """The first segment whose rule holds; what is not known does not hold."""
    measures = segments.register.measures if segments.register else {}
    for each in segments.segments:
        if each.when is not None and holds(each.when, measures, features):
            return each.id
    return segments.rest.id


def place_in_order(segments: Segments, values: Mapping[str, float | None]) -> dict[str, str]:
    """Everyone's segment by their place among those who have a value: highest first, ties by name."""
    order = sorted((person for person, value in values.items() if value is not None), key=lambda each: each)
    order.sort(key=lambda person: -(values[person] or 0))
    placed = {person: _of_place(segments, number, len(order)) for number, person in enumerate(order, start=1)}
    without = segments.without_score
    return {person: placed.get(person, without.id if without else segments.rest.id) for person in values}


def _of_place(segments: Segments, number: int, people: int) -> str:
    """Whole numbers only: nobody is in a layer by rounding up."""
    for each in segments.shares:
        if number * 1000 <= people * (each.top_thousandths or 0):
            return each.id
    return segments.rest.id
