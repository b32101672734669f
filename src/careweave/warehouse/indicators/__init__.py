"""Indicators as dated definitions: what is counted, among whom, and which way is better."""

from careweave.warehouse.indicators.definition import (
    GROUPS,
    Followed,
    Indicator,
    Items,
    load_indicator,
    read_indicator,
)

__all__ = ["GROUPS", "Followed", "Indicator", "Items", "load_indicator", "read_indicator"]
