"""Judges every list in use by the place's own past, month by month, and publishes the figures.

A list is made again as it would have been on a day a year ago, from what was known then, and compared with what came.
A month once told is never told anew. Counting is for secondary use: whoever opted out is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np

from careweave.definitions import all_definitions
from careweave.measures import performance
from careweave.measures.drift import in_words, stability_index
from careweave.measures.judged import Floats, Judged, month
from careweave.measures.performance import MODEL, REGISTER, Card, Drift, Month, Performance
from careweave.warehouse.expressions.register import register_table
from careweave.warehouse.models import Model, load_model
from careweave.warehouse.models.past import known_on, without_sensitive
from careweave.warehouse.models.samples import Sample, groups, outcomes, sample
from careweave.warehouse.models.spread import counts_between
from careweave.warehouse.models.trained import BASELINE, Trained, in_use
from careweave.warehouse.registers import Register, load_register
from careweave.warehouse.store import SECONDARY_USE, Warehouse, open_warehouse

AT_FIRST, KEPT = 3, 24  # months: told when a list is judged for the first time, and kept
EVERYONES_PLACES = "What the place’s coordinators can hold"


def publish(home: Path, on: date, *, places: int) -> list[Performance]:
    """Every register that holds on a day, and every model trained here; `places` is how many people can be held."""
    told = []
    with open_warehouse(home, purpose=SECONDARY_USE) as warehouse:
        for id in _ids("models", on):
            model = load_model(id, on)
            trained = in_use(home, id)
            if trained:
                told.append(judge_model(warehouse, model, trained, places, _before(home, model.id)))
            for register in (load_register(each, on) for each in _ids("registers", on)):
                looks_less_far = 0 < register.foresees_days < model.outcome.days
                if not register.order_by and not looks_less_far:
                    told.append(
                        judge_register(warehouse, model, register, places, _before(home, register.id))
                    )
    for one in told:
        performance.keep(home, one)
    return told


def _ids(kind: str, on: date) -> list[str]:
    return sorted({each.id for each in all_definitions(kind) if each.holds_on(on)})


def _before(home: Path, id: str) -> Performance | None:
    return performance.one_published(home, id)


def judge_model(
    warehouse: Warehouse, model: Model, trained: Trained, places: int, before: Performance | None = None
) -> Performance:
    """What it foresaw, against what came, on days after all that it learnt from."""
    told = _frozen(before, trained.name)
    for day in _days_to_tell(warehouse, model, told):
        drawn = sample(warehouse.engine, warehouse.tables, model, day)
        if drawn.people:
            told.append(judged_month(warehouse, model, trained, drawn, places))
    now = sample(warehouse.engine, warehouse.tables, model, warehouse.as_at)
    return Performance(
        id=model.id,
        version=trained.name,
        title=model.title,
        kind=MODEL,
        outcome=model.outcome.words,
        outcome_days=model.outcome.days,
        as_at=warehouse.as_at,
        months=_last(told),
        drift=drift(model, trained, now),
        card=card(model, trained),
        source=model.source,
    )


def judged_month(warehouse: Warehouse, model: Model, trained: Trained, drawn: Sample, places: int) -> Month:
    chances = trained.way.chances(drawn.values)
    baseline = trained.ways[BASELINE].chances(drawn.values)
    is_held_out = not trained.was_shown(drawn.on)
    return _month(warehouse, model, drawn, chances, chances, baseline, is_held_out, places)


def judge_register(
    warehouse: Warehouse, model: Model, register: Register, places: int, before: Performance | None = None
) -> Performance:
    """A list of rules says no chance, so it has an order and no calibration; `model` names whom and what to judge by."""
    told = _frozen(before, register.version)
    for day in _days_to_tell(warehouse, model, told):
        drawn = sample(warehouse.engine, warehouse.tables, model, day)
        if drawn.people:
            order = _order(warehouse, register, drawn)
            told.append(_month(warehouse, model, drawn, order, None, None, True, places))
    return Performance(
        id=register.id,
        version=register.version,
        title=register.title,
        kind=REGISTER,
        outcome=model.outcome.words,
        outcome_days=model.outcome.days,
        as_at=warehouse.as_at,
        months=_last(told),
        drift=(),
        card=None,
        source=(),
    )


def _order(warehouse: Warehouse, register: Register, drawn: Sample) -> Floats:
    """The register's order on that day; whom it is not for comes after everyone."""
    past = without_sensitive(known_on(warehouse.tables, drawn.on))
    wide = warehouse.engine.run(register_table(past, register, drawn.on))
    listed = ibis.memtable(wide)
    rows = warehouse.engine.rows(
        listed.select("person", order=listed.is_on_register.fill_null(False).ifelse(listed.order, -1))
    )
    known = {row["person"]: row["order"] for row in rows}
    return np.array([known.get(person, -1) for person in drawn.people], dtype=np.float64)


