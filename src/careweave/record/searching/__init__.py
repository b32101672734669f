"""FHIR search through the gate: a query becomes one statement over what this actor may see, in pages."""

from .everything import everything
from .given import given
from .looking import Hint, Where, where_to_look
from .run import parsed, search, search_text
from .statement import Search, needs_people

__all__ = [
    "Hint",
    "Search",
    "Where",
    "everything",
    "given",
    "needs_people",
    "parsed",
    "search",
    "search_text",
    "where_to_look",
]
