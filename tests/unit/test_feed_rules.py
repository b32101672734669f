"""When a source is late is dated data: refused by name when wrong, and a place's own for who sends less often."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from careweave.definitions import Definition, DefinitionError, all_definitions
from careweave.measures.feed_rules import KIND, feed_rule_problems, load_feed_rules, read_feed_rules
from careweave.measures.feeds import Source


def changed(**change: Any) -> Definition:
    (definition,) = all_definitions(KIND)
    fields = {name: getattr(definition, name) for name in Definition.__dataclass_fields__}
    return Definition(**{**fields, "content": {**definition.content, **change}})


def test_a_source_is_late_after_the_days_of_the_definition_or_its_own() -> None:
    assert feed_rule_problems() == []
    rules = load_feed_rules(date(2026, 11, 23))
    assert [rules.is_late("RVR", days) for days in (7, 8)] == [False, True]
    quarterly = read_feed_rules(changed(late_after_days_of={"RIV": 100}))
    assert [quarterly.is_late("RIV", days) for days in (100, 101)] == [False, True]


def test_a_month_is_thin_below_the_share_of_the_definition() -> None:
    source = Source("RVR", (100, 100, 40))
    assert [source.is_low(40, below) for below in (0.3, 0.5)] == [False, True]
    assert not source.is_low(None, 0.5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"late_after_days": 0}, "late_after_days must be a whole number of days"),
        ({"late_after_days_of": {"RIV": "often"}}, "late_after_days_of.RIV must be a whole number"),
        ({"thin_below": 2.0}, "thin_below must be between 0 and 1"),
        ({"colour": "red"}, "colour is not known"),
    ],
)
def test_a_wrong_rule_is_refused_by_name(change: dict[str, Any], words: str) -> None:
    with pytest.raises(DefinitionError, match=f"feeds/expected.toml: {words}"):
        read_feed_rules(changed(**change))
