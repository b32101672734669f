"""The warehouse's tables: what each column means."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import pyarrow as pa
from ibis.expr.types import Table

KEY, DAY, INSTANT, YES = pa.string(), pa.date32(), pa.timestamp("us", tz="UTC"), pa.bool_()
NUMBER, COUNT = pa.float64(), pa.int64()

# Of every row: who sent it, whether it carries a label (not everyone who may read the rest may read this), and whether it
# may be counted beyond direct care (not opted out, and the source has agreed).
FROM = [("source", KEY), ("sector", KEY), ("is_sensitive", YES), ("is_counted", YES)]

PERSON = pa.schema(
    [
        ("person", KEY),  # pseudonym; made by pseudonyms.py and of no use without its key
        ("birth_month", DAY),  # first day of the month
        ("age", pa.int16()),  # whole years on the day of the warehouse
        ("sex", KEY),
        ("practice", KEY),  # the code the GP practice is known by, or null
        ("lsoa", KEY),
        ("deprivation", pa.int8()),  # decile, 1 is the most deprived tenth
        ("died", DAY),
        ("is_dead", YES),  # a source may say so without a date
        ("is_counted", YES),
    ]
)
CONDITION = pa.schema(
    [
        ("person", KEY),
        ("code", KEY),
        ("system", KEY),  # icd10 (plain: capitals and figures only) | snomed | other
        ("role", KEY),  # problem | diagnosis | reason (why someone came, not yet a diagnosis)
        ("start", DAY),
        ("ended", DAY),
        ("is_active", YES),
        ("source", KEY),
        ("sector", KEY),
        ("event", KEY),  # the contact it was coded for, or null
        ("is_sensitive", YES),
        ("is_counted", YES),
        ("resource", KEY),  # pseudonym of what it was read from: the way to its rows (lineage.py)
    ]
)
EVENT = pa.schema(
    [
        ("event", KEY),  # also the pseudonym of what it was read from
        ("person", KEY),
        ("kind", KEY),  # admission | emergency-department | home-visit | call | clinic | social-care | other
        ("start", INSTANT),
        ("end", INSTANT),
        ("organisation", KEY),
        ("sector", KEY),
        ("method", KEY),  # of an admission: emergency | elective | other | null (the source does not say)
        ("source", KEY),
        ("is_sensitive", YES),
        ("is_counted", YES),
        ("type", KEY),  # as coded: request | assessment | review of social care, the type of A&E department
        ("outcome", KEY),  # of social care, in the words of the national value list
    ]
)
MEDICATION = pa.schema(
    [
        ("resource", KEY),
        ("person", KEY),
        ("code", KEY),
        ("system", KEY),
        ("status", KEY),
        ("start", DAY),
        ("ended", DAY),
        ("is_repeat", YES),  # long term; null where the source does not say
        ("event", KEY),  # the stay it was given in, or null
        *FROM,
    ]
)
OBSERVATION = pa.schema(
    [
        ("resource", KEY),
        ("person", KEY),
        ("code", KEY),
        ("system", KEY),
        ("start", DAY),
        ("value", NUMBER),
        ("unit", KEY),
        ("value_code", KEY),  # where a code says what was found
        *FROM,
    ]
)
SCHEMAS = {
    "person": PERSON,
    "condition": CONDITION,
    "event": EVENT,
    "medication": MEDICATION,
    "observation": OBSERVATION,
}
ICD10_MAP = pa.schema([("concept", KEY), ("icd10", KEY)])


@dataclass(frozen=True)
class Tables:
    """The tables by name and shape only, so that one expression over them runs on any engine."""

    person: Table
    condition: Table
    event: Table
    medication: Table
    observation: Table
    icd10_map: Table | None  # only where a place has loaded its licensed release


def declared_tables(is_map_loaded: bool) -> Tables:
    made = {name: ibis.table(ibis.Schema.from_pyarrow(schema), name=name) for name, schema in SCHEMAS.items()}
    declared_map = ibis.table(ibis.Schema.from_pyarrow(ICD10_MAP), name="icd10_map")
    return Tables(**made, icd10_map=declared_map if is_map_loaded else None)
