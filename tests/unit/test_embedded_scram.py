"""The verifier that initdb is shown is the one that PostgreSQL would have made (RFC 5803, RFC 7677)."""

import re

import pytest

from careweave.record.embedded import scram


def test_it_matches_the_published_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 7677 §3: user "user", password "pencil", with the salt and count given there."""
    monkeypatch.setattr("careweave.record.embedded.scram.os.urandom", lambda size: SALT)
    proof = scram.verifier("pencil")
    assert proof == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
        ":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


SALT = bytes.fromhex("5b6d99689d12358eeca04b141236fa81")


def test_each_has_a_salt_of_its_own() -> None:
    shape = re.compile(r"SCRAM-SHA-256\$4096:[\w+/=]{24}\$[\w+/=]{44}:[\w+/=]{44}")
    made = {scram.verifier("same") for _ in range(5)}
    assert len(made) == 5
    assert all(shape.fullmatch(each) for each in made)
