"""Turns a password into the verifier that PostgreSQL keeps, so that initdb is shown no secret (RFC 5803)."""

import base64
import hashlib
import hmac
import os

ITERATIONS = 4096  # PostgreSQL's own; ours are 256 random bits, which no number of guesses reaches


def verifier(password: str) -> str:
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${ITERATIONS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
