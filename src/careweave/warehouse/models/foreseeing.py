"""Scores everyone with a trained model, today, and says of those who are asked about why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from careweave.warehouse.models.definition import Model
from careweave.warehouse.models.samples import Sample, sample
from careweave.warehouse.models.trained import ModelError, Trained
from careweave.warehouse.models.words import Reason, in_a_hundred, reasons
from careweave.warehouse.scores import Driver, Score
from careweave.warehouse.store import Warehouse

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Foreseen:
    """Everyone's chance; `drawn` is what it was worked out from."""

    model: Model
    trained: Trained
    drawn: Sample
    chances: Floats

    @cached_property
    def _places(self) -> dict[str, int]:
        return {person: place for place, person in enumerate(self.drawn.people)}

    def table(self) -> pa.Table:
        """`person` and `value`, in tenths of a per cent."""
        values = np.round(self.chances * 1000).astype(np.int64)
        return pa.table({"person": pa.array(self.drawn.people, pa.string()), "value": values.tolist()})

    def chance(self, person: str) -> float | None:
        place = self._places.get(person)
        return None if place is None else float(self.chances[place])

    def because(self, people: Iterable[str]) -> dict[str, tuple[Reason, ...]]:
        """What adds most for each of these people, in words."""
        named = [person for person in people if person in self._places]
        places = [self._places[person] for person in named]
        if not places:
            return {}
        values = self.drawn.values[places]
        adds = self.trained.way.contributions(values)
        rows = self.drawn.rows.take(pa.array(places)).to_pylist()
        return {
            person: reasons(self.model, row, mine.tolist(), own.tolist(), self.drawn.on)
            for person, row, mine, own in zip(named, rows, values, adds, strict=True)
        }


def foresee(warehouse: Warehouse, model: Model, trained: Trained) -> Foreseen:
    """As at the day of the warehouse."""
    if trained.version != model.version or trained.features != model.features:
        raise ModelError(
            f"The definition of {model.id} has changed. Train it again: careweave train {model.id}"
        )
    drawn = sample(warehouse.engine, warehouse.tables, model, warehouse.as_at)
    chances = trained.way.chances(drawn.values) if drawn.people else np.zeros(0)
    return Foreseen(model, trained, drawn, chances)


def as_scored(
    foreseen: Foreseen, person: str, why: Mapping[str, tuple[Reason, ...]], on: date
) -> Score | None:
    """As any other score is told: per cent, its drivers in words, and which training it comes from."""
    chance = foreseen.chance(person)
    if chance is None:
        return None
    drivers = tuple(
        Driver(group=each.feature, words=each.words, points=Decimal(str(each.points)), code=each.feature,
               system="model", source=foreseen.trained.name, on=None)
        for each in why.get(person, ())
    )  # fmt: skip
    return Score(
        definition=foreseen.model.id,
        version=foreseen.trained.name,
        on=on,
        value=Decimal(str(round(100 * chance, 1))),
        band=in_a_hundred(chance),
        drivers=drivers,
        missing=(),
        why_not="",
    )
