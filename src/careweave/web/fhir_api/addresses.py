"""The addresses of the FHIR RESTful interface, taken apart strictly (https://hl7.org/fhir/R4/http.html)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from careweave.record.fhir import resource_types

ROOT = "/fhir/R4"
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_VERSION = re.compile(r"[0-9]{1,9}").fullmatch
_OPERATION = re.compile(r"\$[a-z][a-z-]{1,40}").fullmatch


class Shape(Enum):
    """What an address points at; the value is how the documentation writes it."""

    BASE = "[base]"
    METADATA = "[base]/metadata"
    SYSTEM_OPERATION = "[base]/$operation"
    TYPE = "[base]/[type]"
    TYPE_SEARCH = "[base]/[type]/_search"
    TYPE_HISTORY = "[base]/[type]/_history"
    TYPE_OPERATION = "[base]/[type]/$operation"
    INSTANCE = "[base]/[type]/[id]"
    INSTANCE_HISTORY = "[base]/[type]/[id]/_history"
    INSTANCE_OPERATION = "[base]/[type]/[id]/$operation"
    VERSION = "[base]/[type]/[id]/_history/[vid]"


@dataclass(frozen=True, slots=True)
class Address:
    """One address: its shape, and the parts that this shape has."""

    shape: Shape
    type: str = ""
    id: str = ""
    version: int = 0
    operation: str = ""  # with its $

    @property
    def path(self) -> str:
        """The same address below the base, as `Patient/123`."""
        parts = [self.type, self.id, f"_history/{self.version}" if self.version else "", self.operation]
        return "/".join(part for part in parts if part)


def address_of(path: str) -> Address | None:
    """The address below the base; None when FHIR has no such address. One slash at the end is forgiven."""
    parts = path.removeprefix("/").removesuffix("/").split("/")
    if parts == [""]:
        return Address(Shape.BASE)
    first, *rest = parts
    if not rest and first == "metadata":
        return Address(Shape.METADATA)
    if not rest and _OPERATION(first):
        return Address(Shape.SYSTEM_OPERATION, operation=first)
    if first not in resource_types():
        return None
    return _of_type(first, rest) if rest else Address(Shape.TYPE, first)


def _of_type(type_: str, rest: list[str]) -> Address | None:
    match rest:
        case ["_search"]:
            return Address(Shape.TYPE_SEARCH, type_)
        case ["_history"]:
            return Address(Shape.TYPE_HISTORY, type_)
        case [name] if _OPERATION(name):
            return Address(Shape.TYPE_OPERATION, type_, operation=name)
        case [id_] if _ID(id_):
            return Address(Shape.INSTANCE, type_, id_)
        case [id_, "_history"] if _ID(id_):
            return Address(Shape.INSTANCE_HISTORY, type_, id_)
        case [id_, "_history", version] if _ID(id_) and _VERSION(version):
            return Address(Shape.VERSION, type_, id_, int(version))
        case [id_, name] if _ID(id_) and _OPERATION(name):
            return Address(Shape.INSTANCE_OPERATION, type_, id_, operation=name)
    return None
