"""`python -m bench.kit.crowd`: people at their work, each a browser without script, in a process beside the server's.

Reads {"url", "people": {email: [journey, sessions]}, "think", "warm_up", "seconds"} from standard input and writes
{"steps": {name: [milliseconds]}, "wrong": [...]} when it is done.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

PASSWORD = "made up riverside"  # noqa: S105 - of the demonstration
PERSON = r"/people/[0-9a-f-]{36}"


class Forms(HTMLParser):
    """The forms of a page: where each goes and what it would send as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("method") != "dialog":
            self.found.append((given.get("action") or "", {}))
        is_kept = given.get("type") not in ("radio", "checkbox", "submit") or "checked" in given
        if tag == "input" and self.found and given.get("name") and is_kept:
            self.found[-1][1][str(given["name"])] = given.get("value") or ""


@dataclass
class Tally:
    """What everyone waited for; counted only between the two times."""

    begin: float
    end: float
    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)

    def note(self, name: str, began: float, status: int, address: str) -> None:
        ended = time.monotonic()
        if status not in (200, 302):
            self.wrong.append(f"{status} {name} {address}")
        elif self.begin <= began and ended <= self.end:
            self.steps[name].append((ended - began) * 1000)


class Browser:
    """One person's browser: keeps cookies and the connection, follows where it is sent, and waits as people do."""

    def __init__(self, url: str, tally: Tally, think: float, seed: int) -> None:
        self.host = urlsplit(url).netloc
        self.tally, self.think = tally, think
        self.chance = random.Random(seed)  # noqa: S311
        self.cookies: dict[str, str] = {}
        self.page, self.address = "", "/"
        self.line = http.client.HTTPConnection(self.host, timeout=60)

    def get(self, name: str, address: str) -> None:
        """Think, then open a page."""
        if self.think:
            time.sleep(self.chance.uniform(0.5, 1.5) * self.think)
        self._ask(name, "GET", address, "")

    def send(self, name: str, action: str, **typed: str) -> None:
        """Think, then send the form that goes to `action`, filled in further."""
        found = [fields for to, fields in Forms(self.page).found if to == action]
        if not found:
            self.tally.wrong.append(f"no form {action!r} on {self.address} for {name}")
            return
        if self.think:
            time.sleep(self.chance.uniform(0.5, 1.5) * self.think)
        self._ask(name, "POST", action or self.address, urlencode({**found[-1], **typed}))

    def link(self, pattern: str) -> str:
        """One of the page's links that fit, or nothing."""
        found = sorted(set(re.findall(f'href="({pattern})"', self.page)))
        return self.chance.choice(found) if found else ""

    def _ask(self, name: str, method: str, address: str, body: str) -> None:
        began = time.monotonic()
        for _ in range(5):
            status, to = self._once(method, address, body)
            if not to:
                break
            method, address, body = "GET", to, ""
        self.address = address
        self.tally.note(name, began, status, address)

    def _once(self, method: str, address: str, body: str) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items())}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.line.request(method, address, body, headers)
            answer = self.line.getresponse()
            page = answer.read()
        except (OSError, http.client.HTTPException):
            self.line.close()  # the server closes a connection that was quiet for long; a browser asks again
            self.line.request(method, address, body, headers)
            answer = self.line.getresponse()
            page = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookies.update({key: held.value for key, held in SimpleCookie(line).items()})
        self.page = page.decode(errors="replace")
        to = urlsplit(answer.headers["Location"]) if answer.status == 302 else None
        return answer.status, f"{to.path}?{to.query}".rstrip("?") if to else ""


def sign_in(browser: Browser, email: str, door: str) -> None:
    browser._ask("Sign-in page", "GET", door, "")
    fields = next(fields for to, fields in Forms(browser.page).found if "password" in fields)
    browser._ask("Sign in", "POST", door, urlencode({**fields, "email": email, "password": PASSWORD}))


def coordinating(browser: Browser) -> None:
    """Morning at a coordinator's desk: the lists, one person, a note; now and then someone new is taken on."""
    browser.get("My day", "/day")
    browser.get("My day, the team's", "/day?show=team")
    browser.get("My day, suggested", "/day?show=suggested")
    person, new = browser.link(PERSON), browser.link(r"/suggested/[0-9a-f-]{36}/take-on")
    if new and browser.chance.random() < 0.3:
        browser.get("Take someone on: the page", new)
        if browser.address == new:  # else a colleague was first, and the page said so
            browser.send("Take someone on", "")
    if person:
        _at_a_person(browser, person)


