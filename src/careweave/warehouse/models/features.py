"""What a model looks at, and what it should have foreseen: one row a person, as known on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from careweave.warehouse.expressions.register import measured
from careweave.warehouse.models.definition import Model
from careweave.warehouse.models.past import known_on, without_sensitive
from careweave.warehouse.tables import Tables

CARE_HOME = ("Long Term Support: Residential", "Long Term Support: Nursing")
YEAR = timedelta(days=365)


def feature_table(tables: Tables, model: Model, on: date) -> Table:
    """Everyone the model is for: each feature (null: not known), and `<feature>_first` where it began."""
    past = without_sensitive(known_on(tables, on))
    wide = measured(past, model.measures.values(), on)
    wide = wide.filter(wide.age >= model.age_from)
    for id, told in model.own.items():
        wide = _beside(wide, id, told, past, on)
    kept = [f"{id}{end}" for id in model.measures for end in ("", "_first")]
    return wide.select("person", "practice", *kept, *model.own).order_by("person")


def outcome_table(tables: Tables, model: Model, on: date) -> Table:
    """The same people: `happened`, and their emergency stays in the year before and in the time after."""
    outcome, until = model.outcome, on + timedelta(days=model.outcome.days)
    stays = tables.event.filter(tables.event.kind == outcome.event, tables.event.method == outcome.method)
    stays = stays.select("person", day=stays.start.cast("date")).distinct()
    counted = stays.group_by("person").agg(
        before=(_within(stays.day, on - YEAR, on)).sum(), after=(_within(stays.day, on, until)).sum()
    )
    begun = _begun(tables.service, outcome.service, on, until)
    people = known_on(tables, on).person
    people = people.filter(~people.is_dead, people.age >= model.age_from)
    told = people.left_join(counted, "person").drop("person_right").left_join(begun, "person")
    stayed = told.after.fill_null(0).cast("int64")
    return told.select(
        "person",
        happened=(stayed > 0) | told.begun.fill_null(False),
        before=told.before.fill_null(0).cast("int64"),
        after=stayed,
    ).order_by("person")


def group_table(tables: Tables, model: Model, on: date) -> Table:
    """The same people by the groups between which a model must be compared."""
    past = known_on(tables, on)
    people = past.person.filter(~past.person.is_dead, past.person.age >= model.age_from)
    open_now = past.service.filter(past.service.ended.isnull())
    homes = open_now.filter(ibis.or_(*(open_now.type.startswith(each) for each in CARE_HOME)))
    homes = homes.select("person").distinct().mutate(lives=ibis.literal("in a care home"))
    told = people.left_join(homes, "person")
    age = told.age
    return told.select(
        "person",
        age=ibis.cases(
            (age < 65, "18 to 64"), (age < 75, "65 to 74"), (age < 85, "75 to 84"), else_="85 and over"
        ),
        deprivation=((told.deprivation + 1) // 2).cast("string").fill_null("not known"),
        ethnicity=_ethnicity(told),
        home=told.lives.fill_null("elsewhere"),
    ).order_by("person")


def _ethnicity(people: Table) -> Value:
    """The five groups of the census, by the first letter of the NHS code."""
    if "ethnicity" not in people.columns:
        return ibis.literal("not known")
    letter = people.ethnicity.substr(0, 1).upper()
    return ibis.cases(
        (letter.isin(["A", "B", "C"]), "White"),
        (letter.isin(["D", "E", "F", "G"]), "Mixed"),
        (letter.isin(["H", "J", "K", "L", "R"]), "Asian"),
        (letter.isin(["M", "N", "P"]), "Black"),
        (letter == "S", "Other"),
        else_="not known",
    )


def _within(day: Value, after: date, until: date) -> BooleanValue:
    inside: BooleanValue = (day > after) & (day <= until)
    return inside


def _begun(service: Table, prefix: str, on: date, until: date) -> Table:
    """Care of a type that a person did not have on the day; the same care, ordered anew, has not begun."""
    care = service.filter(service.type.startswith(prefix))
    had = care.filter(care.start <= on, care.ended.isnull() | (care.ended > on)).select("person", "type")
    new = care.filter(_within(care.start, on, until)).anti_join(had, ["person", "type"])
    return new.select("person").distinct().mutate(begun=ibis.literal(True))


def _beside(wide: Table, id: str, told: Mapping[str, Any], past: Tables, on: date) -> Table:
    match told["kind"]:
        case "sex":
            known = wide.sex.isin(["female", "male"]).ifelse(wide.sex == "female", ibis.null("boolean"))
            return wide.mutate(**{id: known.cast("int64")})
        case "deprivation":
            return wide.mutate(**{id: wide.deprivation.cast("int64")})
        case "nights":
            return _joined(
                wide, id, _nights(past.event, on, int(told["days"])), _any(past.event.kind == "admission")
            )
        case "conditions":
            problems = past.condition.filter(past.condition.role == "problem", past.condition.ended.isnull())
            counted = problems.group_by("person").agg(value=problems.code.nunique())
            return _joined(wide, id, counted, wide.has_diagnoses)
    open_now = past.service.filter(past.service.ended.isnull(), past.service.type.startswith(told["service"]))
    given = open_now.select("person").distinct().mutate(value=ibis.literal(1, "int64"))
    return _joined(wide, id, given, _any(past.service.person.notnull()))


def _nights(event: Table, on: date, days: int) -> Table:
    stays = event.filter(event.kind == "admission")
    first = ibis.greatest(stays.start.cast("date"), ibis.literal(on - timedelta(days=days)))
    last = ibis.coalesce(stays.end.cast("date"), ibis.literal(on))
    nights = ibis.greatest(last.delta(first, unit="day"), 0)
    return stays.mutate(nights=nights).group_by("person").agg(value=ibis._.nights.sum())


def _any(whether: BooleanValue) -> BooleanValue:
    """Whether the place receives such rows at all: if not, nought would be a lie."""
    received: BooleanValue = whether.any().as_scalar().fill_null(False)
    return received


def _joined(wide: Table, id: str, counted: Table, is_known: BooleanValue) -> Table:
    joined = wide.left_join(counted, "person")
    value = ibis.coalesce(joined["value"].cast("int64"), is_known.ifelse(0, ibis.null("int64")))
    return joined.select(*wide.columns, **{id: value})
