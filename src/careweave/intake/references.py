"""Rewrites a source's ids and references to the record's own, the same way every time, without looking anything up."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from careweave.intake.reading.rows import Body, Sent
from careweave.record.fhir.definitions import resource_types
from careweave.record.ids import resource_id
from careweave.record.relations import PARTY_SYSTEM
from careweave.record.validation import write

IDENTIFIER_SYSTEM = "https://careweave.org/id/"
_URI_SYSTEM = "urn:ietf:rfc:3986"

# R4 types that have one identifier, or none: there the sender's id is kept as a tag.
_NO_IDENTIFIER_LIST = frozenset(
    [
        "AdverseEvent",
        "AuditEvent",
        "Binary",
        "Bundle",
        "CapabilityStatement",
        "CompartmentDefinition",
        "Composition",
        "ConceptMap",
        "GraphDefinition",
        "ImplementationGuide",
        "Linkage",
        "MedicationKnowledge",
        "MessageHeader",
        "NamingSystem",
        "OperationDefinition",
        "OperationOutcome",
        "Parameters",
        "Provenance",
        "QuestionnaireResponse",
        "SearchParameter",
        "SpecimenDefinition",
        "Subscription",
        "SubstanceSpecification",
        "TerminologyCapabilities",
        "TestReport",
        "TestScript",
        "VerificationResult",
    ]
)
_LITERAL = re.compile(
    r"(?:(.*)/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?\Z"
).match
_CONDITION = re.compile(r"([A-Z][A-Za-z]+)\?(?:identifier=(.+)|.*)\Z").match


def business_id(sent: Sent) -> str:
    """What the sender calls this resource; its content where it has no name at all."""
    body = sent.body
    named = body.get("id")
    if isinstance(named, str) and named:
        return named
    if sent.named:
        return sent.named
    for identifier in _identifiers(body):
        if identifier.get("value"):
            return f"{identifier.get('system', '')}|{identifier['value']}"
    return "content:" + hashlib.sha256(write(body, sort_keys=True)).hexdigest()


def _identifiers(body: Body) -> list[Body]:
    found = body.get("identifier")
    listed = found if isinstance(found, list) else [found]
    return [each for each in listed if isinstance(each, dict)]


@dataclass
class Context:
    """What the resources of one parcel can say about each other: where a reference leads.

    `links` holds full URLs, `refused` people who did not come in.
    """

    source: str
    links: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    bases: set[str] = field(default_factory=set)
    of_rows: bool = False
    """References come from CSV columns: everything after the first slash is the source's own id."""
    _known: dict[tuple[str, str], str] = field(default_factory=dict)
    _named: dict[tuple[str, str], str] = field(default_factory=dict)
    _neighbours: list[tuple[str, Body]] = field(default_factory=list)

    def local(self, kind: str, name: str) -> str:
        """`Type/id` in the record for what this source calls `name`."""
        known = self._known.get((kind, name))
        if known is None:
            known = self._known[kind, name] = f"{kind}/{resource_id(self.source, kind, name)}"
        return known

    def add(self, sent: Sent) -> str:
        """Make a resource of the parcel known to its neighbours; returns its `Type/id` here."""
        here = self.local(sent.body["resourceType"], business_id(sent))
        if sent.full_url:
            self.links[sent.full_url] = here
            literal = _LITERAL(sent.full_url)
            if literal and literal[1]:
                self.bases.add(literal[1])
        if sent.links:
            self.links.update(sent.links)
        self._neighbours.append((here, sent.body))
        return here

    def names(self, kind: str, token: str) -> str | None:
        """What a conditional reference asks for, among the neighbours; they are only looked through if one asks."""
        for here, body in self._neighbours:
            self._add_names(here, body)
        self._neighbours.clear()
        return self._named.get((kind, token))

    def _add_names(self, here: str, body: Body) -> None:
        for identifier in _identifiers(body):
            self._named[body["resourceType"], _token(identifier)] = here

    def keep_names_only(self) -> None:
        """Let go of the neighbours themselves: a long Bundle does not fit into memory."""
        self.names("", "")

    def resolve(self, text: str, *, any_base: bool = False) -> str | Body | None:
        """Where a reference leads: `Type/id` here, an identifier where it names something unknown, None to keep it."""
        if self.of_rows:
            kind, _, name = text.partition("/")
            return self.local(kind, name)
        linked = self.links.get(text)
        if linked:
            return linked
        if text.startswith("#"):
            return None
        if text.startswith("urn:"):
            return {"system": _URI_SYSTEM, "value": text}
        literal = _LITERAL(text)
        if literal and literal[2] in resource_types():
            base = literal[1]
            return (
                self.local(literal[2], literal[3]) if base is None or any_base or base in self.bases else None
            )
        condition = _CONDITION(text)
        return self._condition(condition, text) if condition else None

    def _condition(self, condition: re.Match[str], text: str) -> str | Body:
        token = unquote(condition[2] or "")
        here = self.names(condition[1], token)
        if here:
            return here
        if not token:
            return {"value": text}
        system, bar, value = token.rpartition("|")
        return {"system": system, "value": value} if bar and system else {"value": value}


def _token(identifier: Body) -> str:
    return f"{identifier.get('system', '')}|{identifier.get('value', '')}".removeprefix("|")


class NotTheirs(Exception):
    """A sender named someone of this place by a key that only this place gives: it could open records to them."""


def rewrite(node: Any, context: Context, cache: dict[str, str | Body | None]) -> None:
    """Point every reference below `node` at the record's own ids, in place."""
    if type(node) is dict:
        text = node.get("reference")
        if type(text) is str:
            if text not in cache:
                cache[text] = context.resolve(text)
            _point(node, text, cache[text])
        named = node.get("identifier")
        if type(named) is dict and named.get("system") == PARTY_SYSTEM:
            raise NotTheirs
        for item in node.values():
            if type(item) is dict or type(item) is list:
                rewrite(item, context, cache)
    else:
        for item in node:
            if type(item) is dict or type(item) is list:
                rewrite(item, context, cache)


def _point(reference: Body, text: str, target: str | Body | None) -> None:
    if isinstance(target, str):
        reference["reference"] = target
    elif target is not None:
        del reference["reference"]
        reference.setdefault("identifier", dict(target))
        kind = text.partition("?")[0]
        if "?" in text and kind in resource_types():
            reference.setdefault("type", kind)


def take_own_id(body: Body, source: str, here: str) -> None:
    """Give the resource its id here and keep the sender's own as an identifier."""
    sent_as = body.get("id")
    body["id"] = here.rpartition("/")[2]
    if not isinstance(sent_as, str) or not sent_as:
        return
    system = IDENTIFIER_SYSTEM + source
    if body["resourceType"] in _NO_IDENTIFIER_LIST:
        meta = body.setdefault("meta", {})
        meta.setdefault("tag", []).append({"system": system, "code": sent_as})
        return
    listed = body.setdefault("identifier", [])
    if not any(each.get("system") == system and each.get("value") == sent_as for each in listed):
        listed.append({"system": system, "value": sent_as})
