"""The numbers and lists of signing in, read from definitions/sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from careweave.definitions import load_definition


def rules() -> Mapping[str, Any]:
    """The rules that hold today."""
    return load_definition("sign-in", "rules", timezone.localdate()).content


def powerful_roles() -> frozenset[str]:
    """Roles that need a second person's approval, as the access definitions say."""
    return frozenset(load_definition("access", "powerful", timezone.localdate()).content["roles"])
