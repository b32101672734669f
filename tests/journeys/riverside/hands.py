"""A walker without a mouse: whatever a journey clicks, ticks, fills or chooses is done with keys alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

_CAN_BE_REACHED = """element => {
  const radios = element.type === "radio";
  if (element.tabIndex < 0 && !radios) return "is left out by the Tab key";
  element.focus();
  return document.activeElement === element ? "" : "cannot be focused";
}"""
_PLACE_OF_OPTION = """(select, wanted) => [...select.options].findIndex(
  option => wanted === option.value || wanted === option.label)"""


def keys_alone(patch: pytest.MonkeyPatch) -> None:
    """From here on Playwright's mouse is a keyboard."""
    for name, by_keys in (("click", _press), ("check", _tick), ("fill", _type), ("select_option", _choose)):
        patch.setattr(Locator, name, by_keys)


def _reach(target: Locator) -> None:
    target.wait_for()
    hindrance = target.evaluate(_CAN_BE_REACHED)
    assert not hindrance, f"{target.page.url}: {target} {hindrance}"


def _press(target: Locator, **_: Any) -> None:
    _reach(target)
    target.press("Enter")


def _tick(target: Locator, **_: Any) -> None:
    _reach(target)
    if not target.is_checked():
        target.press("Space")
    expect(target).to_be_checked()


def _type(target: Locator, text: str, **_: Any) -> None:
    _reach(target)
    target.press("Control+A")
    target.press("Delete")
    target.page.keyboard.type(text)
    expect(target).to_have_value(text)


def _choose(target: Locator, value: str = "", *, label: str = "", **_: Any) -> None:
    _reach(target)
    at = target.evaluate(_PLACE_OF_OPTION, label or value)
    assert at >= 0, f"{target.page.url}: {label or value} cannot be chosen"
    target.press("Home")
    for _each in range(at):
        target.press("ArrowDown")
    assert target.evaluate("select => select.selectedIndex") == at
