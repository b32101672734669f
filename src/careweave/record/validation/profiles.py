"""What a UK Core profile adds, for resources that claim one: how many, which value, which type, slice by slice.

https://simplifier.net/hl7fhirukcorer4; the rules are data, made by tools/build_uk_core.py. Terminology bindings and
FHIRPath invariants of the profiles are not checked.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from careweave.record.validation.issue import Issue, shown

ROOT = "https://fhir.hl7.org.uk/StructureDefinition/"


@dataclass
class Node:
    """One element of a profile: its own rules, the elements below it, and its slices by name."""

    least: int = 0
    most: int | None = None
    fixed: str = ""
    types: tuple[str, ...] = ()
    by: tuple[tuple[str, str], ...] = ()
    is_closed: bool = False
    children: dict[str, Node] = field(default_factory=dict)
    slices: dict[str, Node] = field(default_factory=dict)


@cache
def _document() -> dict[str, Any]:
    raw = (files("careweave.record.validation") / "uk_core.json.gz").read_bytes()
    document: dict[str, Any] = json.loads(gzip.decompress(raw))
    return document


def known_profiles() -> dict[str, str]:
    """The profiles that are checked, with the type each is for."""
    return {url: str(facts["type"]) for url, facts in _document()["profiles"].items()}


@cache
def _tree(url: str) -> Node:
    root = Node()
    for id_, rules in sorted(_document()["profiles"][url]["elements"].items()):
        node = root
        for step in id_.split("."):
            name, _, slice_ = step.partition(":")
            node = node.children.setdefault(name, Node())
            node = node.slices.setdefault(slice_, Node()) if slice_ else node
        node.least, node.most = rules.get("min", 0), rules.get("max")
        node.fixed, node.types = str(rules.get("fixed", "")), tuple(rules.get("types", ()))
        node.by = tuple((path, value) for path, value in rules.get("by", ()))
        node.is_closed = rules.get("closed", False)
    return root


def claimed(resource: dict[str, Any]) -> tuple[str, ...]:
    """The UK Core profiles that a resource says it follows, without their versions."""
    meta = resource.get("meta")
    named = meta.get("profile") if isinstance(meta, dict) else None
    urls = (str(url).partition("|")[0] for url in named) if isinstance(named, list) else ()
    return tuple(url for url in urls if url.startswith(ROOT))


def unmet(resource: dict[str, Any]) -> Iterator[Issue]:
    """Every rule of the claimed profiles that the resource breaks; its base form must be sound already."""
    for url in claimed(resource):
        type_, name = known_profiles().get(url), url.removeprefix(ROOT)
        if type_ is None:
            yield Issue(
                ".meta.profile",
                f"claims {shown(name)}, which is not known here",
                "a profile of UK Core",
                "profile",
            )
        elif type_ != resource.get("resourceType"):
            yield Issue(
                ".meta.profile", f"claims {name}", f"a profile for {resource.get('resourceType')}", "profile"
            )
        else:
            for path, reason, expected in _below(_tree(url), resource, ""):
                yield Issue(path, reason, f"{expected} ({name})", "profile")


Fault = tuple[str, str, str]


def _below(node: Node, value: dict[str, Any], path: str) -> Iterator[Fault]:
    for name, child in node.children.items():
        yield from _element(child, name, value, path)


def _element(node: Node, name: str, parent: dict[str, Any], path: str) -> Iterator[Fault]:
    stem = name.removesuffix("[x]")
    keys = [key for key in parent if key == name or (stem != name and _is_choice(key, stem))]
    values = [value for key in keys for value in _listed(parent[key])]
    where = f"{path}.{keys[0] if keys else stem}"
    yield from _count(node, len(values), where)
    for key in keys:
        if node.types and key[len(stem) :] not in {each[0].upper() + each[1:] for each in node.types}:
            yield where, "is of a type that the profile does not allow", " or ".join(node.types)
    numbered = isinstance(parent.get(keys[0]), list) if keys else False
    matched = 0
    for number, value in enumerate(values):
        at = f"{where}[{number}]" if numbered else where
        yield from _value(node, value, at)
        matched += any(_matches(each, value) for each in node.slices.values())
    if node.is_closed and matched < len(values):
        yield where, "holds one that is in no slice of the profile", f"only {', '.join(node.slices)}"
    for slice_name, each in node.slices.items():
        found = [(n, value) for n, value in enumerate(values) if _matches(each, value)]
        if each.by:
            yield from _count(each, len(found), where, slice_name)
        for n, value in found:
            yield from _value(each, value, f"{where}[{n}]" if numbered else where)


def _is_choice(key: str, stem: str) -> bool:
    return key.startswith(stem) and key[len(stem) : len(stem) + 1].isupper()


def _value(node: Node, value: Any, path: str) -> Iterator[Fault]:
    if node.fixed and value != node.fixed:
        yield path, f"is {shown(value)}", node.fixed
    if isinstance(value, dict):
        yield from _below(node, value, path)


def _count(node: Node, many: int, path: str, slice_: str = "") -> Iterator[Fault]:
    what = f" of {slice_}" if slice_ else ""
    if many < node.least:
        yield path, f"has {many}{what}", f"at least {node.least}"
    if node.most is not None and many > node.most:
        yield path, f"has {many}{what}", f"at most {node.most}" if node.most else "none"


def _matches(slice_: Node, value: Any) -> bool:
    return bool(slice_.by) and all(wanted in _at(value, path) for path, wanted in slice_.by)


def _at(value: Any, path: str) -> list[Any]:
    found = [value]
    for step in path.split("."):
        found = [
            inner
            for each in found
            if isinstance(each, dict) and step in each
            for inner in _listed(each[step])
        ]
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
