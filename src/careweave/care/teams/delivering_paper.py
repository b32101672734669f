"""Paper: what waits to be printed goes into a batch, and is handed to post by someone by name, or put back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from careweave.record import Gate, Refusal, deliveries
from careweave.record.deliveries import Delivery
from careweave.record.ids import new_id

from .delivering import receipt_part

MOST = 50  # letters of a batch: what one tray of a printer takes, and what is made while someone waits


@dataclass(frozen=True)
class Batch:
    """Letters that were made together and are not handed to post yet."""

    id: str
    letters: tuple[Delivery, ...]
    made_at: datetime


@dataclass(frozen=True)
class Paper:
    """All paper of a coordinator's people."""

    waiting: tuple[Delivery, ...]
    batches: tuple[Batch, ...]

    def batch(self, id_: str) -> Batch | None:
        return next((one for one in self.batches if one.id == id_), None)


def paper_of(gate: Gate) -> Paper:
    """What waits for the people whom this actor or their team looks after."""
    found = deliveries.on_paper(gate, gate.people_with("coordinator", "team"))
    batches: dict[str, list[Delivery]] = {}
    for one in found:
        if one.batch and one.state == "printed":
            batches.setdefault(one.batch, []).append(one)
    return Paper(
        waiting=tuple(one for one in found if one.state == "queued"),
        batches=tuple(
            Batch(id_, tuple(ones), max(one.changed_at for one in ones)) for id_, ones in batches.items()
        ),
    )


def make_batch(gate: Gate, chosen: Collection[str]) -> str | Refusal:
    """Put the chosen letters into one batch; a colleague who was quicker keeps theirs."""
    if not chosen:
        return Refusal("Choose at least one letter", "letter")
    if len(chosen) > MOST:
        return Refusal(f"Choose {MOST} letters at most, then make another batch", "letter")
    wanted = [one for one in paper_of(gate).waiting if one.id in chosen]
    id_ = new_id()
    moved = deliveries.mark(gate, wanted, was="queued", now="printed", batch=id_)
    return id_ if moved else Refusal("Someone has printed these in the meantime", "letter")


def hand_to_post(gate: Gate, batch: Batch) -> int:
    """The actor handed the batch to post, or to the firm that prints and posts: each letter says by whom."""
    with gate.transaction():
        moved = deliveries.mark(
            gate, batch.letters, was="printed", now="handed", batch=batch.id, handed_by=gate.actor.id
        )
        for one in (each for each in batch.letters if each.id in moved):
            _posted(gate, one)
    return len(moved)


def put_back(gate: Gate, batch: Batch) -> int:
    """The printer jammed: the letters wait again."""
    return len(deliveries.mark(gate, batch.letters, was="printed", now="queued", batch=None))


def leave_out(gate: Gate, ones: Sequence[Delivery]) -> None:
    """Letters that a newer version has overtaken are not printed any more."""
    with gate.transaction():
        for one in ones:
            deliveries.stop(gate, person_id=one.person_id, entity=one.entity)


def _posted(gate: Gate, one: Delivery) -> None:
    sent = gate.read("Communication", one.entity)
    if sent is not None:
        parts = [*sent.body.get("extension", []), receipt_part(gate, "posted")]
        gate.update({**sent.body, "extension": parts}, version=sent.version)
