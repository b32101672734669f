"""What may be agreed between organisations, what an emergency is, and what still flows when a person objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from careweave.definitions import load_definition
from careweave.record.policy.sql import quoted

CLINICAL = "clinical"


@dataclass(frozen=True)
class Option:
    """One answer of a short list; `ground` is the legal ground of an emergency's reason."""

    key: str
    title: str
    ground: str = ""


@dataclass(frozen=True)
class StillFlows:
    """One part of the residual rule in the person's words."""

    what: str
    why: str


@dataclass(frozen=True)
class Sharing:
    """`class_of` names the class of each type that is not clinical; `may_receive` the classes a recipient may get."""

    class_of: Mapping[str, str]
    class_titles: Mapping[str, str]
    may_receive: Mapping[str, tuple[str, ...]]
    recipient_titles: Mapping[str, str]
    ending_soon_days: int
    review_within_days: int
    reasons: tuple[Option, ...]
    outcomes: tuple[Option, ...]
    still_flows: tuple[StillFlows, ...]


def load_sharing(on: date | None = None) -> Sharing:
    """What holds on a day, today unless said."""
    day = on or datetime.now(UTC).date()
    content = load_definition("access", "sharing", day).content
    groups = load_definition("access", "words", day).content["types"]
    classes, recipients, emergency = content["classes"], content["recipients"], content["emergency"]
    return Sharing(
        class_of={
            type_: name
            for name, table in classes.items()
            if name != CLINICAL
            for group in table["types"]
            for type_ in groups.get(group, [group])
        },
        class_titles={name: table["title"] for name, table in classes.items()},
        may_receive={name: tuple(table["may_receive"]) for name, table in recipients.items()},
        recipient_titles={name: table["title"] for name, table in recipients.items()},
        ending_soon_days=content["ending_soon"]["days"],
        review_within_days=emergency["review_within_days"],
        reasons=tuple(Option(**each) for each in emergency["reason"]),
        outcomes=tuple(Option(**each) for each in emergency["outcome"]),
        still_flows=tuple(StillFlows(**each) for each in content["still_flows"]),
    )


def flow_key(sharing: Sharing, type_: str, source: str) -> str:
    """How agreements name one source's entries of one type: the source, and its class unless that is clinical."""
    kind = sharing.class_of.get(type_)
    return f"{kind}:{source}" if kind else source


def compile_flow_key(sharing: Sharing) -> str:
    """The same as SQL over the names type and source."""
    cases = " ".join(
        f"WHEN {quoted(type_)} THEN {quoted(f'{kind}:')}" for type_, kind in sorted(sharing.class_of.items())
    )
    return f"CASE type {cases} ELSE '' END || source" if cases else "source"
