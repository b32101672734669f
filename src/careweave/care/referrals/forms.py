"""What someone who refers themself is asked, as data: signs that cannot wait, a few questions, and the clocks; pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from careweave.definitions import Definition, all_definitions, load_definition

KIND = "referrals"


@dataclass(frozen=True)
class RedFlag:
    """A sign that cannot wait for a call, and what to do now."""

    key: str
    text: str
    act: str


@dataclass(frozen=True)
class SelfReferralKind:
    """One service that people may turn to themselves."""

    id: str
    title: str
    about: str
    call_clock: str
    seen_clock: str
    hospitals_offered: int
    red_flags: tuple[RedFlag, ...]
    questions: tuple[tuple[str, str], ...]

    def acts(self, ticked: Collection[str]) -> tuple[RedFlag, ...]:
        """What cannot wait among what was ticked."""
        return tuple(one for one in self.red_flags if one.key in ticked)


def self_referral_kinds(on: date) -> tuple[SelfReferralKind, ...]:
    """Every service that people may turn to themselves on a day."""
    ids = dict.fromkeys(one.id for one in all_definitions(KIND) if one.holds_on(on))
    return tuple(self_referral_kind(id_, on) for id_ in ids)


def self_referral_kind(id: str, on: date) -> SelfReferralKind:
    """The version that holds on a day."""
    return _read(load_definition(KIND, id, on))


def _read(definition: Definition) -> SelfReferralKind:
    content = definition.content
    return SelfReferralKind(
        id=definition.id,
        title=definition.title,
        about=content["about"],
        call_clock=content["call_clock"],
        seen_clock=content["seen_clock"],
        hospitals_offered=int(content["hospitals_offered"]),
        red_flags=tuple(RedFlag(one["key"], one["text"], one["act"]) for one in content["red_flag"]),
        questions=tuple((one["key"], one["text"]) for one in content["question"]),
    )