def at_the_practice(browser: Browser) -> None:
    """A surgery: someone comes in, is looked up by name, is read, and a note is written."""
    browser.get("Find by name", f"/find?q={browser.chance.choice(NAMES)}")
    person = browser.link(PERSON)
    if person:
        _at_a_person(browser, person)
        if form := browser.link(PERSON + "/assessment"):
            browser.get("Assessment", form)
    browser.get("My day", "/day")


def at_the_door(browser: Browser) -> None:
    """A&E: the crisis card of whoever has just come in, by name."""
    browser.get("Find by name", f"/find?q={browser.chance.choice(NAMES)}")
    card = browser.link(PERSON + "/crisis")
    if card:
        browser.get("Crisis card", card)


def visiting(browser: Browser) -> None:
    browser.get("Visits", "/visits")
    been = browser.link(r"/visits/[0-9a-f-]{36}/been")
    if been:
        browser.get("A visit", been)


def at_home(browser: Browser) -> None:
    """Joe, or who cares: what happens next, the plan, who looked, a question."""
    browser.get("My own page", "/my")
    browser.get("My plan", "/my/plan")
    browser.get("Who has looked", "/my/who-looked")
    browser.get("My questions", "/my/questions")
    if browser.chance.random() < 0.2:
        browser.send("Send a question", "", words="When does the nurse come next?")


def caring(browser: Browser) -> None:
    """Whoever cares for someone: how they are, a meeting, a question to the team."""
    browser.get("Caring", "/my/caring")
    meetings = browser.link(r"/my/caring/[0-9a-f-]{36}/meetings")
    if meetings:
        browser.get("Meetings", meetings)


def counting(browser: Browser) -> None:
    browser.get("Population", "/place")
    browser.get("Measures", "/place/measures")
    measure = browser.link(r"/place/measures/[a-z0-9-]+")
    if measure:
        browser.get("A measure", measure)


def _at_a_person(browser: Browser, person: str) -> None:
    browser.get("A person's page", person)
    has_notes = f'action="{person}/notes"' in browser.page
    if has_notes and browser.chance.random() < 0.5:
        words = f"Rang, all is well, {browser.chance.randrange(10**6)}"
        browser.send("Write a note", f"{person}/notes", kind="call", what_happened=words)
    browser.get("What happened, one sector", f"{person}?sector=hospital")
    browser.get("Plan", f"{person}/plan")
    browser.get("Who is around them", f"{person}/around")


NAMES = ["smith", "jones", "taylor", "patel", "khan", "brown", "wilson", "ali", "evans", "hughes"]
JOURNEYS: dict[str, tuple[str, Callable[[Browser], None]]] = {
    "coordinating": ("/sign-in", coordinating),
    "at the practice": ("/sign-in", at_the_practice),
    "at the door": ("/sign-in", at_the_door),
    "visiting": ("/sign-in", visiting),
    "counting": ("/sign-in", counting),
    "at home": ("/my/sign-in", at_home),
    "caring": ("/my/sign-in", caring),
}


def main() -> int:
    told = json.load(sys.stdin)
    now = time.monotonic()
    tally = Tally(now + told["warm_up"], now + told["warm_up"] + told["seconds"])
    threads = [
        threading.Thread(target=_work, args=(told, tally, email, journey, number), daemon=True)
        for email, (journey, sessions) in told["people"].items()
        for number in range(sessions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump({"steps": tally.steps, "wrong": tally.wrong}, sys.stdout)
    return 0


def _work(told: dict[str, object], tally: Tally, email: str, journey: str, number: int) -> None:
    door, walk = JOURNEYS[journey]
    browser = Browser(str(told["url"]), tally, float(str(told["think"])), hash((email, number)))
    time.sleep(browser.chance.uniform(0, 0.6 * (tally.begin - time.monotonic())))  # nobody arrives together
    sign_in(browser, email, door)
    while time.monotonic() < tally.end:
        walk(browser)


if __name__ == "__main__":
    sys.exit(main())
