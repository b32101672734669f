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
        ("ethnicity", KEY),  # NHS data dictionary: ethnic category, one letter
        ("language", KEY),  # the preferred one, as coded
        ("locality", KEY),  # of the postcode, from the place's own reference data
        (
            "is_in_care_home",
            YES,
        ),  # on the day of the warehouse; null where no source says where someone lives
        ("death_place", KEY),  # home | hospice | care-home | hospital | other
        ("accommodation", KEY),  # as a council states them, in the words of the Client Level Data lists
        ("employment", KEY),
    ]
)
REGISTRATION = pa.schema(
    [
        ("resource", KEY),  # pseudonym of the Patient that says so
        ("person", KEY),
        ("practice", KEY),  # a person is with one practice on a day, or with none
        ("start", DAY),  # the first day; null where no source states it
        ("ended", DAY),  # the last day, a move or death included; null while it lasts
        ("source", KEY),
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
        ("position", COUNT),  # among the diagnoses of its contact: 1 is what it was for; null: nobody says
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
        ("referral", KEY),  # the referral that led to it, as in `referral.resource`
        ("client", KEY),  # of social care: Service User | Carer | Carer known by association
        ("route", KEY),  # of a request for social care: the route of access
    ]
)
STAY = [
    (
        "method_code",
        KEY,
    ),  # NHS data dictionary: admission method, source of admission, discharge destination, method
    ("admitted_from", KEY),
    ("destination", KEY),
    ("discharge_method", KEY),
    ("ready", DAY),  # the discharge-ready date
    (
        "delay_reason",
        KEY,
    ),  # why someone who was ready stayed, in the words or codes of the source (legacy reasons too)
    ("pathway", KEY),  # the discharge pathway, 0 to 3
    ("specialty", KEY),  # treatment function
    ("classification", KEY),  # ordinary, day case, …
]
ADMISSION = pa.schema(
    [
        ("event", KEY),  # one stay in one hospital: a spell
        (
            "superspell",
            KEY,
        ),  # the first stay of a journey through hospitals, transfers joined (definitions/stays)
        ("number", COUNT),  # its place in the journey, from 1
        ("is_last", YES),
        ("person", KEY),
        ("organisation", KEY),
        ("start", DAY),
        ("end", DAY),
        ("method", KEY),
        ("nights", COUNT),  # up to the day of the warehouse for who is still in
        ("delayed_nights", COUNT),  # from the discharge-ready date on; null where none was sent
        *STAY,
        *FROM,
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
SERVICE = pa.schema(
    [
        ("resource", KEY),  # a package of social care
        ("person", KEY),
        ("type", KEY),  # these words are those of the national Client Level Data lists
        ("start", DAY),
        ("ended", DAY),
        ("is_active", YES),
        ("organisation", KEY),
        ("provider", KEY),
        ("delivery", KEY),
        ("reason", KEY),
        ("outcome", KEY),
        ("client", KEY),
        ("funding", KEY),
        ("units_per_week", NUMBER),
        ("unit_cost_pence", COUNT),
        ("cost_unit", KEY),
        ("component", KEY),  # what it is more closely, as the council states it
        *FROM,
    ]
)
REFERRAL = pa.schema(
    [
        ("resource", KEY),
        ("person", KEY),
        ("kind", KEY),  # the category it was sent with
        ("status", KEY),
        ("requested", DAY),
        ("decided", DAY),
        ("first_contact", DAY),  # of the contacts that name it
        ("ended", DAY),
        ("urgency", KEY),
        ("from_organisation", KEY),
        ("to_organisation", KEY),
        *FROM,
    ]
)
ENROLMENT = pa.schema(
    [
        ("resource", KEY),
        ("person", KEY),
        ("start", INSTANT),
        ("end", INSTANT),
        ("is_active", YES),
        ("team", KEY),
        ("organisation", KEY),
        ("coordinator", KEY),  # pseudonym of who is named now, or null
        ("coordinator_since", INSTANT),  # the last handover that was accepted, else the beginning
        ("handovers", COUNT),
        *FROM,
    ]
)
PATHWAY = pa.schema(
    [
        ("resource", KEY),
        ("person", KEY),
        ("pathway", KEY),
        ("tier", KEY),
        ("start", INSTANT),
        ("end", INSTANT),  # the next step on the same pathway
        *FROM,
    ]
)
PLAN = pa.schema(
    [
        ("resource", KEY),
        ("person", KEY),
        ("kind", KEY),
        ("status", KEY),
        ("version", COUNT),
        ("published", INSTANT),  # of this version: a later one is the review of the one before
        ("review_on", DAY),
        ("reviewer", KEY),
        ("agreement", KEY),
        ("is_reviewed", YES),
        *FROM,
    ]
)
TASK = pa.schema(
    [
        ("resource", KEY),
        ("person", KEY),
        ("code", KEY),  # take-charge | suggested | contact | next-step | …
        ("state", KEY),
        ("status", KEY),
        ("requested", INSTANT),
        ("due", DAY),
        ("end", INSTANT),  # when it got its last status, for what is closed
        ("owner", KEY),
        ("requester", KEY),
        ("outcome", KEY),
        ("organisation", KEY),
        *FROM,
    ]
)
SURVEY = pa.schema(
    [
        ("resource", KEY),  # one response; one row an answer
        ("person", KEY),
        ("questionnaire", KEY),
        ("version", KEY),
        ("item", KEY),
        ("at", INSTANT),
        ("value_code", KEY),
        ("value", NUMBER),
        ("no_answer", KEY),  # not-asked, declined, …: why there is none
        ("is_unmet", YES),  # null in a survey of experience, which tells no need
        ("is_proxy", YES),
        ("organisation", KEY),
        *FROM,
    ]
)
INVITATION = pa.schema(
    [
        ("resource", KEY),  # one survey that somebody was asked, or was to be asked
        ("person", KEY),
        ("questionnaire", KEY),
        ("version", KEY),
        ("event", KEY),  # what asked: discharge | plan-published | conference | ninety-one-days | …
        ("asked", DAY),
        ("closes", DAY),
        ("state", KEY),  # asked | reminded | answered | declined | closed | stopped
        ("response", KEY),  # the answers, as in `survey.resource`; there are none unless it was answered
        *FROM,
    ]
)
NEED = pa.schema(
    [
        ("resource", KEY),  # the response in which it was first told
        ("person", KEY),
        ("need", KEY),
        ("since", INSTANT),
        ("met", INSTANT),  # the later answer to the same question without a need, or null
        *FROM,
    ]
)
SCHEMAS = {
    "person": PERSON,
    "registration": REGISTRATION,
    "condition": CONDITION,
    "event": EVENT,
    "admission": ADMISSION,
    "medication": MEDICATION,
    "observation": OBSERVATION,
    "service": SERVICE,
    "referral": REFERRAL,
    "enrolment": ENROLMENT,
    "pathway": PATHWAY,
    "plan": PLAN,
    "task": TASK,
    "survey": SURVEY,
    "invitation": INVITATION,
    "need": NEED,
}
ICD10_MAP = pa.schema([("concept", KEY), ("icd10", KEY)])


@dataclass(frozen=True)
class Tables:
    """The tables by name and shape only, so that one expression over them runs on any engine."""

    person: Table
    registration: Table
    condition: Table
    event: Table
    admission: Table
    medication: Table
    observation: Table
    service: Table
    referral: Table
    enrolment: Table
    pathway: Table
    plan: Table
    task: Table
    survey: Table
    invitation: Table
    need: Table
    icd10_map: Table | None  # only where a place has loaded its licensed release


def declared_tables(is_map_loaded: bool) -> Tables:
    made = {name: ibis.table(ibis.Schema.from_pyarrow(schema), name=name) for name, schema in SCHEMAS.items()}
    declared_map = ibis.table(ibis.Schema.from_pyarrow(ICD10_MAP), name="icd10_map")
    return Tables(**made, icd10_map=declared_map if is_map_loaded else None)
