"""Using what the record offers for a plan, or leaving it out: what was left out is remembered and not offered again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from careweave.record import Draft, Gate, Refusal
from careweave.record.beside import StaleDraft
from careweave.record.ids import new_id

from .drafting import DRAFT, started_from
from .offering import Offer, is_in, used
from .writing import Seen, goal_stamps, part_stamp, write_part

# Beside the draft of the plan, because that one ends when a version is published.
LEFT_OUT = "plan-left-out"
GONE = Refusal("This is in the plan already, or is not in the record any more")
_TRIES = 5


@dataclass(frozen=True)
class Offered:
    """What is offered now, and what somebody left out."""

    now: tuple[Offer, ...]
    left_out: tuple[Offer, ...]

    def of(self, part: str) -> Offered:
        """Those of one part."""
        return Offered(
            tuple(one for one in self.now if one.part == part),
            tuple(one for one in self.left_out if one.part == part),
        )


def offered(gate: Gate, *, person_id: str, every: Sequence[Offer], room: int) -> Offered:
    """Of all that the record holds: what the draft does not say yet, without what was left out."""
    content, left = _content(gate, person_id), _left_out(gate.draft(person_id, LEFT_OUT))
    new = [one for one in every if not is_in(content, one, room=room)]
    return Offered(
        tuple(one for one in new if one.id not in left), tuple(one for one in new if one.id in left)
    )


def use(gate: Gate, *, person_id: str, offer: Offer, room: int) -> Draft | Refusal:
    """Put it into the draft, below what is written already; whoever uses it has written it down."""
    for _ in range(_TRIES):
        content = _content(gate, person_id)
        if is_in(content, offer, room=room):
            return GONE
        changes = used(content, offer, id=new_id())
        seen = Seen(part_stamp(content, offer.part), goal_stamps(content))
        try:
            return write_part(gate, person_id=person_id, key=offer.part, changes=changes, seen=seen)
        except StaleDraft:
            continue
    return Refusal("Someone is saving this plan now. Try again")


def leave_out(gate: Gate, *, person_id: str, offer: Offer, is_left_out: bool = True) -> None:
    """Never offer it again, or (`is_left_out` false) offer it once more. The words in the record stay as they are."""
    for _ in range(_TRIES):
        saved = gate.draft(person_id, LEFT_OUT)
        left = {id_: by for id_, by in _left_out(saved).items() if id_ != offer.id}
        left |= {offer.id: gate.actor.id} if is_left_out else {}
        try:
            gate.save_draft(person_id, LEFT_OUT, {"left": left}, version=saved.version if saved else 0)
            return
        except StaleDraft:
            continue  # someone left out something else in the same moment


def _content(gate: Gate, person_id: str) -> Mapping[str, Any]:
    saved = gate.draft(person_id, DRAFT)
    return saved.content if saved else started_from(gate, person_id)


def _left_out(saved: Draft | None) -> dict[str, str]:
    return dict(saved.content.get("left", {})) if saved else {}
