"""What a Consent says about acting for someone: which authority, on what basis, and whether anyone has seen proof of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from careweave.definitions import load_definition

CODES = "https://careweave.org/codes"
EXTENSION = "https://careweave.org/fhir/"
ACTING, FREEZE, CARER, FROZEN = "acting-for", "proxy-freeze", "carer", "frozen"
CAPACITY, PERSON_MAY_END = "capacity", "person-may-end"


@dataclass(frozen=True)
class Basis:
    """What an authority stands on."""

    key: str
    title: str
    to_person: str
    person_may_end: bool = False
    needs_decision: bool = False
    needs_agreement: bool = False


@dataclass(frozen=True)
class ActingKind:
    """One kind of authority, as acting.toml has it."""

    key: str
    title: str
    matters: tuple[str, ...]
    sees: str
    evidence: str
    from_age: int
    bases: tuple[Basis, ...]


@lru_cache(maxsize=1)
def acting_kinds() -> Mapping[str, ActingKind]:
    """Every kind of authority but the carer's, which is the person's own word."""
    content = load_definition("access", "acting", datetime.now(UTC).date()).content
    bases = {each["key"]: Basis(**each) for each in content["basis"]}
    return {
        each["key"]: ActingKind(
            **{
                **each,
                "matters": tuple(each["matters"]),
                "bases": tuple(bases[key] for key in each["bases"]),
            }
        )
        for each in content["kind"]
    }


def all_acting() -> tuple[str, ...]:
    """Every relationship of someone who acts for another, the carer's included."""
    return (CARER, *acting_kinds())


def stated(consent: Mapping[str, Any], name: str) -> Any:
    """The value of one of the product's extensions, None when it is not there."""
    for each in consent.get("extension", []):
        if each.get("url") == EXTENSION + name:
            return next((value for key, value in each.items() if key.startswith("value")), None)
    return None


def is_of(consent: Mapping[str, Any], category: str) -> bool:
    """Whether the Consent is of this category of the product's."""
    return any(category in _codes(one) for one in consent.get("category", []))


def kind_of(consent: Mapping[str, Any], actor: Mapping[str, Any]) -> str | None:
    """The relationship that a permit opens for an actor it names; None for what is not proven or not known here."""
    role = actor.get("role") or {}
    codes = _codes(role)
    if CARER in codes or role.get("text") == CARER:
        return CARER
    kind = next((held for key, held in acting_kinds().items() if key in codes), None)
    return kind.key if kind and is_proven(consent, kind) else None


def is_proven(consent: Mapping[str, Any], kind: ActingKind) -> bool:
    """Someone saw proof, and the basis, the judgement or the signature that it needs is there."""
    basis = next((one for one in kind.bases if one.key == stated(consent, "basis")), None)
    if basis is None or not any(one.get("verified") is True for one in consent.get("verification", [])):
        return False
    if not stated(consent, "seen") or not stated(consent, "seen-by"):
        return False
    return bool(
        (not basis.needs_decision or stated(consent, "decision"))
        and (not basis.needs_agreement or stated(consent, "agreement-signed"))
    )


def _codes(concept: Mapping[str, Any]) -> set[str]:
    return {one.get("code", "") for one in concept.get("coding", []) if one.get("system") == CODES}
