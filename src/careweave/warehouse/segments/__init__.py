"""A population parted into segments, everyone in exactly one: by rules, or by a place in an order."""

from careweave.warehouse.segments.definition import Segment, Segments, load_segments, read_segments
from careweave.warehouse.segments.plain import place_in_order, segment_by_rules

__all__ = [
    "Segment",
    "Segments",
    "load_segments",
    "place_in_order",
    "read_segments",
    "segment_by_rules",
]
