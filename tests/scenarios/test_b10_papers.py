"""Letters and papers: kept by what they contain, each with its own access, read, handed on, and never harmful."""

from __future__ import annotations

import io
import zlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from careweave.care.plans.paper_kinds import PDF, PNG, TEXT, NotKept, kind_of, name_of
from careweave.care.plans.papers import Paper, attach, hand_on, labels_for, papers_of, read_paper, take_back
from careweave.record import Gate, Refusal
from tests import factories as make
from tests.scenarios.test_a19_joe_and_annie import TODAY, Joe
from tests.scenarios.test_b10_plan_pages import own, staff, words

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def joe() -> Joe:
    return Joe()


def pdf(*, catalogue: bytes = b"") -> bytes:
    made, out = PdfWriter(), io.BytesIO()
    made.add_blank_page(200, 200)
    made.write(out)
    return out.getvalue().replace(b"/Type /Catalog", b"/Type /Catalog " + catalogue, 1)


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    head = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
    )


def keep(gate: Gate, joe: Joe, content: bytes = b"Dear Joe", **more: Any) -> Paper | Refusal:
    said = {"file_name": "letter.txt", "title": "Letter about the fall", "today": TODAY, **more}
    return attach(gate, person_id=joe.id, content=content, **said)


def test_what_a_file_is_is_told_by_its_content_and_harm_is_refused() -> None:
    assert kind_of(pdf()) is PDF and kind_of(png(1, 1)) is PNG and kind_of("Grüße\n".encode()) is TEXT
    bomb = b"%PDF-1.4\n1 0 obj<</Filter/FlateDecode>>stream\n" + zlib.compress(bytes(210 * 1024 * 1024), 9)
    refused = {
        "empty": b"  ",
        "packed": b"PK\x03\x04" + bytes(40),
        "program": b"\x7fELF\x02" + bytes(40),
        "script in a PDF": pdf(catalogue=b"/OpenAction << /S /JavaScript /JS (app.alert) >>"),
        "the same, its name disguised": pdf(catalogue=b"/#4aavaScript 1"),
        "half a PDF": pdf()[:-30],
        "a PDF that unfolds": bomb + b"\nendstream endobj\n%%EOF",
        "a picture that unfolds": png(60_000, 60_000),
        "a picture and something after it": png(1, 1) + b"<script>",
        "larger than 10 MB": b"a" * (10 * 1024 * 1024 + 1),
    }
    for what, content in refused.items():
        assert isinstance(kind_of(content), NotKept), what


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\priya\\Letter.docx", "Letter.pdf"),
        ("fall\u202efdp.exe", "fallfdp.pdf"),
        ('a"; filename="b.html', "a filename=b.pdf"),
        ("...", "paper.pdf"),
    ],
)
def test_a_file_name_leads_nowhere(sent: str, kept: str) -> None:
    assert name_of(sent, PDF) == kept


def test_a_paper_is_attached_read_handed_on_and_taken_back(joe: Joe) -> None:
    paper = keep(joe.gate, joe, pdf(), file_name="fall.pdf", written_on=date(2026, 11, 12))
    assert isinstance(paper, Paper) and paper.kind == "PDF"
    nurse = joe.team["district-nurse"]
    read = read_paper(make.gate(nurse, "district-nurse"), person_id=joe.id, paper_id=paper.id)
    assert read is not None and read[1] == pdf()[: len(read[1])] and len(read[1]) == paper.size
    task = hand_on(
        joe.gate, person_id=joe.id, paper_id=paper.id, party=nurse.party, what="Check", by=None, today=TODAY
    )
    assert not isinstance(task, Refusal)
    assert task.body["description"] == "Check: Letter about the fall"
    assert task.body["focus"] == {"reference": f"DocumentReference/{paper.id}"}
    stranger = make.staff("A Stranger", "gp", "Y90009")
    handed = hand_on(
        joe.gate, person_id=joe.id, paper_id=paper.id, party=stranger.party, what="", by=None, today=TODAY
    )
    assert isinstance(handed, Refusal)
    outside = make.gate(stranger, "gp", "Y90009")
    assert papers_of(outside, joe.id) == ()
    assert read_paper(outside, person_id=joe.id, paper_id=paper.id) is None
    assert isinstance(take_back(joe.gate, person_id=joe.id, paper_id=paper.id, reason=""), Refusal)
    take_back(joe.gate, person_id=joe.id, paper_id=paper.id, reason="Another Joe")
    assert papers_of(joe.gate, joe.id) == ()
    assert read_paper(joe.gate, person_id=joe.id, paper_id=paper.id) is None


def test_a_paper_has_an_access_label_of_its_own(joe: Joe) -> None:
    paper = keep(joe.gate, joe, labels=["mental-health"])
    held = keep(joe.gate, joe, labels=["held-from-person"])
    assert isinstance(paper, Paper) and isinstance(held, Paper)
    nurse = joe.team["district-nurse"]
    hers = make.gate(nurse, "district-nurse")
    assert [each.id for each in papers_of(hers, joe.id)] == [held.id]
    assert hers.read("Binary", paper.binary) is None
    assert [each.id for each in papers_of(make.own_gate(joe.id), joe.id)] == [paper.id]
    refused = hand_on(
        joe.gate, person_id=joe.id, paper_id=paper.id, party=nurse.party, what="", by=None, today=TODAY
    )
    assert isinstance(refused, Refusal) and "may not see this paper" in refused.reason
    assert "sexual-health" not in labels_for("coordinator", on=TODAY)
    assert isinstance(keep(joe.gate, joe, labels=["sexual-health"]), Refusal)
    assert isinstance(keep(joe.gate, joe, written_on=TODAY + timedelta(days=1)), Refusal)


def test_the_pages_attach_and_give_papers_with_safe_headers(joe: Joe) -> None:
    hers = staff(joe.priya, "coordinator")
    address = f"/people/{joe.id}/papers"
    none = hers.post(address, {"title": "A letter"})
    assert none.status_code == 422 and "Choose a file." in words(none)
    bad = hers.post(
        address, {"title": "A letter", "file": SimpleUploadedFile("a.pdf", b"PK\x03\x04" + bytes(9))}
    )
    assert bad.status_code == 422 and "Packed and office files are not kept." in words(bad)
    sent = SimpleUploadedFile("../note.html", b"<script>alert(1)</script> Dear Joe", "text/html")
    done = hers.post(
        address, {"title": "A letter from Annie", "kind": "Something else", "file": sent}, follow=True
    )
    assert "Attached." in words(done) and "A letter from Annie" in words(hers.get(f"/people/{joe.id}"))
    (paper,) = papers_of(joe.gate, joe.id)
    for got in (hers.get(f"{address}/{paper.id}"), own(joe.id).get(f"/my/papers/{paper.id}")):
        assert got["Content-Type"] == "text/plain; charset=utf-8"
        assert got["X-Content-Type-Options"] == "nosniff"
        assert (
            "sandbox" in got["Content-Security-Policy"]
            and "default-src 'none'" in got["Content-Security-Policy"]
        )
        assert got["Content-Disposition"] == 'inline; filename="note.txt"'
        assert "no-store" in got["Cache-Control"]
    assert "A letter from Annie" in words(own(joe.id).get("/my/papers"))
    assert (
        staff(make.staff("A Stranger", "gp", "Y90009"), "gp").get(f"{address}/{paper.id}").status_code == 404
    )
