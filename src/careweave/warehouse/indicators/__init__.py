"""Indicators as dated definitions: what is counted, among whom, and which way is better."""

from careweave.warehouse.indicators.definition import (
    GROUPS,
    SITE,
    Followed,
    Indicator,
    Items,
    load_indicator,
    measure_problems,
    read_indicator,
    ways_to_group,
)

__all__ = [
    "GROUPS",
    "SITE",
    "Followed",
    "Indicator",
    "Items",
    "load_indicator",
    "measure_problems",
    "read_indicator",
    "ways_to_group",
]
