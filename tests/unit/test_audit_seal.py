"""Digests of audit rows: every field counts, nothing can be shifted between fields, a disposed body still fits."""

from dataclasses import fields, replace

import pytest

from careweave.record.audit_seal import START, AuditRow, body_digest, chain, digest, runs

ROW = AuditRow(
    id=7,
    at="1795600000123456",
    actor="staff:3f1a",
    role="gp",
    organisation="Y90001",
    purpose="direct-care",
    act="read",
    subjects="{9d2f7c1e-0000-4000-8000-000000000001}",
    detail='{"type": "Patient"}',
    salt=bytes(range(16)),
)
OTHER = {
    "id": 8,
    "at": "1795600000123457",
    "subjects": "{}",
    "detail": '{"type": "Patienu"}',
    "salt": bytes(range(1, 17)),
}


@pytest.mark.parametrize("name", [field.name for field in fields(AuditRow)])
def test_every_field_counts(name: str) -> None:
    changed = OTHER.get(name, f"{getattr(ROW, name)}x")
    assert digest(replace(ROW, **{name: changed})) != digest(ROW)


def test_text_cannot_move_from_one_field_to_the_next() -> None:
    one = replace(ROW, role="gp", organisation="Y90001")
    other = replace(ROW, role="gpY", organisation="90001")
    assert digest(one) != digest(other)


def test_no_detail_is_not_an_empty_one() -> None:
    assert digest(replace(ROW, detail=None)) != digest(replace(ROW, detail=""))


def test_a_disposed_row_keeps_its_digest() -> None:
    disposed = replace(ROW, subjects="{}", detail=None, salt=body_digest(ROW))
    assert disposed.is_disposed and digest(disposed) == digest(ROW)
    assert digest(replace(disposed, actor="staff:other")) != digest(ROW)


def test_a_row_cannot_keep_its_body_and_claim_to_be_disposed() -> None:
    pretended = replace(ROW, detail='{"type": "Nothing"}', salt=body_digest(ROW))
    assert not pretended.is_disposed and digest(pretended) != digest(ROW)


def test_the_chain_depends_on_all_that_came_before() -> None:
    one, two = digest(ROW), digest(replace(ROW, id=8))
    assert chain(chain(START, one), two) != chain(chain(START, two), one)
    assert len(chain(START, one)) == len(START)


def test_numbers_as_unbroken_runs() -> None:
    assert runs([1, 2, 3, 7, 9, 10]) == [[1, 3], [7, 7], [9, 10]]
    assert runs([]) == []
