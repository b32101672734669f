"""Steps that journeys share: signing in, moving on, and what must be true of every page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.place import PASSWORD

_AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def given_i_am_signed_in(page: Page, email: str, *, portal: bool = False, password: str = PASSWORD) -> None:
    page.goto("/my/sign-in" if portal else "/sign-in")
    page.get_by_label("email address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def then_the_page_is_accessible(page: Page) -> None:
    """axe finds nothing, there is one h1, and no text is cut off at 320 pixels."""
    page.wait_for_load_state()  # half a page has no heading yet
    expect(page.locator("h1")).to_have_count(1)
    _picture(page)
    found = _axe(page)
    told = [
        f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found
    ]
    assert not told, f"{page.url}\n" + "\n".join(told)
    then_nothing_scrolls_sideways_at_320(page)


def _picture(page: Page) -> None:
    """With CAREWEAVE_PICTURES=folder every page that a journey walks is kept as it looks, wide and narrow."""
    folder = os.environ.get("CAREWEAVE_PICTURES")
    size = page.viewport_size
    if not folder or not size:
        return
    name = f"{len(os.listdir(folder)):03d} {page.title()[:60].replace('/', ' ')}"
    for width in (size["width"], 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(folder) / f"{name} {width}.png", full_page=True)
    page.set_viewport_size(size)


def _axe(page: Page) -> list[Any]:
    # Our policy allows no inline script, so axe runs in the page through the debugger.
    page.evaluate(_AXE)
    answer = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", _RULES)
    return list(answer["violations"])


def then_nothing_scrolls_sideways_at_320(page: Page) -> None:
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    wide = page.evaluate("document.documentElement.scrollWidth")
    culprits = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 321)"
        ".slice(0, 5).map(e => e.outerHTML.slice(0, 120))"
    )
    if size:
        page.set_viewport_size(size)
    assert wide <= 320, f"{page.url} is {wide} pixels wide: {culprits}"


_FOCUSED = """(() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return null;
  window.stops = window.stops || new Map();
  if (window.stops.has(focused)) return null;
  window.stops.set(focused, true);
  const rings = element => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" || style.boxShadow !== "none" || style.backgroundColor === "rgb(255, 235, 59)";
  };
  const near = [focused, ...focused.querySelectorAll("span"), focused.nextElementSibling].filter(Boolean);
  const box = focused.getBoundingClientRect();
  return {seen: box.width > 0 && box.height > 0, ring: near.some(rings), html: focused.outerHTML.slice(0, 160)};
})()"""


def then_every_step_of_the_keyboard_is_visible(page: Page, most: int = 400) -> None:
    """Tab goes through the page without a trap, and each stop can be seen and shows where it is."""
    page.evaluate("document.activeElement && document.activeElement.blur()")
    stops = 0
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUSED)
        if stop is None:
            break
        assert stop["seen"] and stop["ring"], f"{page.url}: {stop}"
        stops += 1
    assert stops > 3, f"{page.url}: the keyboard reached only {stops} places"
