"""What a handler of the API is given and gives back, and how a route declares it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from careweave.web.fhir_api.addresses import Address, Shape
from careweave.web.fhir_api.callers import Caller
from careweave.web.fhir_api.types import SERVED

# Raises Problem, or the record's own Refused, Conflict, Invalid, SearchError: `answering` turns each into an outcome.
Handler = Callable[[Caller, HttpRequest, Address], HttpResponse]


@dataclass(frozen=True)
class Route:
    """One thing that can be done.

    `interaction` is FHIR's code for the CapabilityStatement (`read`, `search-type`, `batch`), or empty for an operation.
    `scope` is the SMART v2 letter that a token needs for the type: c, r, u, d or s; empty when the handler asks itself.
    """

    shape: Shape
    method: str
    interaction: str
    scope: str
    handler: Handler
    operation: str = ""
    definition: str = ""  # the canonical address of an operation
    types: frozenset[str] | None = None  # None: every type that this API has
    claims: tuple[
        tuple[str, object], ...
    ] = ()  # more for the type in the CapabilityStatement: conditionalCreate …
    formats: tuple[str, ...] = ()  # of a patch

    def serves(self, type_: str) -> bool:
        """A type that is not served here is like one that does not exist."""
        return type_ in self.types if self.types is not None else not type_ or type_ in SERVED
