"""References of a body as the store keeps them: `Type/id` of this place, whatever form they were sent in.

https://hl7.org/fhir/R4/references.html, and for bundles https://hl7.org/fhir/R4/bundle.html#references
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .content import PLACE
from .fhir import resource_types
from .ids import is_id, resource_id
from .relations import PARTY_SYSTEM
from .validation import Issue

_LITERAL = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(/_history/[A-Za-z0-9\-.]{1,64})?\Z").match
_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?(.+)\Z", re.DOTALL).match
_EXPECTED = "a reference to something that is stored, or to another entry of the same transaction"


@dataclass
class Links:
    """What references can lead to: other entries by their full URL, and what conditional references turned out to mean."""

    source: str
    base: str = ""
    known: dict[str, str] = field(default_factory=dict)

    def resolve(self, text: str) -> str | None:
        """`Type/id` here, the text itself where it leads elsewhere, None when it should lead here and does not."""
        known = self.known.get(text)
        if known is not None:
            return known
        if self.base and text.startswith(f"{self.base}/"):
            text = text[len(self.base) + 1 :]
        match = _LITERAL(text)
        if match and match[1] in resource_types():
            return self._literal(match[1], match[2], match[3] or "")
        return None if text.startswith("urn:uuid:") or is_conditional(text) else text

    def _literal(self, type_: str, name: str, version: str) -> str:
        if is_id(name):
            return f"{type_}/{name.lower()}{version}"
        # A source calls things by its own names; what they are called here follows from that.
        return (
            f"{type_}/{resource_id(self.source, type_, name)}" if self.source != PLACE else f"{type_}/{name}"
        )


def is_conditional(text: str) -> bool:
    """Whether the reference is a search that must find exactly one: `Patient?identifier=…`."""
    match = _CONDITIONAL(text)
    return bool(match and match[1] in resource_types())


@dataclass
class Pointed:
    """What a body points at, once it was rewritten."""

    targets: set[tuple[str, str]] = field(default_factory=set)  # (type, id) of what is here
    parties: set[str] = field(
        default_factory=set
    )  # people, teams and organisations by the keys that this place gives
    lost: set[str] = field(default_factory=set)  # references that should lead here and do not


def rewrite(body: dict[str, Any], links: Links) -> Pointed:
    """Point every reference at this place's own ids, in place, in one walk."""
    pointed = Pointed()
    for node in _objects(body):
        text = node.get("reference")
        if type(text) is str:
            found = links.resolve(text)
            if found is None:
                pointed.lost.add(text)
            else:
                node["reference"] = found
                _add_target(pointed.targets, found)
        elif node.get("system") == PARTY_SYSTEM and type(node.get("value")) is str:
            pointed.parties.add(node["value"])
    return pointed


def look(body: Mapping[str, Any]) -> Pointed:
    """The same of a body that is stored, which nothing is rewritten in."""
    pointed = Pointed()
    for node in _objects(body):
        if type(node.get("reference")) is str:
            _add_target(pointed.targets, node["reference"])
        elif node.get("system") == PARTY_SYSTEM and type(node.get("value")) is str:
            pointed.parties.add(node["value"])
    return pointed


def lost_issues(body: Mapping[str, Any], lost: set[str]) -> list[Issue]:
    """Where the references stand that lead to nothing."""
    return [Issue(path, "leads to nothing here", _EXPECTED, "reference-lost") for path in _places(body, lost)]


def _add_target(found: set[tuple[str, str]], text: str) -> None:
    match = _LITERAL(text)
    if match and match[1] in resource_types():
        found.add((match[1], match[2]))


def path_of(body: Mapping[str, Any], target: tuple[str, str]) -> str:
    """Where in the body a target is pointed at."""
    wanted = f"{target[0]}/{target[1]}"
    texts = {node["reference"] for node in _objects(body) if type(node.get("reference")) is str}
    found = _places(body, {text for text in texts if text.partition("/_history/")[0] == wanted})
    return found[0] if found else str(body.get("resourceType"))


def _objects(body: Any) -> Iterator[dict[str, Any]]:
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if type(node) is dict:
            yield node
            items = node.values()
        else:
            items = node
        for item in items:
            kind = type(item)
            if kind is dict or kind is list:
                waiting.append(item)


def _places(body: Mapping[str, Any], texts: set[str]) -> list[str]:
    """The paths of the references with these texts; looked for only when something is wrong with them."""
    found: list[str] = []
    waiting: list[tuple[str, Any]] = [(str(body.get("resourceType")), body)] if texts else []
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("reference"), str) and node["reference"] in texts:
                found.append(f"{path}.reference")
            items = [(f"{path}.{key}", item) for key, item in node.items()]
        else:
            items = [(f"{path}[{place}]", item) for place, item in enumerate(node)]
        waiting.extend((at, item) for at, item in items if isinstance(item, dict | list))
    return sorted(found)
