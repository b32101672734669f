"""Serves a downtime pack to this computer alone: a name first, then cards and visits; each look is in the journal."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from careweave.cli._downtime_journal import Journal
from careweave.cli._downtime_sealing import Pack, PackRefused

LONDON = ZoneInfo("Europe/London")
_MOST_TYPED = 10_000
STYLE = (Path(__file__).parent / "downtime.css").read_text(encoding="utf-8")
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


def saved_words(made_at: datetime, now: datetime) -> str:
    """“This is a saved copy from 6:00am today. Later changes are not shown.”"""
    made, here = made_at.astimezone(LONDON), now.astimezone(LONDON)
    clock = f"{made:%I:%M%p}".lstrip("0").lower()
    day = "today" if made.date() == here.date() else f"{made:%A} {made.day} {made:%B %Y}"
    return f"This is a saved copy from {clock} {day}. Later changes are not shown."


class Pages:
    """What the pack answers. Readers say who they are once; what they said stands at each of their looks."""

    def __init__(self, pack: Pack, journal: Journal, now: Callable[[], datetime]) -> None:
        self.pack, self.journal, self.now = pack, journal, now
        self.readers: dict[str, tuple[str, str]] = {}
        self.cards = {card["person_id"]: card for card in pack.content["cards"]}

    def enter(self, name: str, role: str) -> str:
        """A mark for this reader's browser."""
        mark = secrets.token_urlsafe(24)
        self.readers[mark] = (name, role)
        self.journal.write(name, role, "opened")
        return mark

    def answer(self, path: str, query: str, reader: tuple[str, str]) -> str | None:
        """The page at an address; None when there is none. The look is in the journal before it is shown."""
        if path == "/":
            self.journal.write(*reader, "list")
            return self._list(query)
        if path == "/visits":
            self.journal.write(*reader, "visits")
            return self.page("Visits", f'<nav><a href="/">All cards</a></nav>{self.pack.content["visits"]}')
        card = self.cards.get(path.removeprefix("/card/"))
        if card is None:
            return None
        self.journal.write(*reader, "card", card["person_id"])
        return self.page("Crisis card", f'<nav><a href="/">All cards</a></nav>{card["html"]}')

    def _list(self, query: str) -> str:
        wanted = query.casefold().split()
        found = [
            card for card in self.cards.values() if all(word in card["line"].casefold() for word in wanted)
        ]
        rows = "".join(
            f'<li><a href="/card/{escape(card["person_id"])}">{escape(card["line"])}</a></li>'
            for card in found
        )
        none = f"<p>No one found for ‘{escape(query)}’ in this pack. Try a first name and a street.</p>"
        return self.page(
            "Crisis cards",
            f"<h1>Crisis cards: {escape(self.pack.team)}</h1>"
            '<nav><a href="/visits">Visits of the day</a></nav><form method="get" action="/">'
            f'<label for="q">Find a person</label><input id="q" name="q" value="{escape(query)}">'
            f"<button>Find</button></form>{f'<ul class=list>{rows}</ul>' if found else none}",
        )

    def ask(self, error: str = "") -> str:
        """Who is reading? Asked once in each browser."""
        told = f'<p class="error" role="alert" id="error">{error}</p>' if error else ""
        return self.page(
            "Who is reading?",
            f"<h1>Who is reading?</h1>{told}<p>Each look is written down and later stands in the record.</p>"
            '<form method="post" action="/enter"><label for="name">Your name</label><input id="name" name="name">'
            '<label for="role">Your role and organisation</label><input id="role" name="role">'
            "<button>Open the saved copy</button></form>",
        )

    def page(self, title: str, body: str) -> str:
        """Every page says first that it is a copy, and from when."""
        words = escape(saved_words(self.pack.made_at, self.now()))
        return (
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} – saved copy</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css">'
            f'</head><body><p class="saved" role="status">{words}</p><main>{body}</main></body></html>'
        )


def server(pages: Pages, port: int) -> ThreadingHTTPServer:
    """For this computer alone: nothing else can reach it."""
    return ThreadingHTTPServer(("127.0.0.1", port), _handler(pages))


def _handler(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if not self._is_here():
                self._send(400, "text/plain", "Open this page as http://127.0.0.1")
            elif asked.path == "/style.css":
                self._send(200, "text/css", STYLE)
            elif (reader := self._reader()) is None:
                self._send(200, "text/html", pages.ask())
            else:
                self._send_page(asked.path, parse_qs(asked.query).get("q", [""])[0][:200], reader)

        def _send_page(self, path: str, query: str, reader: tuple[str, str]) -> None:
            if pages.now() >= pages.pack.ends_at:
                self._send(410, "text/html", pages.page("Ended", "<h1>This saved copy has ended</h1>"))
                return
            try:
                found = pages.answer(path, query, reader)
            except (OSError, PackRefused):  # what cannot be written down is not shown
                words = "<h1>The journal cannot be written</h1><p>Free some space on this computer, then try again.</p>"
                self._send(503, "text/html", pages.page("Not shown", words))
                return
            if found is None:
                self._send(404, "text/html", pages.page("Not here", "<h1>This is not in the saved copy</h1>"))
            else:
                self._send(200, "text/html", found)

        def do_POST(self) -> None:
            typed = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _MOST_TYPED)).decode()
            given = {name: values[0].strip()[:100] for name, values in parse_qs(typed).items()}
            if not self._is_here() or self.path != "/enter":
                self._send(404, "text/plain", "There is nothing to send here")
            elif not given.get("name") or not given.get("role"):
                self._send(422, "text/html", pages.ask("Write your name and your role."))
            else:
                mark = pages.enter(given["name"], given["role"])
                self._send(303, "text/plain", "", Location="/", **{"Set-Cookie": _cookie(mark)})

        def _is_here(self) -> bool:
            """A name that an outside page has bent to this computer is not ours."""
            return (self.headers.get("Host") or "").rpartition(":")[0] in ("127.0.0.1", "localhost")

        def _reader(self) -> tuple[str, str] | None:
            found = SimpleCookie(self.headers.get("Cookie") or "").get("reader")
            return pages.readers.get(found.value) if found else None

        def _send(self, status: int, kind: str, text: str, **more: str) -> None:
            content = text.encode()
            headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", **more}
            headers |= {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """The journal says who looked; a second list on the screen would only show names to passers-by."""

    return Handler


def _cookie(mark: str) -> str:
    return f"reader={mark}; HttpOnly; SameSite=Strict; Path=/"
