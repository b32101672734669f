"""Which resource types the API has: those that the words of the access rules name; no rule could open another."""

from __future__ import annotations

from careweave.record.fhir import resource_types
from careweave.record.policy import load_policy

_GROUPS = load_policy().words.types

SERVED = frozenset(name for names in _GROUPS.values() for name in names) & resource_types()
DIRECTORY = frozenset(_GROUPS["directory"]) & SERVED
