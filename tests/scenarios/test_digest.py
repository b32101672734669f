"""The daily e-mail: numbers alone, to each once, on working days, and only where a mail server is named."""

from __future__ import annotations

import dataclasses
import socketserver
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from careweave.care.teams import digest
from careweave.care.teams.notes import NextStep, add_task
from careweave.care.teams.working_time import LONDON
from tests.scenarios.test_clocks import Place

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=LONDON)


class Mailbox(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one message needs."""

    received: list[str]

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.received.append(b"".join(lines).decode())  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a mail server on this machine received."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.received = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        told = dataclasses.replace(settings.CONFIGURATION, mail_server=f"smtp://127.0.0.1:{port}")
        monkeypatch.setattr(settings, "CONFIGURATION", told)
        monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
        monkeypatch.setattr(settings, "EMAIL_HOST", "127.0.0.1")
        monkeypatch.setattr(settings, "EMAIL_PORT", port)
        monkeypatch.setattr(digest, "_not_before", 0.0)
        yield server.received  # type: ignore[attr-defined]
        server.shutdown()


def test_a_digest_is_numbers_alone_and_comes_once(letters: list[str]) -> None:
    place = Place()
    for days in (-3, -1, 0, 4):
        step = NextStep(
            "Ring about the frame", place.priya.party, "Priya Shah", (MONDAY + timedelta(days=days)).date()
        )
        with place.gate.transaction():
            add_task(place.gate, person_id=place.person, step=step)
    assert digest.send_digests(MONDAY) == 1
    assert digest.send_digests(MONDAY) == 0
    [letter] = letters
    assert "Subject: My day: 2 late, 1 today" in letter
    assert f"To: {place.priya.email}" in letter
    assert "2  late" in letter and "1  to do today" in letter
    for personal in ("Joseph", "Holloway", "frame", place.person):
        assert personal not in letter


def test_nothing_goes_out_too_early_on_a_free_day_or_without_a_server(
    letters: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place()
    step = NextStep("Ring", place.priya.party, "Priya Shah", MONDAY.date())
    with place.gate.transaction():
        add_task(place.gate, person_id=place.person, step=step)
    assert digest.send_digests(MONDAY.replace(hour=6)) == 0
    assert digest.send_digests(datetime(2026, 12, 28, 9, tzinfo=LONDON)) == 0, "Boxing Day is kept on Monday"
    monkeypatch.setattr(
        settings, "CONFIGURATION", dataclasses.replace(settings.CONFIGURATION, mail_server="")
    )
    assert digest.send_digests(MONDAY) == 0
    assert letters == []


def test_a_server_that_does_not_answer_is_tried_again(
    letters: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place()
    step = NextStep("Ring", place.priya.party, "Priya Shah", MONDAY.date())
    with place.gate.transaction():
        add_task(place.gate, person_id=place.person, step=step)
    port, tuesday = settings.EMAIL_PORT, MONDAY + timedelta(days=1)
    monkeypatch.setattr(settings, "EMAIL_PORT", 1)
    assert digest.send_digests(tuesday) == 0
    monkeypatch.setattr(settings, "EMAIL_PORT", port)
    assert digest.send_digests(tuesday) == 0, "not again at once"
    monkeypatch.setattr(digest, "_not_before", 0.0)
    assert digest.send_digests(tuesday) >= 1
    assert any(f"To: {place.priya.email}" in letter for letter in letters)