def _month(
    warehouse: Warehouse,
    model: Model,
    drawn: Sample,
    scores: Floats,
    chances: Floats | None,
    baseline: Floats | None,
    is_held_out: bool,
    places: int,
) -> Month:
    came = outcomes(warehouse.engine, warehouse.tables, model, drawn)
    told = groups(warehouse.engine, warehouse.tables, model, drawn)
    day = Judged(
        drawn.on, is_held_out, scores, chances, baseline, came.happened, came.before, came.after, told
    )
    return month(day, capacities(model, len(drawn.people), places))


def capacities(model: Model, people: int, places: int) -> dict[str, int]:
    """Lengths of list to judge by: what coordinators can hold, and so many of 1,000 people."""
    told = {EVERYONES_PLACES: places} if places else {}
    told |= {f"{share} of 1,000 people": round(people * share / 1000) for share in model.per_1000}
    return {name: size for name, size in told.items() if size}


def drift(model: Model, trained: Trained, now: Sample) -> tuple[Drift, ...]:
    """Today's people against those it learnt from: the chance itself first, then what has moved most."""
    if not now.people:
        return ()
    columns = {name: now.values[:, place] for place, name in enumerate(model.features)}
    columns["score"] = trained.way.chances(now.values)
    indexes = {
        name: stability_index(
            np.array(reference.counts), counts_between(columns[name], np.array(reference.cuts))
        )
        for name, reference in trained.reference.items()
        if name in columns
    }
    score = indexes.pop("score")
    ordered = sorted(indexes.items(), key=lambda each: -each[1])
    told = [("The chance it gives", score), *((model.words(name)[1], index) for name, index in ordered)]
    return tuple(Drift(what, round(index, 3), in_words(index)) for what, index in told)


def card(model: Model, trained: Trained) -> Card:
    return Card(
        learnt_on=trained.learnt_on,
        calibrated_on=trained.on,
        outcomes_until=trained.outcomes_until,
        valid_to=trained.valid_to,
        people=trained.people,
        events=trained.events,
        chosen=trained.chosen,
        tried=tuple(trained.ways),
        features=tuple(model.words(feature)[1] for feature in model.features),
        must_not_be_used=model.must_not_be_used,
        tolerances=model.tolerances,
    )


def _frozen(before: Performance | None, version: str) -> list[Month]:
    return list(before.months) if before is not None and before.version == version else []


def _last(months: list[Month]) -> tuple[Month, ...]:
    return tuple(sorted(months, key=lambda each: each.on)[-KEPT:])


def _days_to_tell(warehouse: Warehouse, model: Model, told: list[Month]) -> list[date]:
    """The last day whose whole year has passed, once a month; at first also some months before it."""
    last = warehouse.as_at - timedelta(days=model.outcome.days)
    days = [_months_before(last, back) for back in range(1 if told else AT_FIRST)]
    known = {(each.on.year, each.on.month) for each in told}
    return [day for day in days if (day.year, day.month) not in known]


def _months_before(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return day if not months else date(number // 12, number % 12 + 1, min(day.day, 28))


def headline(told: Performance) -> Mapping[str, float]:
    """The last month's figures for the line that a command prints."""
    last = told.months[-1] if told.months else None
    return {"auc": round(last.auc.value, 3)} if last and last.auc else {}
