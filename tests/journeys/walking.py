"""Steps that journeys share: signing in, moving on, and what must be true of every page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.place import PASSWORD

_AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def given_i_am_signed_in(page: Page, email: str, *, portal: bool = False) -> None:
    page.goto("/my/sign-in" if portal else "/sign-in")
    page.get_by_label("email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def then_the_page_is_accessible(page: Page) -> None:
    """axe finds nothing, there is one h1, and no text is cut off at 320 pixels."""
    found = _axe(page)
    told = [f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]
    assert not told, f"{page.url}\n" + "\n".join(told)
    expect(page.locator("h1")).to_have_count(1)
    then_nothing_scrolls_sideways_at_320(page)


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
        ".slice(0, 5).map(e => e.outerHTML.slice(0, 120))")
    if size:
        page.set_viewport_size(size)
    assert wide <= 320, f"{page.url} is {wide} pixels wide: {culprits}"


def then_every_step_of_the_keyboard_is_visible(page: Page, most: int = 400) -> None:
    """Tab reaches the end of the page, each stop shows where it is, and none is a trap."""
    page.evaluate("document.activeElement && document.activeElement.blur()")
    seen: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        where = page.evaluate(
            "(() => { const e = document.activeElement; if (!e || e === document.body) return '';"
            " const s = getComputedStyle(e), r = e.getBoundingClientRect();"
            " window.__n = window.__n || new Map(); if (!window.__n.has(e)) window.__n.set(e, window.__n.size);"
            " const ring = s.outlineStyle !== 'none' || s.boxShadow !== 'none' || s.backgroundColor === 'rgb(255, 235, 59)';"
            " return [window.__n.get(e), ring || e.type === 'radio' || e.type === 'checkbox',"
            " r.width > 0].join(' ') + ' ' + e.outerHTML.slice(0, 80); })()")
        if not where or where in seen:
            break
        assert " true true " in f" {where.split(' ', 1)[1]}" or where.split(" ")[1] == "true", where
        seen.append(where)
    assert len(seen) > 3, f"{page.url}: the keyboard reached only {seen}"
